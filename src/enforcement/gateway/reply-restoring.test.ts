import { describe, expect, test } from 'vitest'
import type { RestoredSecret } from '../../access/decision.ts'
import { Secret } from '../../kernel/secret.ts'
import { createUseRestorer, type ToolUse } from './reply-restoring.ts'
import { formatEvent } from './sse.ts'

const placeholder = '<masked:test:0123abcd>'
const restored: RestoredSecret = {
  placeholder,
  secret: new Secret('say "sesame" $&'),
  rule: 'file-holds-it',
  target: '/a',
}

const event = (type: string, fields: object) => formatEvent(type, { type, ...fields })
const start = (index: number, block: object) => event('content_block_start', { index, content_block: block })
const delta = (index: number, fields: object) => event('content_block_delta', { index, delta: fields })
const json = (index: number, text: string) => delta(index, { type: 'input_json_delta', partial_json: text })
const stop = (index: number) => event('content_block_stop', { index })
const edit = { type: 'tool_use', id: 'toolu_1', name: 'Edit', input: {} }
const end = event('message_stop', {})

async function through(text: string, secrets: readonly RestoredSecret[] = [restored]) {
  const asked: ToolUse[] = []
  const restorer = createUseRestorer(async use => {
    asked.push(use)
    return secrets
  }, 1 << 20)
  const out: Buffer[] = []
  for (const piece of restorer.push([Buffer.from(text)])) out.push(await piece)
  return { asked, text: Buffer.concat(out).toString() }
}

describe('a stream whose tool uses get secrets back', () => {
  test('holds a use until it is whole, and lets it go with its input in one delta', async () => {
    const input = { file_path: '/a', old_string: `x ${placeholder}`, n: [1, placeholder] }
    const text = JSON.stringify(input)
    const use = start(1, edit) + json(1, text.slice(0, 40)) + json(1, text.slice(40)) + stop(1)
    const before = start(0, { type: 'text', text: '' }) + delta(0, { type: 'text_delta', text: placeholder })
    const { asked, text: out } = await through(before + stop(0) + use + end)
    expect(asked).toEqual([{ name: 'Edit', input, placeholders: [placeholder] }])
    const whole = { ...input, old_string: 'x say "sesame" $&', n: [1, 'say "sesame" $&'] }
    expect(out).toBe(before + stop(0) + start(1, edit) + json(1, JSON.stringify(whole)) + stop(1) + end)
  })

  test.each([
    ['without a placeholder', JSON.stringify({ file_path: '/a', old_string: 'x' })],
    ['cut short by a limit', `{"file_path":"/a","old_string":"${placeholder}`],
  ])('lets a use %s go as it came, and asks nobody', async (_what, text) => {
    const stream = start(0, edit) + json(0, text.slice(0, 9)) + json(0, text.slice(9)) + stop(0) + end
    expect(await through(stream)).toEqual({ asked: [], text: stream })
  })

  test('lets a use go as it came when the guard gives nothing', async () => {
    const stream = start(0, edit) + json(0, JSON.stringify({ a: placeholder })) + stop(0) + end
    expect((await through(stream, [])).text).toBe(stream)
  })

  test('loses nothing of a use that never ends', async () => {
    const stream = start(0, edit) + json(0, `{"a":"${placeholder}"}`) + end
    expect(await through(stream)).toEqual({ asked: [], text: stream })
  })

  test('leaves what a server runs alone', async () => {
    const block = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'Edit', input: {} }
    const stream = start(0, block) + json(0, `{"a":"${placeholder}"}`) + stop(0) + end
    expect(await through(stream)).toEqual({ asked: [], text: stream })
  })
})
