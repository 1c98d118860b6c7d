import type { Grade } from '../../access/finding.ts'
import { charset, countIn, isIn, skip, skipBack } from './charsets.ts'
import type { ContextualKind } from './contextual.ts'
import { decodeBase64 } from './encoded.ts'
import { isPlaceholder } from './examples.ts'
import { echoesName, isHarmlessName, isSecretKey, isWordOfName, type Promised, secretWords } from './names.ts'
import { findValue, type Place } from './notation.ts'
import { compilePattern, matchPattern, OPEN, type Pattern } from './pattern.ts'
import { rarity } from './rarity.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'
import { type Assignment, gradeValue } from './value-grade.ts'

const NAME_HEAD = 40
const VALUE_COMMON = 160
const VALUE_LONGEST = 4_096
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
  const grade = gradeValue(text.slice(valueStart, valueEnd), assignment, promised)
  if (!grade || isHarmlessName(text.slice(nameStart, start), tail)) return
  if (assignment.called && text[assignment.nameEnd] === '(' && !isSetter(text.slice(nameStart, start))) return
  if (isAlternative(text, nameStart)) return
  if (echoesName(text.slice(nameStart, assignment.nameEnd), text.slice(valueStart, valueEnd))) return
  const isPassword = promised === 'password' || promised === 'phrase'
  report(scan, isPassword ? 'generic-password' : 'generic-assignment', grade, valueStart, valueEnd, start)
}

/** `passed ? "pass" : "fail"`: the name is a value itself. */
function isAlternative(text: string, nameStart: number): boolean {
  if (!isIn(text.charCodeAt(nameStart - 1), charset.quote)) return false
  return text[skipBack(text, nameStart - 1, charset.blank, nameStart - 9) - 1] === '?'
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
  if (kind.check === 'base64-pair') return isBase64Pair(value) ? 'certain' : undefined
  const digits = countIn(value, 0, value.length, charset.D)
  const letters = countIn(value, 0, value.length, charset.Z)
  if (isPlaceholder(value)) return 'possible'
  if (digits === 0 || letters === 0) return rarity(value) > 5.8 ? 'likely' : undefined
  return rarity(value) > 3.2 ? 'likely' : 'possible'
}

/** Whether base64 text decodes to `user:password`. */
export function isBase64Pair(value: string): boolean {
  const decoded = decodeBase64(value.replace(/=+$/, ''))
  if (decoded === undefined) return false
  const colon = decoded.indexOf(':')
  if (colon < 1 || colon === decoded.length - 1) return false
  for (let index = 0; index < decoded.length; index++) {
    const code = decoded.charCodeAt(index)
    if (code < 32 || code > 126) return false
  }
  return !isPlaceholder(decoded.slice(colon + 1))
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
      : promised === 'phrase'
        ? skipLine(text, valueStart, limit)
        : skipValue(scan, valueStart, limit, isSetting(place))
  if (end >= text.length && !scan.final) return 'open'
  const valueEnd = quote === '' && end > valueStart ? trimEnd(text, end) : end
  if (
    valueEnd <= valueStart ||
    end >= limit ||
    (end > valueStart + VALUE_COMMON && !isLongToken(text, valueStart, valueEnd))
  )
    return 'none'
  return { ...place, valueEnd, next: text[valueEnd] ?? '' }
}

/** Whether only blanks, quotes, escapes and `&` end the value: a setting, and not code. */
function isSetting({ environment, exported, leads }: Place): boolean {
  return leads || (environment && exported)
}

/** What ends the statement or the sentence is not the value's. */
function trimEnd(text: string, end: number): number {
  return ',;)}]'.includes(text[end - 1]!) ? end - 1 : end
}

/** Beyond a common length a value must be one run of base64; the first stop tells at once that it is none. */
function isLongToken(text: string, start: number, end: number): boolean {
  const runEnd = skip(text, start, charset.R, end)
  return runEnd > start + VALUE_COMMON && skip(text, runEnd, charset.E, runEnd + 3) >= end
}

/** To the end of the line, or of the string the line stands in. */
function skipLine(text: string, at: number, limit: number): number {
  const end = Math.min(text.length, limit)
  let index = at
  while (index < end && !(isIn(text.charCodeAt(index), charset.line) || text.charCodeAt(index) > 126)) index++
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
