import type { Grade } from '../../access/finding.ts'
import { charset, countIn, isByteIn, isIn, skipBack, skipBytes } from './charsets.ts'
import type { ContextualKind } from './contextual.ts'
import { decodeBase64 } from './encoded.ts'
import { isPlaceholder, isWeakPassword } from './examples.ts'
import {
  echoesName,
  isHarmlessName,
  isIdentifier,
  isSecretKey,
  isWordOfName,
  type Promised,
  secretWords,
  splitName,
} from './names.ts'
import { findOpening, type Opening } from './notation.ts'
import { compilePattern, matchPattern, NO_MATCH, OPEN, type Pattern } from './pattern.ts'
import { isSetting, readAssignment } from './places.ts'
import { rarity } from './rarity.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'
import { shapeOf } from './shape.ts'
import { gradeValue, isOrdinary, isUuid, SHORTEST } from './value-grade.ts'

const NAME_HEAD = 40
const VALUE_COMMON = 160
const VALUE_LONGEST = 4_096
const PHRASE_LONGEST = 240
const BACKSLASH = 92
const AMPERSAND = 38

/** Triggers for names that promise a secret, whoever the provider is. */
export function genericTriggers(): Trigger[] {
  return [
    ...secretWords.map(({ word, promised, alone = false }) => ({
      literal: word,
      exact: false,
      inspect: (scan: Scan, start: number, end: number) => {
        if (isWordOfName(scan, start, end, alone)) inspectGeneric(scan, start, end, promised)
      },
    })),
    { literal: 'key', exact: false, inspect: inspectKey },
  ]
}

function inspectKey(scan: Scan, start: number, end: number): void {
  if (isSecretKey(scan.bytes, start)) inspectGeneric(scan, start, end, 'token')
}

/** What the name between `start` and `end` is given, if it looks like what it promises. */
export function inspectGeneric(scan: Scan, start: number, end: number, promised: Promised): void {
  const { text } = scan
  const opening = findOpening(scan, start, end)
  if (opening === 'none') return
  const valueEnd = opening === 'open' ? OPEN : findValueEnd(scan, opening, start, promised)
  if (opening === 'open' || valueEnd === OPEN) {
    holdFrom(scan, start)
    return
  }
  if (valueEnd === NO_MATCH) return
  const shape = shapeOf(scan, opening.valueStart, valueEnd)
  if (isOrdinary(shape, opening.quoteLength > 0, text[valueEnd] ?? '', promised)) return
  const assignment = readAssignment(scan, opening, start, end, valueEnd)
  const { nameStart, tail, valueStart } = assignment
  const graded = gradeValue(shape, assignment, promised)
  if (!graded) return
  // `PASS: name` is how a test went
  if (assignment.colon && text.slice(nameStart, assignment.nameEnd) === 'PASS') return
  const { value } = shape
  const head = text.slice(nameStart, start)
  if (isHarmlessName(head, tail)) return
  const isIdentified = isIdentifier(head, tail, value, promised)
  if (isIdentified && promised === 'token' && splitName(tail).length > 0 && isUuid(value)) return
  if (promised === 'token' && (isBadge(text, nameStart) || isPageToken(text, nameStart))) return
  const grade = isIdentified ? 'possible' : graded
  if (assignment.called && text[assignment.nameEnd] === '(' && !(isSetter(head) && endsName(tail))) return
  if (isAlternative(text, nameStart) || isQualified(text, nameStart)) return
  if (echoesName(text.slice(nameStart, assignment.nameEnd), value)) return
  const isPassword = promised === 'password' || promised === 'phrase'
  report(scan, isPassword ? 'generic-password' : 'generic-assignment', grade, valueStart, valueEnd, start)
}

/** `badge.svg?token=…` shows a picture to everybody. */
function isBadge(text: string, nameStart: number): boolean {
  return text.startsWith('.svg?', nameStart - 5)
}

/** `next page token: …`, where the other words are no part of the name. */
function isPageToken(text: string, nameStart: number): boolean {
  const before = text.slice(Math.max(0, nameStart - 14), nameStart).toLowerCase()
  return [' page ', ' continuation ', ' pagination '].some(word => ` ${before}`.endsWith(word))
}

/** `passed ? "pass" : "fail"`: the name is a value itself. */
function isAlternative(text: string, nameStart: number): boolean {
  if (!isIn(text.charCodeAt(nameStart - 1), charset.quote)) return false
  return text[skipBack(text, nameStart - 1, charset.blank, nameStart - 9) - 1] === '?'
}

/** `Module::Token` is a class, `arn:…:secret:name` an address. */
function isQualified(text: string, nameStart: number): boolean {
  if (text.charCodeAt(nameStart - 1) !== 58) return false
  return (
    text.charCodeAt(nameStart - 2) === 58 ||
    text.slice(Math.max(0, nameStart - 60), nameStart).includes('arn:')
  )
}

/** Whether nothing but the rest of the word follows it in the name. */
function endsName(tail: string): boolean {
  return (
    tail === '' ||
    ((tail.toLowerCase() === tail || tail.toUpperCase() === tail) && splitName(tail).length === 1)
  )
}

/** Whether a function of this name is given a secret: `setPassword`, `with_token`, `.password`. */
function isSetter(head: string): boolean {
  const lower = head.toLowerCase()
  return (
    lower === '' ||
    ['set', 'with', 'add', 'use', 'set_', 'with_', 'from'].some(verb => lower.startsWith(verb))
  )
}

/** Triggers for the kinds that only the provider's name in the assigned name tells. */
export function contextualTriggers(kinds: readonly ContextualKind[]): Trigger[] {
  return kinds.flatMap(kind => {
    const values = kind.values.map(compilePattern)
    const inspect = (scan: Scan, start: number, end: number) =>
      inspectContextual(kind, values, scan, start, end)
    return kind.words.map(literal => ({ literal, exact: false, inspect }))
  })
}

function inspectContextual(
  kind: ContextualKind,
  values: readonly Pattern[],
  scan: Scan,
  start: number,
  wordEnd: number,
): void {
  const { text } = scan
  const opening = findOpening(scan, start, wordEnd)
  if (opening === 'none') return
  if (opening === 'open') {
    holdFrom(scan, start)
    return
  }
  const { nameEnd, valueStart } = opening
  const ends = values.map(value => matchPattern(value, scan, valueStart))
  if (ends.includes(OPEN)) {
    holdFrom(scan, start)
    return
  }
  const valueEnd = Math.max(...ends)
  if (valueEnd < 0 || !(valueEnd === text.length || isIn(text.charCodeAt(valueEnd), charset.stop))) return
  const name = text.slice(skipBack(text, start, charset.G, start - NAME_HEAD), nameEnd)
  if (kind.name && !kind.name.some(word => name.toLowerCase().includes(word))) return
  const grade = gradeContextual(kind, text.slice(valueStart, valueEnd))
  if (grade) report(scan, kind.id, grade, valueStart, valueEnd, start)
}

function gradeContextual(kind: ContextualKind, value: string): Grade | undefined {
  if (kind.check === 'base64-pair') return gradeBase64Pair(value)
  const digits = countIn(value, 0, value.length, charset.D)
  const letters = countIn(value, 0, value.length, charset.Z)
  if (isPlaceholder(value)) return 'possible'
  if (digits === 0 || letters === 0) return rarity(value) > 5.8 ? 'likely' : undefined
  return rarity(value) > 3.2 ? 'likely' : 'possible'
}

/** Whether base64 text decodes to `user:password`, and whether that password guards anything. */
export function gradeBase64Pair(value: string): Grade | undefined {
  const decoded = decodeBase64(value.replace(/=+$/, ''))
  if (decoded === undefined) return undefined
  const colon = decoded.indexOf(':')
  if (colon < 1 || colon === decoded.length - 1) return undefined
  for (let index = 0; index < decoded.length; index++) {
    const code = decoded.charCodeAt(index)
    if (code < 32 || code > 126) return undefined
  }
  const password = decoded.slice(colon + 1)
  if (isPlaceholder(password)) return undefined
  return isWeakPassword(password, decoded.slice(0, colon)) ? 'possible' : 'certain'
}

/** Where the value ends, `NO_MATCH` when there is none that could be a secret. Bounded at every step. */
function findValueEnd(scan: Scan, opening: Readonly<Opening>, start: number, promised: Promised): number {
  const { quoteLength, valueStart } = opening
  const limit = Math.min(scan.text.length, valueStart + VALUE_LONGEST)
  if (quoteLength > 0)
    return checkEnd(scan, valueStart, findClosing(scan, valueStart, quoteLength - 1, limit))
  const inCode = walkBare(scan, valueStart, limit, IN_CODE)
  const bare = goesOn(scan, opening, start, inCode, limit)
    ? walkBare(scan, valueStart, limit, IN_SETTING)
    : inCode
  const end = checkEnd(scan, valueStart, skipPhrase(scan, bare, promised))
  return end < 0 ? end : trimEnd(scan, valueStart, inCode, end)
}

function checkEnd({ text, bytes, final }: Scan, start: number, end: number): number {
  if (end >= text.length && !final) return OPEN
  if (end < start + SHORTEST || end >= start + VALUE_LONGEST) return NO_MATCH
  return end > start + VALUE_COMMON && !isLongToken(bytes, start, end) ? NO_MATCH : end
}

/** What ends the statement is not the value's, nor is the next parameter of a form. */
function trimEnd({ text, bytes }: Scan, start: number, inCode: number, end: number): number {
  const limit = Math.min(end, start + VALUE_COMMON)
  for (let index = Math.max(start + 1, inCode); index < limit; index++)
    if (bytes[index] === AMPERSAND) return text.slice(index, end - 2).includes('=') ? index : end
  const last = bytes[end - 1]!
  // `def connect(password=None):`
  if (last === 58 && bytes[end - 2] === 41) return end - 2
  // `,;)}]`
  return last === 44 || last === 59 || last === 41 || last === 125 || last === 93 ? end - 1 : end
}

/** Beyond a common length a value must be one run of base64; the first stop tells at once that it is none. */
function isLongToken(bytes: Uint8Array, start: number, end: number): boolean {
  const runEnd = skipBytes(bytes, start, charset.R, end)
  return runEnd > start + VALUE_COMMON && skipBytes(bytes, runEnd, charset.E, runEnd + 3) >= end
}

/** A phrase goes on to the end of its line or of the string the line stands in, unless an operator shows that it does not. */
function skipPhrase({ text, bytes }: Scan, wordEnd: number, promised: Promised): number {
  if (promised !== 'phrase' || bytes[wordEnd] !== 32) return wordEnd
  const limit = Math.min(text.length, wordEnd + PHRASE_LONGEST)
  let index = wordEnd
  while (index < limit && !isByteIn(bytes[index]!, charset.line) && bytes[index]! < 127) {
    if (isByteIn(bytes[index]!, charset.operator)) return wordEnd
    index++
  }
  return index
}

const IN_CODE = 1
const IN_SETTING = 2
/** Which bytes end a bare value: those that end one in a setting do in code as well. */
const bareEnds = new Uint8Array(256).fill(IN_CODE | IN_SETTING)
for (let byte = 33; byte < 127; byte++)
  if (byte !== BACKSLASH && !isByteIn(byte, charset.gap))
    bareEnds[byte] = isByteIn(byte, charset.stop) ? IN_CODE : 0

/** Whether a bare value goes on where it would end in code: in a setting only blanks, quotes and escapes end one. */
function goesOn(
  scan: Scan,
  opening: Readonly<Opening>,
  start: number,
  inCode: number,
  limit: number,
): boolean {
  return inCode < limit && bareEnds[scan.bytes[inCode]!] === IN_CODE && isSetting(scan, opening, start)
}

/** Where a stretch is known to hold no end, it is not walked again: `key=key=key=…` is one value for each name. */
function walkBare({ text, bytes, clear }: Scan, at: number, limit: number, ends: number): number {
  const stretch = ends === IN_CODE ? clear.inCode : clear.inSetting
  const isKnown = stretch.start <= at && at < stretch.end
  let index = isKnown ? Math.min(stretch.end, limit) : at
  while (index < limit && ((bareEnds[bytes[index]!]! & ends) === 0 || isLetterBeyond(text, index))) index++
  if (isKnown && index < stretch.end) return index
  stretch.start = at
  stretch.end = index
  return index
}

/** A letter of an alphabet beyond ASCII whose words blanks part: Latin, Greek, Cyrillic. */
function isLetterBeyond(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return (code >= 0xc0 && code < 0x530 && code !== 0xd7 && code !== 0xf7) || (code >= 0x1e00 && code < 0x2000)
}

/** The index of the same quote at the same escape depth; -1 when the line ends first. */
function findClosing({ bytes }: Scan, at: number, depth: number, end: number): number {
  const mark = bytes[at - 1]
  let slashes = 0
  for (let index = at; index < end; index++) {
    const byte = bytes[index]
    if (byte === BACKSLASH) {
      slashes++
      continue
    }
    if (byte === mark && slashes <= depth) return index - slashes
    if (byte === 10 || byte === 13) return -1
    slashes = 0
  }
  return end
}
