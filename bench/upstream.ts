import { createServer } from 'node:http'

// A fixed upstream for the gateway bench: one JSON reply, or 60 SSE events in a burst when the path or body asks for a stream.
const port = Number(process.argv[2])
const words = 'the gate passes every request through six layers and leaves one line in the log '.repeat(16)
const message = {
  id: 'msg_bench',
  type: 'message',
  role: 'assistant',
  model: 'claude-bench',
  content: [{ type: 'text', text: words }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 900, output_tokens: 240 },
}
const json = Buffer.from(JSON.stringify(message))
const stream = Buffer.from(
  [
    event('message_start', {
      message: { ...message, content: [], usage: { input_tokens: 900, output_tokens: 1 } },
    }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: 56 }, () =>
      event('content_block_delta', {
        index: 0,
        delta: { type: 'text_delta', text: ' the gate passes every request' },
      }),
    ),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 240 } }),
    event('message_stop', {}),
  ].join(''),
)

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
}

createServer((request, response) => {
  let streams = false
  request.on('data', (chunk: Buffer) => {
    streams ||= chunk.includes('"stream":true')
  })
  request.on('end', () => {
    const body = streams ? stream : json
    response.writeHead(200, {
      'content-type': streams ? 'text/event-stream' : 'application/json',
      'content-length': body.length,
    })
    response.end(body)
  })
}).listen(port, '127.0.0.1')
