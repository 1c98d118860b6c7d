import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Json = Readonly<Record<string, unknown>>

/** A model on loopback that asks for one shell command and then says that it is done. */
export interface CanaryModel {
  readonly url: string
  /** Whether it was asked for anything, asked for the command, and what the client then sent it as text. */
  report(): { readonly reached: boolean; readonly asked: boolean; readonly answers: string }
  close(): Promise<void>
}

/** How one vendor's API names tools and answers. Shapes: Anthropic Messages, OpenAI Responses, Gemini generateContent. */
interface Wire {
  isCall(path: string): boolean
  tools(body: Json): readonly Tool[]
  /** The server-sent events of an answer: the call, or the end of the conversation when there is none. */
  events(call: ToolCall | null): readonly string[]
}

interface Tool {
  readonly name: string
  readonly parameters: Json
}

interface ToolCall {
  readonly name: string
  readonly input: Json
}

/** Starts the model. It asks for `command` once, whatever the client says. */
export async function startCanaryModel(command: string): Promise<CanaryModel> {
  let reached = false
  let asked = false
  let answers = ''
  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy())
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const text = await readAll(request)
    const wire = wires.find(one => request.method === 'POST' && one.isCall(path))
    if (!wire) {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"data":[],"models":[],"object":"list"}')
      return
    }
    reached = true
    if (asked) answers += text
    const tool = asked ? undefined : shellTool(wire.tools(JSON.parse(text) as Json))
    if (tool) asked = true
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(wire.events(tool ? { name: tool.name, input: filled(tool, command) } : null).join(''))
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    report: () => ({ reached, asked, answers }),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The tool that runs shell commands, whatever its name in this version. */
function shellTool(tools: readonly Tool[]): Tool | undefined {
  return tools.find(({ name, parameters }) => {
    const properties = propertiesOf(parameters)
    return /bash|shell|exec/i.test(name) && ('command' in properties || 'cmd' in properties)
  })
}

function propertiesOf(parameters: Json): Readonly<Record<string, Json>> {
  return (parameters['properties'] ?? {}) as Record<string, Json>
}

/** The input the tool asks for; every other required text is a word of ours. */
function filled({ parameters }: Tool, command: string): Json {
  const properties = propertiesOf(parameters)
  const required = (parameters['required'] ?? []) as string[]
  const input: Record<string, unknown> = {}
  for (const name of required) if (properties[name]?.['type'] === 'string') input[name] = 'canary'
  const name = 'command' in properties ? 'command' : 'cmd'
  input[name] = properties[name]?.['type'] === 'array' ? ['bash', '-c', command] : command
  return input
}

const anthropic: Wire = {
  isCall: path => /^\/v1\/messages(?:\?|$)/.test(path),
  tools: body =>
    list(body['tools']).map(tool => ({
      name: String(tool['name']),
      parameters: object(tool['input_schema']),
    })),
  events(call) {
    const usage = { input_tokens: 1, output_tokens: 1 }
    const message = {
      id: 'msg_canary',
      type: 'message',
      role: 'assistant',
      model: 'canary',
      content: [],
      usage,
    }
    const block = call
      ? { type: 'tool_use', id: 'toolu_portcullis_live', name: call.name, input: {} }
      : { type: 'text', text: '' }
    const delta = call
      ? { type: 'input_json_delta', partial_json: JSON.stringify(call.input) }
      : { type: 'text_delta', text: 'done' }
    return [
      named('message_start', { message }),
      named('content_block_start', { index: 0, content_block: block }),
      named('content_block_delta', { index: 0, delta }),
      named('content_block_stop', { index: 0 }),
      named('message_delta', { delta: { stop_reason: call ? 'tool_use' : 'end_turn' }, usage }),
      named('message_stop', {}),
    ]
  },
}

const responses: Wire = {
  isCall: path => /\/responses(?:\?|$)/.test(path),
  tools: body =>
    list(body['tools'])
      .filter(tool => tool['type'] === 'function')
      .map(tool => ({ name: String(tool['name']), parameters: object(tool['parameters']) })),
  events(call) {
    const text = [{ type: 'output_text', text: 'done', annotations: [] }]
    const item = call
      ? {
          id: 'fc_canary',
          type: 'function_call',
          call_id: 'call_portcullis_live',
          name: call.name,
          arguments: JSON.stringify(call.input),
          status: 'completed',
        }
      : { id: 'msg_canary', type: 'message', role: 'assistant', status: 'completed', content: text }
    const response = { id: 'resp_canary', object: 'response', model: 'canary', output: [item] }
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }
    return [
      named('response.created', { response: { ...response, status: 'in_progress', output: [] } }),
      named('response.output_item.done', { output_index: 0, item }),
      named('response.completed', { response: { ...response, status: 'completed', usage } }),
    ]
  },
}

const gemini: Wire = {
  isCall: path => /:(?:streamG|g)enerateContent(?:\?|$)/.test(path),
  tools: body =>
    list(body['tools'])
      .flatMap(group => list(group['functionDeclarations']))
      .map(tool => ({
        name: String(tool['name']),
        parameters: object(tool['parametersJsonSchema'] ?? tool['parameters']),
      })),
  events(call) {
    const part = call ? { functionCall: { name: call.name, args: call.input } } : { text: 'done' }
    const candidate = { index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }
    return [`data: ${JSON.stringify({ candidates: [candidate], modelVersion: 'canary' })}\r\n\r\n`]
  },
}

const wires: readonly Wire[] = [anthropic, responses, gemini]

function named(type: string, fields: Json): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as Json[]) : []
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}
