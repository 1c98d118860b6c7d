import { charset, isIn, skipBack } from './charsets.ts'
import { isWeakPassword } from './examples.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'

const BACKSLASH = 92

/** Passwords in addresses, connection strings and the arguments that stand for them. */
export function addressTriggers(): Trigger[] {
  return [
    { literal: '://', exact: true, inspect: inspectUrl },
    { literal: 'jdbc:oracle:', exact: true, inspect: inspectOracle },
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
  if (isTemplate(password)) return
  const host = text.charCodeAt(at + 1)
  if (!isIn(host, charset.A) && host !== 91 && host !== 36 && host !== 123) return
  const scheme = text.slice(schemeStart, start).toLowerCase()
  const kind = databaseSchemes.test(scheme) ? 'database-url' : 'url-password'
  const isDoubtful = isWeakPassword(password, text.slice(end, colon)) || isDocumentationHost(text, at + 1)
  report(scan, kind, isDoubtful ? 'possible' : 'likely', colon + 1, at, schemeStart)
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
  report(
    scan,
    'database-url',
    isWeakPassword(password) ? 'possible' : 'likely',
    end + slash + 1,
    end + sign,
    start,
  )
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
