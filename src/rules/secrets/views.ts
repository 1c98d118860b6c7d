import { entityAt } from './entities.ts'
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

/** The value of hexadecimal digits, -1 when one of them is none. */
export function readHex(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let index = at; index < at + length; index++) {
    const digit = digits[bytes[index]!]!
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

const digits = new Int8Array(256).fill(-1)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  digits[digit.charCodeAt(0)] = value
  digits[digit.toUpperCase().charCodeAt(0)] = value
}

/** A view of a stretch with escapes of JSON strings, addresses and HTML taken away, one level of each, and what nobody sees. */
export function unescapedView({ text, bytes }: Source, start: number, end: number): View {
  const codes = new Uint16Array(end - start)
  const origins = new Int32Array(end - start + 1)
  let length = 0
  let all = 0
  for (let index = start; index < end; ) {
    const byte = bytes[index]!
    if (byte === UNSEEN) {
      index++
      continue
    }
    const entity = byte === AMPERSAND ? entityAt(bytes, index) : undefined
    const size =
      entity?.length ?? (byte === PERCENT || byte === BACKSLASH ? escapeLength(bytes, index, end) : 1)
    const code =
      entity?.code ??
      (size > 1 ? decodeEscape(bytes, index, size) : byte < 128 ? byte : text.charCodeAt(index))
    origins[length] = index
    codes[length++] = code
    all |= code
    index += size
  }
  origins[length] = end
  return {
    text: toText(codes.subarray(0, length), all < 256),
    begin: offset => origins[offset]!,
    end: offset => origins[offset]!,
  }
}

function toText(codes: Uint16Array, isLatin: boolean): string {
  return isLatin
    ? Buffer.from(codes).toString('latin1')
    : Buffer.from(codes.buffer, 0, codes.byteLength).toString('utf16le')
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
  if (bytes[at] === AMPERSAND) return entityAt(bytes, at)?.length ?? 1
  if (bytes[at] === PERCENT) return at + 3 <= limit && isPercentEscape(bytes, at) ? 3 : 1
  const letter = bytes[at + 1]!
  if (letter === LETTER_U && at + 6 <= limit && readHex(bytes, at + 2, 4) >= 0) return 6
  if (letter === LETTER_X && at + 4 <= limit && readHex(bytes, at + 2, 2) >= 0) return 4
  return at + 2 <= limit && simpleEscapes[letter] !== 0 ? 2 : 1
}

function decodeEscape(bytes: Uint8Array, at: number, size: number): number {
  if (size === 2) return simpleEscapes[bytes[at + 1]!]!
  return size === 3 ? readHex(bytes, at + 1, 2) : readHex(bytes, at + 2, size - 2)
}

/** Whether a percent sign begins an escape. */
export function isPercentEscape(bytes: Uint8Array, at: number): boolean {
  return readHex(bytes, at + 1, 2) >= 0
}
