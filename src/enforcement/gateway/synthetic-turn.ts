import type { ServerResponse } from 'node:http'
import type { Refusal } from './refusal.ts'
import { formatEvent } from './sse.ts'

/** Says a refusal as the model's answer, for clients that hide the text of errors (`gateway.block: assistant-turn`). */
export function sendSyntheticTurn(
  response: ServerResponse,
  refusal: Refusal,
  { requestId, model, stream }: { requestId: string; model: string; stream: boolean },
): void {
  const text = `Portcullis refused this request: ${refusal.message}`
  const usage = { input_tokens: 0, output_tokens: 0 }
  const message = {
    id: `msg_${requestId}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  }
  response.setHeader('cache-control', 'no-store')
  if (!stream) {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(message))
    return
  }
  response.setHeader('content-type', 'text/event-stream; charset=utf-8')
  const events: [string, object][] = [
    ['message_start', { message: { ...message, content: [], stop_reason: null } }],
    ['content_block_start', { index: 0, content_block: { type: 'text', text: '' } }],
    ['content_block_delta', { index: 0, delta: { type: 'text_delta', text } }],
    ['content_block_stop', { index: 0 }],
    ['message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage }],
    ['message_stop', {}],
  ]
  response.end(events.map(([type, fields]) => formatEvent(type, { type, ...fields })).join(''))
}
