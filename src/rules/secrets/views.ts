import type { TextBytes } from './bytes.ts'
import { entityAt, entityCode, entityLength } from './entities.ts'
import { UNSEEN } from './narrow.ts'
import { utf8Code, utf8Length } from './utf8.ts'

/** A stretch of text decoded; `origin` maps an offset in `text` back to the source. */
export interface View {
  readonly text: string
  /** Where the character at `offset` begins in the source. */
  begin(offset: number): number
  /** Where the character before `offset` ends in the source. */
  end(offset: number): number
}

const PERCENT = 37
const AMPERSAND = 38
const BACKSLASH = 92

/** The value of two hexadecimal digits, below 0 when one of them is none. */
export function readHexPair(bytes: Uint8Array, at: number): number {
  return (digits[bytes[at]!]! << 4) | digits[bytes[at + 1]!]!
}

const digits = new Int8Array(256).fill(-1)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  digits[digit.charCodeAt(0)] = value
  digits[digit.toUpperCase().charCodeAt(0)] = value
}

/** Bytes that may not be taken as they are: they begin an escape, or tell no more than that a character is beyond ASCII or not to be seen. */
const special = new Uint8Array(256).fill(1, 128)
for (const byte of [PERCENT, AMPERSAND, BACKSLASH]) special[byte] = 1

/** Where the characters of a view come from, and their codes; the same memory for every stretch of a level. */
interface Memory {
  readonly origins: Int32Array
  readonly codes: Uint16Array<ArrayBuffer>
}

/** No stretch of an ordinary text is longer. */
const COMMON = 4_352
const kept: Memory[] = []

function memoryFor(size: number, level: number): Memory {
  const own = kept[level]
  if (own !== undefined && own.codes.length >= size) return own
  const room = Math.max(size, COMMON)
  const grown = { origins: new Int32Array(room), codes: new Uint16Array(room) }
  kept[level] = grown
  return grown
}

/**
 * A view of a stretch with escapes of JSON strings, addresses and HTML taken away, one level of each, and what nobody sees.
 * Valid until the next call for that level: the views within one are of further levels.
 */
export function unescapedView({ text, bytes }: TextBytes, start: number, end: number, level = 0): View {
  const { origins, codes } = memoryFor(end - start + 1, level)
  let length = 0
  let all = 0
  let index = start
  while (index < end) {
    const byte = bytes[index]!
    if (special[byte] === 0) {
      origins[length] = index++
      codes[length++] = byte
      continue
    }
    if (byte === UNSEEN) {
      index++
      continue
    }
    const size = byte > 127 ? 1 : escapeLength(bytes, index, end)
    const code = size > 1 ? decodeEscape(bytes, index, size) : text.charCodeAt(index)
    const joined = size === 3 && code > 127 ? joinPercents(bytes, index, code, end) : -1
    all |= joined < 0 ? code : joined
    origins[length] = index
    codes[length++] = joined < 0 ? code : joined
    index += joined < 0 ? size : size * utf8Length(code)
  }
  origins[length] = end
  return {
    text: toText(codes, length, all < 256),
    begin: offset => origins[offset]!,
    end: offset => origins[offset]!,
  }
}

/** Codes that fit a byte are moved into one each. */
function toText({ buffer, byteLength }: Uint16Array<ArrayBuffer>, length: number, isLatin: boolean): string {
  const bytes = Buffer.from(buffer, 0, byteLength)
  if (!isLatin) return bytes.toString('utf16le', 0, length << 1)
  for (let index = 0; index < length; index++) bytes[index] = bytes[index << 1]!
  return bytes.toString('latin1', 0, length)
}

const simpleEscapes = new Uint8Array(256)
for (const [letter, code] of Object.entries({
  n: 10,
  r: 13,
  t: 9,
  b: 8,
  f: 12,
  '"': 34,
  '/': 47,
  "'": 39,
  '\\': 92,
}))
  simpleEscapes[letter.charCodeAt(0)] = code

const LETTER_U = 117
const LETTER_X = 120

/** How many characters the escape at `at` takes; 1 when it is none: `%41`, `\\u0041`, `\\x41`, `\\n`, `&#65;`. */
export function escapeLength(bytes: Uint8Array, at: number, limit = bytes.length): number {
  const sign = bytes[at]
  if (sign === PERCENT) return at + 3 <= limit && isPercentEscape(bytes, at) ? 3 : 1
  if (sign === AMPERSAND) return entityLength(entityAt(bytes, at)) || 1
  const letter = bytes[at + 1]!
  if (letter === LETTER_U && at + 6 <= limit && readCodeUnit(bytes, at + 2) >= 0) return 6
  if (letter === LETTER_X && at + 4 <= limit && readHexPair(bytes, at + 2) >= 0) return 4
  return at + 2 <= limit && simpleEscapes[letter] !== 0 ? 2 : 1
}

function decodeEscape(bytes: Uint8Array, at: number, size: number): number {
  const sign = bytes[at]
  if (sign === PERCENT) return readHexPair(bytes, at + 1)
  if (sign === AMPERSAND) return entityCode(entityAt(bytes, at))
  if (size === 2) return simpleEscapes[bytes[at + 1]!]!
  return size === 4 ? readHexPair(bytes, at + 2) : readCodeUnit(bytes, at + 2)
}

/** `%C3%B1` is one character (RFC 3986 §2.5); below 0 when the bytes are none. */
function joinPercents(bytes: Uint8Array, at: number, lead: number, limit: number): number {
  const size = utf8Length(lead)
  if (size === 0 || at + 3 * size > limit || bytes[at + 3] !== PERCENT) return -1
  if (size > 2 && bytes[at + 6] !== PERCENT) return -1
  return utf8Code(lead, readHexPair(bytes, at + 4), readHexPair(bytes, at + 7))
}

/** The value of four hexadecimal digits, below 0 when one of them is none. */
function readCodeUnit(bytes: Uint8Array, at: number): number {
  return (readHexPair(bytes, at) << 8) | readHexPair(bytes, at + 2)
}

/** Whether a percent sign begins an escape. */
function isPercentEscape(bytes: Uint8Array, at: number): boolean {
  return readHexPair(bytes, at + 1) >= 0
}
