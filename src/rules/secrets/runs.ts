import {
  type Code,
  choose,
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
/** One behind the place where the open run began; 0 when none is open. */
const open = 2
const at = 3
const last = 4
/** Which of the bytes of a block are of no run, a bit each. */
const gaps = 5
const end = 6
const bytes = 7

/** Parameters: how many bytes, a multiple of `BLOCK`; where in the text the first stands; the open run. Gives the run then open. */
const { memory, run } = load(
  compile(3, 4, 1, [
    ...loopWhileBelow(at, BLOCK, get(size), [
      ...[...get(at), ...loadVector(0), ...set(bytes)],
      ...[...areInRun(), ...simd.bits, ...constant(0xffff), op.xor, ...set(gaps)],
      ...get(gaps),
      ...choose(
        [...closeRun(), ...openRun()],
        [...get(open), ...choose(get(open), [...get(base), ...get(at), op.add, ...constant(1), op.add])],
      ),
      ...set(open),
    ]),
    ...[...constant(tally), ...get(last), ...store32(0)],
    ...get(open),
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

/** Keeps the open run, which ends in this block, when it is long enough. */
function closeRun(): Code {
  return [
    ...get(open),
    ...when([
      ...[...get(base), ...get(at), op.add, ...get(gaps), op.trailingZeros, op.add, ...set(end)],
      ...[...get(end), ...get(open), op.subtract, ...constant(RUN_SHORTEST - 1), op.atLeast],
      ...when([
        ...[...get(last), ...get(open), ...constant(1), op.subtract, ...store32(places)],
        ...[...get(last), ...get(end), ...store32(places + 4)],
        ...[...get(last), ...constant(8), op.add, ...set(last)],
      ]),
    ]),
  ]
}

/** The run that reaches over the end of this block, if its last byte is of one. */
function openRun(): Code {
  const inBlock = [...get(gaps), op.leadingZeros, ...constant(16), op.subtract]
  return [
    ...inBlock,
    ...choose(
      [...get(base), ...get(at), op.add, ...constant(BLOCK + 1), op.add, ...inBlock, op.subtract],
      constant(0),
    ),
  ]
}

/** Where the runs of `RUN_SHORTEST` or more begin and end, between two places of a text: begin, end, begin, end. */
export function findRuns(source: Uint8Array, from: number, to: number): readonly number[] {
  const runs: number[] = []
  let started = 0
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
