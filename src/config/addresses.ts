import { BlockList, isIP, isIPv4, SocketAddress } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
loopback.addSubnet('::ffff:127.0.0.0', 104, 'ipv6')

/**
 * An address or range taken apart; undefined when the text is neither. A v4-mapped one is v4: `::ffff:0:0/96` is all of
 * IPv4, and must not pass as a narrow range of v6.
 */
export function parseRange(text: string): { address: string; prefix: number; bits: 32 | 128 } | undefined {
  const [address = '', prefixText, ...rest] = text.split('/')
  // A zone (`fe80::1%eth0`) names an interface of one machine, not a range.
  if (isIP(address) === 0 || address.includes('%') || rest.length > 0) return undefined
  const bits = isIPv4(address) ? 32 : 128
  if (prefixText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefixText)) return undefined
  const prefix = prefixText === undefined ? bits : Number(prefixText)
  if (prefix > bits) return undefined
  const mapped = bits === 128 && prefix >= MAPPED_BITS ? mappedV4(address) : undefined
  return mapped ? { address: mapped, prefix: prefix - MAPPED_BITS, bits: 32 } : { address, prefix, bits }
}

const MAPPED = '::ffff:'
const MAPPED_BITS = 96

function mappedV4(address: string): string | undefined {
  const { address: shortened } = new SocketAddress({ address, family: 'ipv6' })
  const rest = shortened.startsWith(MAPPED) ? shortened.slice(MAPPED.length) : ''
  return isIPv4(rest) ? rest : undefined
}

/** Whether the text is an IP address or a range in CIDR notation. */
export function isAddressOrRange(text: string): boolean {
  return parseRange(text) !== undefined
}

/** Whether the text can name something to listen on. An empty host means every interface to Node, so it is refused. */
export function isHost(text: string): boolean {
  return (
    isIP(text) !== 0 ||
    (text.length <= 253 && /^(?!-)[A-Za-z0-9-]{1,63}(\.(?!-)[A-Za-z0-9-]{1,63})*$/.test(text))
  )
}

/** Whether a host is this machine only. A name other than `localhost` may resolve to anything, so it is not. */
export function isLoopbackHost(host: string): boolean {
  const plain = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  if (plain.toLowerCase() === 'localhost') return true
  const family = isIP(plain)
  return family !== 0 && loopback.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}
