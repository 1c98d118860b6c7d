// JSON read straight from bytes: where values begin and end, without building a tree.

/** The bytes are not the JSON they should be; `message` says what is wrong and holds none of the text. */
export class MalformedJson extends Error {
  override readonly name = 'MalformedJson'
}

export interface Span {
  readonly start: number
  readonly end: number
}

/** Nesting beyond this is refused; real requests stay below 40. */
export const MAX_DEPTH = 128

const QUOTE = 0x22
const BACKSLASH = 0x5c
const SHORT_STRING = 48

const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const literals = new Set(['true', 'false', 'null'])

export function fail(message: string): never {
  throw new MalformedJson(message)
}

/** The position of the next byte that is not JSON white space. */
export function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  for (;;) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
    at++
  }
}

/** The position after the closing quote of the string that opens at `at`. */
export function stringEnd(bytes: Buffer, at: number): number {
  // Keys and short values: a byte loop beats a native call.
  const near = Math.min(at + SHORT_STRING, bytes.length)
  let scan = at + 1
  while (scan < near) {
    const byte = bytes[scan]
    if (byte === QUOTE) return scan + 1
    scan += byte === BACKSLASH ? 2 : 1
  }
  for (;;) {
    const quote = bytes.indexOf(QUOTE, scan)
    if (quote < 0) fail('a string does not end')
    if (isUnescaped(bytes, quote, scan)) return quote + 1
    scan = quote + 1
  }
}

function isUnescaped(bytes: Buffer, quote: number, from: number): boolean {
  let slashes = 0
  for (let at = quote - 1; at >= from && bytes[at] === BACKSLASH; at--) slashes++
  return slashes % 2 === 0
}

/** The decoded string of a span that begins and ends with its quotes; refuses bad escapes and control characters. */
export function decodeString(bytes: Buffer, start: number, end: number): string {
  if (end - start <= SHORT_STRING) {
    let plain = true
    for (let at = start + 1; at < end - 1; at++) {
      const byte = bytes[at]!
      if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) {
        plain = false
        break
      }
    }
    if (plain) return bytes.toString('latin1', start + 1, end - 1)
  }
  try {
    return JSON.parse(bytes.toString('utf8', start, end)) as string
  } catch {
    return fail('a string holds a bad escape or a control character')
  }
}

/** The position after the value that begins at `at`, found by brackets and quotes alone; the grammar inside is not checked. */
export function skipValue(bytes: Buffer, at: number): number {
  const first = bytes[at]
  if (first === QUOTE) return stringEnd(bytes, at)
  if (first === 0x7b || first === 0x5b) return skipBrackets(bytes, at)
  return scalarEnd(bytes, at)
}

function skipBrackets(bytes: Buffer, from: number): number {
  let depth = 0
  let at = from
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at = stringEnd(bytes, at)
      continue
    }
    at++
    if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH) fail(`nesting is deeper than ${MAX_DEPTH}`)
    } else if (byte === 0x7d || byte === 0x5d) {
      if (--depth === 0) return at
    }
  }
  return fail('a bracket does not close')
}

/** The position after a number or a literal; refuses what is neither. */
export function scalarEnd(bytes: Buffer, start: number): number {
  let end = start
  while (end < bytes.length && isScalarByte(bytes[end]!)) end++
  if (end === start) fail('a value is missing')
  const text = bytes.toString('latin1', start, end)
  if (!literals.has(text) && !numberPattern.test(text)) fail('a value is neither a number nor a literal')
  return end
}

function isScalarByte(byte: number): boolean {
  const isDigit = byte >= 0x30 && byte <= 0x39
  const isLetter = (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a)
  return isDigit || isLetter || byte === 0x2d || byte === 0x2b || byte === 0x2e
}

/** Calls `visit` for each member of the object at `at` with its decoded key; `visit` returns the position after the value. */
export function eachMember(
  bytes: Buffer,
  at: number,
  visit: (key: string, keySpan: Span, valueStart: number) => number,
): number {
  const keys = new Set<string>()
  let next = skipSpace(bytes, at + 1)
  if (bytes[next] === 0x7d) return next + 1
  for (;;) {
    if (bytes[next] !== QUOTE) fail('a key is missing')
    const keyEnd = stringEnd(bytes, next)
    const key = decodeString(bytes, next, keyEnd)
    // Parsers disagree on which of two equal keys wins, so what is scanned could differ from what is read.
    if (keys.has(key)) fail('a key appears twice in one object')
    keys.add(key)
    const colon = skipSpace(bytes, keyEnd)
    if (bytes[colon] !== 0x3a) fail('a colon is missing')
    const valueStart = skipSpace(bytes, colon + 1)
    next = skipSpace(bytes, visit(key, { start: next, end: keyEnd }, valueStart))
    if (bytes[next] === 0x7d) return next + 1
    if (bytes[next] !== 0x2c) fail('a comma is missing')
    next = skipSpace(bytes, next + 1)
  }
}

/** Calls `visit` for each element of the array at `at`; `visit` returns the position after it. */
export function eachElement(
  bytes: Buffer,
  at: number,
  visit: (index: number, start: number) => number,
): number {
  let next = skipSpace(bytes, at + 1)
  if (bytes[next] === 0x5d) return next + 1
  for (let index = 0; ; index++) {
    next = skipSpace(bytes, visit(index, next))
    if (bytes[next] === 0x5d) return next + 1
    if (bytes[next] !== 0x2c) fail('a comma is missing')
    next = skipSpace(bytes, next + 1)
  }
}
