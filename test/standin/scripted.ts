import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject, RecordedRequest, ScriptRequest, StandInModel } from './model.ts'

/** What the stand-ins of other vendors answer: text, tool calls, or an error with a status. */
export interface ScriptedReply {
  readonly text?: string
  readonly toolUses?: readonly ScriptedToolUse[]
  /** An error of the vendor's shape instead. */
  readonly status?: number
}

export interface ScriptedToolUse {
  readonly name: string
  /** Text where the vendor has tools that take free text instead of JSON. */
  readonly input: JsonObject | string
  readonly id?: string
  /** Where the vendor puts tools of a server in a group of their own. */
  readonly namespace?: string
}

export type ScriptedModel = Pick<StandInModel, 'url' | 'port' | 'requests' | 'close'>

/** Decides each answer; `turn` is 0 for the first request to the model, and so on. */
export type ReplyScript = (request: ScriptRequest) => ScriptedReply | Promise<ScriptedReply>

/** How one vendor's API looks from outside. */
export interface Vendor {
  /** Whether this request goes to the model; anything else is answered by `other`. */
  isModelCall(path: string): boolean
  answer(response: ServerResponse, reply: ScriptedReply, request: ScriptRequest): void
  other(response: ServerResponse, path: string): void
}

/** Starts a stand-in on 127.0.0.1 that records every request and answers by `script`. */
export async function startScriptedModel(vendor: Vendor, script: ReplyScript): Promise<ScriptedModel> {
  const requests: RecordedRequest[] = []
  let turn = 0
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => incoming.socket.destroy())
  })

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await record(incoming)
    requests.push(request)
    const { path, headers, json: body } = request
    if (request.method !== 'POST' || body === null || !vendor.isModelCall(path)) {
      return vendor.other(response, path)
    }
    const asked: ScriptRequest = { body, headers, path, turn: turn++ }
    vendor.answer(response, await script(asked), asked)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const { method = '', url: path = '', headers, rawHeaders } = incoming
  return { method, path, headers, rawHeaders, body, json: parse(body), aborted: false }
}

function parse(body: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as JsonObject) : null
  } catch {
    return null
  }
}

/** A JSON answer. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
