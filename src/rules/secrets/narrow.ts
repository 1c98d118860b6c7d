import {
  type Code,
  compile,
  constant,
  constant16,
  get,
  load,
  loadVector,
  loopWhileBelow,
  op,
  set,
  simd,
  storeVector,
  when,
} from './wasm.ts'

/** What stands for a character beyond ASCII, and for one that nobody sees; neither is in any set. */
const BEYOND = 0x80
export const UNSEEN = BEYOND | 1

/** So many characters are done at once. */
const CHUNK = 8_192
/** A vector holds so many bytes. */
const WIDTH = 16

const end = 0
const at = 1
const source = 2
const hasUnseen = 3
const low = 4
const high = 5
const bytes = 6
const beyond = 7
const unseen = 8

/** Parameter: how many characters; they lie at 0, their bytes come to `2 * CHUNK`. Gives whether one of them is not to be seen. */
const { memory, run } = load(
  compile(1, 3, 5, [
    ...loopWhileBelow(at, WIDTH, get(end), [
      ...[...get(at), ...constant(1), op.shiftLeft, ...set(source)],
      ...[...get(source), ...loadVector(0), ...set(low)],
      ...[...get(source), ...loadVector(WIDTH), ...set(high)],
      // characters from 256 on become 255, and those from 32,768 on become 0 like NUL
      ...[...get(low), ...get(high), ...simd.narrowUnsigned, ...set(bytes)],
      ...[...get(bytes), ...constant16(0), ...simd.atMost8Signed, ...set(beyond)],
      ...[...get(beyond), ...simd.anyTrue],
      ...when([
        ...[
          ...constant16((BEYOND << 8) | BEYOND),
          ...get(bytes),
          ...get(beyond),
          ...simd.select,
          ...set(bytes),
        ],
        ...[...areUnseen(low), ...areUnseen(high), ...simd.narrowSigned, ...set(unseen)],
        ...[...get(unseen), ...constant16(0x0101), ...simd.and, ...get(bytes), ...simd.or, ...set(bytes)],
        ...[...get(unseen), ...simd.anyTrue, ...get(hasUnseen), op.or, ...set(hasUnseen)],
      ]),
      ...[...get(at), ...get(bytes), ...storeVector(2 * CHUNK)],
    ]),
    ...get(hasUnseen),
  ]),
  3 * CHUNK,
)
const characters = Buffer.from(memory, 0, 2 * CHUNK)
const codes = new Uint16Array(memory, 0, CHUNK)
const narrowed = new Uint8Array(memory, 2 * CHUNK, CHUNK)

/**
 * Characters nobody sees: soft hyphen, grapheme joiner, Mongolian separator, zero widths, word joiner, byte order mark.
 * A token with one of them inside reads the same to a person, and to a model that strips them. Where UTF-16 is read
 * as bytes a NUL stands beside every letter, so nobody sees that either.
 */
function areUnseen(local: number): Code {
  const is = (code: number) => [...get(local), ...constant16(code), ...simd.equal16]
  const isUpToFourBehind = (code: number) => [
    ...[...get(local), ...constant16(code), ...simd.subtract16],
    ...[...constant16(4), ...simd.atMost16],
  ]
  return [
    ...[...is(0), ...is(0xad), ...is(0x34f), ...is(0x180e), ...is(0xfeff)],
    ...[...isUpToFourBehind(0x200b), ...isUpToFourBehind(0x2060)],
    ...Array(6).fill(simd.or).flat(),
  ]
}

/** Writes a byte for each UTF-16 code of a text from `start` on; tells whether a character that nobody sees is among them. */
export function narrow(text: string, target: Uint8Array, start: number): boolean {
  let has = 0
  for (let from = 0; from < text.length; from += CHUNK) {
    const piece = text.slice(from, from + CHUNK)
    characters.write(piece, 'utf16le')
    // a letter up to where a vector ends
    for (let index = piece.length; index % WIDTH !== 0; index++) codes[index] = 65
    has |= run(piece.length)
    target.set(narrowed.subarray(0, piece.length), start + from)
  }
  return has !== 0
}
