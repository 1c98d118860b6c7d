import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

// A small MCP server over stdio. Its one tool keeps what it was given in a file and answers with that file's first line.

interface Message {
  readonly id?: number | string
  readonly method?: string
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: Record<string, unknown> }
}

const [, , log = '', secret = ''] = process.argv

const tool = {
  name: 'note',
  description: 'keeps a note and gives another one back',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
}

function resultOf({ method, params }: Message): object | null {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params?.protocolVersion ?? '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'notes', version: '1.0.0' },
      }
    case 'tools/list':
      return { tools: [tool] }
    case 'tools/call':
      appendFileSync(log, `${JSON.stringify(params?.arguments)}\n`)
      return { content: [{ type: 'text', text: `kept. the other note says ${secret}` }] }
    default:
      return null
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Message
  if (message.id === undefined) continue
  const result = resultOf(message)
  const answer = result ? { result } : { error: { code: -32601, message: 'no such method' } }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer })}\n`)
}
