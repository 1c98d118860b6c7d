import { type Automaton, SHIFT } from './automaton.ts'
import {
  type Code,
  compile,
  constant,
  get,
  load,
  load8,
  load16,
  loopWhileBelow,
  op,
  type Program,
  set,
  store32,
  when,
} from './wasm.ts'

export const LANES = 4
/** A lane is at most so many bytes. */
export const LANE = 4_096

const MOST_HEAD = 256
/** Where things are in the memory of the program: of each byte the place of its class in a row, the end of each lane's hits, … */
const COLUMNS = 0
const ENDS = 256
const TEXT = 512
const HITS = TEXT + MOST_HEAD + LANES * LANE
const TABLE = HITS + 4 * LANES * LANE

/** Reads a text with an automaton in several places at once: a state waits for the one before it, and meanwhile the others go on. */
export interface LaneReader {
  /**
   * Reads lanes of `size` bytes, the first from `at` on. Each begins in the state that the characters of a head before it
   * lead to, which is the state that reading from `from` on would have led to.
   */
  read(bytes: Uint8Array, from: number, at: number, size: number): void
  /** `LANE` places for each lane: the state in the lower half, in the upper how far the hit ends behind the beginning of the lane, and a head. */
  readonly hits: Uint32Array
  /** How many hits a lane has. */
  count(lane: number): number
}

/** `head` is the length of the longest literal. Undefined where it is too long, or states do not fit 16 bits. */
export function createLaneReader(automaton: Automaton, head: number): LaneReader | undefined {
  const { classes, transitions, accepting } = automaton
  if (!(transitions instanceof Uint16Array) || head > MOST_HEAD) return undefined
  const { memory, run } = load(laneProgram(), TABLE + transitions.byteLength)
  new Uint8Array(memory, COLUMNS).set(classes.map(value => value << 1))
  new Uint16Array(memory, TABLE).set(transitions)
  const stretch = new Uint8Array(memory, TEXT, head + LANES * LANE)
  const ends = new Uint32Array(memory, ENDS, LANES)
  return {
    read(bytes, from, at, size) {
      const before = Math.min(head, at - from)
      // no literal holds a NUL: it leads back to the beginning
      stretch.fill(0, 0, head - before)
      stretch.set(bytes.subarray(at - before, at + LANES * size), head - before)
      run(size, head, accepting)
    },
    hits: new Uint32Array(memory, HITS, LANES * LANE),
    count: lane => (ends[lane]! - HITS) / 4 - lane * LANE,
  }
}

/** Numbers of its locals; the last three are the first of one for each lane. */
const local = {
  size: 0,
  head: 1,
  accepting: 2,
  at: 3,
  begins: 4,
  states: 4 + LANES,
  lasts: 4 + 2 * LANES,
} as const

let compiled: Program | undefined

/** Parameters: bytes in a lane, bytes before the first, and the first state that is a hit. */
function laneProgram(): Program {
  compiled ??= compile(3, 1 + 3 * LANES, 0, [
    ...each(lane => [...get(local.size), ...constant(lane), op.multiply, ...set(local.begins + lane)]),
    ...each(lane => [...constant(HITS + 4 * LANE * lane), ...set(local.lasts + lane)]),
    ...loopWhileBelow(local.at, 1, get(local.head), each(step)),
    ...[...get(local.size), ...get(local.at), op.add, ...set(local.size)],
    ...loopWhileBelow(local.at, 1, get(local.size), [...each(step), ...each(keepHit)]),
    ...each(lane => [...constant(ENDS + 4 * lane), ...get(local.lasts + lane), ...store32(0)]),
    ...constant(0),
  ])
  return compiled
}

/** `state = transitions[state << SHIFT | class]`, in entries of two bytes. */
function step(lane: number): Code {
  const byte = [...get(local.begins + lane), ...get(local.at), op.add, ...load8(TEXT)]
  const row = [...get(local.states + lane), ...constant(SHIFT + 1), op.shiftLeft]
  return [...row, ...byte, ...load8(COLUMNS), op.or, ...load16(TABLE), ...set(local.states + lane)]
}

function keepHit(lane: number): Code {
  const hit = [...get(local.states + lane), ...get(local.at), ...constant(16), op.shiftLeft, op.or]
  return [
    ...[...get(local.states + lane), ...get(local.accepting), op.atLeast],
    ...when([
      ...[...get(local.lasts + lane), ...hit, ...store32(0)],
      ...[...get(local.lasts + lane), ...constant(4), op.add, ...set(local.lasts + lane)],
    ]),
  ]
}

function each(say: (lane: number) => Code): Code {
  return Array.from({ length: LANES }, (_, lane) => say(lane)).flat()
}
