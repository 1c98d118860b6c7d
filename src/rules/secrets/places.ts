import { beginsLine } from './boundary.ts'
import { charset, isByteIn, skipBytesBack } from './charsets.ts'
import { isCapital } from './names.ts'
import type { Opening } from './notation.ts'
import type { Scan } from './scan.ts'

const NAME_HEAD = 40
const LEAD_LONGEST = 80
const BACKSLASH = 92

/** A value in any of the notations people assign with. */
export interface Assignment {
  readonly nameStart: number
  /** From the word that was found to the operator. */
  readonly tail: string
  readonly valueStart: number
  /** The opening quote with the backslashes before it; empty for a bare value. */
  readonly quote: string
  /** NAME=value without blanks, as in an environment file. */
  readonly environment: boolean
  /** The same with the name in capitals: nobody writes that about anything but a setting. */
  readonly exported: boolean
  readonly nameEnd: number
  /** A sentence tells it: `the password is value`. */
  readonly prose: boolean
  /** A blank assigns: `--password value`, `login x password value`. */
  readonly spoken: boolean
  /** The name and the value are arguments, or the name is a function's: `set("name", "value")`, `setName("value")`. */
  readonly called: boolean
  /** A colon stands before the value. */
  readonly colon: boolean
  /** The name is an element's: `<name>value</name>`. */
  readonly element: boolean
  /** The name begins its line: a bare value after it may be one of a configuration file. */
  readonly leads: boolean
  readonly valueEnd: number
  /** The character behind the value, or none at the end. */
  readonly next: string
}

/** What the notation tells of a value that has been found. */
export function readAssignment(
  scan: Scan,
  opening: Readonly<Opening>,
  start: number,
  wordEnd: number,
  valueEnd: number,
): Assignment {
  const { text, bytes } = scan
  const { nameEnd, afterName, kind, operatorEnd, quoteLength, valueStart } = opening
  const nameStart = beginOfName(bytes, start)
  const isBare = quoteLength === 0
  return {
    nameStart,
    nameEnd,
    prose: kind === 'is',
    tail: text.slice(wordEnd, nameEnd),
    valueStart,
    valueEnd,
    next: text[valueEnd] ?? '',
    quote: isBare ? '' : text.slice(valueStart - quoteLength, valueStart),
    environment: isEnvironment(opening),
    exported: isExported(scan, opening, start),
    spoken:
      kind === 'setting' ||
      (kind === 'other' && operatorEnd > afterName && isByteIn(bytes[operatorEnd - 1]!, charset.blank)) ||
      isParameter(bytes, nameStart),
    called: kind === 'call' || (kind === 'blank' && !isDeclared(text, start, nameStart)),
    colon: bytes[operatorEnd - 1] === 58,
    element: isBare && (bytes[valueStart - 1] === 62 || text.startsWith('CDATA[', valueStart - 6)),
    leads: leads(bytes, nameStart, nameEnd),
  }
}

/** Whether only blanks, quotes, escapes and `&` end a bare value: in a setting, and not in code. */
export function isSetting(scan: Scan, opening: Readonly<Opening>, start: number): boolean {
  return (
    isExported(scan, opening, start) || leads(scan.bytes, beginOfName(scan.bytes, start), opening.nameEnd)
  )
}

function isEnvironment({ kind, operatorEnd, nameEnd }: Readonly<Opening>): boolean {
  return kind === 'equals' && operatorEnd === nameEnd + 1
}

function isExported({ bytes }: Scan, opening: Readonly<Opening>, start: number): boolean {
  return isEnvironment(opening) && isCapital(bytes[start]!) && isCapital(bytes[start + 1]!)
}

/** Where the name begins; the letter of an escape before it is none of its own. */
function beginOfName(bytes: Uint8Array, start: number): number {
  const begin = skipBytesBack(bytes, start, charset.W | charset.S, Math.max(0, start - NAME_HEAD))
  return begin > 0 && begin < start && bytes[begin - 1] === BACKSLASH ? begin + 1 : begin
}

/** `${NAME:-default}` of a shell, `?name=value` of an address. */
function isParameter(bytes: Uint8Array, nameStart: number): boolean {
  if (nameStart === 0) return false
  const before = bytes[nameStart - 1]
  return before === 63 || before === 38 || (before === 123 && nameStart > 1 && bytes[nameStart - 2] === 36)
}

/** `PASSWORD 'value'` of SQL, `#define name "value"`; behind a bracket it is an argument. */
function isDeclared(text: string, start: number, nameStart: number): boolean {
  if (text[nameStart - 1] === '(') return false
  return (
    (isCapital(text.charCodeAt(start)) && isCapital(text.charCodeAt(start + 1))) ||
    text.startsWith('#define ', nameStart - 8)
  )
}

function leads(bytes: Uint8Array, nameStart: number, nameEnd: number): boolean {
  return leadsLine(bytes, beginOfPath(bytes, nameStart)) || isShouted(bytes, nameStart, nameEnd)
}

/** Where the dotted name begins that ends in this one: `spring.datasource.password`. */
function beginOfPath(bytes: Uint8Array, nameStart: number): number {
  if (nameStart === 0 || bytes[nameStart - 1] !== 46) return nameStart
  return skipBytesBack(bytes, nameStart, charset.G, Math.max(0, nameStart - NAME_HEAD))
}

/** `SOME_NAME` in capitals is a setting's wherever it stands. */
function isShouted(bytes: Uint8Array, start: number, end: number): boolean {
  let joined = false
  for (let index = start; index < end; index++) {
    const byte = bytes[index]!
    if (byte === 95) joined = true
    else if (!isCapital(byte) && !isByteIn(byte, charset.D)) return false
  }
  return joined
}

/** Whether nothing but blanks, dashes, quotes and `export ` stand before the name in its line. */
function leadsLine(bytes: Uint8Array, nameStart: number): boolean {
  let index = nameStart
  const limit = Math.max(0, nameStart - LEAD_LONGEST)
  while (index > limit && mayLead(bytes[index - 1]!)) index--
  if (index > 6 && endsExport(bytes, index)) index -= 6
  return bytes[index - 1] === 123 || beginsLine(bytes, index)
}

/** Blanks and quotes, and `#$+-|`. */
function mayLead(byte: number): boolean {
  return (
    isByteIn(byte, charset.blank | charset.quote) ||
    byte === 45 ||
    byte === 36 ||
    byte === 43 ||
    byte === 124 ||
    byte === 35
  )
}

function endsExport(bytes: Uint8Array, end: number): boolean {
  for (let index = 0; index < 6; index++)
    if (bytes[end - 6 + index] !== 'export'.charCodeAt(index)) return false
  return true
}
