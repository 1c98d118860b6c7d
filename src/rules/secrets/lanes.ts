import { type Automaton, SHIFT } from './automaton.ts'
import { dispatch, HEAD, type Ruleset } from './ruleset.ts'
import type { Scan } from './scan.ts'

/** A lane reads at most so many characters before its hits are looked at. */
const LANE = 4_096
/** Shorter texts are not worth parting. */
const SHORTEST = 512

const places = new Int32Array(4 * LANE)
const states = new Int32Array(4 * LANE)

/**
 * Reads every character once and asks the triggers at each hit, in order; gives the depth of the head still alive at the end.
 * One state waits for the one before it; four places are therefore read at once, each from the state that the characters of a
 * head before it lead to, which is the state that reading from the beginning would have led to.
 */
export function runAutomaton(rules: Ruleset, scan: Scan, from: number): number {
  const { automaton } = rules
  const { length } = scan.text
  let at = from
  for (let left = length - at; left >= SHORTEST; left = length - at) {
    const lane = Math.min(LANE, left >> 2)
    const counts = readLanes(automaton, scan.bytes, from, at, lane)
    for (let number = 0; number < 4; number++)
      for (let hit = number * LANE; hit < counts[number]!; hit++)
        dispatch(rules, scan, states[hit]!, places[hit]! + 1)
    at += 4 * lane
  }
  return readRest(rules, scan, from, at)
}

const counts = new Int32Array(4)

/** Puts the hits of four lanes into `places` and `states`; gives where those of each end. */
function readLanes(
  automaton: Automaton,
  bytes: Uint8Array,
  from: number,
  first: number,
  lane: number,
): Int32Array {
  const { classes, transitions, accepting } = automaton
  const second = first + lane
  const third = second + lane
  const fourth = third + lane
  let a = stateAt(automaton, bytes, from, first)
  let b = stateAt(automaton, bytes, from, second)
  let c = stateAt(automaton, bytes, from, third)
  let d = stateAt(automaton, bytes, from, fourth)
  let hitsA = 0
  let hitsB = LANE
  let hitsC = 2 * LANE
  let hitsD = 3 * LANE
  for (let index = 0; index < lane; index++) {
    a = transitions[(a << SHIFT) | classes[bytes[first + index]!]!]!
    b = transitions[(b << SHIFT) | classes[bytes[second + index]!]!]!
    c = transitions[(c << SHIFT) | classes[bytes[third + index]!]!]!
    d = transitions[(d << SHIFT) | classes[bytes[fourth + index]!]!]!
    if (a >= accepting) {
      places[hitsA] = first + index
      states[hitsA++] = a - accepting
    }
    if (b >= accepting) {
      places[hitsB] = second + index
      states[hitsB++] = b - accepting
    }
    if (c >= accepting) {
      places[hitsC] = third + index
      states[hitsC++] = c - accepting
    }
    if (d >= accepting) {
      places[hitsD] = fourth + index
      states[hitsD++] = d - accepting
    }
  }
  counts[0] = hitsA
  counts[1] = hitsB
  counts[2] = hitsC
  counts[3] = hitsD
  return counts
}

/** The state before a place: no head is longer than the characters read for it. */
function stateAt({ classes, transitions }: Automaton, bytes: Uint8Array, from: number, at: number): number {
  let state = 0
  for (let index = Math.max(from, at - HEAD); index < at; index++)
    state = transitions[(state << SHIFT) | classes[bytes[index]!]!]!
  return state
}

function readRest(rules: Ruleset, scan: Scan, from: number, start: number): number {
  const { classes, transitions, accepting, depths } = rules.automaton
  const { bytes } = scan
  const { length } = scan.text
  let state = stateAt(rules.automaton, bytes, from, start)
  for (let index = start; index < length; index++) {
    state = transitions[(state << SHIFT) | classes[bytes[index]!]!]!
    if (state >= accepting) dispatch(rules, scan, state - accepting, index + 1)
  }
  return depths[state]!
}
