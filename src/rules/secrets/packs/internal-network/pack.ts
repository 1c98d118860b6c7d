import type { Trigger } from '../../scan.ts'
import { digitTriggers, type Pack } from '../pack.ts'
import { inspectV4, inspectV6 } from './addresses.ts'
import { inspectHost, inspectInternalUrl, privateSuffixes } from './hosts.ts'

/** What tells about a network: class `internal`, rules `internal.<kind>`. `ownSuffixes` are further endings of host names. */
export function internalNetworkPack(ownSuffixes: readonly string[] = []): Pack {
  const suffixes = [...new Set([...privateSuffixes, ...ownSuffixes.map(withDot)])]
  return {
    kinds: ['internal-address', 'internal-host', 'internal-metadata-address', 'internal-url'],
    triggers: [
      ...digitTriggers(inspectV4),
      ...['fc', 'fd', 'fe80:'].map(
        (literal): Trigger => ({ literal, exact: false, bounded: true, inspect: inspectV6 }),
      ),
      ...suffixes.map(
        (literal): Trigger => ({
          literal,
          exact: true,
          inspect: (scan, start, end) => inspectHost(scan, start, end, literal),
        }),
      ),
      {
        literal: '://',
        exact: true,
        inspect: (scan, start, end) => inspectInternalUrl(scan, start, end, suffixes),
      },
    ],
  }
}

function withDot(suffix: string): string {
  const name = suffix.toLowerCase()
  return name.startsWith('.') ? name : `.${name}`
}
