import { charset, isIn, skip, skipBack } from '../../charsets.ts'
import { holdFrom, report, type Scan } from '../../scan.ts'
import { isPrivateV4, isPrivateV6, readV4 } from './addresses.ts'

const LONGEST_HOST = 253
const LONGEST_URL = 2_048
const LONGEST_SCHEME = 20

/** Endings that no public name has: RFC 6762 appendix G, RFC 8375, and what ICANN keeps for private use. */
export const privateSuffixes: readonly string[] = [
  '.internal',
  '.local',
  '.localdomain',
  '.corp',
  '.lan',
  '.intra',
  '.intranet',
  '.private',
  '.home.arpa',
]

/** Endings that programs use for other things as well: `settings.local`, `this.internal`, `env.private`. */
const ambiguous = ['.internal', '.local', '.private']

/** Names in documents that stand for any host. */
const anyHost = [
  'host',
  'hostname',
  'server',
  'example',
  'domain',
  'your-host',
  'address',
  'url',
  'ip',
  'site',
  'localhost',
]

/** A host name that ends with `suffix`, which begins at `dot`. */
export function inspectHost(scan: Scan, dot: number, end: number, suffix: string): void {
  const { text } = scan
  const start = skipBack(text, dot, charset.L | charset.U | charset.S | charset.G, dot - LONGEST_HOST)
  if (end + 1 >= text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const name = text.slice(start, dot)
  if (goesOn(text, end) || !isHostName(name) || isPartOfWord(text, start)) return
  const isHost = name.includes('.') || isAddressed(text, start, end) || !ambiguous.includes(suffix)
  report(scan, 'internal-host', isHost ? 'likely' : 'possible', start, end)
}

function goesOn(text: string, end: number): boolean {
  const after = text.charCodeAt(end)
  if (isIn(after, charset.S) || text[end] === '(') return true
  return text[end] === '.' && isIn(text.charCodeAt(end + 1), charset.A)
}

/** Labels of small letters, digits and dashes. */
function isHostName(name: string): boolean {
  const labels = name.split('.')
  return labels.every(label => {
    const isLabel = label !== '' && skip(label, 0, charset.L | charset.S, label.length) === label.length
    return isLabel && label === label.toLowerCase() && !label.includes('_') && !label.startsWith('-')
  })
}

function isPartOfWord(text: string, start: number): boolean {
  return start > 0 && ('$#'.includes(text[start - 1]!) || isIn(text.charCodeAt(start - 1), charset.W))
}

/** Behind `//` or `@`, or before a port or path: used as a host. */
function isAddressed(text: string, start: number, end: number): boolean {
  if (text[start - 1] === '@' || text.startsWith('//', start - 2)) return true
  return text[end] === ':' && isIn(text.charCodeAt(end + 1), charset.D)
}

/** The address of a service inside, around its `://`. */
export function inspectInternalUrl(
  scan: Scan,
  colon: number,
  hostStart: number,
  suffixes: readonly string[],
): void {
  const { text } = scan
  const start = skipBack(text, colon, charset.Z, colon - LONGEST_SCHEME)
  if (start === colon) return
  const end = skipUrl(text, hostStart)
  if (end === text.length && !scan.final && end < start + LONGEST_URL) {
    holdFrom(scan, start)
    return
  }
  const authorityEnd = endOfAuthority(text, hostStart, end)
  const authority = text.slice(
    text.lastIndexOf('@', authorityEnd - 1) >= hostStart
      ? text.lastIndexOf('@', authorityEnd - 1) + 1
      : hostStart,
    authorityEnd,
  )
  const { host, hasPort } = splitPort(authority.toLowerCase())
  if (isInside(host, suffixes))
    report(scan, 'internal-url', 'likely', start, trimmed(text, authorityEnd, end))
  else if (isBareName(host))
    report(scan, 'internal-url', hasPort ? 'likely' : 'possible', start, trimmed(text, authorityEnd, end))
}

function skipUrl(text: string, from: number): number {
  const limit = Math.min(text.length, from + LONGEST_URL)
  let end = from
  while (
    end < limit &&
    text.charCodeAt(end) < 128 &&
    !isIn(text.charCodeAt(end), charset.gap) &&
    !'\\)]},;|'.includes(text[end]!)
  )
    end++
  return text[from] === '[' && end === from ? skipBracketed(text, from) : end
}

function skipBracketed(text: string, from: number): number {
  const close = text.indexOf(']', from)
  return close < 0 || close > from + 48 ? from : skipUrl(text, close + 1)
}

function endOfAuthority(text: string, from: number, end: number): number {
  for (let at = from; at < end; at++) if ('/?#'.includes(text[at]!)) return at
  return end
}

function splitPort(authority: string): { host: string; hasPort: boolean } {
  if (authority.startsWith('[')) return { host: authority.slice(1, authority.indexOf(']')), hasPort: true }
  const colon = authority.indexOf(':')
  return colon < 0 ? { host: authority, hasPort: false } : { host: authority.slice(0, colon), hasPort: true }
}

function isInside(host: string, suffixes: readonly string[]): boolean {
  const octets = readV4(host)
  if (octets) return isPrivateV4(octets)
  return isPrivateV6(host) || suffixes.some(suffix => host.endsWith(suffix) && host.length > suffix.length)
}

/** One label and no dot: only a resolver inside knows it. */
function isBareName(host: string): boolean {
  const isName = host.length > 1 && skip(host, 0, charset.L | charset.S, host.length) === host.length
  return isName && isIn(host.charCodeAt(0), charset.Z) && !host.includes('_') && !anyHost.includes(host)
}

/** A sentence's last stop is not of the address. */
function trimmed(text: string, least: number, end: number): number {
  let last = end
  while (last > least && '.!?:'.includes(text[last - 1]!)) last--
  return last
}
