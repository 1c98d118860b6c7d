import { BlockList, isIP, SocketAddress } from 'node:net'
import { parseRange } from '../../config/addresses.ts'
import { PortcullisError } from '../../kernel/errors.ts'

const LONGEST_ADDRESS = 64

const MAPPED_V4 = '::ffff:'

/**
 * The one spelling of an address: v4-mapped v6 as v4, v6 shortened and lower case, without a zone.
 * Null for anything `net.isIP` does not know, so `127.1` and `0177.0.0.1` are no addresses.
 */
export function normalAddress(text: string): string | null {
  if (text.length > LONGEST_ADDRESS) return null
  const family = isIP(text)
  if (family === 0) return null
  if (family === 4) return text
  // A zone says through which of our interfaces, not who.
  const [bare = ''] = text.split('%', 1)
  const address = new SocketAddress({ address: bare, family: 'ipv6' }).address
  const mapped = address.startsWith(MAPPED_V4) ? address.slice(MAPPED_V4.length) : ''
  return isIP(mapped) === 4 ? mapped : address
}

/** Who counts as one sender: a v4 address, or a v6 /64, because whoever has one v6 address has that many. */
export function senderOf(address: string): string {
  if (isIP(address) === 4) return address
  const [head = '', tail] = address.split('::', 2)
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - front.length - back.length
  return `${[...front, ...new Array<string>(gap).fill('0'), ...back].slice(0, 4).join(':')}::/64`
}

/** A set of addresses and ranges. */
export interface AddressSet {
  readonly isEmpty: boolean
  /** `address` must come from `normalAddress`. */
  has(address: string): boolean
}

interface Range {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Reads a list of the configuration; throws `config.invalid` naming the entry that is none. */
export function createAddressSet(texts: readonly string[], key: string): AddressSet {
  return setOf(texts.map((text, index) => readRange(text, `${key}[${index}]`)))
}

const WIDEST_PROXY_RANGE = { ipv4: 8, ipv6: 16 } as const

/** Like `createAddressSet`, but refuses ranges so wide that strangers would be believed. */
export function createProxySet(texts: readonly string[], key: string): AddressSet {
  const ranges = texts.map((text, index) => readRange(text, `${key}[${index}]`))
  for (const [index, { prefix, family }] of ranges.entries()) {
    if (prefix >= WIDEST_PROXY_RANGE[family]) continue
    throw new PortcullisError(
      'config.invalid',
      `\`${key}[${index}]\` is \`${texts[index]}\`, so that almost anybody could claim any address`,
      'list the proxies one by one, or a range that is yours alone',
    )
  }
  return setOf(ranges)
}

function setOf(ranges: readonly Range[]): AddressSet {
  // Two lists, because one would find a v4 address in `::/8` through its v4-mapped spelling.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const { address, prefix, family } of ranges) lists[family].addSubnet(address, prefix, family)
  return {
    isEmpty: ranges.length === 0,
    has(address) {
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
      return lists[family].check(address, family)
    },
  }
}

function readRange(text: string, place: string): Range {
  const range = parseRange(text)
  if (range === undefined) {
    throw new PortcullisError(
      'config.invalid',
      `\`${place}\` is \`${text}\`, which is neither an address nor a range`,
      'write it like 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32',
    )
  }
  const { address, prefix, bits } = range
  return { address, prefix, family: bits === 32 ? 'ipv4' : 'ipv6' }
}
