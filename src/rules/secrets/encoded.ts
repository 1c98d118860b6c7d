import { isDiffMark } from './boundary.ts'
import { charset, isIn, skipBytes } from './charsets.ts'
import type { Scan } from './scan.ts'
import { isContinuation, readUtf8, utf8Length } from './utf8.ts'
import { readHexPair, type View } from './views.ts'

/** So many characters tell whether a run decodes to text. */
const PROBE = 48
const HEX_SHORTEST = 32
/** Base64 is broken into lines of 64 or 76 characters, hexadecimal digits of 60; shorter ones are words below each other. */
const LINE_SHORTEST = 60
const INDENT_LONGEST = 40
const NEW_LINE = 10
const CARRIAGE_RETURN = 13

type Encoding = 'base64' | 'hex'

/** How many characters stand for how many bytes. */
const units: Readonly<Record<Encoding, { readonly characters: number; readonly bytes: number }>> = {
  base64: { characters: 4, bytes: 3 },
  hex: { characters: 2, bytes: 1 },
}

/** Base64 or base64url without padding to one character a byte; undefined when it cannot be that. */
export function decodeBase64(run: string): string | undefined {
  for (let index = 0; index < run.length; index++)
    if (!isIn(run.charCodeAt(index), charset.R)) return undefined
  return Buffer.from(run, 'base64').toString('latin1')
}

/** A stretch of encoded characters without anything between. */
export interface Line {
  readonly start: number
  readonly end: number
}

/** A view of lines read as one; all but the last have the length of the first, which is a multiple of four. */
export function encodedView(text: string, lines: readonly [Line, ...Line[]], encoding: Encoding): View {
  const { characters, bytes } = units[encoding]
  const length = lines[0].end - lines[0].start
  const last = lines.at(-1)!
  const total = (lines.length - 1) * length + last.end - last.start
  const place = (at: number) => {
    const line = Math.min(Math.floor(at / length), lines.length - 1)
    return lines[line]!.start + at - line * length
  }
  const run = lines.map(({ start, end }) => text.slice(start, end)).join('')
  const begin = (at: number) => place(Math.floor(at / bytes) * characters)
  const end = (at: number) => place(Math.min(total, Math.ceil(at / bytes) * characters) - 1) + 1
  const decoded = Buffer.from(run, encoding)
  if (!decoded.some(byte => utf8Length(byte) > 0)) return { text: decoded.toString('latin1'), begin, end }
  const { text: read, places } = readUtf8(decoded)
  return { text: read, begin: offset => begin(places[offset]!), end: offset => end(places[offset]!) }
}

/** What a run encodes text in; told from few characters for most names and paths, which encode none. */
export function encodingOf(bytes: Uint8Array, start: number, end: number): Encoding | undefined {
  const isHex = end - start >= HEX_SHORTEST && skipBytes(bytes, start, charset.X, end) === end
  const encoding = isHex ? 'hex' : 'base64'
  return isText(bytes, start, Math.min(end, start + PROBE), encoding) ? encoding : undefined
}

function isText(bytes: Uint8Array, start: number, end: number, encoding: Encoding): boolean {
  const unit = units[encoding]
  const size = Math.floor(((end - start) * unit.bytes) / unit.characters)
  let spare = Math.floor(size * 0.1)
  let last = 0
  // bytes that a character beyond ASCII still has to have
  let owed = 0
  for (let index = 0; index < size; index++) {
    const code = encoding === 'hex' ? readHexPair(bytes, start + index * 2) : readBase64(bytes, start, index)
    if (owed > 0 && isContinuation(code)) {
      owed--
      continue
    }
    spare -= owed
    if (spare < 0) return false
    owed = Math.max(0, utf8Length(code) - 1)
    if (owed > 0) continue
    if (!isReadable(code, last, index) && spare-- === 0) return false
    last = code
  }
  return true
}

/** A NUL beside a letter counts: UTF-16, as in PowerShell's encoded commands. */
function isReadable(code: number, last: number, index: number): boolean {
  if ((code >= 32 && code < 127) || code === 10 || code === 13 || code === 9) return true
  return code === 0 && (last !== 0 || index === 0)
}

/** One byte of what a base64 run decodes to. */
function readBase64(bytes: Uint8Array, start: number, index: number): number {
  const at = start + Math.floor((index * 4) / 3)
  const two = (sextets[bytes[at]!]! << 6) | sextets[bytes[at + 1]!]!
  return (two >> (4 - 2 * (index % 3))) & 255
}

const sextets = new Uint8Array(256)
for (const [value, character] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
].entries())
  sextets[character.charCodeAt(0)] = value
for (const [character, value] of Object.entries({ '+': 62, '-': 62, '/': 63, _: 63 }))
  sextets[character.charCodeAt(0)] = value

/**
 * Adds the lines that go on with the first: what is long is broken into lines of one length, a multiple of four, and a
 * shorter last one (RFC 2045 §6.8, RFC 7468 §2, `xxd -p`). `open` when more of them may come.
 */
export function gatherLines(
  { text, bytes, final }: Scan,
  lines: [Line, ...Line[]],
  limit: number,
): 'open' | 'closed' {
  const length = lines[0].end - lines[0].start
  if (length < LINE_SHORTEST || length % 4 !== 0) return 'closed'
  // a sign before the first line is the mark of a diff: it would belong to the line otherwise
  const sign = bytes[lines[0].start - 1]!
  const isMarked = isDiffMark(sign)
  for (let at = lines[0].end; at < limit; ) {
    const mark = bytes[at] === CARRIAGE_RETURN ? at + 1 : at
    if (mark === text.length && !final) return 'open'
    if (bytes[mark] !== NEW_LINE) return 'closed'
    const lineStart = isMarked && bytes[mark + 1] === sign ? mark + 2 : mark + 1
    const start = skipBytes(bytes, lineStart, charset.blank, Math.min(text.length, mark + INDENT_LONGEST))
    const end = skipBytes(bytes, start, charset.R, Math.min(text.length, start + length + 1))
    if (end === text.length && !final) return 'open'
    if (end === start || end - start > length) return 'closed'
    lines.push({ start, end })
    if (end - start < length) return 'closed'
    at = end
  }
  return 'closed'
}
