import { domainToASCII } from 'node:url'
import { PortcullisError } from '../../../kernel/errors.ts'
import { addressKind } from '../../../rules/paths/address-kind.ts'
import { isBlockedPort } from './blocked-ports.ts'
import { type Host, parseAuthority, parseHost, type Target } from './host.ts'

/** The ports of a rule that names none. */
const WEB_PORTS: readonly number[] = [80, 443]

const WILDCARD = '*.'

/** The allow list. An empty one allows nothing (CVE-2025-66479). */
export interface HostRules {
  judge(target: Target): 'allowed' | 'host-not-listed' | 'port-not-listed'
  /** Whether some rule names this host, on any port. */
  names(host: Host): boolean
}

/**
 * Reads rules `host[:port]`. Without a port a rule means 80 and 443. `*.example.com` means every name below `example.com`, at
 * any depth, and not `example.com` itself. An address is allowed only where it is listed as one, then also a private one.
 * Throws `config.invalid`, naming the entry, for what it cannot read and for what would open too much.
 */
export function readHostRules(texts: readonly string[], placeOf: (index: number) => string): HostRules {
  const exact = new Map<string, Set<number>>()
  const below = new Map<string, Set<number>>()
  for (const [index, text] of texts.entries()) {
    const { isWildcard, host, ports } = readRule(text, placeOf(index))
    const map = isWildcard ? below : exact
    map.set(host.text, new Set([...(map.get(host.text) ?? []), ...ports]))
  }
  return {
    judge({ host, port }) {
      const listed = portsOf(host)
      if (listed.length === 0) return 'host-not-listed'
      return listed.some(ports => ports.has(port)) ? 'allowed' : 'port-not-listed'
    },
    names: host => portsOf(host).length > 0,
  }

  function portsOf(host: Host): Set<number>[] {
    const found = [exact.get(host.text)]
    if (host.kind === 'name') found.push(...parentsOf(host.text).map(parent => below.get(parent)))
    return found.filter(ports => ports !== undefined)
  }
}

function parentsOf(name: string): string[] {
  const labels = name.split('.')
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join('.'))
}

interface Rule {
  readonly isWildcard: boolean
  readonly host: Host
  readonly ports: readonly number[]
}

function readRule(text: string, place: string): Rule {
  const refuse = (fact: string, remedy: string) =>
    new PortcullisError('config.invalid', `${place} is \`${printable(text)}\`, ${fact}`, remedy)
  const isWildcard = text.startsWith(WILDCARD)
  const rest = isWildcard ? text.slice(WILDCARD.length) : text
  const read = readTarget(rest)
  if (read === 'malformed-port')
    throw refuse('whose port is no number from 1 to 65535', 'write it like example.com:8443')
  if (read === 'malformed-host') throw refuse('which is neither a host nor an address', remedyFor(rest))
  const problem = tooOpen(read.host, isWildcard)
  if (problem) throw refuse(...problem)
  const blocked = read.ports.find(isBlockedPort)
  if (blocked !== undefined)
    throw refuse(
      `and port ${blocked} is blocked`,
      'no rule opens this port; do what needs it outside of the sandbox',
    )
  return { isWildcard, ...read }
}

function readTarget(text: string): Omit<Rule, 'isWildcard'> | 'malformed-host' | 'malformed-port' {
  const bare = parseHost(text)
  if (bare) return { host: bare, ports: WEB_PORTS }
  const target = parseAuthority(text, 0)
  if (typeof target === 'string') return target
  return { host: target.host, ports: target.port === 0 ? WEB_PORTS : [target.port] }
}

function tooOpen(host: Host, isWildcard: boolean): [fact: string, remedy: string] | undefined {
  if (isWildcard && (host.kind === 'address' || !host.text.includes('.')))
    return ['which would open a whole top-level domain', 'name a domain, like *.example.com']
  if (host.kind === 'name') {
    if (host.text !== 'localhost' && !host.text.endsWith('.localhost')) return undefined
    return ['a name for this machine', 'list the address: 127.0.0.1 and the port']
  }
  const kind = addressKind(host.text)
  if (kind === 'metadata' || kind === 'link-local')
    return ['where a cloud hands out credentials', 'do what needs it outside of the sandbox']
  if (host.text === '0.0.0.0' || host.text === '::')
    return ['which means every address', 'list the address that is meant']
  return undefined
}

function remedyFor(text: string): string {
  if (text === '' || text.includes('*'))
    return 'a wildcard stands for the first labels only, like *.example.com'
  if (text.includes('/')) return 'write the host alone, without a scheme or a path'
  const ascii = /[^\0-\x7f]/.test(text) ? domainToASCII(text) : ''
  return ascii
    ? `write the name in ASCII: ${ascii}`
    : 'write it like example.com, *.example.com:8443 or [2001:db8::7]:443'
}

/** A rule may be hostile text: it is shown without controls, and not at length. */
function printable(text: string): string {
  return JSON.stringify(text.slice(0, 100)).slice(1, -1)
}
