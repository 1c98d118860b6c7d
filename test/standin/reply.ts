/** What the stand-in model answers to one request; every field may be left out. */
export interface Reply {
  /** One text block; a list is sent as that many deltas. */
  readonly text?: string | readonly string[]
  /** A thinking block before the text, with a made-up signature. */
  readonly thinking?: string
  readonly toolUses?: readonly ToolUse[]
  /** `tool_use` when there are tool uses, `end_turn` otherwise. */
  readonly stopReason?: string
  readonly usage?: { readonly inputTokens?: number; readonly outputTokens?: number }
  /** Pause before every delta of a stream. */
  readonly delayMs?: number
  /** Called before each delta of a stream; a test holds the stream by returning a promise. */
  readonly beforeDelta?: (index: number) => Promise<void> | void
  readonly fault?: Fault
  /** Replaces the rendered stream or body, byte for byte, sent in these pieces. */
  readonly raw?: readonly (string | Buffer)[]
  /** Further response headers. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface ToolUse {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  readonly id?: string
  /** How the JSON text of `input` is cut into deltas; joined they must be its JSON. */
  readonly fragments?: readonly string[]
}

/**
 * What goes wrong. `error-<status>`: a JSON error; `drop`: the socket closes before an answer; `cut-stream`: it closes after
 * the first delta; `unterminated`: the stream ends without `message_stop`; `malformed-sse`: an event whose data is not JSON;
 * `html-200`: a page; `error-event`: an SSE error event; `slow`: 1.5 s before the first byte; `hang`: no answer at all.
 */
export type Fault =
  | `error-${number}`
  | 'drop'
  | 'cut-stream'
  | 'unterminated'
  | 'malformed-sse'
  | 'html-200'
  | 'error-event'
  | 'slow'
  | 'hang'

interface ContentBlock {
  readonly start: Record<string, unknown>
  readonly deltas: readonly Record<string, unknown>[]
  readonly whole: Record<string, unknown>
}

/** The reply as one JSON message. */
export function renderMessage(reply: Reply, model: string, turn: number): Record<string, unknown> {
  return {
    ...envelope(reply, model, turn),
    content: contentBlocks(reply, turn).map(block => block.whole),
    stop_reason: stopReason(reply),
    usage: usageOf(reply),
  }
}

/** The reply as the events of a stream; `paced` marks the deltas. */
export function renderEvents(reply: Reply, model: string, turn: number): { text: string; paced: boolean }[] {
  const { input_tokens, output_tokens } = usageOf(reply)
  const start = { ...envelope(reply, model, turn), content: [], usage: { input_tokens, output_tokens: 1 } }
  const events = [sse('message_start', { message: start }), sse('ping', {})]
  contentBlocks(reply, turn).forEach((block, index) => {
    events.push(sse('content_block_start', { index, content_block: block.start }))
    for (const delta of block.deltas) {
      events.push({ ...sse('content_block_delta', { index, delta }), paced: true })
    }
    events.push(sse('content_block_stop', { index }))
  })
  const delta = { stop_reason: stopReason(reply), stop_sequence: null }
  events.push(sse('message_delta', { delta, usage: { output_tokens } }), sse('message_stop', {}))
  return events
}

function sse(type: string, fields: Record<string, unknown>) {
  return { text: `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`, paced: false }
}

function envelope(reply: Reply, model: string, turn: number): Record<string, unknown> {
  const content = contentBlocks(reply, turn).map(block => block.whole)
  const id = `msg_standin${String(turn).padStart(6, '0')}`
  return { id, type: 'message', role: 'assistant', model, content, stop_reason: null, stop_sequence: null }
}

function contentBlocks(reply: Reply, turn: number): ContentBlock[] {
  const blocks: ContentBlock[] = []
  if (reply.thinking !== undefined) blocks.push(thinkingBlock(reply.thinking))
  if (reply.text !== undefined) blocks.push(textBlock(reply.text))
  reply.toolUses?.forEach((use, index) => {
    blocks.push(toolUseBlock(use, `toolu_standin${turn}x${index}`))
  })
  return blocks
}

function textBlock(text: string | readonly string[]): ContentBlock {
  const pieces = typeof text === 'string' ? [text] : text
  return {
    start: { type: 'text', text: '' },
    deltas: pieces.map(piece => ({ type: 'text_delta', text: piece })),
    whole: { type: 'text', text: pieces.join('') },
  }
}

function thinkingBlock(thinking: string): ContentBlock {
  const signature = 'c3RhbmQtaW4gc2lnbmF0dXJl'.repeat(4)
  return {
    start: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      { type: 'thinking_delta', thinking },
      { type: 'signature_delta', signature },
    ],
    whole: { type: 'thinking', thinking, signature },
  }
}

function toolUseBlock(use: ToolUse, fallbackId: string): ContentBlock {
  const { name, input } = use
  const id = use.id ?? fallbackId
  const fragments = use.fragments ?? ['', JSON.stringify(input)]
  return {
    start: { type: 'tool_use', id, name, input: {} },
    deltas: fragments.map(partial_json => ({ type: 'input_json_delta', partial_json })),
    whole: { type: 'tool_use', id, name, input },
  }
}

function stopReason(reply: Reply): string {
  return reply.stopReason ?? (reply.toolUses?.length ? 'tool_use' : 'end_turn')
}

function usageOf(reply: Reply) {
  return { input_tokens: reply.usage?.inputTokens ?? 12, output_tokens: reply.usage?.outputTokens ?? 7 }
}
