import { entityAt, entityCode, entityLength } from './entities.ts'
import { UNSEEN } from './narrow.ts'

/** A text with its bytes (`bytes.ts`). */
interface Source {
  readonly text: string
  readonly bytes: Uint8Array
}

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

/** A view of a stretch with escapes of JSON strings, addresses and HTML taken away, one level of each, and what nobody sees. */
export function unescapedView({ text, bytes }: Source, start: number, end: number): View {
  const codes = new Uint16Array(end - start)
  const origins = new Int32Array(end - start + 1)
  let length = 0
  let all = 0
  for (let index = start; index < end; ) {
    const byte = bytes[index]!
    let code = byte
    let size = 1
    if (special[byte] !== 0) {
      if (byte === UNSEEN) {
        index++
        continue
      }
      if (byte > 127) code = text.charCodeAt(index)
      else {
        size = escapeLength(bytes, index, end)
        if (size > 1) code = decodeEscape(bytes, index, size)
      }
      all |= code
    }
    origins[length] = index
    codes[length++] = code
    index += size
  }
  origins[length] = end
  return {
    text: toText(codes, length, all < 256),
    begin: offset => origins[offset]!,
    end: offset => origins[offset]!,
  }
}

/** Codes that fit a byte are moved into one each. */
function toText(codes: Uint16Array, length: number, isLatin: boolean): string {
  const buffer = Buffer.from(codes.buffer, 0, length << 1)
  if (!isLatin) return buffer.toString('utf16le')
  for (let index = 0; index < length; index++) buffer[index] = codes[index]!
  return buffer.toString('latin1', 0, length)
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

/** The value of four hexadecimal digits, below 0 when one of them is none. */
function readCodeUnit(bytes: Uint8Array, at: number): number {
  return (readHexPair(bytes, at) << 8) | readHexPair(bytes, at + 2)
}

/** Whether a percent sign begins an escape. */
function isPercentEscape(bytes: Uint8Array, at: number): boolean {
  return readHexPair(bytes, at + 1) >= 0
}
