import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildAutomaton } from './automaton.ts'

function hits(literals: readonly string[], text: string): string[] {
  const { classes, beyond, transitions, accepting, width, hits } = buildAutomaton(literals)
  const found: string[] = []
  let state = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    state = transitions[state + (code < 256 ? classes[code]! : beyond)]!
    if (state >= accepting)
      for (const hit of hits[(state - accepting) / width]!) found.push(`${literals[hit]} ${index + 1}`)
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
  const literals = Array.from(
    { length: 4000 },
    (_, index) => `${index.toString(36).padStart(6, 'qz')}${index}`,
  )
  const { transitions } = buildAutomaton(literals)
  expect(transitions).toBeInstanceOf(Uint32Array)
  expect(hits(literals, `xx ${literals[3999]} yy`)).toContain(
    `${literals[3999]} ${3 + literals[3999]!.length}`,
  )
})
