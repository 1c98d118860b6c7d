/** What a host is: `local` is this machine, `link-local` and `metadata` are what a cloud answers its machines on. */
export type HostKind = 'public' | 'local' | 'private' | 'link-local' | 'metadata'

/** `reserved` is what no public host has: examples of documents, tunnels given up, space not handed out. */
export type AddressKind = HostKind | 'reserved'

/** Where clouds tell a machine its own credentials. */
const metadataAddresses: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
])

/**
 * Classifies an address in its usual spelling, v4 in four decimal numbers or v6 without a zone, by the special-purpose
 * registries (RFC 6890). A v6 address that carries a v4 one is as that is. What cannot be read is `private`.
 */
export function addressKind(address: string): AddressKind {
  return address.includes(':') ? ipv6Kind(address) : ipv4Kind(address.split('.').map(Number))
}

function ipv4Kind(octets: readonly number[]): AddressKind {
  const [a = 0, b = 0, c = 0] = octets
  if (octets.length !== 4 || !octets.every(octet => octet >= 0 && octet <= 255)) return 'private'
  if (metadataAddresses.has(octets.join('.'))) return 'metadata'
  if (a === 127 || octets.every(octet => octet === 0)) return 'local'
  if (a === 169 && b === 254) return 'link-local'
  const isPrivate =
    a === 0 ||
    a === 10 ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b <= 127) ||
    (a === 198 && (b === 18 || b === 19)) ||
    (a === 192 && b === 0 && c === 0) ||
    a >= 224
  if (isPrivate) return 'private'
  const isReserved =
    (a === 192 && b === 0 && c === 2) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113) ||
    (a === 192 && b === 88 && c === 99)
  return isReserved ? 'reserved' : 'public'
}

function ipv6Kind(text: string): AddressKind {
  const groups = expandIpv6(text)
  if (!groups) return 'private'
  const [first = 0, second = 0] = groups
  const carried = carriedIpv4(groups)
  if (groups.slice(0, 7).every(group => group === 0)) return groups[7]! <= 1 ? 'local' : 'private'
  if (carried) return ipv4Kind(carried)
  if (first === 0xfd00 && second === 0xec2 && groups[7] === 0x254) return 'metadata'
  if ((first & 0xffc0) === 0xfe80) return 'link-local'
  const isPrivate =
    (first & 0xfe00) === 0xfc00 ||
    (first & 0xff00) === 0xff00 ||
    (first & 0xffc0) === 0xfec0 ||
    (first === 0x64 && second === 0xff9b)
  if (isPrivate) return 'private'
  const isReserved =
    (first & 0xe000) !== 0x2000 ||
    (first === 0x2001 && second < 0x200) ||
    (first === 0x2001 && second === 0xdb8) ||
    (first === 0x3fff && second < 0x1000)
  return isReserved ? 'reserved' : 'public'
}

/** The v4 address inside a v4-mapped, v4-translated, v4-compatible, NAT64, 6to4 or ISATAP one. */
function carriedIpv4(groups: readonly number[]): number[] | undefined {
  const octetsAt = (index: number) => [
    groups[index]! >> 8,
    groups[index]! & 255,
    groups[index + 1]! >> 8,
    groups[index + 1]! & 255,
  ]
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = groups
  if (a === 0x2002) return octetsAt(1)
  if (f === 0x5efe && (e === 0 || e === 0x200)) return octetsAt(6)
  if (b === 0xff9b && a === 0x64 && c === 0 && d === 0 && e === 0 && f === 0) return octetsAt(6)
  const isZeroHead = a === 0 && b === 0 && c === 0 && d === 0
  if (isZeroHead && ((e === 0 && (f === 0 || f === 0xffff)) || (e === 0xffff && f === 0))) return octetsAt(6)
  return undefined
}

function expandIpv6(text: string): number[] | undefined {
  const [head = '', tail, ...more] = withoutDots(text).split('::')
  if (more.length > 0) return undefined
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  const fill = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array<string>(Math.max(0, fill)).fill('0'), ...right].map(group =>
    Number.parseInt(group, 16),
  )
  return groups.length === 8 && groups.every(group => group >= 0 && group <= 0xffff) ? groups : undefined
}

/** The last two groups in hexadecimal where they are written as v4. */
function withoutDots(text: string): string {
  if (!text.includes('.')) return text
  const start = text.lastIndexOf(':') + 1
  const [a = 0, b = 0, c = 0, d = 0] = text.slice(start).split('.').map(Number)
  return `${text.slice(0, start)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}
