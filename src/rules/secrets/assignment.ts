import type { Grade } from '../../access/finding.ts'
import { charset, countIn, isIn, skip, skipBack } from './charsets.ts'
import type { ContextualKind } from './contextual.ts'
import { isPlaceholder } from './examples.ts'
import { compilePattern, matchPattern, OPEN, type Pattern } from './pattern.ts'
import { entropy, rarity } from './rarity.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'
import { decodeBase64 } from './views.ts'

const NAME_TAIL = 40
const NAME_HEAD = 40
const BLANKS = 24
const GENERIC_LONGEST = 160
const BACKSLASH = 92

/** Where a value begins, in any of the notations people assign with. */
interface Place {
  /** From the word that was found to the operator, lower case. */
  readonly tail: string
  readonly valueStart: number
  /** The opening quote with the backslashes before it; empty for a bare value. */
  readonly quote: string
  /** NAME=value without blanks, as in an environment file. */
  readonly environment: boolean
  /** The same with the name in capitals: nobody writes that about anything but a setting. */
  readonly exported: boolean
  /** A blank assigns: `--password value`, `login x password value`. */
  readonly spoken: boolean
}

interface Assignment extends Place {
  readonly valueEnd: number
}

/** Names that promise a secret. */
const genericWords = [
  'passw',
  'passphrase',
  'pass',
  'pwd',
  'secret',
  'token',
  'api_key',
  'api-key',
  'apikey',
  'access_key',
  'access-key',
  'accesskey',
  'private_key',
  'private-key',
  'privatekey',
  'credential',
  'auth_key',
  'authkey',
  'fernet_key',
  'encryption_key',
  'encryptionkey',
  'signing_key',
  'signingkey',
  'master_key',
  'masterkey',
  'account_key',
  'accountkey',
  'license_key',
  'licensekey',
  'webhook_key',
  'app_key',
  'appkey',
  'admin_key',
  'service_key',
] as const

/** What follows the word when the name is about a secret and does not hold one. */
const harmlessTails = [
  'url',
  'uri',
  'path',
  'file',
  'dir',
  'name',
  'count',
  'type',
  'expir',
  'ttl',
  'hint',
  'policy',
  'regex',
  'pattern',
  'format',
  'field',
  'label',
  'placeholder',
  'prompt',
  'title',
  'message',
  'template',
  'version',
  'algorithm',
  'endpoint',
  'host',
  'header',
  'length',
  'izer',
  'ize',
  'limit',
  'usage',
  'public',
  'arn',
  'status',
  'hash_algo',
]

/** Triggers for names that promise a secret, whoever the provider is. */
export function genericTriggers(): Trigger[] {
  return genericWords.map(word => ({ literal: word, exact: false, inspect: inspectGeneric }))
}

function inspectGeneric(scan: Scan, start: number, end: number): void {
  const assignment = parseAssignment(scan, start, end)
  if (assignment === 'open') {
    holdFrom(scan, start)
    return
  }
  if (assignment === 'none') return
  if (harmlessTails.some(tail => assignment.tail.includes(tail))) return
  if (isPartOfWord(scan.text, start, end)) return
  const { valueStart, valueEnd } = assignment
  const value = scan.text.slice(valueStart, valueEnd)
  const first = scan.text.charCodeAt(start) | 32
  const isPassword = first === 112 && scan.text.slice(start, start + 3).toLowerCase() !== 'pri'
  const grade = gradeValue(value, assignment, isPassword)
  if (!grade) return
  const kind = isPassword ? 'generic-password' : 'generic-assignment'
  report(scan, kind, grade, valueStart, valueEnd, start)
}

/** `/etc/passwd` is a path; `passed` and `tokenize` are other words. */
function isPartOfWord(text: string, start: number, end: number): boolean {
  if (text[start - 1] === '/') return true
  const word = text.slice(start, end)
  const next = text.charCodeAt(end)
  return (word === 'pass' && next >= 97 && next <= 122) || (word === 'PASS' && next >= 65 && next <= 90)
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
function parseAssignment(scan: Scan, start: number, wordEnd: number): Assignment | 'none' | 'open' {
  const place = findValue(scan, start, wordEnd)
  if (place === 'none' || place === 'open') return place
  const { text } = scan
  const { valueStart, quote, environment } = place
  const limit = valueStart + GENERIC_LONGEST
  const valueEnd =
    quote === ''
      ? skipValue(scan, valueStart, limit, environment)
      : findClosing(text, quote, valueStart, limit)
  if (valueEnd >= text.length && !scan.final) return 'open'
  if (valueEnd <= valueStart || valueEnd >= limit) return 'none'
  return { ...place, valueEnd }
}

/** Where the value begins that the name is given. */
function findValue(scan: Scan, start: number, wordEnd: number): Place | 'none' | 'open' {
  const { text, final } = scan
  const undecided = final ? 'none' : 'open'
  const nameEnd = skip(text, wordEnd, charset.G, wordEnd + NAME_TAIL)
  if (nameEnd === wordEnd + NAME_TAIL) return 'none'
  const afterName = skipQuote(text, nameEnd)
  const operator = readOperator(scan, afterName, nameEnd !== afterName, start)
  if (operator.end >= text.length) return undecided
  if (operator.kind === 'none') return 'none'
  const { quote, end } = readOpening(text, operator.end)
  if (end >= text.length) return undecided
  const environment = operator.kind === 'equals' && operator.end === nameEnd + 1
  const exported = environment && isCapital(text.charCodeAt(start)) && isCapital(text.charCodeAt(start + 1))
  const spoken =
    operator.kind === 'other' &&
    operator.end > afterName &&
    isIn(text.charCodeAt(operator.end - 1), charset.blank)
  return {
    tail: text.slice(wordEnd, nameEnd).toLowerCase(),
    valueStart: end,
    quote,
    environment,
    exported,
    spoken,
  }
}

/** Skips a closing quote of any escape depth, and a closing bracket: `"name\\"`, `['name']`. */
function skipQuote(text: string, at: number): number {
  let index = at
  while (index < at + 8 && text.charCodeAt(index) === BACKSLASH) index++
  if (isIn(text.charCodeAt(index), charset.quote)) index++
  else if (index >= text.length) return index
  else if (index > at) return at
  if (text[index] === ']' || text[index] === ')') index++
  return index
}

interface Operator {
  readonly kind: 'none' | 'equals' | 'other'
  readonly end: number
}

/** `=`, `:`, `:=`, `=>`, `==`, `: type =`, `>` of XML, `,` after a quoted name, a blank after `--name` or in .netrc. */
function readOperator(scan: Scan, at: number, wasQuoted: boolean, start: number): Operator {
  const { text } = scan
  let index = skip(text, at, charset.blank, at + BLANKS)
  if (index >= text.length) return { kind: 'none', end: index }
  const code = text[index]!
  if (code === ':') {
    const annotated = skipAnnotation(scan, index + 1)
    if (annotated > 0) return { kind: 'other', end: annotated }
  }
  if (code === '=' || code === ':') {
    const begin = index
    while (
      index < begin + 3 &&
      (text[index] === '=' || text[index] === ':' || text[index] === '>' || text[index] === '~')
    )
      index++
    return { kind: code === '=' && index === begin + 1 ? 'equals' : 'other', end: index }
  }
  if ('!?'.includes(code) && index + 1 >= text.length) return { kind: 'none', end: text.length }
  if (code === '!' && text[index + 1] === '=') return { kind: 'other', end: skip3(text, index + 1) }
  if (code === '>' && index === at) return { kind: 'other', end: index + 1 }
  if (wasQuoted && index > at) {
    const attribute = valueAttribute(text, index)
    if (attribute === text.length) return { kind: 'none', end: attribute }
    if (attribute > 0) return { kind: 'other', end: attribute }
  }
  if (code === ',' && wasQuoted) return { kind: 'other', end: index + 1 }
  if (code === '?' && text[index + 1] === '=') return { kind: 'other', end: index + 2 }
  if (index > at && assignsByBlank(text, start)) return { kind: 'other', end: index }
  return { kind: 'none', end: index }
}

/** `<add key="name" value="…"`; the index after the equals sign, or 0. */
function valueAttribute(text: string, at: number): number {
  const found = text.slice(at, at + 6).toLowerCase()
  if (!'value='.startsWith(found)) return 0
  return at + found.length
}

/** `: string =`, `: &str =`, `: Optional[str] =`; the index after the equals sign, or 0. */
function skipAnnotation({ text, final }: Scan, at: number): number {
  const type = skip(text, at, charset.blank, at + BLANKS)
  const typeEnd = skip(text, text[type] === '&' ? type + 1 : type, charset.annotation, type + 32)
  if (typeEnd === type) return 0
  const equals = skip(text, typeEnd, charset.blank, typeEnd + BLANKS)
  if (equals + 1 >= text.length && !final) return text.length
  if (equals === at || text[equals] !== '=' || isIn(text.charCodeAt(equals + 1), charset.operator)) return 0
  return equals + 1
}

function skip3(text: string, at: number): number {
  let index = at
  while (index < at + 3 && text[index] === '=') index++
  return index
}

/** `--password value`, `-Dtoken value`, `login x password value`. */
function assignsByBlank(text: string, start: number): boolean {
  const nameStart = skipBack(text, start, charset.W | charset.S, start - NAME_HEAD)
  if (text.startsWith('--', nameStart)) return true
  const before = text.slice(Math.max(0, start - 120), start)
  return before.includes('login ') || isContainerSetting(before)
}

/** `ENV NAME value` and `ARG NAME value` of a container file. */
function isContainerSetting(before: string): boolean {
  const at = before.lastIndexOf('\n') + 1
  return (before.startsWith('ENV ', at) || before.startsWith('ARG ', at)) && before.indexOf(' ', at + 4) < 0
}

/** Blanks, string prefixes and the opening quote with its backslashes. */
function readOpening(text: string, at: number): { quote: string; end: number } {
  let index = skip(text, at, charset.blank, at + BLANKS)
  if (isIn(text.charCodeAt(index), charset.Z) && isIn(text.charCodeAt(index + 1), charset.quote)) index++
  else if (text[index] === '@' && text[index + 1] === '"') index++
  if (index + 1 >= text.length) return { quote: '', end: text.length }
  const begin = index
  while (index < begin + 8 && text.charCodeAt(index) === BACKSLASH) index++
  if (index >= text.length) return { quote: '', end: text.length }
  if (!isIn(text.charCodeAt(index), charset.quote)) return { quote: '', end: begin }
  return { quote: text.slice(begin, index + 1), end: index + 1 }
}

/** The end of a bare value. In an environment file only blanks, quotes, escapes and `&` end one. */
function skipValue({ text, clear }: Scan, at: number, limit: number, environment: boolean): number {
  const stop = environment ? charset.gap : charset.stop
  const end = Math.min(text.length, limit)
  let index = clear.set === stop && clear.start <= at && at < clear.end ? Math.min(clear.end, end) : at
  while (index < end) {
    const code = text.charCodeAt(index)
    if (code > 126 || isIn(code, stop) || code === BACKSLASH) break
    if (environment && code === 38) break
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

/** How much a value looks like a secret: by length, classes of characters, rarity and entropy. */
function gradeValue(value: string, assignment: Assignment, isPassword: boolean): Grade | undefined {
  if (value.length < 6 || value.includes(' ') || isPlaceholder(value) || isReference(value)) return undefined
  const digits = countIn(value, 0, value.length, charset.D)
  const letters = countIn(value, 0, value.length, charset.Z)
  const symbols = value.length - digits - letters
  const stated = assignment.quote !== '' || assignment.environment || assignment.spoken
  if (looksStrong(value, digits, letters)) return 'likely'
  const certainEnd = assignment.quote !== '' || assignment.exported
  if (certainEnd && value.length >= 20 && digits > 2 && symbols > 2 && rarity(value) >= 5.6) return 'likely'
  if (isNumber(value)) return undefined
  if (!stated && (digits === 0 || rarity(value) < 5)) return undefined
  if (isUuid(value)) return isPassword ? 'likely' : 'possible'
  if (assignment.exported && value.length >= 8 && digits > 0 && letters > 0) return 'likely'
  if (isPassword) return gradePassword(value, digits, letters, symbols)
  if (value.length < 8 || digits === 0 || letters === 0) return undefined
  return rarity(value) >= 4.6 ? 'possible' : undefined
}

function gradePassword(value: string, digits: number, letters: number, symbols: number): Grade | undefined {
  const hasBothCases = value.toLowerCase() !== value && value.toUpperCase() !== value
  const classes = Number(digits > 0) + Number(symbols > 0) + Number(letters > 0) + Number(hasBothCases)
  if (value.length >= 8 && classes >= 4) return 'likely'
  if (value.length >= 10 && classes >= 3 && digits > 0 && rarity(value) >= 4.8) return 'likely'
  if (value.length >= 10 && hasBothCases && symbols === 0 && rarity(value) >= 5.8) return 'likely'
  return classes >= 2 && (digits > 0 || symbols > 1) ? 'possible' : undefined
}

function looksStrong(value: string, digits: number, letters: number): boolean {
  if (value.length < 16 || digits < 2 || letters < 2 || isUuid(value)) return false
  if (countIn(value, 0, value.length, charset.R) + (value.endsWith('=') ? 2 : 0) < value.length) return false
  if (countIn(value, 0, value.length, charset.X) === value.length)
    return value.length >= 32 && entropy(value) >= 3 && rarity(value) >= 3.4
  return rarity(value) >= 5.4 && entropy(value) >= 3.2
}

/** `0x8C2F`, `1_000_000`, a date: code and settings are full of them. */
function isNumber(value: string): boolean {
  if (value.startsWith('0x'))
    return countIn(value, 2, value.length, charset.X) === value.length - 2 && value.length <= 18
  return [...value].every(character => '0123456789._-:TZ+'.includes(character))
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90
}

function isUuid(value: string): boolean {
  return (
    value.length === 36 && value[8] === '-' && value[13] === '-' && value[18] === '-' && value[23] === '-'
  )
}

/** Paths, addresses, expressions and references to where the secret is kept. */
function isReference(value: string): boolean {
  const first = value[0]!
  if ('/.~@#&*+:,;=!?|\\)'.includes(first) || value.includes('://')) return true
  const lower = value.toLowerCase()
  return [
    'env.',
    'env[',
    'os.',
    'process.',
    'config.',
    'secrets.',
    'vault:',
    'arn:',
    '(',
    'op:',
    'ref:',
  ].some(
    mark =>
      lower.includes(mark) &&
      (mark === '(' ? !isIn(value.charCodeAt(0), charset.D) && value.endsWith(')') : true),
  )
}
