import type { Grade } from '../../access/finding.ts'
import { beginsLine } from './boundary.ts'
import { charset, skip } from './charsets.ts'
import {
  DENIALS,
  FAINT_HINTS,
  HINTS,
  kindsAt,
  OTHERS,
  type ShapedKind,
  table,
  words,
} from './context-words.ts'
import { isExample, isPlaceholder } from './examples.ts'
import { isContinued, isDigest, isFree, isInBlock, type Look, lookAt, valueStart } from './lone-values.ts'
import { matchPattern, NO_MATCH, OPEN } from './pattern.ts'
import { rarity } from './rarity.ts'
import { holdFrom, report, type Scan } from './scan.ts'
import { type FoundWords, findWords, followWords, noWords } from './words.ts'

const SHORTEST = 14
const LONGEST = 1_024
/** How far before a value its context begins, and how many line ends may lie between. */
const WINDOW = 88
const LINES = 2
/** A word so close before a value speaks of it, also when the value could be a hash or an identifier. */
const BESIDE = 20
/** A word for a secret stands so close where the provider is unknown or the value weak. */
const NAMED = 48
const UNKNOWN_SHORTEST = 20
/** A header of a web token with an identifier of its key. */
const HEADER_LONGEST = 160
const SLASH = 47
const NEW_LINE = 10
const LETTER_N = 110
const BACKSLASH = 92

// one value at a time: these are the words before the one that is looked at
let found = noWords()
const beside = noWords()

interface Value {
  readonly start: number
  readonly end: number
  readonly look: Look
  /** Which of the found words is the last for a secret; -1 when there is none, or one for something else came later. */
  readonly secret: number
  /** Whether the last word is for something else than a secret. */
  readonly isDenied: boolean
}

/** A secret without a mark, told by a provider's word shortly before it and by its shape. Asked about every run. */
export function inspectContext(scan: Scan, runStart: number, end: number): void {
  const { text, bytes } = scan
  const start = valueStart(scan, runStart, end)
  if (end - start < SHORTEST || end - start > LONGEST || !isFree(bytes, start)) return
  if (isInBlock(bytes, start) || isDigest(scan, start)) return
  const look = lookAt(scan, start, end)
  if (look === undefined || (look.isWeak && isHash(bytes, start))) return
  if (end + 1 >= text.length && !scan.final) {
    holdFrom(scan, Math.min(start, runStart))
    return
  }
  scan.context ??= noWords()
  found = scan.context
  followWords(table, bytes, contextStart(bytes, start), start, found)
  const isDenied = isDeniedByLast(found)
  const value = { start, end, look, isDenied, secret: isDenied ? -1 : lastSecret(text, start) }
  for (let index = found.count - 1; index >= 0; index--) {
    const kinds = isQualified(text, found.starts[index]!) ? undefined : kindsAt[found.words[index]!]
    if (kinds?.some(kind => inspectKind(scan, kind, index, value))) return
  }
  inspectUnknown(scan, value)
}

/** `AWS::KafkaConnect::Connector` is a type, whose name a word is part of. */
function isQualified(text: string, start: number): boolean {
  return text[start - 1] === ':' && text[start - 2] === ':'
}

/** Reports the value if it is of the kind; true when it is, or when that is still open. */
function inspectKind(scan: Scan, kind: ShapedKind, index: number, value: Value): boolean {
  const end = matchKind(kind, scan, value)
  if (end === NO_MATCH) return false
  if (end === OPEN) {
    holdFrom(scan, value.start)
    return true
  }
  const grade = gradeKind(kind, scan, index, value)
  const secret = scan.text.slice(value.start, end)
  if (!grade || isExample(secret)) return false
  report(scan, kind.id, isPlaceholder(secret) ? 'possible' : grade, value.start, end)
  return true
}

/** Where a value of one of the shapes ends: with its run or beyond. */
function matchKind({ patterns }: ShapedKind, scan: Scan, { start, end }: Value): number {
  for (const pattern of patterns) {
    const close = matchPattern(pattern, scan, start)
    if (close === OPEN) return OPEN
    if (close >= end && !isContinued(scan.text, close)) return close
  }
  return NO_MATCH
}

function gradeKind(kind: ShapedKind, scan: Scan, index: number, value: Value): Grade | undefined {
  const { look, secret, isDenied, start } = value
  if (kind.mixed && !look.hasBothCases) return undefined
  if (kind.needs !== undefined && !isNear(kind.needs)) return undefined
  if (kind.everyday.includes(words[found.words[index]!]!) && !isNamed(index))
    return secret >= 0 && !look.isWeak ? 'possible' : undefined
  if (!look.isWeak) return secret >= 0 ? 'likely' : 'possible'
  if (isDenied || scan.bytes[start - 1] === SLASH) return undefined
  if (secret >= 0 && found.words[secret]! < FAINT_HINTS && start - found.ends[secret]! <= NAMED)
    return 'likely'
  return isBeside(scan.text, index, start) ? 'possible' : undefined
}

/** A value of no known provider: a promising word stands right before it, or it signs in without a password. */
function inspectUnknown(scan: Scan, value: Value): void {
  const { text } = scan
  const { start, end } = value
  const grade = isLoneUser(text, start, end) ? 'likely' : isPromised(text, value) ? 'possible' : undefined
  if (grade && !isPlaceholder(text.slice(start, end))) report(scan, 'generic-secret', grade, start, end)
}

/** `curl -u value: address`, as APIs want their key. */
function isLoneUser(text: string, start: number, end: number): boolean {
  if (text[end] !== ':' || !' \'"'.includes(text[end + 1] ?? ' ')) return false
  const before = text.slice(Math.max(0, start - 8), start)
  return [' -u ', ' -u "', " -u '", '--user ', '--user "', "--user '"].some(option => before.endsWith(option))
}

function isPromised(text: string, { start, end, look, secret }: Value): boolean {
  if (secret < 0 || found.words[secret]! >= HINTS || end - start < UNKNOWN_SHORTEST) return false
  if (start - found.ends[secret]! > (look.isWeak ? BESIDE : NAMED) || isContinued(text, end)) return false
  const value = text.slice(start, end)
  if (text[end] === '(' || isWebTokenHeader(text, start, end)) return false
  // `next page token: …` tells where a list goes on
  if (text.startsWith('page ', found.starts[secret]! - 5)) return false
  if (isRecordId(value) && isLookedUp(text, found.ends[secret]!, start, end)) return false
  return !value.includes('.') && (look.isWeak || (rarity(value) >= 5.4 && !isNameOfParts(value)))
}

/** The first part of a web token that was cut off behind it: `{"alg":…` is the same in all of them. */
function isWebTokenHeader(text: string, start: number, end: number): boolean {
  return text.startsWith('eyJhbGciOi', start) && text[end] === '.' && end - start < HEADER_LONGEST
}

/** `vcrd_011CZkZEMt8gZan2iYPQfSkw`: the kind of a record, then its number. */
function isRecordId(value: string): boolean {
  const sign = value.indexOf('_')
  return sign > 1 && sign < 6 && skip(value, 0, charset.L, sign) === sign && !value.includes('_', sign + 1)
}

/** `client.vaults.credentials.retrieve('…')`: the word is a collection whose records are asked for by their ids, or made in another. */
function isLookedUp(text: string, wordEnd: number, start: number, end: number): boolean {
  if (text[wordEnd - 1] !== 's' || text[wordEnd] !== '.') return false
  const verbEnd = skip(text, wordEnd + 1, charset.W, start)
  const verb = text.slice(wordEnd + 1, verbEnd)
  return text[verbEnd] === '(' && (lookUps.has(verb) || (verb === 'create' && text[end + 1] === ','))
}

const lookUps = new Set(
  'archive delete del describe destroy disable enable fetch find get list remove retrieve revoke rotate show update'.split(
    ' ',
  ),
)

/** `PIDX_KDF_PARAM_PKCS12_ID`: random base64url holds few signs. */
function isNameOfParts(value: string): boolean {
  let signs = 0
  for (const character of value) if ('_-/'.includes(character)) signs++
  return signs > 2
}

/** The last of the found words for a secret; -1 when there is none. */
function lastSecret(text: string, start: number): number {
  for (let index = found.count - 1; index >= 0; index--) {
    const word = found.words[index]!
    if (word < FAINT_HINTS || (word < DENIALS && isBeside(text, index, start))) return index
  }
  return -1
}

/** Whether the word nearest to the value is for something else than a secret. */
function isDeniedByLast(found: FoundWords): boolean {
  let last = -1
  for (let index = 0; index < found.count; index++)
    if (last < 0 || found.ends[index]! >= found.ends[last]!) last = index
  const word = last < 0 ? 0 : found.words[last]!
  return word >= DENIALS && word < OTHERS
}

/** Whether a found word stands in the same line, shortly before. */
function isBeside(text: string, index: number, start: number): boolean {
  const wordEnd = found.ends[index]!
  if (start - wordEnd > BESIDE) return false
  const between = text.slice(wordEnd, start)
  return !between.includes('\n') && !between.includes('\\n')
}

function isNear(word: string): boolean {
  for (let index = 0; index < found.count; index++)
    if (words[found.words[index]!]!.startsWith(word)) return true
  return false
}

/** Whether a word for a secret follows at once: `readme api key`, `READMEKEY`. */
function isNamed(index: number): boolean {
  const end = found.ends[index]!
  for (let next = index + 1; next < found.count; next++) {
    const gap = found.starts[next]! - end
    if (gap >= 0 && gap <= 2 && found.words[next]! < DENIALS) return true
  }
  return false
}

/** Whether it begins a line, as in a list of checksums, or the word right before says so: texts are full of hashes. */
function isHash(bytes: Uint8Array, start: number): boolean {
  if (beginsLine(bytes, start)) return true
  findWords(table, bytes, Math.max(0, start - BESIDE), start, beside)
  return isDeniedByLast(beside)
}

/** Where the window begins: no further back than so many characters and line ends. */
function contextStart(bytes: Uint8Array, start: number): number {
  const limit = Math.max(0, start - WINDOW)
  let lines = 0
  let index = start
  while (index > limit) {
    if (isLineEnd(bytes, index - 1) && ++lines > LINES) return index
    index--
  }
  return index
}

/** Also where it is escaped in a JSON string. */
function isLineEnd(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === NEW_LINE || (bytes[at] === LETTER_N && bytes[at - 1] === BACKSLASH)
}
