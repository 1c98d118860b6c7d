import { charset, isIn } from './charsets.ts'

/** A stretch of text decoded; `origin` maps an offset in `text` back to the source. */
export interface View {
  readonly text: string
  /** Where the character at `offset` begins in the source. */
  begin(offset: number): number
  /** Where the character before `offset` ends in the source. */
  end(offset: number): number
}

const HEX_PROBE = 48
const PERCENT = 37
const BACKSLASH = 92

/** Base64 or base64url without padding to one character a byte; undefined when it cannot be that. */
export function decodeBase64(run: string): string | undefined {
  const length = run.length % 4 === 1 ? run.length - 1 : run.length
  for (let index = 0; index < length; index++) if (!isIn(run.charCodeAt(index), charset.R)) return undefined
  const standard = run.slice(0, length).replaceAll('-', '+').replaceAll('_', '/')
  return atob(standard)
}

/** A view of a base64 run, or undefined when its beginning does not decode to text. */
export function base64View(text: string, start: number, end: number): View | undefined {
  const probe = decodeBase64(text.slice(start, start + 32))
  if (probe === undefined || !isMostlyText(probe)) return undefined
  const decoded = decodeBase64(text.slice(start, end))
  if (decoded === undefined) return undefined
  return {
    text: decoded,
    begin: offset => start + Math.floor(offset / 3) * 4,
    end: offset => Math.min(end, start + Math.ceil(offset / 3) * 4),
  }
}

/** A view of a run of hexadecimal digits, two a character, or undefined when its beginning does not decode to text. */
export function hexView(text: string, start: number, end: number): View | undefined {
  if (!isMostlyText(decodeHex(text, start, Math.min(end, start + HEX_PROBE)))) return undefined
  return {
    text: decodeHex(text, start, end),
    begin: offset => start + offset * 2,
    end: offset => start + offset * 2,
  }
}

function decodeHex(text: string, start: number, end: number): string {
  const codes = new Uint16Array((end - start) >> 1)
  for (let index = 0; index < codes.length; index++) codes[index] = readHex(text, start + index * 2, 2)
  return String.fromCharCode(...codes)
}

/** The value of hexadecimal digits, -1 when one of them is none. */
function readHex(text: string, at: number, length: number): number {
  let value = 0
  for (let index = at; index < at + length; index++) {
    const code = text.charCodeAt(index)
    if (!isIn(code, charset.X)) return -1
    value = value * 16 + (code < 58 ? code - 48 : (code | 32) - 87)
  }
  return value
}

function isMostlyText(sample: string): boolean {
  let readable = 0
  for (let index = 0; index < sample.length; index++) {
    const code = sample.charCodeAt(index)
    if ((code >= 32 && code < 127) || code === 10 || code === 13 || code === 9) readable++
  }
  return readable >= sample.length * 0.9
}

/** Characters nobody sees: soft hyphen, grapheme joiner, Mongolian separator, zero widths, word joiner, byte order mark. */
const unseen = /[\u034f\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]/g

/** The next of them at or after a place, or the text's length; one linear pass for all of them. */
export function nextInvisible(text: string, from: number): number {
  unseen.lastIndex = from
  return unseen.test(text) ? unseen.lastIndex - 1 : text.length
}

/** A token with one of them inside reads the same to a person, and to a model that strips them. */
export function isInvisible(code: number): boolean {
  if (code < 0xad) return false
  if (code >= 0x200b && code <= 0x2064) return code <= 0x200f || code >= 0x2060
  return code === 0xad || code === 0xfeff || code === 0x34f || code === 0x180e
}

/** A view of a stretch with JSON string escapes and percent escapes taken away, one level of each, and what nobody sees. */
export function unescapedView(text: string, start: number, end: number): View {
  const codes = new Uint16Array(end - start)
  const origins = new Int32Array(end - start + 1)
  let length = 0
  for (let index = start; index < end; length++) {
    while (index < end && isInvisible(text.charCodeAt(index))) index++
    if (index === end) break
    origins[length] = index
    const code = text.charCodeAt(index)
    const size = code === PERCENT || code === BACKSLASH ? escapeLength(text, index, end) : 1
    codes[length] = size === 1 ? code : decodeEscape(text, index, size)
    index += size
  }
  origins[length] = end
  return {
    text: String.fromCharCode(...codes.subarray(0, length)),
    begin: offset => origins[offset]!,
    end: offset => origins[offset]!,
  }
}

const simpleEscapes: Record<string, number> = {
  n: 10,
  r: 13,
  t: 9,
  b: 8,
  f: 12,
  '"': 34,
  '/': 47,
  "'": 39,
  '\\': 92,
}

/** How many characters the escape at `at` takes; 1 when it is none. */
function escapeLength(text: string, at: number, limit: number): number {
  if (text.charCodeAt(at) === PERCENT) return at + 3 <= limit && isPercentEscape(text, at) ? 3 : 1
  if (text[at + 1] === 'u' && at + 6 <= limit && readHex(text, at + 2, 4) >= 0) return 6
  return at + 2 <= limit && simpleEscapes[text[at + 1]!] !== undefined ? 2 : 1
}

function decodeEscape(text: string, at: number, size: number): number {
  return size === 2
    ? simpleEscapes[text[at + 1]!]!
    : readHex(text, at + (size === 3 ? 1 : 2), size === 3 ? 2 : 4)
}

/** Whether a percent sign begins an escape. */
export function isPercentEscape(text: string, at: number): boolean {
  return readHex(text, at + 1, 2) >= 0
}
