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

/** Where things are in the memory of the program. */
const columns = 0
const ends = 256
const text = 512
const MOST_HEAD = 256
const hits = text + MOST_HEAD + LANES * LANE
const table = hits + 4 * LANES * LANE

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
  const { memory, run } = load(laneProgram(), table + transitions.byteLength)
  new Uint8Array(memory, columns).set(classes.map(value => value << 1))
  new Uint16Array(memory, table).set(transitions)
  const stretch = new Uint8Array(memory, text, head + LANES * LANE)
  const lasts = new Uint32Array(memory, ends, LANES)
  return {
    read(bytes, from, at, size) {
      const before = Math.min(head, at - from)
      // no literal holds a NUL: it leads back to the beginning
      stretch.fill(0, 0, head - before)
      stretch.set(bytes.subarray(at - before, at + LANES * size), head - before)
      run(size, head, accepting)
    },
    hits: new Uint32Array(memory, hits, LANES * LANE),
    count: lane => (lasts[lane]! - hits) / 4 - lane * LANE,
  }
}

const size = 0
const head = 1
const accepting = 2
const at = 3
const begins = 4
const states = begins + LANES
const lasts = states + LANES

let compiled: Program | undefined

/** Parameters: bytes in a lane, bytes before the first, and the first state that is a hit. */
function laneProgram(): Program {
  compiled ??= compile(3, 1 + 3 * LANES, 0, [
    ...each(lane => [...get(size), ...constant(lane), op.multiply, ...set(begins + lane)]),
    ...each(lane => [...constant(hits + 4 * LANE * lane), ...set(lasts + lane)]),
    ...loopWhileBelow(at, 1, get(head), each(step)),
    ...[...get(size), ...get(at), op.add, ...set(size)],
    ...loopWhileBelow(at, 1, get(size), [...each(step), ...each(keepHit)]),
    ...each(lane => [...constant(ends + 4 * lane), ...get(lasts + lane), ...store32(0)]),
    ...constant(0),
  ])
  return compiled
}

/** `state = transitions[state << SHIFT | class]`, in entries of two bytes. */
function step(lane: number): Code {
  const byte = [...get(begins + lane), ...get(at), op.add, ...load8(text)]
  const row = [...get(states + lane), ...constant(SHIFT + 1), op.shiftLeft]
  return [...row, ...byte, ...load8(columns), op.or, ...load16(table), ...set(states + lane)]
}

function keepHit(lane: number): Code {
  const hit = [...get(states + lane), ...get(at), ...constant(16), op.shiftLeft, op.or]
  return [
    ...[...get(states + lane), ...get(accepting), op.atLeast],
    ...when([
      ...[...get(lasts + lane), ...hit, ...store32(0)],
      ...[...get(lasts + lane), ...constant(4), op.add, ...set(lasts + lane)],
    ]),
  ]
}

function each(say: (lane: number) => Code): Code {
  return Array.from({ length: LANES }, (_, lane) => say(lane)).flat()
}
