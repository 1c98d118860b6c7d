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

const tool = (tool_name: string, tool_input: unknown) => ({
  hook_event_name: 'PreToolUse',
  session_id: 's1',
  cwd: '/srv/app',
  tool_name,
  tool_input,
})
const camel = (toolName: string, toolArgs: unknown) => ({
  sessionId: 's1',
  timestamp: 1,
  cwd: '/srv/app',
  toolName,
  toolArgs,
})

test.each([
  [tool('Bash', { command: 'ls' }), ['command:run ls in /srv/app']],
  [camel('bash', '{"command":"ls"}'), ['command:run ls in /srv/app']],
  [camel('bash', { command: 'ls' }), ['command:run ls in /srv/app']],
  [camel('write_bash', '{"sessionId":"1","input":"rm -rf /"}'), ['command:run rm -rf / in /srv/app']],
  [tool('Read', { path: '.env' }), ['file:read read /srv/app/.env']],
  [camel('view', '{"path":".env"}'), ['file:read read /srv/app/.env']],
  [tool('Write', { path: 'a', file_text: 'x' }), ['file:write write /srv/app/a']],
  [tool('Edit', { path: 'a', old_str: 'o', new_str: 'n' }), ['file:write write /srv/app/a']],
  [
    tool('Grep', { pattern: 'K', paths: ['/a', 'b'], glob: '.env*' }),
    ['file:read search /a/.env*', 'file:read search /srv/app/b/.env*'],
  ],
  [tool('Grep', { pattern: 'K', paths: '/a' }), ['file:read search /a']],
  [tool('Grep', { pattern: 'K' }), ['file:read search /srv/app']],
  [tool('Glob', { pattern: '**/*.pem' }), ['file:read search /srv/app/**/*.pem']],
  [tool('str_replace_editor', { command: 'view', path: 'a' }), ['file:read read /srv/app/a']],
  [
    tool('str_replace_editor', { command: 'create', path: 'a', file_text: 'x' }),
    ['file:write write /srv/app/a'],
  ],
  [
    tool('apply_patch', {
      patch: '*** Begin Patch\n*** Update File: a\n+x\n*** Delete File: b\n*** End Patch',
    }),
    ['file:write write /srv/app/a', 'file:write write /srv/app/b'],
  ],
  [tool('web_fetch', { url: 'https://a.example/' }), ['net:connect https://a.example/']],
  [tool('mcp__a__b', { text: 'x' }), ['mcp:call mcp__a__b']],
  [tool('Agent', { prompt: 'go' }), ['tool:call Agent']],
  [tool('sql', { query: 'select 1' }), ['tool:call sql']],
  [tool('read_bash', { shellId: '0' }), ['tool:call read_bash']],
  [tool('something_new', { command: 'x' }), ['command:run x in /srv/app']],
  [tool('constructor', { a: 1 }), ['tool:call constructor']],
  [{ cwd: '/srv/app', prompt: 'go' }, ['prompt:submit prompt']],
  [{ hook_event_name: 'UserPromptSubmit', prompt: 'go' }, ['prompt:submit prompt']],
  [{ cwd: '/srv/app', agentName: 'task' }, ['session:event copilot-cli/unnamed']],
  [{ hookName: 'permissionRequest', toolName: 'bash' }, ['session:event copilot-cli/permissionRequest']],
  [{ hook_event_name: 'preToolUse', ...camel('bash', '{"command":"ls"}') }, ['command:run ls in /srv/app']],
])('%j asks for %j', (event, expected) => {
  expect(acts(event)).toEqual(expected)
})

test('what lands in a file is scanned, what is replaced is not', () => {
  expect(texts(tool('Edit', { path: 'a', old_str: 'old', new_str: 'new' }))).toEqual(['new'])
})

test.each([
  { hook_event_name: 'PostToolUse', tool_name: 'Bash', tool_result: { text_result_for_llm: 'out' } },
  { toolName: 'bash', toolArgs: '{}', toolResult: { textResultForLlm: 'out' } },
])('an output is delivered: %j', event => {
  expect(acts(event)[0]).toMatch(/^output:deliver/)
  expect(texts(event)).toContain('out')
})

describe('what cannot be read is refused', () => {
  test.each([
    tool('Bash', {}),
    tool('Bash', 'ls'),
    camel('bash', 'ls'),
    camel('bash', '["ls"]'),
    { cwd: '/', toolArgs: '{"command":"ls"}' },
    { cwd: '/', toolName: 'bash' },
    tool('Read', {}),
    tool('Grep', { pattern: 'K', paths: [1] }),
    tool('apply_patch', { patch: 'nothing' }),
    tool('str_replace_editor', { path: 'a' }),
    { hook_event_name: 'UserPromptSubmit' },
    { hook_event_name: '' },
    { hook_event_name: 3 },
  ])('%j', event => {
    expect(() => translated(event)).toThrow(expect.objectContaining({ code: 'hook.bad-event' }))
  })
})
