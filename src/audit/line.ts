import type { AuditEvent } from './event.ts'

// One record is one line: these keys in this order, compact JSON, nothing around it.
const KEYS = [
  'timestamp',
  'level',
  'component',
  'event',
  'user',
  'result',
  'metadata',
  'sourceAddress',
  'seq',
  'chain',
] as const

const KEY_TOKENS = KEYS.map((key, at) => Buffer.from(`${at === 0 ? '{' : ','}"${key}":`))

/** Largest line the journal takes, so that every reader may bound its memory. */
export const MAX_LINE_BYTES = 1024 * 1024

/** Everything of a line that is known before its place in the log is. */
export function lineHead(event: AuditEvent, time: number): string {
  const { level, component, event: name, user, result, metadata, sourceAddress } = event
  const head = JSON.stringify({
    timestamp: new Date(time).toISOString(),
    level,
    component,
    event: name,
    user,
    result,
    metadata,
    sourceAddress,
  })
  return head.slice(0, -1)
}

/** The whole line without its newline; `chain` is the leaf hash of the line before, in hex. */
export function finishLine(head: string, seq: number, chain: string): string {
  return `${head},"seq":${seq},"chain":"${chain}"}`
}

/** What the scan of a well-formed line yields. */
export interface ScannedLine {
  readonly seq: number
  /** Where the 64 hex digits of its chain begin; `isChain` compares them. */
  readonly chainAt: number
}

const CHAIN_HEX = 64
const HEX_DIGITS = Buffer.from('0123456789abcdef')
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** Thrown inside the scanner only; `scanLine` turns it into its message. */
class Malformed extends Error {}

/**
 * Checks the bytes [start, end) of one line, without a newline, against the form the journal writes.
 * Returns what is wrong as a sentence, or the line's seq and chain. UTF-8 is the caller's to check (in bulk).
 */
export function scanLine(bytes: Buffer, start: number, end: number): ScannedLine | string {
  const odd = oddEnds(bytes, start, end)
  if (odd !== undefined) return odd
  try {
    return scanRecord(bytes, start, end)
  } catch (error) {
    if (error instanceof Malformed) return error.message
    throw error
  }
}

/** Names the faults that are better named than "not JSON". */
function oddEnds(bytes: Buffer, start: number, end: number): string | undefined {
  if (end === start) return 'a blank line'
  if (end - start > MAX_LINE_BYTES) return 'a line longer than any the journal writes'
  const last = bytes[end - 1]!
  if (last === 0x0d) return 'a carriage return'
  if (last === 0x20 || last === 0x09) return 'a trailing space'
  if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) {
    return 'a byte order mark'
  }
  return undefined
}

function scanRecord(bytes: Buffer, start: number, end: number): ScannedLine {
  let at = start
  let seq = -1
  let chainStart = 0
  for (let key = 0; key < KEYS.length; key++) {
    at = expectToken(bytes, at, end, KEY_TOKENS[key]!, KEYS[key]!)
    const name = KEYS[key]!
    if (name === 'metadata') {
      if (bytes[at] !== OPEN_BRACE) throw new Malformed('`metadata` is not an object')
      at = scanValue(bytes, at, end, 0)
    } else if (name === 'seq') {
      const from = at
      at = scanNumber(bytes, at, end)
      seq = wholeNumber(bytes, from, at)
    } else {
      if (bytes[at] !== QUOTE) throw new Malformed(`\`${name}\` is not text`)
      const from = at + 1
      at = scanString(bytes, at, end)
      if (name === 'timestamp') checkTimestamp(bytes, from, at - 1)
      if (name === 'chain') chainStart = from
    }
  }
  if (bytes[at] !== CLOSE_BRACE || at + 1 !== end) throw new Malformed('something after `chain`')
  if (at - 1 - chainStart !== CHAIN_HEX) throw new Malformed('`chain` is not a SHA-256 in hex')
  return { seq, chainAt: chainStart }
}

/** Whether the 64 hex digits at `chainAt` are those of `hash`; compared in place, this runs once a line. */
export function isChain(bytes: Buffer, chainAt: number, hash: Uint8Array): boolean {
  for (let i = 0; i < hash.length; i++) {
    const byte = hash[i]!
    if (bytes[chainAt + 2 * i] !== HEX_DIGITS[byte >> 4]) return false
    if (bytes[chainAt + 2 * i + 1] !== HEX_DIGITS[byte & 15]) return false
  }
  return true
}

function wholeNumber(bytes: Buffer, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - 0x30
    if (digit < 0 || digit > 9) throw new Malformed('`seq` is not a whole number')
    value = value * 10 + digit
  }
  if (Number.isSafeInteger(value)) return value
  throw new Malformed('`seq` is not a whole number')
}

function expectToken(bytes: Buffer, at: number, end: number, token: Buffer, key: string): number {
  if (at + token.length > end) throw new Malformed(`the line ends before \`${key}\``)
  for (let i = 0; i < token.length; i++) {
    if (bytes[at + i] !== token[i]) throw new Malformed(`\`${key}\` is not where it belongs`)
  }
  return at + token.length
}

const MAX_DEPTH = 64

function scanValue(bytes: Buffer, at: number, end: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new Malformed('nested too deeply')
  switch (bytes[at]) {
    case QUOTE:
      return scanString(bytes, at, end)
    case OPEN_BRACE:
      return scanObject(bytes, at, end, depth)
    case OPEN_BRACKET:
      return scanArray(bytes, at, end, depth)
    case 0x74:
      return scanWord(bytes, at, end, 'true')
    case 0x66:
      return scanWord(bytes, at, end, 'false')
    case 0x6e:
      return scanWord(bytes, at, end, 'null')
    default:
      return scanNumber(bytes, at, end)
  }
}

function scanObject(bytes: Buffer, open: number, end: number, depth: number): number {
  let at = open + 1
  if (bytes[at] === CLOSE_BRACE) return at + 1
  const keys = createKeySet(bytes)
  for (;;) {
    if (bytes[at] !== QUOTE) throw new Malformed('not compact JSON')
    const from = at
    at = scanString(bytes, at, end)
    if (!keys.add(from, at)) throw new Malformed('a duplicate key')
    if (bytes[at] !== COLON) throw new Malformed('not compact JSON')
    at = scanValue(bytes, at + 1, end, depth + 1)
    if (bytes[at] === CLOSE_BRACE && at < end) return at + 1
    if (bytes[at] !== COMMA) throw new Malformed('not compact JSON')
    at++
  }
}

/** The keys of one object. Few are compared by walking; many go into a set, or one hostile line could stall the reader. */
function createKeySet(bytes: Buffer): { add(from: number, to: number): boolean } {
  const spans: number[] = []
  let many: Set<string> | undefined
  return {
    add(from, to) {
      if (sawEscape) refuseNeedlessEscape(bytes, from, to)
      if (many) {
        const before = many.size
        return many.add(bytes.toString('latin1', from, to)).size > before
      }
      for (let i = 0; i < spans.length; i += 2) {
        if (spans[i + 1]! - spans[i]! === to - from && sameBytes(bytes, spans[i]!, from, to - from))
          return false
      }
      spans.push(from, to)
      if (spans.length > 32) {
        many = new Set()
        for (let i = 0; i < spans.length; i += 2) many.add(bytes.toString('latin1', spans[i]!, spans[i + 1]!))
      }
      return true
    },
  }
}

/** `"a"` and `"\u0061"` are one key to a parser; so a key must be written the one way the journal writes it. */
function refuseNeedlessEscape(bytes: Buffer, from: number, to: number): void {
  const text = bytes.toString('utf8', from, to)
  if (JSON.stringify(JSON.parse(text)) !== text) throw new Malformed('a key with a needless escape')
}

function sameBytes(bytes: Buffer, first: number, second: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[first + i] !== bytes[second + i]) return false
  return true
}

function scanArray(bytes: Buffer, open: number, end: number, depth: number): number {
  let at = open + 1
  if (bytes[at] === CLOSE_BRACKET) return at + 1
  for (;;) {
    at = scanValue(bytes, at, end, depth + 1)
    if (bytes[at] === CLOSE_BRACKET && at < end) return at + 1
    if (bytes[at] !== COMMA) throw new Malformed('not compact JSON')
    at++
  }
}

/** Whether the text scanned last held an escape; a second result would cost an object for each. */
let sawEscape = false

function scanString(bytes: Buffer, open: number, end: number): number {
  sawEscape = false
  for (let at = open + 1; at < end; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) return at + 1
    if (byte < 0x20) throw new Malformed(byte === 0 ? 'a NUL byte' : 'a control character')
    if (byte === BACKSLASH) {
      sawEscape = true
      at = scanEscape(bytes, at + 1)
    }
  }
  throw new Malformed('text that does not end')
}

function scanEscape(bytes: Buffer, at: number): number {
  const byte = bytes[at]!
  if (byte !== 0x75) {
    if (`"\\/bfnrt`.includes(String.fromCharCode(byte))) return at
    throw new Malformed('an unknown escape')
  }
  if (/^[0-9a-fA-F]{4}$/.test(bytes.toString('latin1', at + 1, at + 5))) return at + 4
  throw new Malformed('an unknown escape')
}

function scanWord(bytes: Buffer, at: number, end: number, word: string): number {
  if (at + word.length > end || bytes.toString('latin1', at, at + word.length) !== word) {
    throw new Malformed('not compact JSON')
  }
  return at + word.length
}

function scanNumber(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && isDigit(bytes[at]!)) at++
  // Nearly every number is a plain one: it needs no look at its text.
  if (at > from && (at === from + 1 || bytes[from] !== 0x30) && !isNumberByte(bytes[at]!)) return at
  while (at < end && isNumberByte(bytes[at]!)) at++
  const text = bytes.toString('latin1', from, at)
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return at
  throw new Malformed(bytes[at] === 0 ? 'a NUL byte' : 'not compact JSON')
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isNumberByte(byte: number): boolean {
  return isDigit(byte) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45 || byte === 0x65
}

const TIMESTAMP_SHAPE = Buffer.from('0000-00-00T00:00:00.000Z')

/** RFC 3339 as the journal writes it: UTC with milliseconds. */
function checkTimestamp(bytes: Buffer, from: number, to: number): void {
  const wrong = () => new Malformed('`timestamp` is not RFC 3339 in UTC with milliseconds')
  if (to - from !== TIMESTAMP_SHAPE.length) throw wrong()
  for (let i = 0; i < TIMESTAMP_SHAPE.length; i++) {
    const byte = bytes[from + i]!
    const digit = byte >= 0x30 && byte <= 0x39
    if (TIMESTAMP_SHAPE[i] === 0x30 ? !digit : byte !== TIMESTAMP_SHAPE[i]) throw wrong()
  }
  const two = (offset: number) => (bytes[from + offset]! - 0x30) * 10 + bytes[from + offset + 1]! - 0x30
  const year = two(0) * 100 + two(2)
  const [month, day] = [two(5), two(8)]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) throw wrong()
  if (two(11) > 23 || two(14) > 59 || two(17) > 59) throw wrong()
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
