import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { AuditLog } from '../../audit/event.ts'
import type { Config } from '../../config/schema.ts'
import type { UpstreamCredential } from '../../credentials/upstream/upstream.ts'
import type { Guard } from '../../guard/decide.ts'
import { maskingWhatLeaves } from '../../guard/validation/secret-modes.ts'
import type { Clock } from '../../kernel/clock.ts'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import { beginExchange, type Exchange } from './exchange.ts'
import { createScanMemory } from './memory.ts'
import { type Deployment, passMessages, passModels, refuseUnasked } from './messages.ts'
import { answerBrokenConnection, answerConnect } from './raw-answers.ts'
import { createBodyBudget } from './read-body.ts'
import { createRecorder } from './record.ts'
import { fault, refuse, sendRefusal, setCommonHeaders } from './refusal.ts'
import { findRoute } from './router.ts'
import { readTarget, refuseAmbiguous, refuseRebinding, type Target } from './strictness.ts'
import { readTlsFiles } from './tls-files.ts'
import { openUpstream } from './upstream.ts'

const MEGABYTE = 1024 * 1024
const REMEMBERED_UNITS = 65_536
const MAX_HEADER_BYTES = 32 * 1024
const KEEP_ALIVE_MS = 30_000
const DRAIN_MS = 30_000

export interface GatewayOptions {
  readonly config: Config
  readonly guard: Guard
  readonly engine: SecretEngine
  readonly upstreamCredential: UpstreamCredential
  readonly audit: AuditLog
  readonly clock: Clock
  readonly ids: (prefix: string) => string
  /** Told of each tool use a model asked for in a session. */
  readonly coverage?: { asked(sessionId: string, toolUseId: string): void }
}

interface GatewayStats {
  readonly requests: number
  readonly active: number
  readonly bodyBytesInFlight: number
  readonly scanMemory: { readonly entries: number; readonly hits: number; readonly misses: number }
  readonly eventsLost: number
}

/** The data plane: the server clients point their base URL at. */
export interface Gateway {
  /** Throws `network.port-in-use`, `network.unsafe-bind` or a fault of the TLS files. */
  listen(): Promise<{ readonly host: string; readonly port: number }>
  /** Takes no more requests, lets those under way finish, at most `drainMs`. */
  close(drainMs?: number): Promise<void>
  /** Requests that begin from now on see the new configuration; address, port and TLS stay until a restart. */
  reload(config: Config, parts?: { readonly guard?: Guard; readonly engine?: SecretEngine }): void
  stats(): GatewayStats
}

export function createGateway(options: GatewayOptions): Gateway {
  const { config, guard, engine, upstreamCredential, audit, clock, ids, coverage } = options
  const deployment: Deployment = {
    config,
    guard,
    engine: maskingWhatLeaves(engine, config),
    upstream: openUpstream(config.gateway.upstream.url, config.gateway.upstreamTimeoutSeconds),
    upstreamCredential,
    memory: createScanMemory(REMEMBERED_UNITS),
    budget: createBodyBudget(config.gateway.maxInFlightMb * MEGABYTE),
    recorder: createRecorder(audit, clock),
    audit,
    ids,
    clock,
    ...(coverage && { coverage }),
  }
  const active = new Set<Exchange>()
  const latest = new WeakMap<Socket, ServerResponse>()
  let requests = 0
  let isDraining = false
  const server = createPlainOrTlsServer(config)

  server.on('request', accept)
  server.on('checkContinue', accept)
  server.on('checkExpectation', accept)
  server.on('connect', (_request, socket) => answerConnect(socket))
  server.on('clientError', (error, socket) => {
    const current = [...active].findLast(({ request }) => request.socket === socket)
    const id = current?.id ?? ids('dec')
    const refusal = answerBrokenConnection(error, socket as Socket, id, current?.response)
    if (refusal) deployment.recorder.refusal(id, (socket as Socket).remoteAddress ?? '', refusal)
  })

  function accept(request: IncomingMessage, response: ServerResponse): void {
    // What was sent behind a request that closes the connection gets no answer, so it must not be acted on (RFC 9112 §9.6).
    if (latest.get(request.socket)?.getHeader('connection') === 'close') return
    latest.set(request.socket, response)
    const exchange = beginExchange(ids('dec'), request, response, clock)
    requests++
    active.add(exchange)
    response.once('close', () => active.delete(exchange))
    setCommonHeaders(response, exchange.id, exchange.context.network.encrypted)
    if (isDraining) response.setHeader('connection', 'close')
    // The present parts, so that a reload does not change a request half way.
    serve({ ...deployment }, exchange).catch(() => {
      // INVARIANT: a fault of ours never lets anything pass; the client gets an error or a closed socket.
      if (response.headersSent) response.destroy()
      else sendRefusal(response, fault(500, 'the gate had a fault; see its log'), exchange.id)
    })
  }

  async function serve(parts: Deployment, exchange: Exchange): Promise<void> {
    const { request } = exchange
    const ambiguity = refuseAmbiguous(request)
    if (ambiguity) return refuseUnasked(parts, exchange, ambiguity)
    const { authentication, network } = parts.config
    const stranger = authentication.mode === 'local' ? refuseRebinding(request, network.host) : null
    if (stranger) return refuseUnasked(parts, exchange, stranger)
    const target = readTarget(request.url ?? '')
    if ('status' in target) return refuseUnasked(parts, exchange, target)
    const expectation = request.headers.expect
    if (expectation !== undefined && expectation.toLowerCase() !== '100-continue') {
      const refusal = refuse(417, 'network.malformed-request', 'the expectation is not `100-continue`')
      return refuseUnasked(parts, exchange, refusal)
    }
    await route(parts, exchange, target)
  }

  async function route(parts: Deployment, exchange: Exchange, target: Target): Promise<void> {
    const { request, response } = exchange
    const found = findRoute(target)
    if (!found) {
      const refusal = refuse(404, 'network.malformed-request', 'there is no such path')
      return refuseUnasked(parts, exchange, refusal)
    }
    if (!found.methods.includes(request.method ?? '')) {
      response.setHeader('allow', found.methods.join(', '))
      const refusal = refuse(405, 'network.malformed-request', 'the path does not take this method')
      return refuseUnasked(parts, exchange, refusal)
    }
    switch (found.kind) {
      case 'messages':
        return passMessages(parts, exchange, target)
      case 'models':
        return passModels(parts, exchange, target)
      case 'probe':
        return void response.end()
      case 'health':
        return answerHealth(response, 200, 'ok')
      case 'readiness':
        return answerHealth(response, isDraining ? 503 : 200, isDraining ? 'draining' : 'ready')
    }
  }

  return {
    async listen() {
      refuseUnsafeBind(config)
      server.listen(config.network.port, config.network.host)
      await listening(server, config)
      const { address, port } = server.address() as AddressInfo
      return { host: address, port }
    },
    async close(drainMs = DRAIN_MS) {
      isDraining = true
      const closed = server.listening ? once(server, 'close') : Promise.resolve()
      server.close()
      server.closeIdleConnections()
      const cutOff = setTimeout(() => server.closeAllConnections(), drainMs)
      await closed
      clearTimeout(cutOff)
      await deployment.upstream.destroy()
      await deployment.recorder.settled()
    },
    reload(next, parts = {}) {
      const before = deployment.config.gateway
      const after = next.gateway
      if (
        before.upstream.url !== after.upstream.url ||
        before.upstreamTimeoutSeconds !== after.upstreamTimeoutSeconds
      ) {
        const old = deployment.upstream
        deployment.upstream = openUpstream(after.upstream.url, after.upstreamTimeoutSeconds)
        old.close().catch(() => old.destroy())
      }
      deployment.config = next
      deployment.guard = parts.guard ?? deployment.guard
      deployment.engine = maskingWhatLeaves(parts.engine ?? deployment.engine, next)
      deployment.budget.limit = after.maxInFlightMb * MEGABYTE
      deployment.memory = createScanMemory(REMEMBERED_UNITS)
    },
    stats: () => ({
      requests,
      active: active.size,
      bodyBytesInFlight: deployment.budget.used,
      scanMemory: deployment.memory.stats,
      eventsLost: deployment.recorder.lost,
    }),
  }
}

function createPlainOrTlsServer({ network, gateway }: Config): Server {
  const headersTimeout = gateway.headersTimeoutSeconds * 1_000
  const options = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout,
    requestTimeout: headersTimeout + gateway.bodyTimeoutSeconds * 1_000 + 1_000,
    connectionsCheckingInterval: Math.min(1_000, headersTimeout / 2),
    keepAliveTimeout: KEEP_ALIVE_MS,
    insecureHTTPParser: false,
    // Checked by us instead, so that the refusal is JSON.
    requireHostHeader: false,
    noDelay: true,
  }
  const server = network.tls
    ? createTlsServer({ ...options, ...readTlsFiles(network.tls) })
    : createServer(options)
  // Node would drop the fields beyond its count in silence; ours is a refusal.
  server.maxHeadersCount = 0
  return server
}

function answerHealth(response: ServerResponse, status: number, word: string): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.setHeader('cache-control', 'no-store')
  response.end(JSON.stringify({ status: word }))
}

/** Without authentication only this machine may ask. */
function refuseUnsafeBind({ authentication, network }: Config): void {
  const isLoopback = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(network.host)
  if (isLoopback || authentication.mode === 'required') return
  throw new PortcullisError(
    'network.unsafe-bind',
    `the gateway would listen on \`${network.host}\` without authentication`,
    'set `authentication.mode` to `required`, or `network.host` to 127.0.0.1',
  )
}

async function listening(server: Server, { network }: Config): Promise<void> {
  try {
    await once(server, 'listening')
  } catch (error) {
    const inUse = systemCode(error) === 'EADDRINUSE'
    throw new PortcullisError(
      inUse ? 'network.port-in-use' : 'network.unsafe-bind',
      inUse
        ? `port ${network.port} is in use on \`${network.host}\``
        : `the gateway cannot listen on \`${network.host}\` port ${network.port}: ${systemCode(error) ?? 'unknown fault'}`,
      inUse
        ? 'stop the other program, or choose another with `--port` or `network.port`'
        : 'choose an address of this machine and a port above 1023',
      error,
    )
  }
}
