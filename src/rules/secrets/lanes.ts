import type { Automaton } from './automaton.ts'
import { LANE, LANES, type Layout, laneProgram } from './lanes-program.ts'

/** What is needed of the runtime's `WebAssembly`, whose types come with those of browsers only. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (program: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (
    module: object,
    imports: { lanes: { memory: object } },
  ) => { readonly exports: { read(lane: number, accepting: number): void } }
}

/** The memory of a program that reads lanes, and what it left there. */
export interface LaneReader {
  /**
   * Reads lanes of `size` bytes, the first from `at` on. A state waits for the one before it; several places are therefore
   * read at once, each from the state that the characters of a head before it lead to, which is the state that reading
   * from `from` on would have led to.
   */
  read(bytes: Uint8Array, from: number, at: number, size: number): void
  /** Lane after lane has room for `LANE` hits: the state in the lower half, the place in the lane, behind a head, in the upper. */
  readonly hits: Uint32Array
  /** How many hits each lane has. */
  count(lane: number): number
}

const PAGE = 65_536
const TEXT = 512
const HITS = TEXT + 256 + LANES * LANE
const TABLE = HITS + 4 * LANES * LANE

let program: object | undefined

/** Undefined for a table whose states do not fit 16 bits. `head` is the length of the longest literal. */
export function createLaneReader(automaton: Automaton, head: number): LaneReader | undefined {
  const { classes, transitions, accepting } = automaton
  if (!(transitions instanceof Uint16Array) || head > 256) return undefined
  const layout: Layout = { head, columns: 0, ends: 256, text: TEXT, hits: HITS, transitions: TABLE }
  program ??= new WebAssembly.Module(laneProgram(layout))
  const memory = new WebAssembly.Memory({ initial: Math.ceil((TABLE + transitions.byteLength) / PAGE) })
  const { read } = new WebAssembly.Instance(program, { lanes: { memory } }).exports
  const { buffer } = memory
  new Uint8Array(buffer, 0, 256).set(classes.map(value => value << 1))
  new Uint16Array(buffer, TABLE).set(transitions)
  const text = new Uint8Array(buffer, TEXT, head + LANES * LANE)
  const ends = new Uint32Array(buffer, 256, LANES)
  return {
    read(bytes, from, at, size) {
      const before = Math.min(head, at - from)
      // no literal holds a NUL, so that it leads back to the beginning
      text.fill(0, 0, head - before)
      text.set(bytes.subarray(at - before, at + LANES * size), head - before)
      read(size, accepting)
    },
    hits: new Uint32Array(buffer, HITS, LANES * LANE),
    count: lane => (ends[lane]! - HITS) / 4 - lane * LANE,
  }
}
