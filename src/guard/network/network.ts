import { reason, type Verdict } from '../../access/decision.ts'
import type { Finding } from '../../access/finding.ts'
import type { EnforcementPointName } from '../../access/request.ts'
import { isLoopbackHost } from '../../config/addresses.ts'
import type { Config } from '../../config/schema.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Layer } from '../layer.ts'
import { type AddressSet, createAddressSet, createProxySet, senderOf } from './addresses.ts'
import { type Client, findClient } from './client.ts'
import type { Gcra } from './gcra.ts'
import { createRateLimiter } from './rate-limiter.ts'

export interface NetworkParts {
  readonly clock: Clock
  /** From `createRateLimiter`; hand the same one to the authentication layer. Without it the layer makes its own. */
  readonly limiter?: Gcra | null
}

type NetworkClient = Extract<Client, { kind: 'network' }>

/** Builds layer one. Throws `config.invalid` for a list it cannot read. */
export function createNetworkLayer(config: Config, { clock, limiter }: NetworkParts): Layer {
  const { network } = config
  const trusted = createProxySet(network.trustedProxies, 'network.trustedProxies')
  const allow = createAddressSet(network.allow, 'network.allow')
  const block = createAddressSet(network.block, 'network.block')
  const rate = limiter === undefined ? createRateLimiter(config, clock) : limiter

  return {
    name: 'network',
    check({ request }) {
      const client = findClient(request.context.network, trusted)
      if (client.kind === 'malformed') return refuse('network.malformed-request', client.why)
      // The user's own processes: no address to list, no way to keep them from deciding in process.
      if (client.kind === 'in-machine') return { kind: 'pass' }
      return (
        checkAddress(client, allow, block) ??
        checkTransport(client) ??
        checkRate(client, request.point, rate) ?? { kind: 'pass', findings: notes(client) }
      )
    },
  }
}

/** Block wins over allow, and holds for the proxy as well as for whoever is behind it. */
function checkAddress(
  { peer, address }: NetworkClient,
  allow: AddressSet,
  block: AddressSet,
): Verdict | null {
  if (block.has(address) || block.has(peer)) {
    return refuse('network.address-blocked', `the address \`${address}\` is blocked`)
  }
  if (!allow.isEmpty && !allow.has(address)) {
    return refuse('network.address-not-allowed', `the address \`${address}\` is not on the allow list`)
  }
  return null
}

function checkTransport({ address, encrypted }: NetworkClient): Verdict | null {
  if (encrypted || isLoopbackHost(address)) return null
  return refuse(
    'network.insecure-transport',
    `the request from \`${address}\` did not come over HTTPS all the way`,
  )
}

function checkRate(
  { address }: NetworkClient,
  point: EnforcementPointName,
  rate: Gcra | null,
): Verdict | null {
  // A limit on hooks would stop the agent's work, not an attack: the same user can ask in process.
  if (rate === null || isOwnProcess(point, address)) return null
  const wait = rate.take(`address:${senderOf(address)}`)
  if (wait === 0) return null
  const retryAfter = Math.ceil(wait / 1000)
  const verdict = refuse('network.rate-limited', `too many requests from \`${address}\``)
  return { ...verdict, retryAfter }
}

function isOwnProcess(point: EnforcementPointName, address: string): boolean {
  return isLoopbackHost(address) && ['hooks', 'check', 'exec', 'scan'].includes(point)
}

/** What the record should know of the way here: its source address is the socket's, which may be a proxy's. */
function notes({ unlistedProxy, peer, address }: NetworkClient): readonly Finding[] {
  if (unlistedProxy) {
    const message = `forwarding headers from \`${peer}\`, which is not in \`network.trustedProxies\`, were not believed`
    return [note('network.unlisted-proxy', message)]
  }
  return address === peer
    ? []
    : [note('network.forwarded', `sent by \`${address}\` through the proxy \`${peer}\``)]
}

function note(rule: string, message: string): Finding {
  return { rule, threat: 'AUTH-BYP-001', grade: 'certain', severity: 'note', message }
}

function refuse(code: Parameters<typeof reason>[0], message: string): Extract<Verdict, { kind: 'deny' }> {
  return { kind: 'deny', reasons: [reason(code, message)] }
}
