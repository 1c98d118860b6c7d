import { charset, countIn, isByteIn } from './charsets.ts'
import { createWordTest, isPlaceholder } from './examples.ts'
import { rarity } from './rarity.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'
import { looksRandom } from './tokens.ts'

const COOKIES_LONGEST = 4_096

/** Secrets that a sign-in leaves in a line: passwords of password files, cookies, hashes. */
export function signInTriggers(): Trigger[] {
  return [
    { literal: 'cookie: ', exact: false, inspect: inspectCookies },
    ...[':5432:', ':6432:', ':*:'].map(literal => ({ literal, exact: true, inspect: inspectPasswordFile })),
    ...['1', '2a', '2b', '2y', '5', '6', 'y', 'gy', 'apr1', '7'].map(scheme => ({
      literal: `:$${scheme}$`,
      exact: true,
      inspect: inspectHash,
    })),
  ]
}

/** `Cookie:` and `Set-Cookie:` (RFC 6265): values of names that carry a session. */
function inspectCookies(scan: Scan, start: number, end: number): void {
  const { text, bytes } = scan
  const close = endOf(scan, end, charset.line, COOKIES_LONGEST, at => isHeaderStart(bytes, at))
  if (close >= text.length && !scan.final && close < end + COOKIES_LONGEST) {
    holdFrom(scan, start)
    return
  }
  let at = end
  for (const pair of text.slice(end, close).split(';')) {
    const equals = pair.indexOf('=')
    const valueStart = at + equals + 1
    const pairEnd = at + pair.length
    if (equals > 0 && isSession(pair.slice(0, equals).trim(), pair.slice(equals + 1)))
      report(scan, 'session-cookie', 'likely', valueStart, pairEnd, start)
    at = pairEnd + 1
  }
}

function isSession(name: string, value: string): boolean {
  if (value.length < 16 || !namesSession(name) || isPlaceholder(value)) return false
  return looksRandom(sessionPart(value))
}

const holdsSessionWord = createWordTest(['sess', 'auth', 'token', 'jwt', 'login', 'remember', 'identity'])

/** Whether a cookie of this name carries a session; prefixes are those of RFC 6265bis. */
function namesSession(name: string): boolean {
  const lower = name.toLowerCase()
  return (
    holdsSessionWord(name) ||
    lower.endsWith('sid') ||
    lower.startsWith('__host-') ||
    lower.startsWith('__secure-')
  )
}

/** Hexadecimal capitals are as rare as small ones. */
function sessionPart(value: string): string {
  const head = value.slice(0, 200)
  return countIn(head, 0, head.length, charset.X) === head.length ? head.toLowerCase() : head
}

/** `host:5432:database:user:password`, one line each: .pgpass. */
function inspectPasswordFile(scan: Scan, start: number, end: number): void {
  const { text, bytes } = scan
  if (bytes[end] === 58) return
  let colons = 0
  const close = endOf(scan, end, charset.gap, 200, at => bytes[at] === 58 && ++colons > 4)
  if (close >= text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  if (colons < 2) return
  const line = text.slice(end, close)
  const user = line.indexOf(':') + 1
  const passwordAt = line.indexOf(':', user) + 1
  const password = line.slice(passwordAt)
  // neither the database nor the user may be missing
  if (user === 1 || passwordAt === user + 1 || password.length < 6) return
  if (password.includes('/') || isPlaceholder(password)) return
  const digits = countIn(password, 0, password.length, charset.D)
  if (digits === password.replaceAll(':', '').length) return
  if (digits === 0 && rarity(password) < 5) return
  report(scan, 'generic-password', 'likely', close - password.length, close, start)
}

/** `root:$6$salt$hash`: a line of /etc/shadow or .htpasswd. */
function inspectHash(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const close = endOf(scan, end, charset.hashEnd, 160)
  if (close >= text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  if (close - end >= 24 && looksRandom(text.slice(end, close)))
    report(scan, 'password-hash', 'likely', start + 1, close, start)
}

/** A colon and a blank begin another header: no cookie holds them. */
function isHeaderStart(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 58 && bytes[at + 1] === 32
}

/** The first index whose character is in the set or beyond ASCII, or where `stops` says so. */
function endOf(
  { text, bytes }: Scan,
  at: number,
  set: number,
  longest: number,
  stops?: (at: number) => boolean,
): number {
  const limit = Math.min(text.length, at + longest)
  let index = at
  while (index < limit && !isByteIn(bytes[index]!, set) && bytes[index]! < 127 && !stops?.(index)) index++
  return index
}
