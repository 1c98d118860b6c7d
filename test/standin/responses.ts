import type { ServerResponse } from 'node:http'
import {
  type ReplyScript,
  type ScriptedModel,
  type ScriptedReply,
  type ScriptedToolUse,
  sendJson,
  startScriptedModel,
  type Vendor,
} from './scripted.ts'

/** A stand-in for the OpenAI Responses API, streaming; `script` decides each answer to `POST …/responses`. */
export function startStandInResponses(script: ReplyScript): Promise<ScriptedModel> {
  return startScriptedModel(responses, script)
}

const responses: Vendor = {
  isModelCall: path => path.split('?')[0]!.endsWith('/responses'),
  answer(response, reply, { turn, body }) {
    const { status } = reply
    if (status !== undefined) return sendJson(response, status, failure(status))
    stream(response, events(reply, turn, String(body['model'] ?? 'standin')))
  },
  other(response, path) {
    if (path.includes('/models')) return sendJson(response, 200, { object: 'list', data: [], models: [] })
    sendJson(response, 404, failure(404))
  },
}

interface StreamEvent {
  readonly type: string
  readonly [key: string]: unknown
}

function events(reply: ScriptedReply, turn: number, model: string): StreamEvent[] {
  const id = `resp_standin${turn}`
  const items = outputItems(reply, turn)
  const usage = {
    input_tokens: 12,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 19,
  }
  const response = { id, object: 'response', model, output: items }
  return [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    ...items.flatMap((item, output_index) => [
      { type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress' } },
      { type: 'response.output_item.done', output_index, item },
    ]),
    { type: 'response.completed', response: { ...response, status: 'completed', usage } },
  ]
}

function outputItems({ text, toolUses = [] }: ScriptedReply, turn: number): object[] {
  const calls = toolUses.map((use, index) => callItem(use, `call_standin${turn}x${index}`))
  if (text === undefined) return calls
  const content = [{ type: 'output_text', text, annotations: [] }]
  return [
    { id: `msg_standin${turn}`, type: 'message', role: 'assistant', status: 'completed', content },
    ...calls,
  ]
}

/** A tool that takes free text is a custom tool; all others take JSON in a string. */
function callItem({ name, input, id, namespace }: ScriptedToolUse, fallbackId: string): object {
  const common = { call_id: id ?? fallbackId, name, status: 'completed', ...(namespace && { namespace }) }
  if (typeof input === 'string')
    return { id: `ctc_${fallbackId}`, type: 'custom_tool_call', ...common, input }
  const call = { id: `fc_${fallbackId}`, type: 'function_call', ...common }
  return { ...call, arguments: JSON.stringify(input) }
}

function stream(response: ServerResponse, list: readonly StreamEvent[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  for (const [sequence_number, event] of list.entries()) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`)
  }
  response.end()
}

function failure(status: number) {
  return {
    error: { message: `stand-in says ${status}`, type: 'invalid_request_error', code: null, param: null },
  }
}
