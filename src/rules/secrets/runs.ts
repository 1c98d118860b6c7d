import {
  type Code,
  compile,
  constant,
  constant8,
  get,
  load,
  loadVector,
  loopWhileBelow,
  op,
  set,
  simd,
  store32,
  when,
} from './wasm.ts'

/** Shorter runs are of no interest. They reach over the end of a block, so that of a block only its first and last bytes matter. */
export const RUN_SHORTEST = 16
const BLOCK = 16
/** So many bytes are looked at in one go. */
const CHUNK = 16_384
/** Where the places of the runs come to, two words each, and behind them how many bytes they take. */
const places = CHUNK
const tally = places + 8 * (CHUNK / BLOCK)

const size = 0
const base = 1
/** Where the run began that reaches up to the block; at the block itself when there is none. */
const start = 2
const at = 3
const last = 4
/** Which of the bytes of a block are of no run, a bit each. */
const gaps = 5
const end = 6
const bytes = 7

/** Parameters: how many bytes, a multiple of `BLOCK`; where in the text the first stands; where the run before it began. Gives that of the last. */
const { memory, run } = load(
  compile(3, 4, 1, [
    ...loopWhileBelow(at, BLOCK, get(size), [
      ...[...get(at), ...loadVector(0), ...set(bytes)],
      ...[...areInRun(), ...simd.bits, ...constant(0xffff), op.xor, ...set(gaps)],
      ...get(gaps),
      ...when([
        ...[...get(base), ...get(at), op.add, ...get(gaps), op.trailingZeros, op.add, ...set(end)],
        ...[...get(end), ...get(start), op.subtract, ...constant(RUN_SHORTEST), op.atLeast],
        ...when(keepRun()),
        // behind the last gap
        ...[...get(base), ...get(at), op.add, ...constant(32), op.add],
        ...[...get(gaps), op.leadingZeros, op.subtract, ...set(start)],
      ]),
    ]),
    ...[...constant(tally), ...get(last), ...store32(0)],
    ...get(start),
  ]),
  tally + 4,
)
const chunk = new Uint8Array(memory, 0, CHUNK)
const found = new Uint32Array(memory, places, 2 * (CHUNK / BLOCK))
const count = new Uint32Array(memory, tally, 1)

/** Letters, digits, `/`, `+`, `-` and `_`, as `charset.R`: all of either alphabet of base64. */
function areInRun(): Code {
  const is = (character: string) => [...get(bytes), ...constant8(character.charCodeAt(0)), ...simd.equal8]
  const isAmong = (code: Code, first: string, count: number) => [
    ...[...code, ...constant8(first.charCodeAt(0)), ...simd.subtract8],
    ...[...constant8(count - 1), ...simd.atMost8],
  ]
  const small = [...get(bytes), ...constant8(0x20), ...simd.or]
  return [
    ...[...isAmong(small, 'a', 26), ...isAmong(get(bytes), '/', 11), ...is('+'), ...is('-'), ...is('_')],
    ...Array(4).fill(simd.or).flat(),
  ]
}

function keepRun(): Code {
  return [
    ...[...get(last), ...get(start), ...store32(places)],
    ...[...get(last), ...get(end), ...store32(places + 4)],
    ...[...get(last), ...constant(8), op.add, ...set(last)],
  ]
}

/** Where the runs of `RUN_SHORTEST` or more begin and end, between two places of a text: begin, end, begin, end. */
export function findRuns(source: Uint8Array, from: number, to: number): readonly number[] {
  const runs: number[] = []
  let started = from
  // one byte more, of no run, ends the last
  for (let begin = from; begin <= to; begin += CHUNK) {
    const length = Math.min(CHUNK, to - begin)
    chunk.set(source.subarray(begin, begin + length))
    const filled = length === CHUNK ? CHUNK : length + BLOCK - (length % BLOCK)
    chunk.fill(0, length, filled)
    started = run(filled, begin, started)
    for (let index = 0; index < count[0]! / 4; index++) runs.push(found[index]!)
  }
  return runs
}
