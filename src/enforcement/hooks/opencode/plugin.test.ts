import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { argvOf } from './argv.ts'
import { pluginText } from './plugin.ts'

interface Hooks {
  'tool.execute.before'(input: object, output: { args: unknown }): Promise<void>
  'tool.execute.after'(input: object, output: object): Promise<void>
  'chat.message'(input: object, output: { parts: unknown[] }): Promise<void>
  'permission.ask'(input: object, output: { status: string }): Promise<void>
}

let folder: string
let count = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis plugin-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

/** The plugin's hooks, with a hook program that runs `script`; the event it got is in `event.json`. */
async function hooksWith(script: string, timeout = 10): Promise<Hooks> {
  const program = join(folder, "it's a hook")
  writeFileSync(program, `#!/bin/sh\ncat > '${folder}/event.json'\n${script}\n`, { mode: 0o755 })
  const command = `'${program.replaceAll("'", String.raw`'\''`)}' opencode --home '/a b'`
  return load(pluginText({ command, timeout }))
}

async function load(text: string): Promise<Hooks> {
  const file = join(folder, `plugin-${count++}.mjs`)
  writeFileSync(file, text)
  const module = await import(pathToFileURL(file).href)
  // The client calls every function a plugin exports.
  expect(Object.keys(module)).toEqual(['Portcullis'])
  return module.Portcullis({ directory: folder, worktree: '/' })
}

const event = async () =>
  JSON.parse(await import('node:fs/promises').then(fs => fs.readFile(join(folder, 'event.json'), 'utf8')))

const call = { tool: 'bash', sessionID: 'ses_1', callID: 'call_1' }
const passes = `echo '{"decision":"pass"}'`

describe('a pass', () => {
  test('of a tool call leaves its input alone and tells all of it', async () => {
    const hooks = await hooksWith(passes)
    const args = { command: 'ls', workdir: '/w' }
    await hooks['tool.execute.before'](call, { args })
    expect(args).toEqual({ command: 'ls', workdir: '/w' })
    expect(await event()).toEqual({ event: 'tool.execute.before', directory: folder, ...call, args })
  })

  test('of an output leaves it alone; the bytes of images are not sent', async () => {
    const hooks = await hooksWith(passes)
    const output = {
      title: 't',
      output: 'o',
      metadata: {},
      content: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }],
    }
    await hooks['tool.execute.after']({ ...call, args: {} }, output)
    expect(output.content[0]?.data).toBe('AAAA')
    expect((await event()).output.content).toEqual([{ type: 'image', data: '', mimeType: 'image/png' }])
  })

  test('of a message leaves its parts alone', async () => {
    const hooks = await hooksWith(passes)
    const parts = [
      { type: 'text', text: 'hello' },
      { type: 'file', url: 'data:text/plain;base64,QUFB' },
    ]
    await hooks['chat.message']({ sessionID: 'ses_1' }, { parts })
    expect(parts[1]?.url).toContain('QUFB')
    expect((await event()).parts).toEqual([parts[0], { type: 'file', url: 'data:' }])
  })
})

test('a masked input is changed in the object the client goes on with', async () => {
  const hooks = await hooksWith(`echo '{"decision":"pass","args":{"text":"<masked>"}}'`)
  const args = { text: 'hush', more: 1 }
  await hooks['tool.execute.before'](call, { args })
  expect(args).toEqual({ text: '<masked>' })
})

test('a masked output, too, and what it does not name stays', async () => {
  const hooks = await hooksWith(`echo '{"decision":"pass","output":{"output":"<masked>"}}'`)
  const output = { title: 't', output: 'hush', metadata: { exit: 0 }, attachments: [1] }
  await hooks['tool.execute.after'](call, output)
  expect(output).toEqual({ title: 't', output: '<masked>', metadata: { exit: 0 }, attachments: [1] })
})

test('an input that cannot be changed is refused', async () => {
  const hooks = await hooksWith(`echo '{"decision":"pass","args":{"text":"<masked>"}}'`)
  await expect(hooks['tool.execute.before'](call, { args: null })).rejects.toThrow('cannot be changed')
})

describe.each([
  ['says deny', `echo '{"decision":"deny","reason":"because"}'`, 'because'],
  ['denies by exit code 2', `echo '{"decision":"pass"}'; echo why >&2; exit 2`, 'why'],
  ['crashes', 'kill -9 $$', 'the hook failed'],
  ['exits 1 in silence', 'exit 1', 'the hook failed'],
  ['answers nothing', 'true', 'cannot be read'],
  ['answers garbage', 'echo pass', 'cannot be read'],
  ['answers a list', `echo '["pass"]'`, 'did not pass it'],
  ['answers null', 'echo null', 'did not pass it'],
  ['answers in capitals', `echo '{"decision":"PASS"}'`, 'did not pass it'],
  ['answers in the words of another client', `echo '{"permissionDecision":"allow"}'`, 'did not pass it'],
])('a hook that %s', (_title, script, reason) => {
  test('refuses a call, an output, a message and a permission', async () => {
    const hooks = await hooksWith(script)
    await expect(hooks['tool.execute.before'](call, { args: { command: 'ls' } })).rejects.toThrow(reason)
    await expect(hooks['tool.execute.after'](call, { output: 'o' })).rejects.toThrow(reason)
    await expect(hooks['chat.message'](call, { parts: [] })).rejects.toThrow(reason)
    const output = { status: 'ask' }
    await hooks['permission.ask'](call, output)
    expect(output.status).toBe('deny')
  })
})

test('a hook that takes too long refuses', async () => {
  const hooks = await hooksWith('exec sleep 30', 0.3)
  await expect(hooks['tool.execute.before'](call, { args: {} })).rejects.toThrow('took too long')
})

test('a hook that is not there refuses', async () => {
  const hooks = await load(pluginText({ command: '/gone/portcullis-hook opencode', timeout: 5 }))
  await expect(hooks['tool.execute.before'](call, { args: {} })).rejects.toThrow('could not be started')
})

test('a hook that does not read its input refuses by what it says, not by a broken pipe', async () => {
  const program = join(folder, 'deaf')
  writeFileSync(program, `#!/bin/sh\necho '{"decision":"deny","reason":"deaf"}'\n`, { mode: 0o755 })
  const hooks = await load(pluginText({ command: `'${program}'`, timeout: 5 }))
  const args = { command: 'x'.repeat(5 * 1024 * 1024) }
  await expect(hooks['tool.execute.before'](call, { args })).rejects.toThrow('deaf')
})

test('an event that cannot be told is refused', async () => {
  const hooks = await hooksWith(passes)
  await expect(hooks['tool.execute.before'](call, { args: { n: 1n } })).rejects.toThrow()
})

describe('the command line becomes words without a shell', () => {
  test.each([
    ["'/opt/p c/hook' opencode --home '/h'", ['/opt/p c/hook', 'opencode', '--home', '/h']],
    [String.raw`'/it'\''s/hook' x`, ["/it's/hook", 'x']],
    ['/a/hook opencode', ['/a/hook', 'opencode']],
    ["'$(x)' '`y`'", ['$(x)', '`y`']],
    ["''", ['']],
  ])('%s', (command, words) => {
    expect(argvOf(command)).toEqual(words)
  })
  test.each(['', 'a; b', 'a $(b)', 'a "b"', "'a", 'a  b', 'a\nb', 'a > b'])('%j is refused', command => {
    expect(() => argvOf(command)).toThrow(TypeError)
  })
})
