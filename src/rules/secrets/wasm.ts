// Assembles small WebAssembly functions. A loop over the bytes of a text in JavaScript looks at the bounds of each array for
// every byte and reads one byte at a time; the same loop here takes less than half the time.
// Encoding and numbers: WebAssembly Core Specification 2.0, section 5.

/** What is needed of the runtime's `WebAssembly`, whose types come with those of browsers only. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (program: Uint8Array<ArrayBuffer>) => Program
  readonly Instance: new (
    program: Program,
    imports: { host: { memory: object } },
  ) => { readonly exports: { run(...parameters: number[]): number } }
}

const PAGE = 65_536

export type Code = readonly number[]

/** A compiled function. */
export type Program = object

export interface Loaded {
  readonly memory: ArrayBuffer
  readonly run: (...parameters: number[]) => number
}

const type = { i32: 0x7f, v128: 0x7b, function: 0x60, nothing: 0x40 } as const

/** Instructions on words. */
export const op = {
  leadingZeros: 0x67,
  trailingZeros: 0x68,
  subtract: 0x6b,
  xor: 0x73,
  or: 0x72,
  add: 0x6a,
  multiply: 0x6c,
  shiftLeft: 0x74,
  lessThan: 0x49,
  atLeast: 0x4f,
} as const

/** Instructions on sixteen bytes, or eight halves of a word, at once. */
export const simd = {
  equal8: vector(0x23),
  atMost8: vector(0x2a),
  subtract8: vector(0x71),
  equal16: vector(0x2d),
  atMost16: vector(0x34),
  atMost8Signed: vector(0x29),
  subtract16: vector(0x91),
  narrowSigned: vector(0x65),
  narrowUnsigned: vector(0x66),
  and: vector(0x4e),
  or: vector(0x50),
  select: vector(0x52),
  anyTrue: vector(0x53),
  /** The highest bit of each byte, as a word. */
  bits: vector(0x64),
} as const

/** Compiles `run`: parameters are the first locals, all of them i32; then come `words` i32 and `vectors` v128. Gives the i32 that the body leaves. */
export function compile(parameters: number, words: number, vectors: number, body: Code): Program {
  const locals = [2, words, type.i32, vectors, type.v128]
  const signature = [type.function, ...sized(Array(parameters).fill(type.i32)), 1, type.i32]
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, [1, ...signature]),
      ...section(2, [1, ...text('host'), ...text('memory'), 2, 0, 1]),
      ...section(3, [1, 0]),
      ...section(7, [1, ...text('run'), 0, 0]),
      ...section(10, [1, ...sized([...locals, ...body, 0x0b])]),
    ]),
  )
}

/** A program with memory of its own, of at least so many bytes. */
export function load(program: Program, size: number): Loaded {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(size / PAGE) })
  const { run } = new WebAssembly.Instance(program, { host: { memory } }).exports
  return { memory: memory.buffer, run }
}

export function get(local: number): Code {
  return [0x20, local]
}

export function set(local: number): Code {
  return [0x21, local]
}

export function constant(value: number): Code {
  return [0x41, ...signed(value)]
}

export function load8(offset: number): Code {
  return [0x2d, 0, ...unsigned(offset)]
}

export function load16(offset: number): Code {
  return [0x2f, 1, ...unsigned(offset)]
}

export function store32(offset: number): Code {
  return [0x36, 2, ...unsigned(offset)]
}

export function loadVector(offset: number): Code {
  return [...vector(0x00), 0, ...unsigned(offset)]
}

export function storeVector(offset: number): Code {
  return [...vector(0x0b), 0, ...unsigned(offset)]
}

/** Eight times the same half of a word. */
export function constant16(value: number): Code {
  return [
    ...vector(0x0c),
    ...Array(8)
      .fill([value & 0xff, value >> 8])
      .flat(),
  ]
}

/** Sixteen times the same byte. */
export function constant8(value: number): Code {
  return [...vector(0x0c), ...Array(16).fill(value)]
}

/** Only where the word before is not zero. */
export function when(body: Code): Code {
  return [0x04, type.nothing, ...body, 0x0b]
}

/** Does something once, then adds to a local, and again while the local is below a limit. */
export function loopWhileBelow(local: number, by: number, limit: Code, body: Code): Code {
  const advance = [...get(local), ...constant(by), op.add, ...set(local)]
  return [0x03, type.nothing, ...body, ...advance, ...get(local), ...limit, op.lessThan, 0x0d, 0, 0x0b]
}

function vector(number: number): Code {
  return [0xfd, ...unsigned(number)]
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)]
}

function sized(content: Code): Code {
  return [...unsigned(content.length), ...content]
}

function text(name: string): Code {
  return sized([...name].map(character => character.charCodeAt(0)))
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

/** LEB128 of a number that is not negative: the last byte leaves room for the sign. */
function signed(value: number): Code {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)]
}
