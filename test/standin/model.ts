import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Reply, renderEvents, renderMessage } from './reply.ts'

export type { Fault, Reply, ToolUse } from './reply.ts'

/** A parsed body; a test narrows what it needs. */
export type JsonObject = Readonly<Record<string, unknown>>

/** One request as it arrived: the bytes, and the headers in the order and case of the wire. */
export interface RecordedRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** The parsed body, or null when it is not JSON. */
  readonly json: JsonObject | null
  /** Whether the client went away before the answer was complete. */
  aborted: boolean
}

export interface ScriptRequest {
  readonly body: JsonObject
  readonly headers: IncomingHttpHeaders
  readonly path: string
  /** 0 for the first `POST /v1/messages`, and so on. */
  readonly turn: number
}

export type Script = (request: ScriptRequest) => Reply | Promise<Reply>

export interface StandInModel {
  readonly url: string
  readonly port: number
  readonly requests: RecordedRequest[]
  openConnections(): number
  close(): Promise<void>
}

/** Starts the stand-in on 127.0.0.1; `script` decides each answer to `POST /v1/messages`. */
export async function startStandInModel({
  script,
  port = 0,
}: {
  script: Script
  port?: number
}): Promise<StandInModel> {
  const requests: RecordedRequest[] = []
  const sockets = new Set<Socket>()
  let turn = 0

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => incoming.socket.destroy())
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await record(incoming)
    requests.push(request)
    response.once('close', () => {
      request.aborted = !response.writableFinished
    })
    const path = request.path.split('?')[0]
    if (request.method === 'HEAD') return void response.writeHead(200).end()
    if (request.method === 'GET' && path === '/v1/models') return sendJson(response, 200, models)
    if (request.method !== 'POST') return sendError(response, 404)
    if (!request.json) return sendError(response, 400)
    if (path === '/v1/messages/count_tokens') return sendJson(response, 200, { input_tokens: 42 })
    if (path !== '/v1/messages') return sendError(response, 404)
    const index = turn++
    const { json: body, headers } = request
    await answer(response, await script({ body, headers, path: request.path, turn: index }), body, index)
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const actual = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${actual}`,
    port: actual,
    requests,
    openConnections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    body,
    json: parse(body),
    aborted: false,
  }
}

function parse(body: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as JsonObject) : null
  } catch {
    return null
  }
}

async function answer(response: ServerResponse, reply: Reply, body: JsonObject, turn: number): Promise<void> {
  const model = String(body['model'] ?? 'claude-standin')
  response.setHeader('request-id', `req_standin${turn}`)
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value)
  const fault = reply.fault
  if (fault === 'hang') return
  if (fault === 'drop') return void response.socket?.destroy()
  if (fault === 'slow') await sleep(1500)
  if (fault?.startsWith('error-')) {
    const status = Number(fault.slice('error-'.length))
    if (!Number.isNaN(status)) return sendError(response, status)
  }
  if (fault === 'html-200') {
    return void response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<html><body>hello</body></html>')
  }
  if (body['stream'] === true) return stream(response, reply, model, turn)
  if (reply.raw) return void response.writeHead(200, json).end(Buffer.concat(reply.raw.map(toBuffer)))
  sendJson(response, 200, renderMessage(reply, model, turn))
}

async function stream(response: ServerResponse, reply: Reply, model: string, turn: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  response.flushHeaders()
  if (reply.raw) return streamRaw(response, reply)
  let deltas = 0
  for (const event of renderEvents(reply, model, turn)) {
    if (response.destroyed) return
    if (event.paced) {
      if (reply.delayMs) await sleep(reply.delayMs)
      await reply.beforeDelta?.(deltas)
      if (deltas === 1 && reply.fault === 'cut-stream') return void response.socket?.destroy()
      deltas++
    }
    if (event.paced && reply.fault === 'malformed-sse') {
      return void response.end('event: content_block_delta\ndata: {"type":"content_block_delta",,,\n\n')
    }
    if (event.paced && reply.fault === 'error-event') {
      return void response.end(`event: error\ndata: ${errorBody(529)}\n\n`)
    }
    if (event.text.startsWith('event: message_stop') && reply.fault === 'unterminated') break
    if (!response.write(event.text)) await drained(response)
  }
  if (reply.fault === 'cut-stream') return void response.socket?.destroy()
  response.end()
}

/** Resolves when more can be written, or never will be. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const settle = () => {
      response.off('drain', settle)
      response.off('close', settle)
      resolve()
    }
    response.on('drain', settle)
    response.on('close', settle)
  })
}

async function streamRaw(response: ServerResponse, reply: Reply): Promise<void> {
  for (const [index, piece] of (reply.raw ?? []).entries()) {
    await reply.beforeDelta?.(index)
    // A turn of the event loop keeps the pieces apart on the wire.
    await sleep(reply.delayMs ?? 1)
    response.write(piece)
  }
  response.end()
}

const json = { 'content-type': 'application/json' }

const models = {
  data: [
    { type: 'model', id: 'claude-standin', display_name: 'Stand-in', created_at: '2026-01-01T00:00:00Z' },
  ],
  has_more: false,
  first_id: 'claude-standin',
  last_id: 'claude-standin',
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

/** The exact body of a stand-in error, odd spacing included, so that a test can ask for it word for word. */
export function errorBody(status: number): string {
  const type = errorTypes[status] ?? 'api_error'
  return `{"type":"error", "error":{"type":"${type}","message":"stand-in says ${status}"},"request_id":"req_standin"}`
}

function sendError(response: ServerResponse, status: number): void {
  if (status === 429) response.setHeader('retry-after', '1')
  response.writeHead(status, json).end(errorBody(status))
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, json).end(JSON.stringify(value))
}

function toBuffer(piece: string | Buffer): Buffer {
  return typeof piece === 'string' ? Buffer.from(piece) : piece
}

/** What the program answers: asks for a command once, then says what it saw. */
function cannedStory({ body }: ScriptRequest): Reply {
  const answered = JSON.stringify(body['messages'] ?? []).includes('"tool_result"')
  const tools: { name?: unknown }[] = Array.isArray(body['tools']) ? body['tools'] : []
  if (answered || !tools.some(tool => tool.name === 'Bash')) {
    return { text: ['I looked, ', 'and all ', 'is well.'], delayMs: 20 }
  }
  const input = { command: 'ls', description: 'list the files' }
  return { text: 'Let me look.', toolUses: [{ name: 'Bash', input }] }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } })
  const model = await startStandInModel({ script: cannedStory, port: Number(values.port) })
  console.log(`stand-in model on ${model.url}`)
}
