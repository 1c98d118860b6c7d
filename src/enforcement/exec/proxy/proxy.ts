import { setMaxListeners } from 'node:events'
import { chmodSync, closeSync, constants, fstatSync, openSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import type { Clock } from '../../../kernel/clock.ts'
import { PortcullisError } from '../../../kernel/errors.ts'
import type { Random } from '../../../kernel/random.ts'
import type { Secret } from '../../../kernel/secret.ts'
import { ownAddresses, type Resolve, systemResolve } from './addresses.ts'
import { type HostRules, readHostRules } from './host-rules.ts'
import { createHttpSide, rawAnswer } from './http.ts'
import { createOutlet, type Dial, systemDial } from './outlet.ts'
import { nothingAsked, type Refusal, type RefusalReason, refusals, shownHost } from './refusal.ts'
import { serveSocks } from './socks.ts'
import { createToken, credentialCheck, proxyEnvironment, tokenRedaction } from './token.ts'
import { createVisit, type Visit } from './visit.ts'

interface ProxyLimits {
  readonly connections: number
  readonly headBytes: number
  readonly headers: number
  /** From the first byte, or the connection, to the end of the head. */
  readonly headMs: number
  /** To resolve, and to connect. */
  readonly connectMs: number
  /** Without a byte either way. */
  readonly idleMs: number
  /** Refusals handed to `onRefusal`; what comes after is only counted, so that a loop inside cannot flood the record. */
  readonly refusals: number
}

const defaultLimits: ProxyLimits = {
  connections: 256,
  headBytes: 16_384,
  headers: 100,
  headMs: 15_000,
  connectMs: 15_000,
  idleMs: 300_000,
  refusals: 1_000,
}

export interface ProxyParts {
  /** Rules `host[:port]`; see `readHostRules`. */
  readonly allow: readonly string[]
  readonly clock: Clock
  readonly random: Random
  /** Called before the refusal is answered; must not throw. */
  readonly onRefusal: (refusal: Refusal) => void
  readonly limits?: Partial<ProxyLimits>
  readonly resolve?: Resolve
  readonly dial?: Dial
  readonly ownAddresses?: () => readonly string[]
}

export interface SandboxProxy {
  /** The variables by which programs in the sandbox find the proxy where a relay listens on 127.0.0.1; they hold the token. */
  environment(port: number): Record<string, string>
  /** Opens the socket, which only its user may use. Throws `file.insecure` where others may enter the folder. */
  listen(socketPath: string): Promise<void>
  /** All refusals so far, also those beyond the limit of what is handed on. */
  refusalCount(): number
  /** Cuts every connection and removes the socket; resolves when nothing is left open. */
  close(): Promise<void>
}

/** What all visits share. */
type House = Pick<Visit, 'open' | 'isKnown' | 'record'> & {
  readonly limits: ProxyLimits
  readonly takeHttp: (visit: Visit) => void
}

/** Makes a proxy with a token of its own. Throws `config.invalid` for a rule. */
export function createProxy(parts: ProxyParts): SandboxProxy {
  const limits = { ...defaultLimits, ...parts.limits }
  const rules = readHostRules(parts.allow, index => `\`network.allow[${index}]\``)
  const token = createToken(parts.random)
  const ending = new AbortController()
  setMaxListeners(0, ending.signal)
  const tally = createTally(parts, token, limits.refusals)
  const house: House = {
    limits,
    takeHttp: createHttpSide(limits),
    open: createOutlet({
      rules,
      resolve: parts.resolve ?? systemResolve,
      dial: parts.dial ?? systemDial,
      ownAddresses: parts.ownAddresses ?? ownAddresses,
      timeoutMs: limits.connectMs,
      signal: ending.signal,
    }),
    isKnown: credentialCheck(token),
    record: tally.record,
  }
  const visitors = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, socket => welcome(socket, visitors, house))
  return {
    environment: port => proxyEnvironment(token, { port, direct: directHosts(rules) }),
    listen: socketPath => listen(server, socketPath),
    refusalCount: tally.count,
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      ending.abort()
      for (const socket of visitors) socket.destroy()
      await closed
    },
  }
}

/** This machine's names inside are the sandbox itself, unless the list means the one outside. */
function directHosts(rules: HostRules): string[] {
  const isListed = (text: string) => rules.names({ kind: 'address', text })
  return ['localhost', ...['127.0.0.1', '::1'].filter(address => !isListed(address))]
}

function createTally({ clock, onRefusal }: ProxyParts, token: Secret, most: number) {
  const redact = tokenRedaction(token)
  let count = 0
  const record: Visit['record'] = (reason, protocol, { host, port }) => {
    if ('isFailure' in refusals[reason]) return
    count++
    if (count > most) return
    onRefusal({ at: clock.now(), host: host && shownHost(redact(host)), port, reason, protocol })
  }
  return { record, count: () => count }
}

/** Works in the folder by its descriptor: a socket's path may have 107 bytes, and the folder that was looked at is the one used. */
async function listen(server: Server, socketPath: string): Promise<void> {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
  const folder = openSync(dirname(socketPath), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    refuseOpenFolder(folder, socketPath)
    const path = `/proc/self/fd/${folder}/${basename(socketPath)}`
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject)
    server.listen(path, resolve)
    await promise
    chmodSync(path, 0o600)
  } catch (error) {
    closeSync(folder)
    throw error
  }
  // Not before: the server removes the socket by this path.
  server.once('close', () => closeSync(folder))
}

function refuseOpenFolder(folder: number, socketPath: string): void {
  const { mode, uid } = fstatSync(folder)
  if ((mode & 0o077) === 0 && uid === process.geteuid!()) return
  throw new PortcullisError(
    'file.insecure',
    `others may enter the folder \`${dirname(socketPath)}\` of the proxy`,
    'make it a folder of your own with mode 0700',
  )
}

function welcome(socket: Socket, visitors: Set<Socket>, house: House): void {
  // A connection that breaks is the visitor's affair; `close` follows.
  socket.on('error', () => {})
  socket.once('close', () => visitors.delete(socket))
  visitors.add(socket)
  let first = 0
  const onSlow = (visit: Visit) => refuseBluntly(visit, 'proxy.too-slow', first)
  const visit = createVisit(socket, { ...house, ...house.limits, onSlow })
  visit.headIs('awaited')
  socket.once('readable', () => {
    const bytes: Buffer | null = socket.read(1)
    if (bytes === null) {
      socket.destroy()
      return
    }
    socket.unshift(bytes)
    first = bytes[0]!
    if (visitors.size <= house.limits.connections) serve(visit, first, house)
    else refuseBluntly(visit, 'proxy.too-many-connections', first)
  })
}

function serve(visit: Visit, first: number, { takeHttp }: House): void {
  const protocol = protocolOf(first)
  if (protocol === 'http') takeHttp(visit)
  else if (protocol === 'unknown') refuseBluntly(visit, 'proxy.protocol-not-allowed', first)
  else serveSocks(visit).catch(() => refuseBluntly(visit, 'proxy.fault', first))
}

function protocolOf(first: number): 'http' | 'socks5' | 'unknown' {
  if (first === 5) return 'socks5'
  // Methods are upper case; some clients send an empty line first (RFC 9112 §2.2).
  return (first >= 65 && first <= 90) || first === 13 ? 'http' : 'unknown'
}

const SOCKS4_REFUSED = Buffer.of(0, 0x5b, 0, 0, 0, 0, 0, 0)
const SOCKS5_REFUSED = Buffer.of(5, 0xff)

/** Refuses without having read a request, in the words of whoever sends such a first byte. */
function refuseBluntly(visit: Visit, reason: RefusalReason, first: number): void {
  visit.headIs('read')
  visit.record(reason, protocolOf(first), nothingAsked)
  visit.farewell(first === 4 ? SOCKS4_REFUSED : first === 5 ? SOCKS5_REFUSED : rawAnswer(reason))
}
