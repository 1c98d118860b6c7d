import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProxy, type ProxyParts, type SandboxProxy } from '../../src/enforcement/exec/proxy/proxy.ts'
import type { Refusal } from '../../src/enforcement/exec/proxy/refusal.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'

/** A proxy whose world is made up: names lead where the test says, and every connection ends at one stand-in on loopback. */
export interface Stage {
  readonly proxy: SandboxProxy
  readonly socketPath: string
  readonly token: string
  readonly refusals: Refusal[]
  /** `address:port` of every connection that was made. */
  readonly dialled: string[]
  readonly resolved: string[]
  /** What the stand-in received, one text a connection. */
  readonly received: string[]
  readonly openUpstreams: () => number
  forget(): void
  close(): Promise<void>
}

export const PUBLIC = '93.184.216.34'

interface StageOptions extends Partial<Pick<ProxyParts, 'limits' | 'dial' | 'ownAddresses'>> {
  readonly allow: readonly string[]
  /** Addresses of names, one answer after another where there are several; all else is `PUBLIC`. */
  readonly names?: Readonly<Record<string, readonly (readonly string[])[]>>
  readonly standIn?: (socket: Socket, received: (bytes: Buffer) => void) => void
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-'))
  const socketPath = join(folder, 'proxy.sock')
  const seen = {
    refusals: [] as Refusal[],
    dialled: [] as string[],
    resolved: [] as string[],
    received: [] as string[],
  }
  const upstreams = new Set<Socket>()
  const upstream = await openStandIn(options.standIn ?? answerOrEcho, seen.received, upstreams)
  const { port } = upstream.address() as AddressInfo
  const asked = new Map<string, number>()
  const proxy = createProxy({
    clock: systemClock,
    random: systemRandom,
    onRefusal: refusal => seen.refusals.push(refusal),
    ownAddresses: () => [],
    resolve: async name => {
      seen.resolved.push(name)
      const turn = asked.get(name) ?? 0
      asked.set(name, turn + 1)
      const answers = options.names?.[name] ?? [[PUBLIC]]
      return answers[Math.min(turn, answers.length - 1)]!
    },
    dial: async ({ addresses, port: wanted, signal }) => {
      seen.dialled.push(`${addresses.join()}:${wanted}`)
      return await connected(connect({ port, host: '127.0.0.1', allowHalfOpen: true, signal }))
    },
    ...options,
  })
  await proxy.listen(socketPath)
  const { http_proxy: address } = proxy.environment(3128)
  return {
    proxy,
    socketPath,
    token: new URL(address!).password,
    ...seen,
    openUpstreams: () => upstreams.size,
    forget() {
      for (const list of Object.values(seen)) list.length = 0
    },
    async close() {
      await proxy.close()
      for (const socket of upstreams) socket.destroy()
      await new Promise(resolve => upstream.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }
}

async function openStandIn(
  standIn: NonNullable<StageOptions['standIn']>,
  received: string[],
  open: Set<Socket>,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, socket => {
    const index = received.push('') - 1
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => {})
    standIn(socket, bytes => {
      received[index] += bytes.toString('latin1')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Answers what looks like the end of an HTTP request, and echoes all else. */
function answerOrEcho(socket: Socket, received: (bytes: Buffer) => void): void {
  socket.on('data', (bytes: Buffer) => {
    received(bytes)
    const text = bytes.toString('latin1')
    if (text.endsWith('\r\n\r\n') || text.includes(' HTTP/1.1\r\n'))
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    else socket.write(bytes)
  })
  socket.on('end', () => socket.end())
}

async function connected(socket: Socket): Promise<Socket> {
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.on('error', () => {})
  return socket
}

/** A raw connection to the proxy. */
export interface Line {
  readonly socket: Socket
  /** All that came so far. */
  text(): string
  send(bytes: string | Uint8Array): void
  /** Resolves once the text matches, or rejects with what came instead. */
  until(pattern: RegExp): Promise<string>
  /** Resolves with all that came, once the proxy has closed. */
  closed(): Promise<string>
}

export async function openLine({ socketPath }: Pick<Stage, 'socketPath'>): Promise<Line> {
  const socket = await connected(connect({ path: socketPath, allowHalfOpen: true }))
  let text = ''
  let isClosed = false
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  socket.on('data', bytes => {
    text += bytes.toString('latin1')
    wake()
  })
  socket.on('end', () => socket.end())
  socket.on('close', () => {
    isClosed = true
    wake()
  })
  const wait = (isDone: () => boolean) =>
    new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => finish(new Error(`gave up; so far: ${JSON.stringify(text)}`)), 5_000)
      const finish = (error?: Error) => {
        clearTimeout(timer)
        waiting.delete(look)
        if (error) reject(error)
        else resolve(text)
      }
      const look = () => {
        if (isDone()) finish()
        else if (isClosed) finish(new Error(`closed; so far: ${JSON.stringify(text)}`))
      }
      waiting.add(look)
      look()
    })
  return {
    socket,
    text: () => text,
    send: bytes => void socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    until: pattern => wait(() => pattern.test(text)),
    closed: () => wait(() => isClosed),
  }
}

/** The header with the credentials of a run. */
export function authorization(token: string, user = 'portcullis'): string {
  return `Proxy-Authorization: Basic ${Buffer.from(`${user}:${token}`).toString('base64')}\r\n`
}

interface SocksParts {
  readonly token: string
  readonly host?: string | Uint8Array
  readonly type?: number
  readonly port?: number
  readonly command?: number
  readonly methods?: readonly number[]
  readonly user?: string
  readonly subversion?: number
  readonly version?: number
  readonly reserved?: number
}

/** The three messages of a SOCKS5 client, to be sent one by one or at once. */
export function socksMessages(parts: SocksParts): [hello: Buffer, login: Buffer, request: Buffer] {
  const { methods = [2], user = 'portcullis', host = 'api.example.com', type = 3, port = 443 } = parts
  const { command = 1, subversion = 1, version = 5, reserved = 0, token } = parts
  const hostBytes = Buffer.from(host as string)
  const address = type === 3 ? [Buffer.of(hostBytes.length), hostBytes] : [hostBytes]
  return [
    Buffer.of(5, methods.length, ...methods),
    Buffer.concat([
      Buffer.of(subversion, user.length),
      Buffer.from(user),
      Buffer.of(token.length),
      Buffer.from(token),
    ]),
    Buffer.concat([
      Buffer.of(version, command, reserved, type),
      ...address,
      Buffer.of(port >> 8, port & 255),
    ]),
  ]
}

export const CHUNKED = 'Transfer-Encoding: chunked\r\n'

/** Requests with the credentials of a run; `more` are whole header lines. */
export function requestsWith(token: string) {
  const auth = authorization(token)
  return {
    auth,
    connectTo: (authority: string, more = '') =>
      `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${auth}${more}\r\n`,
    get: (url: string, more = '') => `GET ${url} HTTP/1.1\r\nHost: api.example.com\r\n${auth}${more}\r\n`,
    post: (framing: string, body: string) =>
      `POST http://api.example.com/x HTTP/1.1\r\nHost: api.example.com\r\n${auth}${framing}\r\n${body}`,
  }
}

/** Sends these bytes and gives the first answer. */
export async function say(stage: Pick<Stage, 'socketPath'>, raw: string): Promise<string> {
  const line = await openLine(stage)
  line.send(raw)
  const text = await line.until(/^HTTP\/1\.1 \d+.*\r\n\r\n/s)
  line.socket.destroy()
  return text
}

export const statusOf = (text: string) => Number(text.slice(9, 12))
