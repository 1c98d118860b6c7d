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

test.each(['PreToolUse', 'PermissionRequest', 'PostToolUse', 'UserPromptSubmit', 'PreCompact', 'New'])(
  'a refused %s is exit code 2 with the reason on stderr, and nothing on stdout',
  name => {
    for (const disposition of [deny, { ...deny, kind: 'ask' } as const]) {
      const said = answer(event(name), disposition)
      expect(said).toMatchObject({ body: '', exitCode: 2 })
      for (const part of [
        'delete the home folder',
        'command.delete-home',
        'Remedy: ',
        'portcullis explain dec_1',
      ]) {
        expect(said.stderr).toContain(part)
      }
    }
  },
)

test('an approval is never asked for: Codex would run the command', () => {
  expect(abilities(event('PreToolUse')).ask).toBe(false)
  expect(answer(event('PreToolUse'), { ...deny, kind: 'ask' }).stderr).toContain('Codex cannot ask')
})

test('a pass says nothing, a notice and a warning go to the person', () => {
  expect(answer(event('PreToolUse'), { kind: 'pass', affirmed: true, notices: [] })).toEqual({
    body: '{}',
    exitCode: 0,
  })
  const noticed = answer(event('PreToolUse'), { kind: 'pass', affirmed: false, notices: ['look'] })
  expect(JSON.parse(noticed.body)).toEqual({ systemMessage: 'look' })
  const warned = answer(event('PreToolUse'), { ...deny, kind: 'warn' })
  expect(warned.exitCode).toBe(0)
  expect(JSON.parse(warned.body).systemMessage).toContain('would be denied')
})

test('a masked input needs `allow`, without which Codex sends the old one', () => {
  const { body } = answer(event('PreToolUse', { tool_input: { text: 'a secret', n: 1 } }), {
    kind: 'rewrite',
    rewrite: mask,
    restores: [],
  })
  expect(JSON.parse(body)).toEqual({
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: 'allow',
      updatedInput: { text: 'a <masked>', n: 1 },
    },
  })
})

test.each([
  ['a secret b', 'a <masked> b'],
  [
    {
      content: [
        { type: 'text', text: 'a secret' },
        { type: 'text', text: 'b' },
      ],
    },
    'a <masked>\nb',
  ],
  [
    {
      content: [
        { type: 'image', data: 'x' },
        { type: 'text', text: 'secret' },
      ],
    },
    '<masked>',
  ],
  [{ list: ['secret', 1] }, '{"list":["<masked>",1]}'],
])('the masked output of %j stands in for it', (tool_response, shown) => {
  const said = answer(event('PostToolUse', { tool_response }), {
    kind: 'rewrite',
    rewrite: mask,
    restores: [],
  })
  expect(said).toMatchObject({ body: '', exitCode: 2 })
  expect(said.stderr).toContain(shown)
  expect(said.stderr).not.toContain('secret b')
})

test('a session can be refused at its start, an end never makes the agent go on', () => {
  expect(JSON.parse(answer(event('SessionStart'), deny).body)).toMatchObject({ continue: false })
  for (const name of ['Stop', 'SubagentStop', 'Interrupt', 'SessionEnd']) {
    const said = answer(event(name), deny)
    expect(said.exitCode).toBe(0)
    expect(Object.keys(JSON.parse(said.body))).toEqual(['systemMessage'])
  }
})

test('without a readable event the refusal is the one Codex hears everywhere', () => {
  expect(refuse(null, 'the hook event is empty', 'see')).toEqual({
    body: '',
    exitCode: 2,
    stderr: 'portcullis denied this: the hook event is empty. Remedy: see.',
  })
})
