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

function translated(fields: JsonObject, more: Partial<Surroundings> = {}) {
  const event = { session_id: 's1', cwd: '/srv/app', hook_event_name: 'PreToolUse', ...fields }
  return translate(parseEvent(Buffer.from(JSON.stringify(event))), { ...surroundings, ...more })[0]
}

function act(tool_name: string, tool_input: JsonObject) {
  const { action, resource } = translated({ tool_name, tool_input })
  return { action, resource }
}

const workplace = { cwd: '/srv/app', home: '/home/ada', project: '/srv/app' }

describe('a tool call becomes the act that it is', () => {
  test('Bash runs a command', () => {
    expect(act('Bash', { command: 'ls -l', description: 'look' })).toEqual({
      action: 'command:run',
      resource: {
        type: 'command',
        id: 'Bash',
        command: 'ls -l',
        workplace,
        texts: [{ text: 'ls -l', where: 'tool_input.command' }],
      },
    })
  })

  test.each(['PowerShell', 'Monitor', 'SomethingNew'])('%s with a command runs a command', tool => {
    expect(act(tool, { command: 'x' })).toMatchObject({ action: 'command:run', resource: { command: 'x' } })
  })

  test.each([
    ['Read', { file_path: '/etc/hosts' }, '/etc/hosts', 'read'],
    ['Read', { file_path: 'src/../.env' }, '/srv/app/.env', 'read'],
    ['Read', { file_path: '~/.ssh/id_rsa' }, '/home/ada/.ssh/id_rsa', 'read'],
    ['NotebookRead', { notebook_path: '/n.ipynb' }, '/n.ipynb', 'read'],
    ['Grep', { pattern: 'KEY' }, '/srv/app', 'search'],
    ['Grep', { pattern: 'KEY', path: '/root/.aws' }, '/root/.aws', 'search'],
    ['Grep', { pattern: 'KEY', path: 'sub', glob: '.env*' }, '/srv/app/sub/.env*', 'search'],
    ['Glob', { pattern: '**/*.ts' }, '/srv/app/**/*.ts', 'search'],
    ['Glob', { pattern: '/home/ada/.ssh/*', path: '/srv' }, '/home/ada/.ssh/*', 'search'],
    ['Glob', { pattern: '~/.aws/*' }, '/home/ada/.aws/*', 'search'],
    ['SomeReader', { file_path: '.env' }, '/srv/app/.env', 'read'],
    ['LS', { path: '/root' }, '/root', 'search'],
  ])('%s %j reads %s', (tool, input, path, operation) => {
    expect(act(tool, input)).toMatchObject({ action: 'file:read', resource: { path, operation, workplace } })
  })

  test.each([
    ['Write', { file_path: 'a.txt', content: 'new' }, ['new']],
    ['Edit', { file_path: 'a.txt', old_string: 'old', new_string: 'new' }, ['new']],
    [
      'MultiEdit',
      {
        file_path: 'a.txt',
        edits: [
          { old_string: 'o', new_string: 'n1' },
          { old_string: 'o', new_string: 'n2' },
        ],
      },
      ['n1', 'n2'],
    ],
    ['NotebookEdit', { notebook_path: 'a.txt', new_source: 'cell' }, ['cell']],
  ])('%s writes a file, and what lands on disk is what is scanned', (tool, input, written) => {
    const { action, resource } = act(tool, input)
    expect({ action, resource }).toMatchObject({
      action: 'file:write',
      resource: { path: '/srv/app/a.txt', operation: 'write', tool },
    })
    const texts = resource.texts.map(leaf => leaf.text)
    for (const text of written) expect(texts).toContain(text)
    expect(texts).not.toContain('old')
    expect(texts).not.toContain('o')
  })

  test('WebFetch connects to its address', () => {
    expect(act('WebFetch', { url: 'https://a.example/x', prompt: 'read' })).toMatchObject({
      action: 'net:connect',
      resource: { type: 'url', id: 'https://a.example/x', tool: 'WebFetch' },
    })
  })

  test('an MCP tool hands every string of its input to the scan, keys included', () => {
    const { action, resource } = act('mcp__github__create', { command: 'x', deep: [{ body: 'text' }], n: 1 })
    expect(action).toBe('mcp:call')
    expect(resource.texts.map(({ text, where }) => `${where}=${text}`)).toEqual([
      'tool_input: a key=command',
      'tool_input.command=x',
      'tool_input: a key=deep',
      'tool_input.deep[0]: a key=body',
      'tool_input.deep[0].body=text',
      'tool_input: a key=n',
    ])
  })

  test.each(['Agent', 'WebSearch', 'constructor', '__proto__'])('%s is a tool call', tool => {
    expect(act(tool, { prompt: 'go' })).toMatchObject({ action: 'tool:call', resource: { tool } })
  })
})

test('the project is the one the agent was started for, the session and the tool call travel along', () => {
  const request = translated(
    { tool_name: 'Bash', tool_input: { command: 'ls' }, tool_use_id: 'toolu_1' },
    { project: '/srv' },
  )
  expect(request).toMatchObject({
    id: 'dec_1',
    point: 'hooks',
    resource: { workplace: { cwd: '/srv/app', project: '/srv' } },
    context: {
      time: 1_000,
      session: 's1',
      toolUseId: 'toolu_1',
      client: 'claude-code',
      network: { local: true },
    },
  })
})

test.each([undefined, 'relative/folder'])('a working folder of %s falls back to the caller’s', cwd => {
  const request = translated({ cwd, tool_name: 'Read', tool_input: { file_path: 'x' } })
  expect(request.resource).toMatchObject({ path: '/fallback/x' })
})

test('a prompt is submitted, an output delivered', () => {
  expect(translated({ hook_event_name: 'UserPromptSubmit', prompt: 'hello' })).toMatchObject({
    action: 'prompt:submit',
    resource: { texts: [{ text: 'hello' }] },
  })
  expect(
    translated({ hook_event_name: 'UserPromptExpansion', command: 'fix', expanded: { text: 'hello' } }),
  ).toMatchObject({
    action: 'prompt:submit',
    resource: { texts: expect.arrayContaining([{ text: 'hello', where: 'expanded.text' }]) },
  })
  const output = translated({
    hook_event_name: 'PostToolUse',
    tool_name: 'Bash',
    tool_input: {},
    tool_response: { stdout: 'out', interrupted: false },
  })
  expect(output).toMatchObject({ action: 'output:deliver', resource: { id: 'Bash' } })
  expect(output.resource.texts).toContainEqual({ text: 'out', where: 'tool_response.stdout' })
})

test.each(['SessionStart', 'Stop', 'SomethingThatDoesNotExistYet', '__proto__'])(
  '%s is told as a session event',
  hook_event_name => {
    expect(translated({ hook_event_name })).toMatchObject({
      action: 'session:event',
      resource: { id: `claude-code/${hook_event_name}` },
    })
  },
)

describe('a change of settings', () => {
  const ours = {
    hooks: {
      PreToolUse: [
        { matcher: '*', hooks: [{ type: 'command', command: "'/p/portcullis-hook' claude-code" }] },
      ],
    },
  }
  const change = (source: string, files: Record<string, unknown>) =>
    translated(
      { hook_event_name: 'ConfigChange', source, file_path: '/home/ada/.claude/settings.json' },
      {
        readText: path => {
          const file = files[path]
          return file === undefined ? null : typeof file === 'string' ? file : JSON.stringify(file)
        },
      },
    ).action
  const user = '/home/ada/.claude/settings.json'

  test('that keeps the hooks is only told', () => {
    expect(change('user_settings', { [user]: { ...ours, model: 'x' } })).toBe('session:event')
  })
  test.each([
    ['switches all hooks off', { ...ours, disableAllHooks: true }],
    ['drops the hooks', { model: 'x' }],
    ['narrows the matcher', { hooks: { PreToolUse: [{ ...ours.hooks.PreToolUse[0], matcher: 'Read' }] } }],
    ['cannot be read', '{'],
    ['deletes the file', undefined],
  ])('that %s is for the guard to judge', (_title, file) => {
    expect(change('user_settings', { [user]: file })).toBe('config:change')
  })
  test('in a project matters only when it switches hooks off', () => {
    expect(change('project_settings', { [user]: { model: 'x' } })).toBe('session:event')
    expect(change('local_settings', { [user]: { disableAllHooks: true } })).toBe('config:change')
    expect(change('local_settings', { [user]: '{ "model": 1, // mine\n}' })).toBe('session:event')
    expect(change('local_settings', { [user]: '{ "disableAllHooks": true, // off\n}' })).toBe('config:change')
  })
  test('needs no user hooks where managed settings hold them', () => {
    const managed = { '/etc/claude-code/managed-settings.json': ours }
    expect(change('user_settings', { ...managed, [user]: {} })).toBe('session:event')
    expect(change('policy_settings', {})).toBe('session:event')
  })
})

describe('what cannot be read is refused', () => {
  test.each([
    ['nothing', '', 'the hook event is empty'],
    ['no JSON', 'ls', 'the hook event is not JSON'],
    ['a list', '[]', 'the hook event is not a JSON object'],
    ['null', 'null', 'the hook event is not a JSON object'],
    ['no name', '{}', 'the hook event has no `hook_event_name`'],
    ['a name that is no text', '{"hook_event_name":1}', '`hook_event_name`'],
  ])('%s', (_title, text, message) => {
    expect(() => parseEvent(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'hook.bad-event', message: expect.stringContaining(message) }),
    )
  })
  test('bytes that are not UTF-8', () => {
    expect(() => parseEvent(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow('not UTF-8')
  })
  test.each([
    ['Bash', {}],
    ['Bash', { command: ['rm', '-rf'] }],
    ['Bash', null],
    ['Bash', 'ls'],
    ['Read', {}],
    ['Read', { file_path: 7 }],
    ['Write', { content: 'x' }],
    ['MultiEdit', { file_path: 'a', edits: ['x'] }],
    ['WebFetch', { prompt: 'x' }],
    ['Glob', { path: '/' }],
    [undefined, { command: 'ls' }],
  ])('%s with %j', (tool_name, tool_input) => {
    expect(() => translated({ tool_name, tool_input })).toThrow(
      expect.objectContaining({ code: 'hook.bad-event' }),
    )
  })
  test('an input nested without end', () => {
    let value: unknown = 'x'
    for (let i = 0; i < 300; i++) value = [value]
    expect(() => act('mcp__a__b', { value })).toThrow('too deeply')
  })
  test('the message never quotes the event', () => {
    expect(() => parseEvent(Buffer.from('sk-ant-secret'))).toThrow(
      expect.not.stringContaining('secret') as never,
    )
  })
})
