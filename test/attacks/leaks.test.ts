import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fortress, raiseFortress } from './support.ts'

// Made at run time, so that no scanner of this repository takes it for a leak.
const token = `glpat-${randomBytes(15).toString('hex').slice(0, 20)}`

let fortress: Fortress
beforeAll(async () => {
  fortress = await raiseFortress({ network: { rateLimit: { requestsPerMinute: 0 } } })
})
afterAll(() => fortress.close())

async function ask(body: object | string, query = ''): Promise<{ status: number; text: string }> {
  const response = await fetch(`${fortress.url}/v1/messages${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'made-up-login' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, text: await response.text() }
}

const user = (content: unknown) => ({ model: 'm', max_tokens: 5, messages: [{ role: 'user', content }] })
const hello = { ...user('hello') }

/** Every decoding a reader at the other end could try. */
function everythingIn(bytes: Buffer, path: string): string {
  const text = `${decodeURIComponent(path)} ${bytes.toString()}`
  const decoded = JSON.stringify(JSON.parse(bytes.toString()))
  const base64 = (text.match(/[A-Za-z0-9+/_-]{16,}={0,2}/g) ?? []).map(run =>
    Buffer.from(run, 'base64').toString('latin1'),
  )
  const percent = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  const visible = decoded.replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, '')
  return [text, decoded, percent, visible, ...base64].join('\n')
}

const escaped = [...token].map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
const tool = { name: 'Bash', description: 'runs', input_schema: { type: 'object', properties: {} } }

const hiding: Record<string, object | string> = {
  'a plain message': user(token),
  'JSON escapes': JSON.stringify(user('HERE')).replace('HERE', escaped),
  'a system string': { ...hello, system: `key ${token}` },
  'a system block': { ...hello, system: [{ type: 'text', text: token }] },
  'metadata.user_id': { ...hello, metadata: { user_id: token } },
  'a key of metadata': { ...hello, metadata: { [token]: 1 } },
  'stop sequences': { ...hello, stop_sequences: [token] },
  'a field nobody knows': { ...hello, surprise: { deep: [{ er: token }] } },
  'a string field nobody knows': { ...hello, surprise: token },
  'the name of a field nobody knows': { ...hello, [token]: 1 },
  'the model': { ...hello, model: token },
  'a tool description': { ...hello, tools: [{ ...tool, description: `use ${token}` }] },
  'a tool name': { ...hello, tools: [{ ...tool, name: token }] },
  'a property name of a tool': {
    ...hello,
    tools: [{ ...tool, input_schema: { properties: { [token]: {} } } }],
  },
  tool_choice: { ...hello, tool_choice: { type: 'tool', name: token } },
  'an MCP server': {
    ...hello,
    mcp_servers: [{ type: 'url', url: `https://x.example/?k=${token}`, name: 'n' }],
  },
  'the name of an MCP server': {
    ...hello,
    mcp_servers: [{ type: 'url', url: 'https://x.example/', name: token, authorization_token: 'x' }],
  },
  'another token of an MCP server': {
    ...hello,
    mcp_servers: [{ type: 'url', url: 'https://x.example/', name: 'n', authorization: token }],
  },
  'a list as the token of an MCP server': {
    ...hello,
    mcp_servers: [{ name: 'n', authorization_token: [token] }],
  },
  'a token deeper in an MCP server': {
    ...hello,
    mcp_servers: [{ name: 'n', tool_configuration: { authorization_token: token } }],
  },
  'MCP servers that are no list': { ...hello, mcp_servers: { a: { authorization_token: token } } },
  'MCP servers that are one server': { ...hello, mcp_servers: { authorization_token: [token] } },
  'MCP servers elsewhere': { ...hello, metadata: { mcp_servers: [{ authorization_token: token }] } },
  'a field like MCP servers': {
    ...hello,
    surprise: [{ type: 'url', name: 'n', authorization_token: token }],
  },
  'a tool result string': user([{ type: 'tool_result', tool_use_id: 't', content: token }]),
  'a tool result list': user([
    { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: token }] },
  ]),
  'a tool_use id': {
    ...hello,
    messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: token, name: 'n', input: {} }] }],
  },
  'a tool_use_id': user([{ type: 'tool_result', tool_use_id: token, content: 'x' }]),
  'a file id': user([{ type: 'document', source: { type: 'file', file_id: token } }]),
  'a role': { ...hello, messages: [{ role: token, content: 'x' }] },
  'a type': user([{ type: token, text: 'x' }]),
  'a media type': user([{ type: 'document', source: { type: 'text', media_type: token, data: 'x' } }]),
  'an input of a tool': {
    ...hello,
    messages: [
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 't', name: 'n', input: { a: [{ b: token }] } }],
      },
    ],
  },
  'a key of an input': {
    ...hello,
    messages: [
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: { [token]: 1 } }] },
    ],
  },
  'a key of a block': user([{ type: 'text', text: 'x', [token]: 1 }]),
  'a text document': user([
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: token } },
  ]),
  'a content document': user([
    { type: 'document', source: { type: 'content', content: [{ type: 'text', text: token }] } },
  ]),
  'a document title': user([{ type: 'document', title: token, source: { type: 'text', data: 'x' } }]),
  'base64 data that is none': user([
    { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: `it is ${token}` } },
  ]),
  'base64 text': user([
    {
      type: 'document',
      source: {
        type: 'base64',
        media_type: 'text/plain',
        data: Buffer.from(`my key: ${token}`).toString('base64'),
      },
    },
  ]),
  'a signature': {
    ...hello,
    messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature: token }] }],
  },
  'thinking without a signature': {
    ...hello,
    messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: token }] }],
  },
  'thinking in a turn of the user': user([{ type: 'thinking', thinking: token, signature: 'c2ln' }]),
  'redacted thinking': {
    ...hello,
    messages: [{ role: 'assistant', content: [{ type: 'redacted_thinking', data: token }] }],
  },
  'encrypted content': user([{ type: 'web_search_result', encrypted_content: token }]),
  'a ttl': user([{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: token } }]),
  'percent signs': user(`https://x.example/?k=${token.replaceAll('-', '%2D')}`),
  'base64 in a message': user(`decode ${Buffer.from(`token=${token}`).toString('base64')}`),
  'zero-width spaces': user([...token].join('\u200b')),
  'a byte order mark inside': user(`${token.slice(0, 9)}\ufeff${token.slice(9)}`),
  'a NUL beside it': user(`\0${token}\0`),
  'lone surrogates beside it': JSON.stringify(user('HERE')).replace('HERE', `\\ud800${token}\\udc00`),
}

describe('a secret does not reach the model', () => {
  test.each(Object.keys(hiding))('in %s', async place => {
    fortress.model.requests.length = 0
    await ask(hiding[place]!)
    for (const { body, path } of fortress.model.requests)
      expect(everythingIn(body, path)).not.toContain(token)
  })

  test('in the query', async () => {
    fortress.model.requests.length = 0
    for (const query of [
      `?k=${token}`,
      `?beta=true&k=${token}`,
      `?${token}`,
      `?k=${token.replaceAll('-', '%2D')}`,
    ])
      await ask(hello, query)
    for (const { body, path } of fortress.model.requests)
      expect(everythingIn(body, path)).not.toContain(token)
  })
})

describe('what honest clients send is not touched', () => {
  const session = '3f2a9c1e-8d47-4b6a-9e15-0c7d2b8a4f63'
  const device = randomBytes(32).toString('hex')
  test.each([
    [
      'user_id of an account',
      { ...hello, metadata: { user_id: `user_${device}_account_${session}_session_${session}` } },
    ],
    [
      'user_id as JSON',
      {
        ...hello,
        metadata: { user_id: JSON.stringify({ device_id: device, account_uuid: '', session_id: session }) },
      },
    ],
    [
      'ids of tool uses',
      {
        ...hello,
        messages: [
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'toolu_01A09q90qw90lq917835lq9', name: 'Bash', input: {} }],
          },
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 'toolu_01A09q90qw90lq917835lq9', content: 'ok' }],
          },
        ],
      },
    ],
    [
      'an image',
      user([
        {
          type: 'image',
          source: { type: 'base64', media_type: 'image/png', data: randomBytes(3000).toString('base64') },
        },
      ]),
    ],
    [
      'signed thinking',
      {
        ...hello,
        messages: [
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'I see', signature: randomBytes(300).toString('base64') },
            ],
          },
        ],
      },
    ],
    [
      'redacted thinking',
      {
        ...hello,
        messages: [
          {
            role: 'assistant',
            content: [{ type: 'redacted_thinking', data: randomBytes(300).toString('base64') }],
          },
        ],
      },
    ],
    [
      'thinking and context settings',
      {
        ...hello,
        thinking: { type: 'enabled', budget_tokens: 2048 },
        temperature: 1,
        context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
        output_config: { effort: 'high' },
      },
    ],
    [
      'the token for an MCP server',
      {
        ...hello,
        mcp_servers: [{ type: 'url', url: 'https://x.example/mcp', name: 'n', authorization_token: token }],
      },
    ],
  ])('%s', async (_what, body) => {
    fortress.model.requests.length = 0
    const { status } = await ask(body, '?beta=true')
    expect(status).toBe(200)
    expect(fortress.model.requests[0]!.body.toString()).toBe(JSON.stringify(body))
  })

  test('a token let through to an MCP server is not let through where the same bytes stand elsewhere', async () => {
    const servers = [{ type: 'url', url: 'https://y.example/mcp', name: 'n', authorization_token: token }]
    fortress.model.requests.length = 0
    await ask({ ...hello, mcp_servers: servers })
    await ask({ ...hello, surprise: servers })
    expect(fortress.model.requests.map(({ body }) => body.toString().includes(token))).toEqual([true, false])
  })
})
