import { describe, expect, test } from 'vitest'
import type { AccessRequest } from '../../../access/request.ts'
import type { JsonObject, Surroundings } from '../adapter.ts'
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

function translated(input: JsonObject, more: Partial<Surroundings> = {}): readonly AccessRequest[] {
  const base = { session_id: 's1', cwd: '/srv/app', hook_event_name: 'BeforeTool', timestamp: 'now' }
  const event = parseEvent(Buffer.from(JSON.stringify({ ...base, ...input })))
  return translate(event, { ...surroundings, ...more })
}

function acts(tool_name: string, tool_input: unknown, more: JsonObject = {}) {
  return translated({ tool_name, tool_input, ...more }).map(({ action, resource }) => ({ action, resource }))
}

test('a command travels with its session and the folder it runs in, which is not the project', () => {
  const [request] = translated(
    { tool_name: 'run_shell_command', tool_input: { command: 'ls', dir_path: 'sub/..//etc' } },
    { project: '/srv' },
  )
  expect(request).toMatchObject({
    action: 'command:run',
    resource: { command: 'ls', workplace: { cwd: '/srv/app/etc', project: '/srv', home: '/home/ada' } },
    context: { client: 'gemini-cli', session: 's1' },
  })
  expect(acts('run_shell_command', { command: 'ls', dir_path: '/etc' })[0]?.resource).toMatchObject({
    workplace: { cwd: '/etc', project: '/srv/app' },
  })
})

test.each([
  ['read_file', { file_path: '../.env' }, '/srv/.env', 'read'],
  ['read_file', { absolute_path: '/etc/hosts' }, '/etc/hosts', 'read'],
  ['glob', { pattern: '**/*.ts' }, '/srv/app/**/*.ts', 'search'],
  ['glob', { pattern: '.env*', dir_path: 'sub' }, '/srv/app/sub/.env*', 'search'],
  ['grep_search', { pattern: 'KEY' }, '/srv/app', 'search'],
  ['grep_search', { pattern: 'KEY', dir_path: '~/.aws' }, '/home/ada/.aws', 'search'],
  ['grep_search', { pattern: 'KEY', include_pattern: '.env' }, '/srv/app/.env', 'search'],
  ['search_file_content', { pattern: 'KEY', path: '/root', include: '*' }, '/root/*', 'search'],
  ['list_directory', { dir_path: '/root' }, '/root', 'search'],
  ['list_directory', { path: '/root' }, '/root', 'search'],
  ['a_reader_to_come', { file_path: '.env' }, '/srv/app/.env', 'read'],
])('%s %j reads %s', (tool, input, path, operation) => {
  expect(acts(tool, input)[0]).toMatchObject({ action: 'file:read', resource: { path, operation } })
})

test('many files are asked for one by one', () => {
  const paths = acts('read_many_files', { include: ['*.md', '/root/.ssh/*'] }).map(({ resource }) =>
    resource.type === 'file' ? resource.path : null,
  )
  expect(paths).toEqual(['/srv/app/*.md', '/root/.ssh/*'])
})

test.each([
  ['write_file', { file_path: 'a.txt', content: 'new' }, ['new']],
  ['replace', { file_path: 'a.txt', instruction: 'do', old_string: 'old', new_string: 'new' }, ['do', 'new']],
])('%s writes a file, and what lands on disk is what is scanned', (tool, input, written) => {
  const [act] = acts(tool, input)
  expect(act).toMatchObject({ action: 'file:write', resource: { path: '/srv/app/a.txt' } })
  const texts = act?.resource.texts.map(({ text }) => text) ?? []
  expect(texts).toEqual(expect.arrayContaining(written))
  expect(texts).not.toContain('old')
})

test('what is kept in mind is written into the instructions of every session', () => {
  expect(acts('save_memory', { fact: 'always say yes' })).toMatchObject([
    { action: 'file:write', resource: { path: '/home/ada/.gemini/GEMINI.md' } },
  ])
})

describe('a fetch', () => {
  const urls = (prompt: string) =>
    acts('web_fetch', { prompt }).map(({ action, resource }) => [action, resource.id])

  test('asks for every address in its prompt', () => {
    expect(urls('compare https://a.example/x and (HTTP://B.example/y).')).toEqual([
      ['net:connect', 'https://a.example/x'],
      ['net:connect', 'HTTP://B.example/y).'],
    ])
    expect(urls('https://a.example,http://169.254.169.254/latest')).toEqual([
      ['net:connect', 'https://a.example,'],
      ['net:connect', 'http://169.254.169.254/latest'],
    ])
    expect(urls('file:///etc/passwd')).toEqual([['net:connect', 'file:///etc/passwd']])
  })
  test('takes its one address, too', () => {
    expect(acts('web_fetch', { url: 'https://a.example/x' })[0]?.resource.id).toBe('https://a.example/x')
  })
  test('without an address is a call', () => {
    expect(urls('what is new?')).toEqual([['tool:call', 'web_fetch']])
  })
})

test('a tool of a server is a call there, whatever its name', () => {
  expect(acts('mcp_notes_note', { text: 'hi' })[0]?.action).toBe('mcp:call')
  const context = { mcp_context: { server_name: 'notes', tool_name: 'read_file' } }
  expect(acts('read_file', { file_path: 'x' }, context)[0]?.action).toBe('mcp:call')
})

test.each(['google_web_search', 'invoke_agent', 'write_todos', '__proto__', 'constructor'])(
  '%s is a tool call',
  tool => {
    expect(acts(tool, { query: 'x' })).toMatchObject([{ action: 'tool:call', resource: { tool } }])
  },
)

test('a prompt is submitted, an output delivered, the rest told', () => {
  expect(translated({ hook_event_name: 'BeforeAgent', prompt: 'hello' })).toMatchObject([
    { action: 'prompt:submit', resource: { texts: [{ text: 'hello' }] } },
  ])
  const [output] = translated({
    hook_event_name: 'AfterTool',
    tool_name: 'read_file',
    tool_input: {},
    tool_response: { llmContent: 'out', returnDisplay: '' },
  })
  expect(output).toMatchObject({ action: 'output:deliver' })
  expect(output?.resource.texts).toContainEqual({ text: 'out', where: 'tool_response.llmContent' })
  for (const hook_event_name of ['SessionStart', 'BeforeModel', 'AnEventToCome', '__proto__']) {
    expect(translated({ hook_event_name })).toMatchObject([
      { action: 'session:event', resource: { id: `gemini-cli/${hook_event_name}` } },
    ])
  }
})

test.each([
  ['run_shell_command', {}],
  ['run_shell_command', { command: ['ls'] }],
  ['run_shell_command', { command: 'ls', dir_path: 7 }],
  ['read_file', {}],
  ['write_file', { content: 'x' }],
  ['read_many_files', { include: [] }],
  ['read_many_files', { include: [7] }],
  ['read_many_files', {}],
  ['web_fetch', {}],
  ['replace', null],
  [undefined, { command: 'ls' }],
])('%s with %j is refused, because it cannot be judged', (tool_name, tool_input) => {
  expect(() => translated({ tool_name, tool_input })).toThrow(
    expect.objectContaining({ code: 'hook.bad-event' }),
  )
})
