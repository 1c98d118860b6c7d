import type { Grade } from '../../access/finding.ts'
import { charset, countIn, isIn, skip, skipBack } from './charsets.ts'
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
import { findValue, type Place } from './notation.ts'
import { compilePattern, matchPattern, OPEN, type Pattern } from './pattern.ts'
import { rarity } from './rarity.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'
import { type Assignment, gradeValue } from './value-grade.ts'

const NAME_HEAD = 40
const VALUE_COMMON = 160
const VALUE_LONGEST = 4_096
const PHRASE_LONGEST = 240
const BACKSLASH = 92

/** Triggers for names that promise a secret, whoever the provider is. */
export function genericTriggers(): Trigger[] {
  return [
    ...secretWords.map(({ word, promised, alone = false }) => ({
      literal: word,
      exact: false,
      inspect: (scan: Scan, start: number, end: number) => {
        if (isWordOfName(scan.text, start, end, alone)) inspectGeneric(scan, start, end, promised)
      },
    })),
    { literal: 'key', exact: false, inspect: inspectKey },
  ]
}

function inspectKey(scan: Scan, start: number, end: number): void {
  if (isSecretKey(scan.text, start)) inspectGeneric(scan, start, end, 'token')
}

function inspectGeneric(scan: Scan, start: number, end: number, promised: Promised): void {
  const { text } = scan
  const assignment = parseAssignment(scan, start, end, promised)
  if (assignment === 'open') {
    holdFrom(scan, start)
    return
  }
  if (assignment === 'none') return
  const { nameStart, tail, valueStart, valueEnd } = assignment
  const head = text.slice(nameStart, start)
  const value = text.slice(valueStart, valueEnd)
  const graded = gradeValue(value, assignment, promised)
  if (!graded || isHarmlessName(head, tail)) return
  const grade = isIdentifier(head, tail, value, promised) ? 'possible' : graded
  if (assignment.called && text[assignment.nameEnd] === '(' && !(isSetter(head) && endsName(tail))) return
  if (isAlternative(text, nameStart) || isQualified(text, nameStart)) return
  if (echoesName(text.slice(nameStart, assignment.nameEnd), value)) return
  const isPassword = promised === 'password' || promised === 'phrase'
  report(scan, isPassword ? 'generic-password' : 'generic-assignment', grade, valueStart, valueEnd, start)
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
  return tail === '' || (tail.toLowerCase() === tail && splitName(tail).length === 1)
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
  const { text, final } = scan
  const place = findValue(scan, start, wordEnd)
  if (place === 'open') {
    holdFrom(scan, start)
    return
  }
  if (place === 'none') return
  const ends = values.map(value => matchPattern(value, text, place.valueStart, final))
  if (ends.includes(OPEN)) {
    holdFrom(scan, start)
    return
  }
  const valueEnd = Math.max(...ends)
  if (valueEnd < 0 || !(valueEnd === text.length || isIn(text.charCodeAt(valueEnd), charset.stop))) return
  const name = text.slice(skipBack(text, start, charset.G, start - NAME_HEAD), wordEnd) + place.tail
  if (kind.name && !kind.name.some(word => name.toLowerCase().includes(word))) return
  const grade = gradeContextual(kind, text.slice(place.valueStart, valueEnd))
  if (grade) report(scan, kind.id, grade, place.valueStart, valueEnd, start)
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

/** Reads on from a word inside a name: the rest of the name, an operator, the value. Bounded at every step. */
function parseAssignment(
  scan: Scan,
  start: number,
  wordEnd: number,
  promised: Promised,
): Assignment | 'none' | 'open' {
  const place = findValue(scan, start, wordEnd)
  if (place === 'none' || place === 'open') return place
  const { text } = scan
  const { valueStart, quote } = place
  const limit = valueStart + VALUE_LONGEST
  const end =
    quote !== ''
      ? findClosing(text, quote, valueStart, limit)
      : skipPhrase(text, skipValue(scan, valueStart, limit, isSetting(place)), promised)
  if (end >= text.length && !scan.final) return 'open'
  if (end <= valueStart || end >= limit) return 'none'
  if (end > valueStart + VALUE_COMMON && !isLongToken(text, valueStart, end)) return 'none'
  const valueEnd = quote === '' ? trimEnd(text, valueStart, end) : end
  if (valueEnd === valueStart) return 'none'
  return { ...place, valueEnd, next: text[valueEnd] ?? '' }
}

/** Whether only blanks, quotes, escapes and `&` end the value: a setting, and not code. */
function isSetting({ environment, exported, leads }: Place): boolean {
  return leads || (environment && exported)
}

/** What ends the statement is not the value's, nor is the next parameter of a form. */
function trimEnd(text: string, start: number, end: number): number {
  const limit = Math.min(end, start + VALUE_COMMON)
  for (let index = start + 1; index < limit; index++)
    if (text.charCodeAt(index) === 38) return text.slice(index, end - 2).includes('=') ? index : end
  return ',;)}]'.includes(text[end - 1]!) ? end - 1 : end
}

/** Beyond a common length a value must be one run of base64; the first stop tells at once that it is none. */
function isLongToken(text: string, start: number, end: number): boolean {
  const runEnd = skip(text, start, charset.R, end)
  return runEnd > start + VALUE_COMMON && skip(text, runEnd, charset.E, runEnd + 3) >= end
}

/** A phrase goes on to the end of its line or of the string the line stands in, unless an operator shows that it does not. */
function skipPhrase(text: string, wordEnd: number, promised: Promised): number {
  if (promised !== 'phrase' || text[wordEnd] !== ' ') return wordEnd
  const limit = Math.min(text.length, wordEnd + PHRASE_LONGEST)
  let index = wordEnd
  while (index < limit && !isIn(text.charCodeAt(index), charset.line) && text.charCodeAt(index) < 127) {
    if (isIn(text.charCodeAt(index), charset.operator)) return wordEnd
    index++
  }
  return index
}

/** The end of a bare value. In a setting only blanks, quotes and escapes end one. */
function skipValue({ text, clear }: Scan, at: number, limit: number, isSetting: boolean): number {
  const stop = isSetting ? charset.gap : charset.stop
  const end = Math.min(text.length, limit)
  let index = clear.set === stop && clear.start <= at && at < clear.end ? Math.min(clear.end, end) : at
  while (index < end) {
    const code = text.charCodeAt(index)
    if (code > 126 || code < 33 || isIn(code, stop) || code === BACKSLASH) break

    index++
  }
  clear.start = at
  clear.end = index
  clear.set = stop
  return index
}

/** The index of the same quote at the same escape depth; -1 when the line ends first. */
function findClosing(text: string, quote: string, at: number, limit: number): number {
  const mark = quote.charCodeAt(quote.length - 1)
  const depth = quote.length - 1
  const end = Math.min(text.length, limit)
  let slashes = 0
  for (let index = at; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code === BACKSLASH) {
      slashes++
      continue
    }
    if (code === mark && slashes <= depth) return index - slashes
    if (code === 10 || code === 13) return -1
    slashes = 0
  }
  return end
}
