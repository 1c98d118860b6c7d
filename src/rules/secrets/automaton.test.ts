import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildAutomaton, SHIFT } from './automaton.ts'

function hits(literals: readonly string[], text: string): string[] {
  const { classes, beyond, transitions, accepting, hits } = buildAutomaton(literals)
  const found: string[] = []
  let state = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    state = transitions[(state << SHIFT) | (code < 256 ? classes[code]! : beyond)]!
    if (state >= accepting)
      for (const hit of hits[state - accepting]!) found.push(`${literals[hit]} ${index + 1}`)
  }
  return found.sort()
}

function hitsOneByOne(literals: readonly string[], text: string): string[] {
  const found: string[] = []
  const folded = text.toLowerCase()
  for (const literal of literals)
    for (
      let at = folded.indexOf(literal.toLowerCase());
      at >= 0;
      at = folded.indexOf(literal.toLowerCase(), at + 1)
    )
      found.push(`${literal} ${at + literal.length}`)
  return found.sort()
}

test('finds every literal at every place, also inside another and in either case', () => {
  expect(hits(['he', 'she', 'hers', 'his'], 'uSHErs')).toEqual(['he 4', 'hers 6', 'she 4'])
  const literal = fc.string({ unit: fc.constantFrom(...'abAB_-9'), minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(
      fc.uniqueArray(literal, { minLength: 1, maxLength: 12, selector: text => text.toLowerCase() }),
      fc.string({ unit: fc.constantFrom(...'abAB_-9 x\u00e9'), maxLength: 60 }),
      (literals, text) => {
        expect(hits(literals, text)).toEqual(hitsOneByOne(literals, text))
      },
    ),
  )
})

test('widens its states when sixteen bits do not hold them', () => {
  const literals = Array.from({ length: 400 }, (_, index) => `${index}q${`${index * 7}z`.repeat(40)}`)
  const { transitions } = buildAutomaton(literals)
  expect(transitions).toBeInstanceOf(Uint32Array)
  expect(hits(literals, `xx ${literals[399]} yy`)).toContain(`${literals[399]} ${3 + literals[399]!.length}`)
})
