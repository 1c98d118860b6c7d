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

function event(name: string, input: JsonObject = {}): HookEvent {
  return parseEvent(Buffer.from(JSON.stringify({ hook_event_name: name, ...input })))
}

function said(name: string, disposition: Parameters<typeof answer>[1], input?: JsonObject) {
  const { body, exitCode, stderr } = answer(event(name, input), disposition)
  return { ...JSON.parse(body), exitCode, stderr }
}

test('a denied tool call says what, which rule, which threat, what to do and where to read more', () => {
  const { hookSpecificOutput, exitCode } = said('PreToolUse', deny)
  expect(exitCode).toBe(0)
  expect(hookSpecificOutput).toMatchObject({ hookEventName: 'PreToolUse', permissionDecision: 'deny' })
  const text = hookSpecificOutput.permissionDecisionReason
  for (const part of [
    'delete the home folder',
    'command.delete-home',
    'CMD-INJ-001',
    'Remedy: ',
    'portcullis explain dec_1',
  ]) {
    expect(text).toContain(part)
  }
})

test('an approval is asked for', () => {
  expect(said('PreToolUse', { kind: 'ask', id: 'dec_1', reasons })).toMatchObject({
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'ask' },
  })
})

test('only what is affirmed is allowed over the agent’s own rules', () => {
  const none = said('PreToolUse', { kind: 'pass', affirmed: false, notices: [] })
  expect(none).toEqual({ exitCode: 0 })
  expect(said('PreToolUse', { kind: 'pass', affirmed: true, notices: [] })).toMatchObject({
    hookSpecificOutput: { permissionDecision: 'allow' },
  })
  expect(said('SessionStart', { kind: 'pass', affirmed: true, notices: [] })).toEqual({ exitCode: 0 })
})

test('a notice goes to the person', () => {
  expect(said('PreToolUse', { kind: 'pass', affirmed: false, notices: ['look'] })).toEqual({
    systemMessage: 'look',
    exitCode: 0,
  })
})

test('a blocked prompt is not echoed', () => {
  for (const name of ['UserPromptSubmit', 'UserPromptExpansion']) {
    expect(said(name, deny)).toMatchObject({
      decision: 'block',
      hookSpecificOutput: { hookEventName: name, suppressOriginalPrompt: true },
    })
  }
})

test('a masked tool call goes on with the masked input, without a permission', () => {
  const tool_input = { body: 'a secret b', n: 1 }
  const mask = (text: string) => text.replaceAll('secret', '<masked>')
  expect(
    said('PreToolUse', { kind: 'rewrite', rewrite: mask, restores: [] }, { tool_input }).hookSpecificOutput,
  ).toEqual({
    hookEventName: 'PreToolUse',
    updatedInput: { body: 'a <masked> b', n: 1 },
  })
  expect(
    said('PreToolUse', { kind: 'ask', id: 'dec_1', reasons, rewrite: mask }, { tool_input }),
  ).toMatchObject({
    hookSpecificOutput: { permissionDecision: 'ask', updatedInput: { body: 'a <masked> b', n: 1 } },
  })
})

test('a masked output keeps its shape', () => {
  const tool_response = {
    type: 'text',
    file: { content: 'a secret b', lines: 3 },
    list: ['secret', null, true],
  }
  const mask = (text: string) => text.replaceAll('secret', '<masked>')
  expect(
    said('PostToolUse', { kind: 'rewrite', rewrite: mask, restores: [] }, { tool_response })
      .hookSpecificOutput,
  ).toEqual({
    hookEventName: 'PostToolUse',
    updatedToolOutput: {
      type: 'text',
      file: { content: 'a <masked> b', lines: 3 },
      list: ['<masked>', null, true],
    },
  })
})

test('a refused output is withheld, its shape kept', () => {
  const tool_response = { type: 'text', file: { content: 'the key is 123', numLines: 1 } }
  const { hookSpecificOutput, decision } = said('PostToolUse', deny, { tool_response })
  expect(decision).toBe('block')
  expect(hookSpecificOutput.updatedToolOutput).toEqual({
    type: 'text',
    file: { content: '[withheld by portcullis]', numLines: 1 },
  })
})

test('a refused change of settings is blocked', () => {
  expect(said('ConfigChange', deny)).toMatchObject({ decision: 'block', exitCode: 0 })
})

test('a refused event of another kind exits 2, but never makes the agent go on for ever', () => {
  expect(said('PreCompact', deny)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('denied') })
  expect(said('Stop', deny)).toMatchObject({ exitCode: 0, systemMessage: expect.any(String) })
})

test('nothing ever says `continue: false`, because the tool would run', () => {
  for (const name of [
    'PreToolUse',
    'PostToolUse',
    'UserPromptSubmit',
    'ConfigChange',
    'SessionStart',
    'New',
  ]) {
    for (const disposition of [deny, { ...deny, kind: 'warn' } as const]) {
      expect(said(name, disposition)).not.toHaveProperty('continue')
    }
  }
})

test('a warning tells and does not decide', () => {
  const warned = said('PreToolUse', { ...deny, kind: 'warn' })
  expect(Object.keys(warned)).toEqual(['systemMessage', 'exitCode', 'stderr'])
  expect(warned.systemMessage).toContain('would be denied')
})

test('without a readable event the refusal has every shape at once: JSON, stderr and exit code 2', () => {
  const { body, exitCode, stderr } = refuse(null, 'the hook event is empty', 'see')
  expect(JSON.parse(body).hookSpecificOutput.permissionDecision).toBe('deny')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('the hook event is empty')
})

test('only a tool call can be asked about, and it or its output masked', () => {
  expect(abilities(event('PreToolUse'))).toEqual({ ask: true, rewrite: true })
  expect(abilities(event('PostToolUse'))).toEqual({ ask: false, rewrite: true })
  expect(abilities(event('UserPromptSubmit'))).toEqual({ ask: false, rewrite: false })
})
