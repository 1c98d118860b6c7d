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

const act = (agent_action_name: string, tool_info: unknown) => ({
  agent_action_name,
  trajectory_id: 't1',
  execution_id: 'e1',
  timestamp: '2026-01-01T00:00:00Z',
  tool_info,
})

test.each([
  [act('pre_run_command', { command_line: 'ls', cwd: '/srv/app' }), ['command:run ls in /srv/app']],
  [act('pre_run_command', { command_line: 'ls' }), ['command:run ls in /fallback']],
  [act('pre_read_code', { file_path: '/srv/app/.env' }), ['file:read read /srv/app/.env']],
  [act('pre_write_code', { file_path: '/srv/a', edits: [] }), ['file:write write /srv/a']],
  [act('pre_write_code', { file_path: '/srv/a' }), ['file:write write /srv/a']],
  [
    act('pre_mcp_tool_use', { mcp_server_name: 'a', mcp_tool_name: 'b', mcp_tool_arguments: { x: 1 } }),
    ['mcp:call mcp__a__b'],
  ],
  [
    act('pre_mcp_tool_use', { mcp_tool_name: 'b', mcp_tool_arguments: '{"x":1}' }),
    ['mcp:call mcp__unknown__b'],
  ],
  [act('pre_mcp_tool_use', { mcp_server_name: 'a', mcp_tool_name: 'b' }), ['mcp:call mcp__a__b']],
  [act('pre_user_prompt', { user_prompt: 'go' }), ['prompt:submit prompt']],
  [act('post_run_command', { command_line: 'ls' }), ['session:event windsurf/post_run_command']],
  [{ agent_action_name: 'constructor' }, ['session:event windsurf/constructor']],
])('%j asks for %j', (event, expected) => {
  expect(acts(event)).toEqual(expected)
})

test('what is replaced does not land in the file', () => {
  const edits = [{ old_string: 'old', new_string: 'new' }]
  const written = texts(act('pre_write_code', { file_path: '/a', edits }))
  expect(written).toContain('new')
  expect(written).not.toContain('old')
})

test('the session travels along', () => {
  expect(translated(act('pre_user_prompt', { user_prompt: 'go' }))[0].context).toMatchObject({
    session: 't1',
    client: 'windsurf',
  })
})

describe('what cannot be read is refused', () => {
  test.each([
    {},
    { agent_action_name: 'pre_run_command' },
    act('pre_run_command', []),
    act('pre_run_command', { command_line: ['ls'] }),
    act('pre_write_code', { edits: [] }),
    act('pre_write_code', { file_path: '/a', edits: [1] }),
    act('pre_mcp_tool_use', { mcp_tool_name: 'b', mcp_tool_arguments: 'x' }),
    act('pre_mcp_tool_use', { mcp_server_name: 'a' }),
    act('pre_user_prompt', {}),
  ])('%j', event => {
    expect(() => translated(event)).toThrow(expect.objectContaining({ code: 'hook.bad-event' }))
  })
})
