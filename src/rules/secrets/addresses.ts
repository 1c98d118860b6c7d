import type { Grade } from '../../access/finding.ts'
import { charset, isIn, skip, skipBack } from './charsets.ts'
import { isWeakPassword } from './examples.ts'
import { defineLandmarks, isBehind } from './landmarks.ts'
import { OPEN } from './pattern.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'

const BACKSLASH = 92
const USER_LONGEST = 96
const BRACED_LONGEST = 96

/** Passwords in addresses, connection strings and the arguments that stand for them. */
export function addressTriggers(): Trigger[] {
  return [
    { literal: '://', exact: true, inspect: inspectUrl },
    { literal: 'jdbc:oracle:', exact: true, inspect: inspectOracle },
    ...['@tcp(', '@unix('].map(literal => ({ literal, exact: true, inspect: inspectGoAddress })),
    { literal: '@//', exact: true, inspect: inspectOracleAddress },
    { literal: ';password=', exact: false, inspect: inspectConnectionPassword },
    { literal: ';pwd=', exact: false, inspect: inspectConnectionPassword },
    { literal: ' -u ', exact: true, inspect: inspectCurlUser },
    { literal: ' --user ', exact: true, inspect: inspectCurlUser },
  ]
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
  // the method of CVS comes first, and an anonymous user needs no password: `cvs://:pserver:anoncvs@host`
  if (isTemplate(password) || password === 'pserver:anoncvs' || password === 'pserver:anonymous') return
  const first = text.charCodeAt(at + 1)
  if (!isIn(first, charset.A) && first !== 91 && first !== 36 && first !== 123) return
  const scheme = text.slice(schemeStart, start).toLowerCase()
  const kind = databaseSchemes.test(scheme) ? 'database-url' : 'url-password'
  const grade = gradeAddress(text.slice(end, colon), password, hostAt(text, at + 1, index))
  if (grade) report(scan, kind, grade, colon + 1, at, schemeStart)
}

/** A weak password of a host that documents speak of is an example. */
function gradeAddress(user: string, password: string, host: string): Grade | undefined {
  const isShown = isDocumentationHost(host)
  if (isWeakPassword(password, user) || (isShown && password.length < 4))
    return isShown || (isPlaceholderPair(user, password) && vagueHosts.has(host)) ? undefined : 'possible'
  return host.startsWith('example.') || host.startsWith('www.example.') ? 'possible' : 'likely'
}

/** `jdbc:oracle:thin:user/password@host`. */
function inspectOracle(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const at = skipUntil(text, end, charset.gap, 160)
  if (at >= text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const address = text.slice(end, at)
  const sign = address.indexOf('@')
  const slash = address.indexOf('/')
  if (slash < 0 || sign < slash + 4) return
  const password = address.slice(slash + 1, sign)
  if (isTemplate(password)) return
  const isWeak = isWeakPassword(password)
  if (isWeak && isDocumentationHost(hostAt(text, end + sign + 1, at))) return
  report(scan, 'database-url', isWeak ? 'possible' : 'likely', end + slash + 1, end + sign, start)
}

/** `user:password@tcp(host:3306)/database` of the MySQL driver for Go. */
function inspectGoAddress(scan: Scan, start: number): void {
  inspectUserBefore(scan, start, ':')
}

/** `user/password@//host:1521/service` of Oracle's clients. */
function inspectOracleAddress(scan: Scan, start: number): void {
  inspectUserBefore(scan, start, '/')
}

function inspectUserBefore(scan: Scan, end: number, sign: string): void {
  const { text } = scan
  let start = end
  const limit = Math.max(0, end - USER_LONGEST)
  while (start > limit && isIn(text.charCodeAt(start - 1), charset.run) && !'@?&='.includes(text[start - 1]!))
    start--
  const pair = text.slice(start, end)
  const at = pair.indexOf(sign)
  const password = pair.slice(at + 1)
  if (at < 1 || password.length < 3 || isTemplate(password) || isTemplate(pair) || password.includes('/'))
    return
  if (isPlaceholderPair(pair.slice(0, at), password)) return
  report(scan, 'database-url', isWeakPassword(password) ? 'possible' : 'likely', start + at + 1, end, start)
}

/** RFC 2606 keeps these names for documents; others call a host what it is. */
function isDocumentationHost(host: string): boolean {
  const labels = host.split('.')
  const last = labels.at(-1)!
  if (labels[0] === 'host' || labels[0] === 'hostname') return true
  if (last === 'example' || last === 'test' || last === 'invalid' || labels[0] === 'example') return true
  return labels.at(-2) === 'example' && (last === 'com' || last === 'net' || last === 'org')
}

/** Hosts that stand in for any, where the user and the password do as well. */
const vagueHosts = new Set(['localhost', '127.0.0.1', 'proxy', 'server', 'endpoint', 'domain'])

/** The name of the host, in lower case, without the dot of the root. */
function hostAt(text: string, at: number, limit: number): string {
  const host = text.slice(at, skip(text, at, charset.G, limit)).toLowerCase()
  return host.endsWith('.') ? host.slice(0, -1) : host
}

/** `user:pass` and the like: what the two parts of the pair are called. */
function isPlaceholderPair(user: string, password: string): boolean {
  return placeholderUsers.has(user.toLowerCase()) && placeholderPasswords.has(password.toLowerCase())
}

const placeholderUsers = new Set(['user', 'username', 'usr', 'login', 'abc'])
const placeholderPasswords = new Set(['pass', 'password', 'passwd', 'pwd', 'pw', 'secret', 'xyz'])

function isTemplate(password: string): boolean {
  const first = password[0]!
  if ('$<{[%*'.includes(first) && !(first === '%' && isIn(password.charCodeAt(1), charset.X))) return true
  return password.includes('${') || password.includes('<masked') || /^[.*x]+$/i.test(password)
}

const servers = defineLandmarks(['server=', 'data source=', 'host=', 'addr', 'jdbc:', 'user'], 200)

/** `Server=…;Password=…`: JDBC, ADO, ODBC. */
function inspectConnectionPassword(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const braces = endOfBraces(scan, end)
  if (braces === OPEN) {
    holdFrom(scan, start)
    return
  }
  if (braces > 0) {
    report(scan, 'connection-string-password', 'likely', end + 1, braces, start)
    return
  }
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
  if (index - end < 3 || !isBehind(scan, servers, start)) return
  const password = text.slice(end, index)
  if (isTemplate(password)) return
  report(
    scan,
    'connection-string-password',
    isWeakPassword(password) ? 'possible' : 'likely',
    end,
    index,
    start,
  )
}

const curl = defineLandmarks(['curl'], 160, true)
/** A value in braces may hold anything, and two of the closing ones stand for one: the place of the last. 0 for none, or a template. */
function endOfBraces({ text, final }: Scan, at: number): number {
  if (text[at] !== '{') return 0
  const limit = Math.min(text.length, at + BRACED_LONGEST)
  let index = at + 1
  while (index < limit && (text[index] !== '}' || text[index + 1] === '}') && !'{\n"'.includes(text[index]!))
    index += text[index] === '}' ? 2 : 1
  if (index + 1 >= text.length && !final) return OPEN
  const isClosed = text[index] === '}' && text[index + 1] === ';'
  return isClosed && skip(text, at + 1, charset.G, index) < index && text[at + 1] !== '{' ? index : 0
}

/** `curl -u user:password`. */
function inspectCurlUser(scan: Scan, start: number, end: number): void {
  const { text } = scan
  if (!isBehind(scan, curl, start)) return
  const userStart = isIn(text.charCodeAt(end), charset.quote) ? end + 1 : end
  const close = skipUntil(text, userStart, charset.gap, 160)
  if (close >= text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const colon = text.slice(userStart, close).indexOf(':') + userStart
  if (colon <= userStart || colon > close - 4 || text.startsWith('//', colon + 1)) return
  const password = text.slice(colon + 1, close)
  if (isTemplate(password) || isPlaceholderPair(text.slice(userStart, colon), password)) return
  report(scan, 'url-password', isWeakPassword(password) ? 'possible' : 'likely', colon + 1, close, start)
}

/** The first index whose character is in the set or beyond ASCII. */
function skipUntil(text: string, at: number, set: number, longest: number): number {
  const limit = Math.min(text.length, at + longest)
  let index = at
  while (index < limit && !isIn(text.charCodeAt(index), set) && text.charCodeAt(index) < 127) index++
  return index
}
