import { describe, expect, test } from 'vitest'
import type { JsonObject, Surroundings } from '../adapter.ts'
import { parseEvent } from './event.ts'
import { translate } from './translate.ts'

const surroundings: Surroundings = {
  home: '/home/ada',
  cwd: '/fallback',
  clock: { now: () => 1_000, monotonic: () => 0 },
  ids: prefix => `${prefix}_1`,
  readText: () => null,
}

function translated(event: JsonObject) {
  return translate(parseEvent(Buffer.from(JSON.stringify(event))), surroundings)
}

/** What is asked of the guard, shortly. */
function acts(event: JsonObject) {
  return translated(event).map(({ action, resource }) => {
    if (resource.type === 'command') return `${action} ${resource.command} in ${resource.workplace.cwd}`
    if (resource.type === 'file') return `${action} ${resource.operation} ${resource.path}`
    return `${action} ${resource.id}`
  })
}

function texts(event: JsonObject) {
  return translated(event).flatMap(({ resource }) => resource.texts.map(({ text }) => text))
}

const base = { conversation_id: 'c1', workspace_roots: ['/srv/app'], cwd: '', cursor_version: '3.9.16' }
const tool = (tool_name: string, tool_input: unknown, more: JsonObject = {}) => ({
  ...base,
  hook_event_name: 'preToolUse',
  tool_name,
  tool_input,
  ...more,
})

test.each([
  [tool('Shell', { command: 'ls', cwd: '' }), ['command:run ls in /srv/app']],
  [tool('Shell', { command: 'ls', cwd: '/srv/app/sub' }), ['command:run ls in /srv/app/sub']],
  [tool('Shell', { command: 'ls' }, { workspace_roots: [] }), ['command:run ls in /fallback']],
  [tool('Read', { file_path: '.env' }), ['file:read read /srv/app/.env']],
  [tool('Read', { target_file: '~/.ssh/id' }), ['file:read read /home/ada/.ssh/id']],
  [tool('Write', { file_path: 'a', contents: 'x' }), ['file:write write /srv/app/a']],
  [tool('Delete', { path: 'a' }), ['file:write write /srv/app/a']],
  [tool('Grep', { pattern: 'KEY', file_path: '/root' }), ['file:read search /root']],
  [tool('Grep', { pattern: 'KEY', glob: '.env*' }), ['file:read search /srv/app/.env*']],
  [tool('WebFetch', { url: 'https://a.example/' }), ['net:connect https://a.example/']],
  [tool('MCP:note', { text: 'x' }), ['mcp:call MCP:note']],
  [tool('Task', { prompt: 'go' }), ['tool:call Task']],
  [tool('SomethingNew', { command: 'x' }), ['command:run x in /srv/app']],
  [tool('__proto__', { a: 1 }), ['tool:call __proto__']],
  [{ ...base, hook_event_name: 'beforeShellExecution', command: 'ls' }, ['command:run ls in /srv/app']],
  [
    { ...base, hook_event_name: 'beforeMCPExecution', tool_name: 'note', tool_input: '{"text":"x"}' },
    ['mcp:call MCP:note'],
  ],
  [
    {
      ...base,
      hook_event_name: 'beforeReadFile',
      file_path: '/srv/app/.env',
      content: 'A=1',
      attachments: [{ type: 'rule', file_path: '/srv/app/r.mdc' }],
    },
    ['file:read read /srv/app/.env', 'output:deliver Read', 'file:read read /srv/app/r.mdc'],
  ],
  [
    {
      ...base,
      hook_event_name: 'beforeSubmitPrompt',
      prompt: 'go',
      attachments: [{ type: 'file', file_path: '/home/ada/.aws/credentials' }],
    },
    ['prompt:submit prompt', 'file:read read /home/ada/.aws/credentials'],
  ],
  [{ ...base, hook_event_name: 'subagentStart', task: 'go' }, ['tool:call Task']],
  [{ ...base, hook_event_name: 'afterFileEdit', file_path: '/a' }, ['session:event cursor/afterFileEdit']],
])('%j asks for %j', (event, expected) => {
  expect(acts(event)).toEqual(expected)
})

test('the text of a file that is read is what would reach the model', () => {
  const event = { ...base, hook_event_name: 'beforeReadFile', file_path: '/a', content: 'the text' }
  expect(texts(event)).toEqual(['the text'])
})

test('what is replaced does not land in the file', () => {
  expect(texts(tool('StrReplace', { path: 'a', old_string: 'old', new_string: 'new' }))).toEqual(['new'])
})

test('the output of a tool is read from its JSON text', () => {
  const event = { ...base, hook_event_name: 'postToolUse', tool_name: 'Shell', tool_output: '{"output":"x"}' }
  expect(texts(event)).toContain('x')
  expect(texts({ ...event, tool_output: 'plain' })).toEqual(['plain'])
})

test('the session and the tool call travel along', () => {
  expect(translated({ ...tool('Shell', { command: 'ls' }), tool_use_id: 't1' })[0].context).toMatchObject({
    session: 'c1',
    toolUseId: 't1',
    client: 'cursor',
  })
})

describe('what cannot be read is refused', () => {
  test.each([
    tool('Shell', {}),
    tool('Read', { file_path: 7 }),
    tool('Write', { contents: 'x' }),
    { ...base, hook_event_name: 'beforeMCPExecution', tool_name: 'note', tool_input: '{' },
    { ...base, hook_event_name: 'beforeSubmitPrompt', prompt: 'go', attachments: 'x' },
    { ...base, hook_event_name: 'beforeSubmitPrompt', prompt: 'go', attachments: [{}] },
    { ...base, hook_event_name: 'beforeReadFile', content: 'x' },
  ])('%j', event => {
    expect(() => translated(event)).toThrow(expect.objectContaining({ code: 'hook.bad-event' }))
  })
})
