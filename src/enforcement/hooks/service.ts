import { once } from 'node:events'
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createConnection } from 'node:net'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { findAdapter } from './agents.ts'
import { answerBreakGlass } from './break-glass/answer.ts'
import type { BreakGlass } from './break-glass/break-glass.ts'
import { type HookParts, handleEvent, refuseFor } from './handle.ts'
import { readBounded } from './read-bounded.ts'

/** Parts of the service. `home` is the process's own unless given. */
export interface DecisionServiceOptions extends Omit<HookParts, 'home'> {
  readonly socket: string
  readonly home?: string
  /** What `/v1/status` adds. */
  readonly status?: () => object | Promise<object>
  readonly breakGlass?: BreakGlass
  /** Answers `/v1/exec/…`: what a sandbox asks before a run and tells after it. */
  readonly exec?: (path: string, body: unknown) => Promise<object>
  /** Hears, before an event is judged, what an agent's environment and folder may hold that is secret. */
  readonly learn?: (environment: string | undefined, folder: string) => void
}

export interface DecisionService {
  /** Rejects with `network.port-in-use` when somebody answers on the socket already. */
  listen(): Promise<void>
  /** Decides by another configuration, and the guard and engine made from it, from the next event on. */
  reload(config: Config, made?: Pick<HookParts, 'guard' | 'engine'>): void
  /** Lets answers under way finish. */
  close(): Promise<void>
}

/**
 * Answers hook events over a unix socket that only the owner can reach. It is HTTP so that `curl` can ask:
 * `POST /v1/hooks/<agent>` (200 with the answer in the agent's shape, or 403 with the reason
 * of a refusal that the agent hears as exit code 2), `GET /v1/status`.
 */
export function createDecisionService(options: DecisionServiceOptions): DecisionService {
  const { socket, clock } = options
  const started = clock.now()
  let parts: HookParts = { ...options, home: options.home ?? homedir() }
  let answered = 0
  const server = createServer({ requestTimeout: 30_000 }, (incoming, response) => {
    serve(incoming, response).catch(() => incoming.socket.destroy())
  })

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = incoming.url ?? ''
    if (incoming.method === 'GET' && path === '/v1/status') {
      const more = await options.status?.()
      return send(response, 200, { ok: true, pid: process.pid, since: started, answered, ...more })
    }
    if (incoming.method === 'POST' && path.startsWith('/v1/hooks/')) {
      answered++
      const folder = pathHeader(incoming, 'x-portcullis-project') ?? pathHeader(incoming, 'x-portcullis-cwd')
      const environment = incoming.headers['x-portcullis-environment']
      options.learn?.(typeof environment === 'string' ? environment : undefined, folder ?? '/')
      return answerHook(path.slice('/v1/hooks/'.length), incoming, response, parts)
    }
    if (options.exec && incoming.method === 'POST' && path.startsWith('/v1/exec/')) {
      return send(
        response,
        200,
        await options.exec(path, JSON.parse((await readBounded(incoming)).toString())),
      )
    }
    const { breakGlass } = options
    if (breakGlass && incoming.method === 'POST' && path.startsWith('/v1/break-glass/')) {
      const { status, body } = await answerBreakGlass(path, incoming, breakGlass)
      return send(response, status, body)
    }
    send(response, 404, {
      error: { code: 'usage', message: 'no such path', remedy: 'see `portcullis status`' },
    })
  }

  return {
    async listen() {
      prepareFolder(dirname(socket))
      await removeStale(socket)
      await bind(server, socket)
    },
    reload(config, made) {
      parts = { ...parts, ...(made && { guard: made.guard, engine: made.engine }), config }
    },
    async close() {
      if (!server.listening) return
      server.close()
      server.closeIdleConnections()
      await once(server, 'close')
    },
  }
}

async function answerHook(
  agent: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  parts: HookParts,
): Promise<void> {
  const adapter = findAdapter(agent)
  if (!adapter) {
    return send(response, 404, {
      error: { code: 'usage', message: 'no such agent', remedy: 'see `portcullis hook --help`' },
    })
  }
  const project = pathHeader(incoming, 'x-portcullis-project')
  const cwd = pathHeader(incoming, 'x-portcullis-cwd') ?? '/'
  const answer = await readBounded(incoming).then(
    bytes => handleEvent(adapter, bytes, { cwd, ...(project !== undefined && { project }) }, parts),
    error => refuseFor(adapter, null, error),
  )
  if (answer.exitCode === 0) {
    // The length tells the hook half an answer from a whole one.
    const length = Buffer.byteLength(answer.body)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': length }).end(answer.body)
    return
  }
  // A caller that reads only the status refuses, too; the reason is what the agent reads on stderr.
  response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
  response.end(answer.stderr ?? 'portcullis denied this')
}

/** A path a client sent in a header: its bytes are UTF-8, which Node hands over as latin1. */
function pathHeader(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name]
  if (typeof value !== 'string' || !value.startsWith('/')) return undefined
  return Buffer.from(value, 'latin1').toString('utf8')
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { mode } = lstatSync(folder)
  if ((mode & 0o077) === 0) return
  throw new PortcullisError(
    'file.insecure',
    `\`${folder}\` is open to others, so they could ask or replace the decision service`,
    `run \`chmod 700 ${folder}\``,
  )
}

/** A socket left by a crash is replaced; one that somebody answers on is not. */
async function removeStale(socket: string): Promise<void> {
  if (!lstatSync(socket, { throwIfNoEntry: false })) return
  if (await answers(socket)) {
    throw new PortcullisError(
      'network.port-in-use',
      `another decision service answers on \`${socket}\``,
      'stop it, or use another data folder with `--data`',
    )
  }
  rmSync(socket)
}

function answers(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createConnection(socket)
    probe.once('connect', () => done(true))
    probe.once('error', () => done(false))
    function done(result: boolean) {
      probe.destroy()
      resolve(result)
    }
  })
}

async function bind(server: Server, socket: string): Promise<void> {
  try {
    listenPrivately(server, socket)
    await once(server, 'listening')
  } catch (error) {
    throw new PortcullisError(
      'service.unreachable',
      `cannot listen on \`${socket}\``,
      'check the folder; the path of a unix socket may have at most about 100 bytes',
      error,
    )
  }
  chmodSync(socket, 0o600)
}

/** The mask holds from the first moment, and only while the socket is made: the rest of the process makes folders, too. */
function listenPrivately(server: Server, socket: string): void {
  const mask = process.umask(0o177)
  try {
    server.listen(socket)
  } finally {
    process.umask(mask)
  }
}
