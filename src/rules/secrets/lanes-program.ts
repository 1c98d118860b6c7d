import { SHIFT } from './automaton.ts'

// The WebAssembly that reads a text in several places at once, assembled here. The same loop in JavaScript looks at the bounds
// of three arrays for every byte, and takes more than twice as long. Encoding: WebAssembly Core Specification, section 5.

export const LANES = 4
/** A lane is at most so many bytes, which leaves the half of a word for a place in it. */
export const LANE = 4_096

/** Where things are in the memory, in bytes. */
export interface Layout {
  /** So many characters before the first lane stand at the beginning of the text. */
  readonly head: number
  /** For each byte the place of its class in a row of the table, one byte each. */
  readonly columns: number
  /** For each lane where its hits end, a word each. */
  readonly ends: number
  readonly text: number
  /** For each lane its hits, a word each: the state, and above it the place behind the first head. */
  readonly hits: number
  readonly transitions: number
}

const I32 = 0x7f
const FUNCTION = 0x60
const op = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  branchIf: 0x0d,
  get: 0x20,
  set: 0x21,
  load8: 0x2d,
  load16: 0x2f,
  store: 0x36,
  constant: 0x41,
  less: 0x49,
  notLess: 0x4f,
  add: 0x6a,
  multiply: 0x6c,
  or: 0x72,
  shiftLeft: 0x74,
} as const
const NOTHING = 0x40

/** Exports `read(lane, accepting)`: the bytes of a lane, and the first state that is a hit. Imports `lanes.memory`. */
export function laneProgram(layout: Layout): Uint8Array<ArrayBuffer> {
  const module = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, FUNCTION, 2, I32, I32, 0]),
    ...section(2, [1, ...name('lanes'), ...name('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('read'), 0, 0]),
    ...section(10, [1, ...sized(readFunction(layout))]),
  ]
  return Uint8Array.from(module)
}

const lane = 0
const accepting = 1
const at = 2
const begins = 3
const states = begins + LANES
const hits = states + LANES
const LOCALS = 1 + 3 * LANES

function readFunction(layout: Layout): number[] {
  return [
    ...[1, LOCALS, I32],
    ...each(n => [...get(lane), ...constant(n), op.multiply, ...set(begins + n)]),
    ...each(n => [...constant(layout.hits + 4 * LANE * n), ...set(hits + n)]),
    // the characters of a head before a lane lead to the state it begins in
    ...loopWhileBelow(constant(layout.head), each(n => step(n, layout))),
    ...[...get(lane), ...get(at), op.add, ...set(lane)],
    ...loopWhileBelow(get(lane), [...each(n => step(n, layout)), ...each(keepHit)]),
    ...each(n => [...constant(layout.ends + 4 * n), ...get(hits + n), op.store, 2, 0]),
    op.end,
  ]
}

/** `state = transitions[state << SHIFT | column of the byte]`, in entries of two bytes. */
function step(n: number, { columns, text, transitions }: Layout): number[] {
  return [
    ...[...get(states + n), ...constant(SHIFT + 1), op.shiftLeft],
    ...[...get(begins + n), ...get(at), op.add, op.load8, 0, ...unsigned(text)],
    ...[op.load8, 0, ...unsigned(columns), op.or],
    ...[op.load16, 1, ...unsigned(transitions), ...set(states + n)],
  ]
}

function keepHit(n: number): number[] {
  return [
    ...[...get(states + n), ...get(accepting), op.notLess, op.if, NOTHING],
    ...[...get(hits + n), ...get(states + n), ...get(at), ...constant(16), op.shiftLeft, op.or, op.store, 2, 0],
    ...[...get(hits + n), ...constant(4), op.add, ...set(hits + n)],
    op.end,
  ]
}

/** Does something once, and again while `at`, one greater each time, is below a limit. */
function loopWhileBelow(limit: readonly number[], body: readonly number[]): number[] {
  return [
    ...[op.loop, NOTHING, ...body],
    ...[...get(at), ...constant(1), op.add, ...set(at)],
    ...[...get(at), ...limit, op.less, op.branchIf, 0, op.end],
  ]
}

function each(say: (n: number) => readonly number[]): number[] {
  return Array.from({ length: LANES }, (_, n) => say(n)).flat()
}

function get(local: number): number[] {
  return [op.get, local]
}

function set(local: number): number[] {
  return [op.set, local]
}

function constant(value: number): number[] {
  return [op.constant, ...signed(value)]
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)]
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content]
}

function name(text: string): number[] {
  return sized([...text].map(character => character.charCodeAt(0)))
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

/** LEB128 of a number that is not negative: the last byte leaves room for the sign. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)]
}
