import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildAutomaton, SHIFT } from './automaton.ts'
import { createLaneReader, LANE, LANES } from './lanes.ts'

const literals = ['ab', 'abcde', 'bca', 'e-', 'a1b2c']
const automaton = buildAutomaton(literals)
const HEAD = 5
const reader = createLaneReader(automaton, HEAD)!

/** Places and states of hits, in order, as reading every byte from `from` on finds them. */
function hitsInOrder(bytes: Uint8Array, from: number, at: number, end: number): number[] {
  const { classes, transitions, accepting } = automaton
  const found: number[] = []
  let state = 0
  for (let index = from; index < end; index++) {
    state = transitions[(state << SHIFT) | classes[bytes[index]!]!]!
    if (state >= accepting && index >= at) found.push(index, state)
  }
  return found
}

function hitsByLanes(bytes: Uint8Array, from: number, at: number, size: number): number[] {
  reader.read(bytes, from, at, size)
  const found: number[] = []
  for (let lane = 0; lane < LANES; lane++)
    for (const hit of reader.hits.subarray(lane * LANE, lane * LANE + reader.count(lane)))
      found.push(at + lane * size + (hit >>> 16) - HEAD, hit & 0xffff)
  return found
}

test('lanes find what reading every byte finds, also over their borders', () => {
  const texts = fc.string({ unit: fc.constantFrom(...'abcdeABC12- '), minLength: 64, maxLength: 400 })
  fc.assert(
    fc.property(texts, fc.nat(20), fc.nat(9), (text, from, ahead) => {
      const bytes = Buffer.from(text)
      const at = from + ahead
      const size = Math.floor((bytes.length - at) / LANES)
      expect(hitsByLanes(bytes, from, at, size)).toEqual(hitsInOrder(bytes, from, at, at + LANES * size))
    }),
  )
})

test('a lane may be full of hits', () => {
  const bytes = Buffer.alloc(LANES * LANE, 'ab')
  expect(hitsByLanes(bytes, 0, 0, LANE)).toEqual(hitsInOrder(bytes, 0, 0, bytes.length))
})
