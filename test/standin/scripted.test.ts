import { afterEach, expect, test } from 'vitest'
import { startStandInGemini } from './generate-content.ts'
import { startStandInResponses } from './responses.ts'
import type { ScriptedModel, ScriptedReply } from './scripted.ts'

let model: ScriptedModel
afterEach(() => model.close())

const reply: ScriptedReply = {
  text: 'hi',
  toolUses: [
    { name: 'run', input: { command: 'ls' } },
    { name: 'note', namespace: 'mcp__notes', input: { text: 'x' }, id: 'call_mine' },
  ],
}

const post = (path: string, body: object) =>
  fetch(`${model.url}${path}`, { method: 'POST', body: JSON.stringify(body) })

/** The data of a stream of events. */
async function dataOf(response: Response): Promise<Record<string, unknown>[]> {
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const lines = (await response.text()).split(/\r?\n/)
  return lines.filter(line => line.startsWith('data: ')).map(line => JSON.parse(line.slice('data: '.length)))
}

test('Responses: text, a function, a tool of a server and a tool of free text arrive as items of one stream', async () => {
  const patch = { name: 'apply_patch', input: '*** Begin Patch' }
  model = await startStandInResponses(() => ({ ...reply, toolUses: [...reply.toolUses!, patch] }))
  const events = await dataOf(await post('/v1/responses', { model: 'gpt-x', input: [], stream: true }))
  expect(events[0]?.['type']).toBe('response.created')
  expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { model: 'gpt-x' } })
  const items = events.flatMap(event =>
    event['type'] === 'response.output_item.done' ? [event['item']] : [],
  )
  expect(items).toMatchObject([
    { type: 'message', content: [{ type: 'output_text', text: 'hi' }] },
    { type: 'function_call', name: 'run', arguments: '{"command":"ls"}', call_id: 'call_standin0x0' },
    { type: 'function_call', name: 'note', namespace: 'mcp__notes', call_id: 'call_mine' },
    { type: 'custom_tool_call', name: 'apply_patch', input: '*** Begin Patch' },
  ])
  expect(model.requests[0]?.json).toMatchObject({ model: 'gpt-x' })
})

test('Gemini: text and calls arrive as parts, streamed or whole', async () => {
  model = await startStandInGemini(() => reply)
  const parts = [
    { text: 'hi' },
    { functionCall: { name: 'run', args: { command: 'ls' } } },
    { functionCall: { name: 'note', id: 'call_mine' } },
  ]
  const candidates = [{ content: { role: 'model', parts }, finishReason: 'STOP' }]
  const streamed = await post('/v1beta/models/gemini-x:streamGenerateContent?alt=sse', { contents: [] })
  expect(await dataOf(streamed)).toMatchObject([{ candidates }])
  const whole = await post('/v1beta/models/gemini-x:generateContent', { contents: [] })
  expect(await whole.json()).toMatchObject({ candidates })
})

test.each([
  ['Responses', startStandInResponses, '/v1/responses'],
  ['Gemini', startStandInGemini, '/v1beta/models/x:generateContent'],
] as const)(
  '%s: the script hears the turn, and answers errors; other paths are not the model',
  async (_name, start, path) => {
    const turns: number[] = []
    model = await start(({ turn }) => {
      turns.push(turn)
      return turn === 0 ? { text: 'hi' } : { status: 429 }
    })
    expect((await post(path, {})).status).toBe(200)
    expect((await post('/nowhere', {})).status).toBe(404)
    expect((await post(path, {})).status).toBe(429)
    expect(turns).toEqual([0, 1])
    expect(model.requests).toHaveLength(3)
  },
)
