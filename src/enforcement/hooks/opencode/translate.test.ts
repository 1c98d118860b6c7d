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

const tool = (name: string, args: unknown) => ({
  event: 'tool.execute.before',
  directory: '/srv/app',
  sessionID: 'ses_1',
  callID: 'call_1',
  tool: name,
  args,
})
const message = (...parts: unknown[]) => ({ event: 'chat.message', directory: '/srv/app', parts })

test.each([
  [tool('bash', { command: 'ls' }), ['command:run ls in /srv/app']],
  [tool('bash', { command: 'ls', workdir: 'sub' }), ['command:run ls in /srv/app/sub']],
  [tool('bash', { command: 'ls', workdir: '/' }), ['command:run ls in /']],
  [tool('read', { filePath: '.env' }), ['file:read read /srv/app/.env']],
  [tool('write', { filePath: 'a', content: 'x' }), ['file:write write /srv/app/a']],
  [tool('edit', { filePath: 'a', oldString: 'o', newString: 'n' }), ['file:write write /srv/app/a']],
  [
    tool('multiedit', { filePath: 'a', edits: [{ oldString: 'o', newString: 'n' }] }),
    ['file:write write /srv/app/a'],
  ],
  [
    tool('apply_patch', { patchText: '*** Begin Patch\n*** Add File: a\n+x\n*** End Patch' }),
    ['file:write write /srv/app/a'],
  ],
  [tool('grep', { pattern: 'K', include: '.env' }), ['file:read search /srv/app/.env']],
  [tool('glob', { pattern: '*.pem', path: '/root' }), ['file:read search /root/*.pem']],
  [tool('list', { path: '/root' }), ['file:read search /root']],
  [tool('webfetch', { url: 'https://a.example/' }), ['net:connect https://a.example/']],
  [tool('notes_note', { text: 'x' }), ['tool:call notes_note']],
  [tool('task', { prompt: 'go' }), ['tool:call task']],
  [tool('lsp', { filePath: 'a' }), ['file:read read /srv/app/a', 'tool:call lsp']],
  [tool('toString', { a: 1 }), ['tool:call toString']],
  [message({ type: 'text', text: 'go' }), ['prompt:submit prompt']],
  [
    message(
      { type: 'text', text: 'go' },
      { type: 'file', url: 'file:///home/ada/.env?start=1', filename: '.env' },
    ),
    ['prompt:submit prompt', 'file:read read /home/ada/.env'],
  ],
  [message({ type: 'file', url: 'file:///a%20b' }), ['prompt:submit prompt', 'file:read read /a b']],
  [{ event: 'permission.ask', type: 'bash' }, ['session:event opencode/permission.ask']],
  [{ event: '__proto__' }, ['session:event opencode/__proto__']],
])('%j asks for %j', (event, expected) => {
  expect(acts(event)).toEqual(expected)
})

test('all texts of a message and of an output are looked at', () => {
  expect(
    texts(message({ type: 'text', text: 'one' }, { type: 'text', text: 'two', synthetic: true })),
  ).toEqual(expect.arrayContaining(['one', 'two']))
  const output = {
    title: 't',
    output: 'o',
    metadata: { output: 'm' },
    content: [{ type: 'text', text: 'c' }],
  }
  expect(texts({ event: 'tool.execute.after', tool: 'bash', output })).toEqual(
    expect.arrayContaining(['t', 'o', 'm', 'c']),
  )
})

test('what is replaced does not land in the file', () => {
  expect(texts(tool('edit', { filePath: 'a', oldString: 'old', newString: 'new' }))).toEqual(['new'])
  expect(
    texts(tool('multiedit', { filePath: 'a', edits: [{ oldString: 'old', newString: 'new' }] })),
  ).toEqual(expect.not.arrayContaining(['old']))
})

describe('what cannot be read is refused', () => {
  test.each([
    {},
    { event: 3 },
    tool('bash', {}),
    tool('bash', null),
    tool('bash', { command: 'ls', workdir: 3 }),
    tool('read', { path: 'a' }),
    tool('multiedit', { filePath: 'a', edits: 'x' }),
    tool('multiedit', { filePath: 'a', edits: ['x'] }),
    tool('patch', { patchText: 'x' }),
    { event: 'tool.execute.before', args: { command: 'ls' } },
    { event: 'tool.execute.after', tool: 'bash', output: 'x' },
    { event: 'chat.message' },
    message('go'),
    message({ type: 'file', url: 'file://host/%00' }),
  ])('%j', event => {
    expect(() => translated(event)).toThrow(expect.objectContaining({ code: 'hook.bad-event' }))
  })
})

test.each([
  ' file:///root/.ssh/id_rsa',
  'FILE:///root/.ssh/id_rsa?start=1',
  'fi\nle:///root/.ssh/id_rsa',
  'file:/root/.ssh/id_rsa',
])('an attachment at %j is that file', url => {
  expect(translated(message({ type: 'file', url }))[1]).toMatchObject({
    action: 'file:read',
    resource: { path: '/root/.ssh/id_rsa' },
  })
})
