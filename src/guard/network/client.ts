import type { Context } from '../../access/request.ts'
import { type AddressSet, normalAddress } from './addresses.ts'

/** Who really sent a request, and whether every leg we know of was protected. */
export type Client =
  /** A unix socket or a call in this process: the operating system vouches, there is no address. */
  | { readonly kind: 'in-machine' }
  | {
      readonly kind: 'network'
      /** The socket's other end. */
      readonly peer: string
      /** The sender behind the trusted proxies; the peer when there is none. */
      readonly address: string
      readonly encrypted: boolean
      /** Forwarding headers came from a peer that is no trusted proxy; they were not believed. */
      readonly unlistedProxy: boolean
    }
  | { readonly kind: 'malformed'; readonly why: string }

const LONGEST_HEADER = 2048

/**
 * Works out the sender. Forwarding headers count only from a peer in `trusted`; the list is walked from the right,
 * because each proxy appends what it saw and everything further left is the sender's own claim.
 */
export function findClient(network: Context['network'], trusted: AddressSet): Client {
  const peer = normalAddress(network.address)
  if (peer === null) {
    return network.local ? { kind: 'in-machine' } : malformed('the peer has no IP address')
  }
  const { forwardedFor, forwardedProto, encrypted } = network
  const isForwarded = forwardedFor !== undefined || forwardedProto !== undefined
  if (!trusted.has(peer)) {
    return { kind: 'network', peer, address: peer, encrypted, unlistedProxy: isForwarded }
  }
  const address = forwardedFor === undefined ? peer : walk(forwardedFor, trusted)
  if (address === null) return malformed('`X-Forwarded-For` is not a list of addresses')
  const isSecure = forwardedProto === undefined ? encrypted && !isForwarded : areAllHttps(forwardedProto)
  if (isSecure === null) return malformed('`X-Forwarded-Proto` is neither http nor https')
  return { kind: 'network', peer, address, encrypted: isSecure, unlistedProxy: false }
}

/** The first address from the right that is no trusted proxy; the leftmost when all are; null when one is none. */
function walk(header: string, trusted: AddressSet): string | null {
  if (header.length > LONGEST_HEADER) return null
  const addresses: string[] = []
  for (const entry of header.split(',')) {
    const address = forwardedAddress(entry.trim())
    if (address === null) return null
    addresses.push(address)
  }
  return addresses.findLast(address => !trusted.has(address)) ?? addresses[0] ?? null
}

/** `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`. */
function forwardedAddress(entry: string): string | null {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(entry)?.[1]
  if (bracketed !== undefined) return bracketed.includes(':') ? normalAddress(bracketed) : null
  const withPort = /^([\d.]+):\d{1,5}$/.exec(entry)?.[1]
  return normalAddress(withPort ?? entry)
}

/** Each proxy may have added its own leg; one plain leg makes the whole way plain. Null when a word is unknown. */
function areAllHttps(header: string): boolean | null {
  if (header.length > LONGEST_HEADER) return null
  const legs = header.split(',').map(leg => leg.trim().toLowerCase())
  if (legs.some(leg => leg !== 'http' && leg !== 'https')) return null
  return legs.every(leg => leg === 'https')
}

function malformed(why: string): Client {
  return { kind: 'malformed', why }
}
