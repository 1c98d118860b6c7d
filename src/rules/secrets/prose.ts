import type { Grade } from '../../access/finding.ts'
import { charset, countIn, isByteIn, isIn } from './charsets.ts'
import { isPlaceholder, isStandIn, isWeakWord, readsAsNames } from './examples.ts'
import { isHarmlessName } from './names.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'
import { looksRandom } from './tokens.ts'
import { isUuid } from './value-grade.ts'

/** So many words of a sentence, and characters, are read behind the one for a password. */
const MOST_WORDS = 10
const LONGEST = 96
const PASSWORD_LONGEST = 64
const SHORTEST = 6
const NEAR = 48
const WORD_LONGEST = 16
const LINE_SHORTEST = 10
const COMMAND_LONGEST = 200
const COMMAND_REST = 24

/** Words for a password as people write them to each other. */
const names = [
  ...['password', 'passwort', 'kennwort', 'passphrase', 'passcode', 'wachtwoord', 'pwd', 'pw', 'pass', 'mdp'],
  ...['mot de passe', 'senha', 'parola', 'clave'],
]
/** Words for both halves of a sign-in. */
const pairs = ['login', 'creds', 'credentials', 'old:', 'new:']
/** These mean it only behind one of the others. */
const vague = new Set(['pass ', 'old:', 'new:'])
const nameSet = new Set(names)
const pairSet = new Set(pairs)
const besides = new Set(['w/', 'mit'])
const signIns = ['user', 'login', 'cred', 'passw']

/** What says that the value comes next. */
const links = new Set('is to from now was = -> → : ist lautet es est é è son was reset'.split(' '))

/** What never begins or is a part of a sentence that tells a password. */
const refusals = new Set(
  'must should may can not least longer contain contains than with using via characters character field'.split(
    ' ',
  ),
)

/** Passwords that a sentence tells: `the password for the office is secret`, `log in with password secret`. */
export function proseTriggers(): Trigger[] {
  return [
    ...names.map(name => toTrigger(`${name} `, inspectSentence)),
    ...pairs.map(literal => toTrigger(literal, inspectPair)),
    ...['base64 -d', 'base64 --decode'].map(literal => ({ literal, exact: true, inspect: inspectDecoded })),
  ]
}

/** `kubectl get secret … | base64 -d`, and what it printed. */
function inspectDecoded(scan: Scan, start: number, end: number): void {
  const { text, bytes, final } = scan
  if (!text.slice(Math.max(0, start - COMMAND_LONGEST), start).includes('secret')) return
  let lineEnd = end
  while (lineEnd < end + COMMAND_REST && lineEnd < text.length && bytes[lineEnd] !== 10) lineEnd++
  if (lineEnd >= text.length && !final) holdFrom(scan, start)
  else if (bytes[lineEnd] === 10) inspectLine(scan, start, lineEnd + 1)
}

interface Span {
  readonly start: number
  readonly end: number
}

interface Word {
  readonly start: number
  readonly end: number
  /** It holds more than small letters and what ends a sentence, so that it may be a value. */
  readonly isOdd: boolean
}

/** The next word of the line; undefined behind the last, `open` where the text ends in it. */
function nextWord({ text, bytes, final }: Scan, at: number, limit: number): Word | undefined | 'open' {
  let start = at
  while (start < limit && isByteIn(bytes[start]!, charset.blank)) start++
  let end = start
  let isOdd = false
  while (end < limit && bytes[end]! > 32 && bytes[end] !== 127) {
    if (!isOdd && !isPlain(bytes[end]!)) isOdd = true
    end++
  }
  if (end >= text.length && !final) return 'open'
  return end === start || end - start > PASSWORD_LONGEST + 4 ? undefined : { start, end, isOdd }
}

/** Small letters, and what may stand behind a word. */
function isPlain(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || byte === 44 || byte === 46 || byte > 127
}

/** Whether the name stands for itself. */
function isWord({ text, bytes }: Scan, start: number): boolean {
  if (start === 0) return true
  const before = bytes[start - 1]!
  return (
    isByteIn(before, charset.blank | charset.quote) || before === 10 || '(*_>/'.includes(text[start - 1]!)
  )
}

type Inspect = Trigger['inspect']

/** Asked only behind a word that speaks of a sign-in. */
function whereMeant(inspect: Inspect): Inspect {
  return (scan, start, end) => {
    const before = scan.text.slice(Math.max(0, start - NEAR), start).toLowerCase()
    if (signIns.some(word => before.includes(word))) inspect(scan, start, end)
  }
}

function toTrigger(literal: string, inspect: Inspect): Trigger {
  return { literal, exact: false, inspect: vague.has(literal) ? whereMeant(inspect) : inspect }
}

function inspectSentence(scan: Scan, start: number, end: number): void {
  if (!isWord(scan, start)) return
  const { text } = scan
  const limit = Math.min(text.length, end + LONGEST)
  let isLinked = false
  let wasTold = false
  let previous = ''
  let at = end
  for (let index = 0; index < MOST_WORDS; index++) {
    const word = nextWord(scan, at, limit)
    if (word === 'open') {
      holdFrom(scan, start)
      return
    }
    if (!word) break
    at = word.end
    const isNext = index === 0 || besides.has(previous)
    if (word.isOdd && (isLinked || isNext)) {
      const value = trim(scan, word)
      const grade = gradeTold(text.slice(value.start, value.end), isLinked)
      if (grade) report(scan, 'generic-password', grade, value.start, value.end, start)
      // `from the one to the other`
      if (grade && previous !== 'from') return
      wasTold ||= grade !== undefined
    }
    previous = at - word.start > WORD_LONGEST ? '' : text.slice(word.start, at).toLowerCase()
    if (refusals.has(previous) || nameSet.has(previous)) return
    // a password's length, a password file
    if (index === 0 && !links.has(previous) && isHarmlessName('', previous)) return
    if (endsSentence(previous) && !wasTold) return
    // `reset to …`, `from … to …`, and not `when exporting to …`
    isLinked = previous === 'to' ? index < 2 || wasTold : links.has(previous) || previous.endsWith(':')
  }
  inspectBelow(scan, start, at)
}

/** `login: somebody / secret`, `creds: somebody:secret`. */
function inspectPair(scan: Scan, start: number, end: number): void {
  if (!isWord(scan, start)) return
  const { text, bytes } = scan
  if (bytes[end] !== 32 && bytes[end] !== 58) {
    if (end >= text.length && !scan.final) holdFrom(scan, start)
    return
  }
  const limit = Math.min(text.length, end + LONGEST)
  let previous = ''
  let at = bytes[end] === 58 ? end + 1 : end
  for (let index = 0; index < MOST_WORDS; index++) {
    const word = nextWord(scan, at, limit)
    if (word === 'open') {
      holdFrom(scan, start)
      return
    }
    if (!word) return
    at = word.end
    if (word.isOdd && reportHalf(scan, trim(scan, word), index > 1 && previous === '/', start)) return
    previous = at - word.start > WORD_LONGEST ? '' : text.slice(word.start, at).toLowerCase()
    if (pairSet.has(previous)) return
  }
}

/** Reports what stands behind the slash or the colon. */
function reportHalf(scan: Scan, { start, end }: Span, isBehindSlash: boolean, anchor: number): boolean {
  const told = scan.text.slice(start, end)
  const sign = isBehindSlash ? -1 : told.search(/[/:]/)
  if (sign === 0 || (sign < 0 && !isBehindSlash) || told.includes('://')) return false
  if (sign > 0 && countIn(told, 0, sign, charset.G) !== sign) return false
  if (!gradeTold(told.slice(sign + 1), false)) return false
  report(scan, 'generic-password', 'likely', start + sign + 1, end, anchor)
  return true
}

/** A random value in a line of its own below the colon. */
function inspectBelow(scan: Scan, anchor: number, colonEnd: number): void {
  const { text, bytes } = scan
  if (text[colonEnd - 1] !== ':') return
  let at = colonEnd
  while (at < colonEnd + 8 && (isByteIn(bytes[at]!, charset.blank) || bytes[at] === 10 || bytes[at] === 13))
    at++
  if (at > colonEnd && text.slice(colonEnd, at).includes('\n')) inspectLine(scan, anchor, at)
  else if (at >= text.length && !scan.final) holdFrom(scan, anchor)
}

/** A line that is one random word. */
function inspectLine(scan: Scan, anchor: number, at: number): void {
  const { text, bytes } = scan
  let end = at
  while (end < at + PASSWORD_LONGEST + 1 && bytes[end]! > 32 && bytes[end]! < 127) end++
  if (end >= text.length && !scan.final) holdFrom(scan, anchor)
  else if (end - at >= LINE_SHORTEST && (end >= text.length || bytes[end] === 10 || bytes[end] === 13)) {
    const value = text.slice(at, end)
    const grade =
      looksRandom(value) && !isPlaceholder(value) && !holdsCode(value) ? 'likely' : gradeTold(value, true)
    if (grade) report(scan, 'generic-password', grade, at, end, anchor)
  }
}

/** Without the quotes around it and the points behind it. */
function trim({ text }: Scan, { start, end }: Word): Span {
  let from = start
  let to = end
  while (to > from + 1 && '.,;)>'.includes(text[to - 1]!)) to--
  if ('`"\'*(«„“'.includes(text[from]!)) {
    from++
    while (to > from + 1 && '`"\'*)»“”.,'.includes(text[to - 1]!)) to--
  }
  return { start: from, end: to }
}

function endsSentence(word: string): boolean {
  return word.length > 1 && '.!?;'.includes(word.at(-1)!)
}

/** What stands in sentences and looks like a password: names of algorithms, releases and standards. */
const technical =
  /^(?:sha|aes|utf|md\d|base\d|rsa|ed25519|hmac|pbkdf|argon|x509|oauth|http|tls|ssl|rfc|iso|ipv|pkcs|log4j|x86|arm|v\d|win|cve|gpt|claude|e2e|2fa|s3|ec2|k8s|\d+[-.]|[\d.,:%/-]+[a-z]{0,3}$)/i

/** What a sentence tells is a password when no word looks like it: letters and digits, with capitals or signs between. */
function gradeTold(value: string, isLinked: boolean): Grade | undefined {
  const { length } = value
  if (length < SHORTEST || length > PASSWORD_LONGEST) return undefined
  const digits = countIn(value, 0, length, charset.D)
  const letters = countIn(value, 0, length, charset.Z)
  if (letters < 2 || (digits === 0 && !(isLinked && isSigned(value)))) return undefined
  if (isPlaceholder(value) || isStandIn(value) || isWeakWord(value) || readsAsNames(value)) return undefined
  if (technical.test(value) || isUuid(value) || holdsCode(value)) return undefined
  const small = value.toLowerCase() === value
  if (isLinked && (holdsSign(value) || (!small && isLettered(value)) || value.split(/[-_.]/).length > 2))
    return 'likely'
  return holdsSign(value) && /[-!#$%^&*+=?~|]/.test(value) ? 'likely' : undefined
}

/** A sign between letters of both cases. */
function isSigned(value: string): boolean {
  return /[A-Za-z][!#$%^&*+=?~][A-Za-z]/.test(value) && isLettered(value) && value.toLowerCase() !== value
}

function isLettered(value: string): boolean {
  return value.toUpperCase() !== value
}

/** A sign that no name and no number holds, or one between a capital and a digit. */
function holdsSign(value: string): boolean {
  return /[!#$%^&*+=?~|@]/.test(value) || (/[-_.]/.test(value) && /[A-Z]/.test(value) && /\d$/.test(value))
}

/** An address, a path, a call, a chain of names, an option. */
function holdsCode(value: string): boolean {
  if (value.includes('://') || value.startsWith('/') || value.startsWith('-') || value.includes('//'))
    return true
  if (/[()[\]{}<>\\]|^[\w.-]+=/.test(value) || value.split('/').length > 2) return true
  const at = value.indexOf('@')
  return at > 0 && isIn(value.charCodeAt(at + 1), charset.A) && value.includes('.', at)
}
