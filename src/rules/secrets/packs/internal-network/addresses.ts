import { charset, isIn, skip } from '../../charsets.ts'
import { holdFrom, report, type Scan } from '../../scan.ts'

const LONGEST_V4 = 15
const LONGEST_V6 = 45

/** Where clouds tell a machine its own credentials. */
const metadataAddresses = [
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
]

/** RFC 1918, link-local, and the shared space of RFC 6598; what means this machine is none of them. */
export function isPrivateV4(octets: readonly number[]): boolean {
  const [a, b] = octets as [number, number]
  if (a === 10 || (a === 192 && b === 168) || (a === 169 && b === 254)) return true
  return (a === 172 && b >= 16 && b <= 31) || (a === 100 && b >= 64 && b <= 127)
}

/** The four numbers of an address, or null. */
export function readV4(text: string): number[] | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const octets = parts.map(part =>
    part.length > 0 && part.length <= 3 && isNumber(part) ? Number(part) : 256,
  )
  return octets.some(octet => octet > 255) ? null : octets
}

function isNumber(part: string): boolean {
  return skip(part, 0, charset.D, part.length) === part.length
}

/** An IPv4 address that begins with the digit at `at`. */
export function inspectV4(scan: Scan, at: number): void {
  const { text } = scan
  if (isInside(text, at)) return
  const end = skipDotted(text, at)
  if (end + 1 >= text.length && !scan.final) {
    holdFrom(scan, at)
    return
  }
  const octets = readV4(text.slice(at, end))
  if (octets === null || !endsThere(text, end)) return
  const isMetadata = metadataAddresses.includes(text.slice(at, end))
  if (!isMetadata && !isPrivateV4(octets)) return
  // a whole network, as documents name it
  const isNetwork = text[end] === '/' && octets[3] === 0
  const kind = isMetadata ? 'internal-metadata-address' : 'internal-address'
  report(scan, kind, isNetwork ? 'possible' : 'likely', at, end)
}

function skipDotted(text: string, at: number): number {
  let end = at
  const limit = Math.min(text.length, at + LONGEST_V4 + 1)
  while (end < limit && (isIn(text.charCodeAt(end), charset.D) || text[end] === '.')) end++
  return text[end - 1] === '.' ? end - 1 : end
}

/** Behind a word, a dot or a dash it is a part of a version, a name or a longer number. */
function isInside(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1)
  return isIn(before, charset.W) || before === 46 || before === 45
}

function endsThere(text: string, end: number): boolean {
  const after = text.charCodeAt(end)
  if (isIn(after, charset.W)) return false
  return !(after === 46 || after === 45) || !isIn(text.charCodeAt(end + 1), charset.A)
}

/** An IPv6 address that begins with the two or more characters of a private prefix: fc00::/7 and fe80::/10. */
export function inspectV6(scan: Scan, start: number): void {
  const { text } = scan
  const before = text[start - 1]
  if (before === ':' || before === '.') return
  let end = start
  const limit = Math.min(text.length, start + LONGEST_V6)
  while (end < limit && (isIn(text.charCodeAt(end), charset.X) || text[end] === ':')) end++
  if (end === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const address = text.slice(start, end).toLowerCase()
  if (isIn(text.charCodeAt(end), charset.W) || !isPrivateV6(address)) return
  const kind = metadataAddresses.includes(address) ? 'internal-metadata-address' : 'internal-address'
  // a whole network, as documents name it
  report(scan, kind, text[end] === '/' && address.endsWith('::') ? 'possible' : 'likely', start, end)
}

export function isPrivateV6(address: string): boolean {
  const groups = address.split(':')
  const first = groups[0]!
  const isPrivate =
    first.length === 4 && (first.startsWith('fc') || first.startsWith('fd') || first === 'fe80')
  if (!isPrivate || groups.length > 8 || groups.some(group => group.length > 4)) return false
  const gaps = address.split('::').length - 1
  return gaps === 1 ? !address.endsWith(':::') : gaps === 0 && groups.length === 8 && !groups.includes('')
}
