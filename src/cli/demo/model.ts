import { createServer, type IncomingMessage } from 'node:http'

/** What the model was sent, as text: the demo looks for the secret in it. */
export interface ScriptedModel {
  readonly url: string
  readonly received: readonly string[]
  close(): Promise<void>
}

/** The pieces a streamed reply comes in; the cuts matter, because a secret may lie across them. */
export type Script = (turn: number) => readonly string[]

const PIECE_DELAY_MS = 15

/** A model on loopback that streams what the script says. It understands nothing. */
export async function startScriptedModel(script: Script): Promise<ScriptedModel> {
  const received: string[] = []
  const server = createServer(async (request, response) => {
    received.push(await readAll(request))
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of stream(script(received.length))) {
      response.write(event)
      await new Promise(resolve => setTimeout(resolve, PIECE_DELAY_MS))
    }
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function* stream(pieces: readonly string[]): Generator<string> {
  const usage = { input_tokens: 420, output_tokens: 1 }
  const message = { id: 'msg_demo', type: 'message', role: 'assistant', model: 'demo', content: [], usage }
  yield event('message_start', { message })
  yield event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  for (const text of pieces)
    yield event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
  yield event('content_block_stop', { index: 0 })
  yield event('message_delta', {
    delta: { stop_reason: 'end_turn' },
    usage: { output_tokens: pieces.length },
  })
  yield event('message_stop', {})
}

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
}
