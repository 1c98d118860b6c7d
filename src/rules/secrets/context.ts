import type { Grade } from '../../access/finding.ts'
import { beginsLine } from './boundary.ts'
import { charset, isByteIn, skip, skipBytesBack } from './charsets.ts'
import { isExample, isPlaceholder } from './examples.ts'
import { compilePattern, matchPattern, NO_MATCH, OPEN, type Pattern } from './pattern.ts'
import { type ProviderKind, providerKinds } from './providers.ts'
import { rarity, rarityOf } from './rarity.ts'
import { holdFrom, report, type Scan } from './scan.ts'
import { buildWordTable, findWords, noWords } from './words.ts'

const SHORTEST = 14
const LONGEST = 1_024
/** A value with dots whose last part is the long one; a stream holds back so much of what could be one. */
const DOTTED_LONGEST = 120
/** How far before a value its context begins, and how many line ends may lie between. */
const WINDOW = 88
const LINES = 2
/** A word so close before a value speaks of it, also when the value could be a hash or an identifier. */
const BESIDE = 20
/** A word for a secret stands so close where the provider is unknown or the value weak. */
const NAMED = 48
const UNKNOWN_SHORTEST = 20
/** So much of a value tells whether it is random. */
const SAMPLE = 64
const UUID = 36
/** A header of a web token with an identifier of its key. */
const HEADER_LONGEST = 160
const SLASH = 47
const DOT = 46
const UNDERSCORE = 95
/** Shorter than this, three dashes or underscores make a name: `FIRST_BYTE_OF_UTF8`. */
const NAME_LONGEST = 24
const NEW_LINE = 10
const LETTER_N = 110
const BACKSLASH = 92
const BLOCK_LINE = 48

/** Words that promise a secret, whoever the provider is. */
const promises = [
  ...['secret', 'secrets', 'token', 'tokens', 'apikey', 'apikeys', 'accesskey', 'secretkey', 'authkey'],
  ...['apitoken', 'accesstoken', 'authtoken', 'credential', 'credentials', 'bearer', 'password', 'passwd'],
]
/** Words that speak of a secret next to a provider's. */
const hints = [
  ...['key', 'keys', 'auth', 'oauth', 'authorization', 'pwd', 'pass', 'passphrase', 'pat', 'psk', 'sk'],
]
/** Words that stand near anything; they count only right before a value, and not before a weak one. */
const faintHints = ['api', 'login', 'license', 'licence']
/** Words for what looks like a secret and is none: what hashes and identifiers belong to. */
const denials = [
  ...[
    'sha',
    'sha1',
    'sha256',
    'sha384',
    'sha512',
    'md5',
    'crc',
    'hash',
    'hashes',
    'checksum',
    'digest',
    'h1',
  ],
  ...['commit', 'commits', 'revision', 'rev', 'ref', 'refs', 'head', 'githead', 'tree', 'blob', 'parent'],
  ...['merge', 'merged', 'picked', 'checkout', 'revert', 'reverts', 'reverted', 'since', 'object', 'objects'],
  ...['integrity', 'resolved', 'etag', 'fingerprint', 'thumbprint', 'signature', 'nonce', 'salt', 'version'],
  ...['id', 'ids', 'uuid', 'guid', 'identifier', 'clientid', 'appid', 'sid', 'cid', 'uid', 'build', 'image'],
  ...['trace', 'span', 'request', 'session', 'event', 'job', 'run', 'task', 'message', 'thread', 'channel'],
  ...['org', 'organization', 'project', 'tenant', 'workspace', 'account', 'team', 'subscription', 'group'],
  ...[
    'device',
    'node',
    'pod',
    'container',
    'instance',
    'volume',
    'snapshot',
    'cluster',
    'deployment',
    'layer',
  ],
  ...['cert', 'certificate', 'serial', 'public', 'sitekey', 'dsn', 'file', 'width', 'height', 'path', 'url'],
  ...['href', 'src', 'import', 'require', 'release', 'tag', 'chunk', 'branch', 'order', 'invoice', 'ticket'],
]

interface ShapedKind extends ProviderKind {
  readonly patterns: readonly Pattern[]
}

const kindsOf = new Map<string, ShapedKind[]>()
for (const kind of providerKinds) {
  const shaped = { ...kind, patterns: kind.values.map(compilePattern) }
  for (const word of kind.words) kindsOf.set(word, [...(kindsOf.get(word) ?? []), shaped])
}
// INVARIANT: promises come first, then hints, so that a place in the list tells them
const words = [...new Set([...promises, ...hints, ...faintHints, ...denials, ...kindsOf.keys()])]
const HINTS = promises.length
const FAINT_HINTS = HINTS + hints.length
const DENIALS = FAINT_HINTS + faintHints.length
const OTHERS = DENIALS + denials.length
const table = buildWordTable(words, word => kindsOf.has(word))
const kindsAt = words.map(word => kindsOf.get(word))

// one search at a time, so looking back allocates nothing
const found = noWords()

/** What the characters of a value say about it. */
interface Look {
  /** Hexadecimal or a UUID: as likely a hash or an identifier. */
  readonly isWeak: boolean
  readonly hasBothCases: boolean
}

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
  if (end - start < SHORTEST || end - start > LONGEST || !isFree(text, start)) return
  if (isInBlock(bytes, start) || isDigest(text, start)) return
  const look = lookAt(scan, start, end)
  if (look === undefined || (look.isWeak && isHash(bytes, start))) return
  if (end + 1 >= text.length && !scan.final) {
    holdFrom(scan, Math.min(start, runStart))
    return
  }
  findWords(table, bytes, contextStart(bytes, start), start, found)
  const isDenied = isDeniedByLast()
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
function isDeniedByLast(): boolean {
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

/** Counts what the value is made of; undefined for words, numbers and what is no more random than a name. */
function lookAt({ bytes }: Scan, start: number, end: number): Look | undefined {
  let digits = 0
  let capitals = 0
  let small = 0
  let hexadecimal = 0
  let dashes = 0
  let signs = 0
  for (let index = start; index < end; index++) {
    const byte = bytes[index]!
    if (byte === UNDERSCORE) signs++
    else if (byte >= 97) small++
    else if (byte >= 65 && byte <= 90) capitals++
    else if (byte >= 48 && byte <= 57) digits++
    else if (byte === 45) dashes++
    if (isByteIn(byte, charset.X)) hexadecimal++
  }
  if (capitals + small === 0 || (digits === 0 && (capitals < 2 || small < 2))) return undefined
  if (end - start < NAME_LONGEST && dashes + signs > 2) return undefined
  const isUuid = end - start === UUID && dashes === 4 && hexadecimal === UUID - 4
  const isWeak = isUuid || hexadecimal === end - start
  const least = digits > 0 ? 4.7 : 5.6
  if (!isWeak && rarityOf(bytes, start, Math.min(end, start + SAMPLE)) < least) return undefined
  return { isWeak, hasBothCases: capitals > 0 && small > 0 }
}

/** Past the signs of a diff and the path that a value in an address comes last in; back to the first of parts with dots. */
function valueStart({ bytes }: Scan, runStart: number, end: number): number {
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
function isFree(text: string, start: number): boolean {
  return start === 0 || !'?@.$#~!^*%\\&'.includes(text[start - 1]!)
}

/** `sha512-…` of a lock file or a page. */
function isDigest(text: string, start: number): boolean {
  return text.startsWith('sha', start) && '1235'.includes(text[start + 3] ?? ' ')
}

/** Whether the line before is a long run as well: certificates, pictures and other encoded blocks. */
function isInBlock(bytes: Uint8Array, start: number): boolean {
  const lineEnd = start - 1
  if (lineEnd < BLOCK_LINE || bytes[lineEnd] !== NEW_LINE) return false
  return skipBytesBack(bytes, lineEnd, charset.E, lineEnd - BLOCK_LINE) === lineEnd - BLOCK_LINE
}

/** Whether it begins a line, as in a list of checksums, or the word right before says so: texts are full of hashes. */
function isHash(bytes: Uint8Array, start: number): boolean {
  if (beginsLine(bytes, start)) return true
  findWords(table, bytes, Math.max(0, start - BESIDE), start, found)
  return isDeniedByLast()
}

/** Whether what follows still belongs to the value or to an address. */
function isContinued(text: string, end: number): boolean {
  if (isAlphanumeric(text, end)) return true
  return end < text.length && '.?@$^*!~%/'.includes(text[end]!) && isAlphanumeric(text, end + 1)
}

function isAlphanumeric(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code < 128 && isByteIn(code, charset.A)
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
