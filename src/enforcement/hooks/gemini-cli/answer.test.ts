import { expect, test } from 'vitest'
import { reason } from '../../../access/decision.ts'
import type { HookEvent, JsonObject } from '../adapter.ts'
import { abilities, answer, refuse } from './answer.ts'
import { parseEvent } from './event.ts'

const reasons = [
  reason('validation.dangerous-command', '`rm` would delete the home folder', {
    rule: 'command.delete-home',
  }),
]
const deny = { kind: 'deny', id: 'dec_1', reasons } as const
const mask = (text: string) => text.replaceAll('secret', '<masked>')

function event(name: string, input: JsonObject = {}): HookEvent {
  return parseEvent(Buffer.from(JSON.stringify({ hook_event_name: name, ...input })))
}

function said(name: string, disposition: Parameters<typeof answer>[1], input?: JsonObject) {
  const { body, exitCode, stderr } = answer(event(name, input), disposition)
  return { ...JSON.parse(body), exitCode, stderr }
}

test.each(['BeforeTool', 'AfterTool', 'BeforeAgent', 'BeforeModel', 'AfterModel', 'New'])(
  'a refused %s says deny and why',
  name => {
    for (const disposition of [deny, { ...deny, kind: 'ask' } as const]) {
      const { decision, reason: why, exitCode } = said(name, disposition)
      expect({ decision, exitCode }).toEqual({ decision: 'deny', exitCode: 0 })
      for (const part of [
        'delete the home folder',
        'command.delete-home',
        'Remedy: ',
        'portcullis explain dec_1',
      ]) {
        expect(why).toContain(part)
      }
    }
  },
)

test('an approval is never asked for: a version that does not know the word runs the call', () => {
  expect(abilities(event('BeforeTool')).ask).toBe(false)
})

test('a pass says nothing, a notice and a warning go to the person', () => {
  expect(said('BeforeTool', { kind: 'pass', affirmed: true, notices: [] })).toEqual({ exitCode: 0 })
  expect(said('BeforeTool', { kind: 'pass', affirmed: false, notices: ['look'] })).toEqual({
    systemMessage: 'look',
    exitCode: 0,
  })
  const warned = said('BeforeTool', { ...deny, kind: 'warn' })
  expect(warned.systemMessage).toContain('would be denied')
  expect(warned).not.toHaveProperty('decision')
})

test('a masked input is sent whole', () => {
  expect(
    said(
      'BeforeTool',
      { kind: 'rewrite', rewrite: mask, restores: [] },
      { tool_input: { text: 'a secret', n: 1 } },
    ),
  ).toMatchObject({
    hookSpecificOutput: { hookEventName: 'BeforeTool', tool_input: { text: 'a <masked>', n: 1 } },
  })
})

test.each([
  ['a secret b', 'a <masked> b'],
  [[{ text: 'a secret' }, { text: 'b' }], 'a <masked>\nb'],
  [{ text: 'secret' }, '<masked>'],
  [[{ inlineData: { data: 'secret' } }], '{"inlineData":{"data":"<masked>"}}'],
])('the masked output of %j stands in for it', (llmContent, shown) => {
  const answered = said(
    'AfterTool',
    { kind: 'rewrite', rewrite: mask, restores: [] },
    { tool_response: { llmContent, returnDisplay: '' } },
  )
  expect(answered.decision).toBe('deny')
  expect(answered.reason).toContain(shown)
})

test('an end is never refused, a start cannot be', () => {
  for (const name of ['AfterAgent', 'SessionStart', 'SessionEnd', 'Notification', 'PreCompress']) {
    const answered = said(name, deny)
    expect(answered.systemMessage).toContain('delete the home folder')
    expect(answered).not.toHaveProperty('decision')
  }
})

test('without a readable event the refusal is the one Gemini hears for every event', () => {
  const { body, exitCode } = refuse(null, 'the hook event is empty', 'see')
  expect(exitCode).toBe(0)
  expect(JSON.parse(body)).toMatchObject({ decision: 'deny', reason: expect.stringContaining('is empty') })
})
