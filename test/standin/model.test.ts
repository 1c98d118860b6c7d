import Anthropic from '@anthropic-ai/sdk'
import { afterEach, expect, test } from 'vitest'
import { type Script, type StandInModel, startStandInModel } from './model.ts'

let model: StandInModel
afterEach(() => model.close())

async function client(script: Script) {
  model = await startStandInModel({ script })
  return new Anthropic({ baseURL: model.url, apiKey: 'made-up', maxRetries: 0 })
}

const question = {
  model: 'claude-standin',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'hello' }],
}

test('the official SDK reads a plain reply and the request is recorded byte for byte', async () => {
  const sdk = await client(() => ({ text: 'hi', usage: { inputTokens: 3, outputTokens: 4 } }))
  const message = await sdk.messages.create(question)
  expect(message.content).toEqual([{ type: 'text', text: 'hi' }])
  expect(message.usage).toMatchObject({ input_tokens: 3, output_tokens: 4 })
  expect(model.requests[0]?.body.toString()).toBe(JSON.stringify(question))
  expect(model.requests[0]?.headers).toMatchObject({ authorization: 'Bearer made-up' })
})

test('a stream joins to the same message, tool use and thinking included', async () => {
  const sdk = await client(() => ({
    thinking: 'hm',
    text: ['a', 'b'],
    toolUses: [{ name: 'Bash', input: { command: 'ls' }, fragments: ['{"comm', 'and":"ls"}'] }],
  }))
  const message = await sdk.messages.stream(question).finalMessage()
  expect(message.content.map(block => block.type)).toEqual(['thinking', 'text', 'tool_use'])
  expect(message.content[1]).toMatchObject({ text: 'ab' })
  expect(message.content[2]).toMatchObject({ name: 'Bash', input: { command: 'ls' } })
  expect(message.stop_reason).toBe('tool_use')
})

test.each([
  ['error-429', 429],
  ['error-529', 529],
] as const)('fault %s is a JSON error with that status', async (fault, status) => {
  const sdk = await client(() => ({ fault }))
  await expect(sdk.messages.create(question)).rejects.toMatchObject({ status })
})

test.each(['drop', 'cut-stream', 'malformed-sse', 'error-event', 'html-200'] as const)(
  'fault %s breaks a stream for the SDK',
  async fault => {
    const sdk = await client(() => ({ text: ['a', 'b'], fault }))
    await expect(sdk.messages.stream(question).finalMessage()).rejects.toThrow()
  },
)

test('count_tokens and models are served', async () => {
  const sdk = await client(() => ({}))
  expect(await sdk.messages.countTokens(question)).toMatchObject({ input_tokens: 42 })
  expect((await sdk.models.list()).data[0]?.id).toBe('claude-standin')
})
