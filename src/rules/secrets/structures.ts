import { isBase64Pair } from './assignment.ts'
import { charset, countIn, isIn, skip, skipBack } from './charsets.ts'
import { inspectContext } from './context.ts'
import { decodeBase64 } from './encoded.ts'
import { isExample, isPlaceholder } from './examples.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'
import { looksRandom } from './tokens.ts'
import { inspectWalletKey } from './wallet-keys.ts'

const PEM_LONGEST = 65_536
const PUTTY_LONGEST = 8_192
const JWT_LONGEST = 8_192
const BACKSLASH = 92

/** Secrets with a grammar rather than a prefix: keys, web tokens, addresses with passwords, headers. */
export function structureTriggers(): Trigger[] {
  return [
    { literal: '-----BEGIN ', exact: true, inspect: inspectPem },
    { literal: 'PuTTY-User-Key-File-', exact: true, inspect: inspectPutty },
    { literal: 'eyJ', exact: true, inspect: inspectJwt },
    { literal: '://', exact: true, inspect: inspectUrl },
    { literal: 'bearer ', exact: false, inspect: inspectBearer },
    { literal: 'token ', exact: false, inspect: inspectTokenHeader },
    { literal: 'basic ', exact: false, inspect: inspectBasic },
    { literal: ';password=', exact: false, inspect: inspectConnectionPassword },
    { literal: ';pwd=', exact: false, inspect: inspectConnectionPassword },
    { literal: 'otpauth://', exact: true, inspect: inspectTotp },
    { literal: ' -u ', exact: true, inspect: inspectCurlUser },
    { literal: ' --user ', exact: true, inspect: inspectCurlUser },
  ]
}

/** From BEGIN to END; without an END, as far as lines of base64 go. */
function inspectPem(scan: Scan, start: number, labelStart: number): void {
  const { text, final } = scan
  const labelEnd = text.indexOf('-----', labelStart)
  if (labelEnd < 0 || labelEnd > labelStart + 60) {
    if (!final && text.length < labelStart + 65) holdFrom(scan, start)
    return
  }
  const label = text.slice(labelStart, labelEnd)
  if (!isPrivateLabel(label)) return
  const body = readPemBody(scan, start, labelEnd + 5)
  if (body === 'open') {
    holdFrom(scan, start)
    return
  }
  if (body > 0) report(scan, 'private-key', 'certain', start, body)
}

/** RFC 7468 writes labels in capitals; OpenVPN's shared key has its own. */
function isPrivateLabel(label: string): boolean {
  if (label === 'OpenVPN Static key V1') return true
  return label.includes('PRIVATE KEY') && label.toUpperCase() === label
}

/** The end of the key, 0 when there is none, `open` when more text must come first. */
function readPemBody(scan: Scan, start: number, bodyStart: number): number | 'open' {
  const { text } = scan
  const limit = Math.min(text.length, start + PEM_LONGEST)
  let index = bodyStart
  let keyEnd = 0
  let words = 0
  let longRuns = 0
  while (index < limit) {
    if (text.charCodeAt(index) === 45 && text.startsWith('-----', index)) {
      const close = text.indexOf('-----', index + 5)
      if (close < 0 && !scan.final && text.length < index + 75) return 'open'
      const closed = close >= 0 && close < index + 70
      return longRuns > 0 ? (closed ? close + 5 : keyEnd) : 0
    }
    const end = skipEncoded(text, index, limit)
    if (end > index) {
      if (end - index >= 24) {
        longRuns++
        words = 0
        keyEnd = end
      } else if (words++ === 0 && longRuns > 0) keyEnd = end
      // prose begins, or the armour's own headers never end
      if (words > (longRuns > 0 ? 8 : 24)) return keyEnd
      index = end
    } else index = skipSeparator(text, index)
  }
  if (!scan.final && text.length < start + PEM_LONGEST) return 'open'
  return keyEnd
}

/** A run of base64, also where `+`, `/` and `=` are percent-encoded. */
function skipEncoded(text: string, at: number, limit: number): number {
  let index = skip(text, at, charset.E, limit)
  while (text[index] === '%' && ['2B', '2F', '3D'].includes(text.slice(index + 1, index + 3).toUpperCase()))
    index = skip(text, index + 3, charset.E, limit)
  return index
}

/** One character between two runs, or an escaped line end as one. */
function skipSeparator(text: string, at: number): number {
  let index = at
  while (text.charCodeAt(index) === BACKSLASH) index++
  if (index === at) return text[at] === '%' ? at + 3 : at + 1
  return 'nrt'.includes(text[index] ?? ' ') ? index + 1 : index
}

function inspectPutty(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const limit = Math.min(text.length, start + PUTTY_LONGEST)
  if (end < text.length && !isIn(text.charCodeAt(end), charset.D)) return
  const last = text.slice(end, limit).indexOf('Private-MAC:') + end
  if (last >= end) {
    const close = skip(text, skip(text, last + 12, charset.blank, last + 20), charset.X, last + 100)
    if (close === text.length && !scan.final) {
      holdFrom(scan, start)
      return
    }
    report(scan, 'private-key', 'certain', start, close)
    return
  }
  if (!scan.final && text.length < start + PUTTY_LONGEST) {
    holdFrom(scan, start)
    return
  }
  if (text.slice(end, limit).includes('Private-Lines:')) report(scan, 'private-key', 'likely', start, limit)
}

function inspectJwt(scan: Scan, start: number): void {
  const { text } = scan
  if (start > 0 && isIn(text.charCodeAt(start - 1), charset.S) && !isAfterEscape(text, start)) return
  const limit = start + JWT_LONGEST
  const headerEnd = skip(text, start, charset.S, limit)
  if (headerEnd === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  if (text[headerEnd] !== '.' || headerEnd - start < 10) return
  const payloadEnd = skip(text, headerEnd + 1, charset.S, limit)
  if (payloadEnd === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  if (payloadEnd - headerEnd < 8) return
  const end = text[payloadEnd] === '.' ? skip(text, payloadEnd + 1, charset.S, limit) : payloadEnd
  if (end === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const header = decodeBase64(text.slice(start, headerEnd))
  if (header === undefined || !isJoseHeader(header)) return
  report(scan, 'jwt', end > payloadEnd + 8 ? 'certain' : 'likely', start, end)
}

function isAfterEscape(text: string, at: number): boolean {
  return (text.charCodeAt(at - 2) === BACKSLASH && 'ntr'.includes(text[at - 1]!)) || text[at - 3] === '%'
}

function isJoseHeader(text: string): boolean {
  try {
    const header: unknown = JSON.parse(text)
    return (
      typeof header === 'object' && header !== null && ('alg' in header || 'enc' in header || 'typ' in header)
    )
  } catch {
    return false
  }
}

const databaseSchemes =
  /^(postgres|postgresql|mysql|mariadb|mongodb|redis|rediss|amqp|amqps|mssql|sqlserver|clickhouse|cockroachdb|neo4j|bolt|cassandra|ldap|ldaps|jdbc|couchbase|influxdb|nats|kafka)(\+|$)/

/** An address with a user and a password (RFC 3986 §3.2.1); the password alone is the secret. */
function inspectUrl(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const schemeStart = skipBack(text, start, charset.scheme, start - 24)
  if (schemeStart === start) return
  let colon = -1
  let at = -1
  let index = end
  const limit = Math.min(text.length, end + 320)
  for (; index < limit; index++) {
    const code = text.charCodeAt(index)
    // these end the authority: RFC 3986 §3.2
    if (
      code === 47 ||
      code === 63 ||
      code === 35 ||
      code === BACKSLASH ||
      code > 126 ||
      isIn(code, charset.gap)
    )
      break
    if (code === 58 && colon < 0) colon = index
    if (code === 64) at = index
  }
  if (index === text.length && !scan.final) {
    holdFrom(scan, schemeStart)
    return
  }
  if (colon < 0 || at < colon + 4) return
  const password = text.slice(colon + 1, at)
  if (isTemplate(password)) return
  const host = text.charCodeAt(at + 1)
  if (!isIn(host, charset.A) && host !== 91 && host !== 36 && host !== 123) return
  const scheme = text.slice(schemeStart, start).toLowerCase()
  const kind = databaseSchemes.test(scheme) ? 'database-url' : 'url-password'
  const isDoubtful = isWeakPassword(password) || isDocumentationHost(text, at + 1)
  report(scan, kind, isDoubtful ? 'possible' : 'likely', colon + 1, at, schemeStart)
}

/** RFC 2606 keeps these names for documents. */
function isDocumentationHost(text: string, at: number): boolean {
  const host = text.slice(at, at + 24).toLowerCase()
  return host.startsWith('example.') || host.startsWith('www.example.')
}

function isTemplate(password: string): boolean {
  const first = password[0]!
  if ('$<{[%*'.includes(first) && !(first === '%' && isIn(password.charCodeAt(1), charset.X))) return true
  return password.includes('${') || password.includes('<masked') || /^[.*x]+$/i.test(password)
}

const weakPasswords = [
  'pass',
  'password',
  'passwd',
  'pwd',
  'secret',
  'user',
  'postgres',
  'root',
  'admin',
  'guest',
  'test',
  'example',
  'mypassword',
  'your',
]

function isWeakPassword(password: string): boolean {
  const lower = password.toLowerCase()
  return weakPasswords.includes(lower) || isPlaceholder(password)
}

/** `Authorization: Bearer …`: RFC 6750. Prose after the word fails the test for randomness. */
function inspectBearer(scan: Scan, start: number, end: number): void {
  inspectHeader(scan, start, end, false)
}

/** `Authorization: token …`; only there, since the word is common. */
function inspectTokenHeader(scan: Scan, start: number, end: number): void {
  inspectHeader(scan, start, end, true)
}

function inspectHeader(scan: Scan, start: number, end: number, needsHeader: boolean): void {
  const { text } = scan
  const named = text
    .slice(Math.max(0, start - 32), start)
    .toLowerCase()
    .includes('authorization')
  if (needsHeader && !named) return
  const close = skip(text, end, charset.bearer, end + 4_096)
  if (close === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const token = text.slice(end, close)
  if (token.length < (named ? 12 : 20) || isPlaceholder(token)) return
  if (!looksRandom(token.slice(0, 200))) return
  report(scan, 'authorization-header', isExample(token) ? 'possible' : 'likely', end, close, start)
}

function inspectBasic(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const close = skip(text, end, charset.E, end + 1_024)
  if (close === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  if (close - end < 8) return
  if (isBase64Pair(text.slice(end, close))) report(scan, 'authorization-header', 'certain', end, close, start)
}

/** `Server=…;Password=…`: JDBC, ADO, ODBC. */
function inspectConnectionPassword(scan: Scan, start: number, end: number): void {
  const { text } = scan
  let index = end
  const limit = Math.min(text.length, end + 160)
  while (
    index < limit &&
    text[index] !== ';' &&
    !isIn(text.charCodeAt(index), charset.gap) &&
    text.charCodeAt(index) < 127
  )
    index++
  if (index === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const before = text.slice(Math.max(0, start - 200), start).toLowerCase()
  if (!['server=', 'data source=', 'host=', 'addr', 'jdbc:', 'user'].some(word => before.includes(word)))
    return
  const password = text.slice(end, index)
  if (password.length < 3 || isTemplate(password)) return
  report(
    scan,
    'connection-string-password',
    isWeakPassword(password) ? 'possible' : 'likely',
    end,
    index,
    start,
  )
}

/** `curl -u user:password`. */
function inspectCurlUser(scan: Scan, start: number, end: number): void {
  const { text } = scan
  if (!text.slice(Math.max(0, start - 160), start).includes('curl')) return
  const userStart = isIn(text.charCodeAt(end), charset.quote) ? end + 1 : end
  const close = skipUntil(text, userStart, charset.gap, 160)
  if (close >= text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const colon = text.slice(userStart, close).indexOf(':') + userStart
  if (colon <= userStart || colon > close - 4 || text.startsWith('//', colon + 1)) return
  const password = text.slice(colon + 1, close)
  if (isTemplate(password)) return
  report(scan, 'url-password', isWeakPassword(password) ? 'possible' : 'likely', colon + 1, close, start)
}

/** The first index whose character is in the set or beyond ASCII. */
function skipUntil(text: string, at: number, set: number, longest: number): number {
  const limit = Math.min(text.length, at + longest)
  let index = at
  while (index < limit && !isIn(text.charCodeAt(index), set) && text.charCodeAt(index) < 127) index++
  return index
}

function inspectTotp(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const close = skip(text, end, charset.C | charset.V, end + 300)
  let uriEnd = close
  while (
    uriEnd < Math.min(text.length, end + 300) &&
    !isIn(text.charCodeAt(uriEnd), charset.gap) &&
    text.charCodeAt(uriEnd) < 127
  )
    uriEnd++
  if (uriEnd === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const named = text.slice(end, uriEnd).indexOf('secret=')
  if (named < 0) return
  const seed = end + named + 7
  const seedEnd = skip(text, seed, charset.T | charset.Q, uriEnd)
  if (seedEnd - seed >= 16) report(scan, 'totp-seed', 'likely', seed, seedEnd, start)
}

/** What only a look at whole runs of characters tells; called with every run of 24 or more. */
export function inspectRun(scan: Scan, start: number, end: number): void {
  if (end - start === 40) inspectAwsSecret(scan, start, end)
  if (end - start >= 27 && end - start <= 38) inspectDiscordToken(scan, start, end)
  inspectContext(scan, start, end)
  if (end - start >= 51 && end - start <= 58) inspectWalletKey(scan, start, end)
}

/** Forty characters of base64 shortly after an access key id. */
function inspectAwsSecret(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const before = text.slice(Math.max(0, start - 160), start)
  const id = Math.max(before.lastIndexOf('AKIA'), before.lastIndexOf('ASIA'))
  if (id < 0 || skip(before, id, charset.U, id + 20) !== id + 20) return
  if (countIn(text, start, end, charset.B) !== 40) return
  const secret = text.slice(start, end)
  if (!looksRandom(secret) || secret.toLowerCase() === secret) return
  report(scan, 'aws-secret-access-key', isExample(secret) ? 'possible' : 'likely', start, end)
}

/** A numeric id in base64, a time, a signature. */
function inspectDiscordToken(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const timeStart = start - 7
  if (text[start - 1] !== '.' || text[timeStart - 1] !== '.') return
  if (skip(text, timeStart, charset.S, start) !== start - 1) return
  const idStart = skipBack(text, timeStart - 1, charset.S, timeStart - 30)
  if (timeStart - 1 - idStart < 18 || timeStart - 1 - idStart > 28) return
  const id = decodeBase64(text.slice(idStart, timeStart - 1))
  if (id === undefined || id.length < 13 || countIn(id, 0, id.length, charset.D) !== id.length) return
  report(scan, 'discord-bot-token', 'certain', idStart, end)
}
