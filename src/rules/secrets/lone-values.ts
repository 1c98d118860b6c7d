import { charset, isByteIn, skipBytes, skipBytesBack } from './charsets.ts'
import { rarityOf } from './rarity.ts'
import type { Scan } from './scan.ts'

/** A value with dots whose last part is the long one; a stream holds back so much of what could be one. */
const DOTTED_LONGEST = 120
/** So much of a value tells whether it is random. */
const SAMPLE = 64
const UUID = 36
/** Shorter than this, three dashes or underscores make a name: `FIRST_BYTE_OF_UTF8`. */
const NAME_LONGEST = 24
const BLOCK_LINE = 48
const SLASH = 47
const DOT = 46
const DASH = 45
const NEW_LINE = 10
const SMALL_S = 115

/** What the characters of a value say about it. */
export interface Look {
  /** Hexadecimal or a UUID: as likely a hash or an identifier. */
  readonly isWeak: boolean
  readonly hasBothCases: boolean
}

/** So many characters can be counted in eight bits. */
const COUNTED = 255
const DIGIT = 1
const SMALL = 1 << 8
const CAPITAL = 1 << 16
const JOINT = 1 << 24
/** Four counts in one number, so that a character costs one addition. */
const weights = new Int32Array(256)
for (let code = 0; code < 128; code++) {
  if (isByteIn(code, charset.D)) weights[code] = DIGIT
  else if (code === DASH || code === 95) weights[code] = JOINT
  else if (isByteIn(code, charset.Z)) weights[code] = code >= 97 ? SMALL : CAPITAL
}

/** Counts what the value is made of; undefined for words, numbers and what is no more random than a name. */
export function lookAt({ bytes }: Scan, start: number, end: number): Look | undefined {
  let digits = 0
  let capitals = 0
  let small = 0
  let joints = 0
  for (let from = start; from < end; from += COUNTED) {
    const to = Math.min(end, from + COUNTED)
    let counts = 0
    for (let index = from; index < to; index++) counts = (counts + weights[bytes[index]!]!) | 0
    digits += counts & 255
    small += (counts >>> 8) & 255
    capitals += (counts >>> 16) & 255
    joints += counts >>> 24
  }
  if (capitals + small === 0 || (digits === 0 && (capitals < 2 || small < 2))) return undefined
  if (end - start < NAME_LONGEST && joints > 2) return undefined
  const isWeak =
    skipBytes(bytes, start, charset.X, end) === end ||
    (end - start === UUID && joints === 4 && isUuid(bytes, start, end))
  const least = digits > 0 ? 4.7 : 5.6
  if (!isWeak && rarityOf(bytes, start, Math.min(end, start + SAMPLE)) < least) return undefined
  return { isWeak, hasBothCases: capitals > 0 && small > 0 }
}

/** Whether all but its joints are hexadecimal, and those dashes. */
function isUuid(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++)
    if (bytes[index] !== DASH && !isByteIn(bytes[index]!, charset.X)) return false
  return true
}

/** Past the signs of a diff and the path that a value in an address comes last in; back to the first of parts with dots. */
export function valueStart({ bytes }: Scan, runStart: number, end: number): number {
  let start = runStart
  while (start < end && !isByteIn(bytes[start]!, charset.A)) start++
  const before = start === 0 ? 0 : bytes[start - 1]
  if (before !== SLASH && before !== DOT) return start
  for (let index = end - 1; index > start; index--) if (bytes[index] === SLASH) return index + 1
  if (before === SLASH) return start
  const first = skipBytesBack(bytes, start, charset.G, Math.max(0, end - DOTTED_LONGEST))
  const goesOn = first > 0 && isByteIn(bytes[first - 1]!, charset.G)
  return goesOn ? start : first
}

/** Whether no sign binds the value to what stands before: an address, a pinned version, a variable. */
export function isFree(bytes: Uint8Array, start: number): boolean {
  return start === 0 || binds[bytes[start - 1]!] === 0
}

const binds = new Uint8Array(256)
for (const sign of '?@.$#~!^*%\\&') binds[sign.charCodeAt(0)] = 1

/** `sha512-…` of a lock file or a page. */
export function isDigest({ text, bytes }: Scan, start: number): boolean {
  return bytes[start] === SMALL_S && text.startsWith('sha', start) && '1235'.includes(text[start + 3] ?? ' ')
}

/** Whether the line before is a long run as well: certificates, pictures and other encoded blocks. */
export function isInBlock(bytes: Uint8Array, start: number): boolean {
  const lineEnd = start - 1
  if (lineEnd < BLOCK_LINE || bytes[lineEnd] !== NEW_LINE) return false
  return skipBytesBack(bytes, lineEnd, charset.E, lineEnd - BLOCK_LINE) === lineEnd - BLOCK_LINE
}

/** Whether what follows still belongs to the value or to an address. */
export function isContinued(text: string, end: number): boolean {
  if (isAlphanumeric(text, end)) return true
  return end < text.length && '.?@$^*!~%/'.includes(text[end]!) && isAlphanumeric(text, end + 1)
}

function isAlphanumeric(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code < 128 && isByteIn(code, charset.A)
}
