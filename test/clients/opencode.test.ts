import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Script, type StandInModel, startStandInModel } from '../standin/model.ts'
import type { ToolUse } from '../standin/reply.ts'
import { installedProgram, openCode, whyMissing } from './install.ts'
import { githubToken } from './made-up.ts'
import { heard, runClient } from './other-clients.ts'
import { makeScratch, root, runPortcullis, type Scratch } from './support.ts'

const program = installedProgram(openCode)
const missing = await whyMissing(program)

describe.skipIf(missing !== null)(`OpenCode ${openCode.version}`, () => {
  let scratch: Scratch
  let model: StandInModel

  beforeEach(async () => {
    scratch = makeScratch()
    configure('')
    mkdirSync(join(scratch.home, '.config', 'opencode'), { recursive: true })
    await runPortcullis(scratch.home, ['init', '--yes', '--agents', 'opencode'])
    mkdirSync(join(scratch.home, 'precious'))
    writeFileSync(precious(), 'irreplaceable')
  })

  afterEach(async () => {
    await model?.close()
    scratch.remove()
  })

  const plugin = () => join(scratch.home, '.config', 'opencode', 'plugin', 'portcullis.js')
  const marker = () => join(scratch.project, 'MARKER')
  const precious = () => join(scratch.home, 'precious', 'keep.txt')

  function configure(more: string) {
    mkdirSync(join(scratch.home, '.portcullis'), { recursive: true, mode: 0o700 })
    // Cold starts on a machine that tests keep busy.
    const text = `hooks: { deadlineMs: 8000 }\n${more}`
    writeFileSync(join(scratch.home, '.portcullis', 'portcullis.yaml'), text, { mode: 0o600 })
  }

  /** The client's own permission rules allow everything: what is refused, the plugin refused. */
  function settings(more: object = {}) {
    const standin = {
      npm: '@ai-sdk/anthropic',
      name: 'stand-in',
      options: { baseURL: `${model.url}/v1`, apiKey: 'sk-made-up-for-a-test' },
      models: { m: { name: 'm' } },
    }
    const chosen = { model: 'standin/m', small_model: 'standin/m', permission: { '*': 'allow' } }
    const quiet = { share: 'disabled', autoupdate: false }
    return JSON.stringify({ provider: { standin }, ...chosen, ...quiet, ...more })
  }

  async function session(
    toolUses: readonly ToolUse[],
    prompt = 'go on',
    more: object = {},
    script: Script = oneTurn(toolUses),
  ) {
    model = await startStandInModel({ script })
    writeFileSync(join(scratch.home, '.config', 'opencode', 'opencode.json'), settings(more))
    const env = {
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      // It would fetch a package of types for its plugins, and try for a minute.
      npm_config_fetch_retries: '0',
    }
    const { home, project: cwd } = scratch
    const command: [string, ...string[]] = [await program, 'run', prompt]
    const { code, stdout, stderr } = await runClient({ command, home, cwd, env })
    return { code, output: stdout + stderr, ...heard(model) }
  }

  const bash = (command: string): ToolUse => ({ name: 'bash', input: { command, description: 'go' } })
  const dangerous = bash('touch MARKER; rm -rf ~/precious ~/')

  test('a dangerous command does not run, and the model is told why', async () => {
    const { results } = await session([dangerous])
    expect(existsSync(marker())).toBe(false)
    expect(readFileSync(precious(), 'utf8')).toBe('irreplaceable')
    expect(results).toEqual([expect.stringMatching(/portcullis: this is denied: .*portcullis explain dec_/s)])
  })

  test('a harmless command runs, its output unchanged', async () => {
    const { results } = await session([bash('echo "sum $((40 + 2))" > MARKER; cat MARKER')])
    expect(readFileSync(marker(), 'utf8')).toBe('sum 42\n')
    expect(results).toEqual(['sum 42\n'])
  })

  test('a file of secrets is not read, by whatever tool', async () => {
    writeFileSync(join(scratch.project, '.env'), 'COLOUR=ultramarine\n')
    const { wire, results } = await session([
      { name: 'read', input: { filePath: join(scratch.project, '.env') } },
      bash('cat .env'),
      { name: 'grep', input: { pattern: 'COLOUR', path: scratch.project, include: '.env' } },
    ])
    expect(wire.includes('ultramarine')).toBe(false)
    expect(results).toHaveLength(3)
  })

  test.each(['bash', 'read'])('a token in the output of %s never reaches the model', async tool => {
    const file = join(scratch.project, 'notes.txt')
    writeFileSync(file, `first line\ntoken: ${githubToken}\nlast line\n`)
    const { wire, results } = await session([
      tool === 'bash' ? bash('cat notes.txt; false') : { name: 'read', input: { filePath: file } },
    ])
    expect(wire.includes(githubToken)).toBe(false)
    expect(results[0]).toMatch(/first line[\s\S]*<masked:[\s\S]*last line/)
  })

  test('in mode `block` an output with a token is withheld', async () => {
    configure('validation: { secrets: { mode: block } }\n')
    writeFileSync(join(scratch.project, 'notes.txt'), `first line\ntoken: ${githubToken}\n`)
    const { wire, results } = await session([bash('cat notes.txt')])
    expect(wire.includes(githubToken)).toBe(false)
    expect(results[0]).not.toContain('first line')
    expect(results[0]).toContain('secret.github')
  })

  test('an MCP tool is given a placeholder, and the model gets one back', async () => {
    const log = join(scratch.home, 'given.jsonl')
    const command = [process.execPath, join(root, 'test/clients/mcp-server.ts'), log, githubToken]
    const { results } = await session(
      [{ name: 'notes_note', input: { text: `keep ${githubToken} well` } }],
      'go on',
      { mcp: { notes: { type: 'local', command, enabled: true } } },
    )
    expect(readFileSync(log, 'utf8')).toMatch(/keep <masked:github[^>]*> well/)
    expect(results[0]).toMatch(/kept\. the other note says <masked:github/)
  })

  test('a file with a secret is not written', async () => {
    const file = join(scratch.project, 'deploy.sh')
    const { results } = await session([
      { name: 'write', input: { filePath: file, content: `T=${githubToken}\n` } },
    ])
    expect(existsSync(file)).toBe(false)
    expect(results[0]).toContain('secret.github')
  })

  test('a prompt with a secret stays here', async () => {
    const { code } = await session([], `deploy with ${githubToken} now`)
    expect(model.requests.filter(({ path }) => path.startsWith('/v1/messages'))).toEqual([])
    expect(code).not.toBe(0)
  })

  test('the agent cannot take its own plugin away', async () => {
    const before = readFileSync(plugin(), 'utf8')
    const { results } = await session([
      bash(`rm ${plugin()}`),
      { name: 'write', input: { filePath: plugin(), content: '' } },
      bash('rm -rf ~/.config/opencode'),
    ])
    expect(readFileSync(plugin(), 'utf8')).toBe(before)
    expect(results).toEqual(Array(3).fill(expect.stringContaining('portcullis')))
  })

  test.each([
    ['is gone', '/gone/portcullis-hook', []],
    ['crashes', '/bin/sh', ['-c', 'kill -9 $$']],
    ['answers garbage', '/bin/echo', ['garbage']],
    ['answers nothing', '/bin/true', []],
    ['hangs', '/bin/sleep', ['60']],
  ])('a hook that %s stops the prompt', async (_title, program, words) => {
    const text = readFileSync(plugin(), 'utf8')
    const broken = text
      .replace(/^const program = .*$/m, () => `const program = ${JSON.stringify(program)}`)
      .replace(/^const words = .*$/m, () => `const words = ${JSON.stringify(words)}`)
      .replace(/^const limitMs = .*$/m, 'const limitMs = 1500')
    expect(broken).not.toBe(text)
    writeFileSync(plugin(), broken)
    await session([bash('touch MARKER')])
    expect(model.requests.filter(({ path }) => path.startsWith('/v1/messages'))).toEqual([])
    expect(existsSync(marker())).toBe(false)
  })

  test('a hook that is gone stops a tool call', async () => {
    const text = readFileSync(plugin(), 'utf8')
    const broken = text
      .replace(/^const program = .*$/m, 'const program = "/gone/portcullis-hook"')
      .replace("'chat.message'", "'chat.other'")
    writeFileSync(plugin(), broken)
    const { results } = await session([bash('touch MARKER')])
    expect(results).toEqual([expect.stringContaining('the hook could not be started')])
    expect(existsSync(marker())).toBe(false)
  })

  test('a subagent is guarded like its parent', async () => {
    const input = { description: 'a task', prompt: 'the delegated task', subagent_type: 'general' }
    const { wire } = await session([], 'go on', {}, ({ body }) => {
      const messages = JSON.stringify(body['messages'])
      if (!Array.isArray(body['tools']) || messages.includes('"tool_result"')) return { text: 'all done' }
      return { toolUses: [messages.includes('the delegated task') ? dangerous : { name: 'task', input }] }
    })
    expect(wire).toContain('the delegated task')
    expect(wire).toContain('portcullis explain dec_')
    expect(existsSync(marker())).toBe(false)
    expect(readFileSync(precious(), 'utf8')).toBe('irreplaceable')
  })

  test('a plugin file that is damaged is skipped, and the command runs: a limit of this client', async () => {
    writeFileSync(plugin(), `${readFileSync(plugin(), 'utf8')}\n}`)
    await session([bash('touch MARKER')])
    expect(existsSync(marker())).toBe(true)
  })

  test('without the plugin the same token does leave: these tests can fail', async () => {
    await runPortcullis(scratch.home, ['uninstall', '--yes'])
    expect(existsSync(plugin())).toBe(false)
    writeFileSync(join(scratch.project, 'notes.txt'), `${githubToken}\n`)
    const { wire } = await session([bash('cat notes.txt; touch MARKER')])
    expect(wire.includes(githubToken)).toBe(true)
    expect(existsSync(marker())).toBe(true)
  })
})

/** The client asks for a title without any tools, too. */
function oneTurn(toolUses: readonly ToolUse[]): Script {
  return ({ body }) => {
    const tools = Array.isArray(body['tools']) ? body['tools'] : []
    const done = toolUses.length === 0 || tools.length === 0
    return done || JSON.stringify(body['messages']).includes('"tool_result"')
      ? { text: 'all done' }
      : { toolUses }
  }
}
