import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'

/** What the admin interface shows; handed in by the composition. */
export interface AdminSources {
  /** The whole status as JSON-ready data, without secrets. */
  status(): Promise<object>
  /** Prometheus text exposition format 0.0.4. */
  metrics(): string
  /** Whether decisions can be recorded right now. */
  ready(): boolean
}

export interface AdminServer {
  /** Resolves to the port taken; rejects with `network.port-in-use`. */
  listen(port: number): Promise<number>
  close(): Promise<void>
}

const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** The admin interface: read-only, loopback only. */
export function createAdminServer(sources: AdminSources): AdminServer {
  const server = createServer((request, response) => {
    answer(request, response, sources).catch(() => {
      send(response, 500, 'application/json', '{"error":"the status could not be read"}')
    })
  })
  return {
    listen: port => listenOnLoopback(server, port),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  sources: AdminSources,
): Promise<void> {
  if (!namesLoopback(request.headers.host)) {
    return send(
      response,
      421,
      'application/json',
      '{"error":"the admin interface answers on loopback names only"}',
    )
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, 405, 'application/json', '{"error":"only GET is served here"}')
  }
  switch (request.url?.split('?')[0]) {
    case '/healthz':
      return send(response, 200, 'text/plain', 'ok\n')
    case '/readyz':
      return sources.ready()
        ? send(response, 200, 'text/plain', 'ready\n')
        : send(response, 503, 'text/plain', 'the journal cannot be written\n')
    case '/metrics':
      return send(response, 200, 'text/plain; version=0.0.4', sources.metrics())
    case '/api/status':
      return send(response, 200, 'application/json', `${JSON.stringify(await sources.status())}\n`)
    default:
      return send(
        response,
        404,
        'application/json',
        '{"error":"no such page; see /healthz, /metrics, /api/status"}',
      )
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

/** A page elsewhere can point its own name at 127.0.0.1 (DNS rebinding); its Host header gives it away. */
function namesLoopback(host: string | undefined): boolean {
  const name = host?.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return name === 'localhost' || (name !== undefined && isIP(name) !== 0 && /^(127\.|::1$)/.test(name))
}

function listenOnLoopback(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', error => {
      reject(
        systemCode(error) === 'EADDRINUSE'
          ? new PortcullisError(
              'network.port-in-use',
              `port ${port} is in use`,
              'stop what uses it, or choose another with `--admin-port`',
              error,
            )
          : error,
      )
    })
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}
