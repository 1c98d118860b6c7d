import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { AccessRequest } from '../../../access/request.ts'
import type { JsonObject, Surroundings } from '../adapter.ts'
import { filesOf } from '../patch.ts'
import { parseEvent } from './event.ts'
import { translate } from './translate.ts'

let count = 0
const surroundings: Surroundings = {
  home: '/home/ada',
  cwd: '/fallback',
  clock: { now: () => 1_000, monotonic: () => 0 },
  ids: prefix => `${prefix}_${++count}`,
  readText: () => null,
}

function translated(input: JsonObject): readonly AccessRequest[] {
  const base = { session_id: 's1', cwd: '/srv/app', hook_event_name: 'PreToolUse', turn_id: 't1' }
  return translate(parseEvent(Buffer.from(JSON.stringify({ ...base, ...input }))), surroundings)
}

function acts(tool_name: string, tool_input: unknown) {
  return translated({ tool_name, tool_input }).map(({ action, resource }) => ({ action, resource }))
}

const workplace = { cwd: '/srv/app', home: '/home/ada', project: '/srv/app' }

test('a command travels with its folder, its session and its call', () => {
  const [request, ...rest] = translated({
    tool_name: 'Bash',
    tool_input: { command: 'ls' },
    tool_use_id: 'call_1',
  })
  expect(rest).toEqual([])
  expect(request).toMatchObject({
    action: 'command:run',
    point: 'hooks',
    resource: { command: 'ls', workplace },
    context: { client: 'codex', session: 's1', toolUseId: 'call_1', network: { local: true } },
  })
})

test('the approval Codex is about to ask for is the same call', () => {
  const [request] = translated({
    hook_event_name: 'PermissionRequest',
    tool_name: 'Bash',
    tool_input: { command: 'ls', description: 'wants the network' },
  })
  expect(request).toMatchObject({ action: 'command:run', resource: { command: 'ls' } })
})

test.each([
  ['shell', { command: ['bash', '-lc', "echo 'hi'"] }, String.raw`'bash' '-lc' 'echo '\''hi'\'''`],
  ['local_shell', { command: ['ls', '-l'] }, `'ls' '-l'`],
  ['exec_command', { cmd: 'ls' }, 'ls'],
  ['shell_command', { command: 'ls' }, 'ls'],
  ['a_tool_to_come', { command: 'ls' }, 'ls'],
])('%s %j runs a command', (tool, input, command) => {
  expect(acts(tool, input)).toMatchObject([{ action: 'command:run', resource: { command } }])
})

test('an image is a file that is read', () => {
  expect(acts('view_image', { path: '../x.png' })).toMatchObject([
    { action: 'file:read', resource: { path: '/srv/x.png', operation: 'read' } },
  ])
})

test('tools and resources of MCP servers are calls there', () => {
  expect(acts('mcp__notes__note', { text: 'hi' })).toMatchObject([
    { action: 'mcp:call', resource: { tool: 'mcp__notes__note' } },
  ])
  expect(acts('read_mcp_resource', { server: 'a', uri: 'x://y' })[0]?.action).toBe('mcp:call')
})

test.each(['create_goal', 'update_plan', 'spawn_agent', '__proto__', 'constructor'])(
  '%s is a tool call',
  tool => {
    expect(acts(tool, { objective: 'x' })).toMatchObject([{ action: 'tool:call', resource: { tool } }])
  },
)

describe('a patch', () => {
  const patch = [
    '*** Begin Patch',
    '*** Add File: new.txt',
    '+one',
    '+two',
    '*** Update File: src/a.ts',
    '*** Move to: /etc/b.ts',
    '@@ function x',
    ' kept',
    '-gone',
    '+come',
    '*** Delete File: ../old.txt',
    '*** End Patch',
  ].join('\n')

  test('asks for every file it adds, updates, moves to and deletes, with what lands in it', () => {
    const written = acts('apply_patch', { command: patch })
    expect(written.map(({ action }) => action)).toEqual(Array(4).fill('file:write'))
    expect(
      written.map(({ resource }) => [
        resource.type === 'file' && resource.path,
        resource.texts.map(({ text }) => text),
      ]),
    ).toEqual([
      ['/srv/app/new.txt', ['one\ntwo']],
      ['/srv/app/src/a.ts', []],
      ['/etc/b.ts', ['come']],
      ['/srv/old.txt', []],
    ])
  })

  test.each([
    ['blanks around a header', '*** Begin Patch\n   *** Add File: /etc/x   \n+a\n*** End Patch'],
    ['carriage returns', '*** Begin Patch\r\n*** Add File: /etc/x\r\n+a\r\n*** End Patch'],
    ['a here-document', "<<'EOF'\n*** Begin Patch\n*** Add File: /etc/x\n+a\n*** End Patch\nEOF"],
    [
      'a header after other files',
      '*** Begin Patch\n*** Delete File: y\n*** Add File: /etc/x\n+a\n*** End Patch',
    ],
  ])('with %s still names its file', (_title, text) => {
    expect(filesOf(text).map(({ path }) => path)).toContain('/etc/x')
  })

  property.prop([
    fc.array(
      fc.string({ minLength: 1 }).filter(text => /^[\w./-]+$/.test(text)),
      { minLength: 1 },
    ),
  ])('names every file, in order, whatever their names', paths => {
    const text = [
      '*** Begin Patch',
      ...paths.flatMap(path => [`*** Add File: ${path}`, '+x']),
      '*** End Patch',
    ]
    expect(filesOf(text.join('\n')).map(({ path }) => path)).toEqual(paths)
  })

  property.prop([fc.string()])('whose added line holds anything hands that to the scan', line => {
    fc.pre(!/[\r\n]/.test(line))
    const [file] = filesOf(`*** Begin Patch\n*** Add File: x\n+${line}\n*** End Patch`)
    expect(file.texts).toEqual([{ text: line, where: 'patch of x' }])
  })
})

test('a prompt is submitted, an output delivered, the rest told', () => {
  expect(translated({ hook_event_name: 'UserPromptSubmit', prompt: 'hello' })).toMatchObject([
    { action: 'prompt:submit', resource: { texts: [{ text: 'hello' }] } },
  ])
  expect(
    translated({ hook_event_name: 'PostToolUse', tool_name: 'Bash', tool_input: {}, tool_response: 'out' }),
  ).toMatchObject([{ action: 'output:deliver', resource: { id: 'Bash', texts: [{ text: 'out' }] } }])
  for (const hook_event_name of ['SessionStart', 'Stop', 'AnEventToCome', '__proto__']) {
    expect(translated({ hook_event_name })).toMatchObject([
      { action: 'session:event', resource: { id: `codex/${hook_event_name}` } },
    ])
  }
})

test.each([
  ['Bash', {}],
  ['Bash', { command: [] }],
  ['Bash', { command: ['ls', 1] }],
  ['Bash', null],
  ['apply_patch', { command: '*** Begin Patch\n*** End Patch' }],
  ['apply_patch', { command: 'rm' }],
  ['apply_patch', {}],
  ['view_image', {}],
  [undefined, { command: 'ls' }],
])('%s with %j is refused, because it cannot be judged', (tool_name, tool_input) => {
  expect(() => translated({ tool_name, tool_input })).toThrow(
    expect.objectContaining({ code: 'hook.bad-event' }),
  )
})
