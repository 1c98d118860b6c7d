import { connect, type Socket } from 'node:net'
import { publicAddresses, type Resolve } from './addresses.ts'
import { isBlockedPort } from './blocked-ports.ts'
import type { Host, Target } from './host.ts'
import type { HostRules } from './host-rules.ts'
import type { RefusalReason } from './refusal.ts'

interface DialRequest {
  /** Checked addresses; any may be used. */
  readonly addresses: readonly string[]
  readonly port: number
  readonly timeoutMs: number
  /** Ends the connection, or the attempt. */
  readonly signal: AbortSignal
}

/** Opens a TCP connection whose sides can be closed one by one. Throws when none of the addresses answers. */
export type Dial = (request: DialRequest) => Promise<Socket>

/** A way out that was asked for. */
type Opened =
  | { readonly kind: 'open'; readonly socket: Socket }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }

/** Opens what the allow list allows. */
export type Outlet = (target: Target) => Promise<Opened>

interface OutletParts {
  readonly rules: HostRules
  readonly resolve: Resolve
  readonly dial: Dial
  readonly ownAddresses: () => readonly string[]
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export function createOutlet(parts: OutletParts): Outlet {
  return async target => {
    const listed = checkList(target, parts.rules)
    if (listed) return { kind: 'refused', reason: listed }
    const addresses = await checkedAddresses(target.host, parts)
    if (typeof addresses === 'string') return { kind: 'refused', reason: addresses }
    return open(addresses, target.port, parts)
  }
}

function checkList(target: Target, rules: HostRules): RefusalReason | undefined {
  if (isBlockedPort(target.port)) return 'proxy.port-blocked'
  switch (rules.judge(target)) {
    case 'allowed':
      return undefined
    case 'port-not-listed':
      return 'proxy.port-not-allowed'
    case 'host-not-listed':
      return target.host.kind === 'name' ? 'proxy.host-not-allowed' : 'proxy.address-not-allowed'
  }
}

/** INVARIANT: a name is resolved once, and only addresses that were checked are dialled. */
async function checkedAddresses(
  host: Host,
  { resolve, ownAddresses, timeoutMs }: OutletParts,
): Promise<readonly string[] | RefusalReason> {
  if (host.kind === 'address') return [host.text]
  let answer: readonly string[]
  try {
    answer = await before(timeoutMs, resolve(host.text))
  } catch {
    return 'proxy.name-not-found'
  }
  if (answer.length === 0) return 'proxy.name-not-found'
  return publicAddresses(answer, ownAddresses()) ?? 'proxy.address-forbidden'
}

async function open(addresses: readonly string[], port: number, parts: OutletParts): Promise<Opened> {
  const { dial, timeoutMs, signal } = parts
  try {
    return { kind: 'open', socket: await dial({ addresses, port, timeoutMs, signal }) }
  } catch {
    return { kind: 'refused', reason: 'proxy.unreachable' }
  }
}

async function before<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('too late')), timeoutMs)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Tries the addresses as RFC 8305 orders them. */
export const systemDial: Dial = ({ addresses, port, timeoutMs, signal }) => {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const known = addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
  const socket = connect({
    // A name, so that `lookup` is asked, which knows the checked addresses and nothing else.
    host: 'checked',
    port,
    lookup: (_name, { all }, done) =>
      all ? done(null, known) : done(null, known[0]!.address, known[0]!.family),
    autoSelectFamily: known.length > 1,
    allowHalfOpen: true,
    noDelay: true,
    signal,
  })
  const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), timeoutMs)
  socket.once('connect', () => resolve(socket))
  // For good: a break later on is seen by whoever uses the socket.
  socket.on('error', reject)
  socket.once('close', () => reject(new Error('closed')))
  return promise.finally(() => clearTimeout(timer))
}
