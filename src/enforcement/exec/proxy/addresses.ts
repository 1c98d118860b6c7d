import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import { normalAddress } from '../../../guard/network/addresses.ts'
import { addressKind } from '../../../rules/paths/address-kind.ts'

/** All addresses of a name. Throws when it has none. */
export type Resolve = (name: string) => Promise<readonly string[]>

export const systemResolve: Resolve = async name => {
  const found = await lookup(name, { all: true, order: 'verbatim' })
  return found.map(({ address }) => address)
}

/** The addresses by which this machine can be reached. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap(found => (found ?? []).map(({ address }) => address))
}

/**
 * The addresses of a resolver's answer in their one spelling, or null when one of them is not public: an honest name has no
 * private address beside its public ones, a name that is being rebound does.
 */
export function publicAddresses(answer: readonly string[], own: readonly string[]): string[] | null {
  const mine = new Set(own.map(normalAddress))
  const normal = answer.map(normalAddress)
  const isPublic = (address: string | null): address is string =>
    address !== null && addressKind(address) === 'public' && !mine.has(address)
  return normal.every(isPublic) ? [...new Set(normal)] : null
}
