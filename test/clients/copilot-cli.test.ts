import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Script, type StandInModel, startStandInModel } from '../standin/model.ts'
import type { ToolUse } from '../standin/reply.ts'
import { copilotCli, installedProgram, whyMissing } from './install.ts'
import { githubToken } from './made-up.ts'
import { heard, runClient, startService } from './other-clients.ts'
import { makeScratch, root, runPortcullis, type Scratch } from './support.ts'

const program = installedProgram(copilotCli)
const missing = await whyMissing(program)

describe.skipIf(missing !== null)(`GitHub Copilot CLI ${copilotCli.version}`, () => {
  let scratch: Scratch
  let model: StandInModel

  beforeEach(async () => {
    scratch = makeScratch()
    configure('')
    mkdirSync(join(scratch.home, '.copilot'))
    await runPortcullis(scratch.home, ['init', '--yes', '--agents', 'copilot-cli'])
    mkdirSync(join(scratch.home, 'precious'))
    writeFileSync(precious(), 'irreplaceable')
  })

  afterEach(async () => {
    await model?.close()
    scratch.remove()
  })

  const hookFile = () => join(scratch.home, '.copilot', 'hooks', 'portcullis.json')
  const marker = () => join(scratch.project, 'MARKER')
  const precious = () => join(scratch.home, 'precious', 'keep.txt')

  function configure(more: string) {
    mkdirSync(join(scratch.home, '.portcullis'), { recursive: true, mode: 0o700 })
    // Cold starts on a machine that tests keep busy.
    const text = `hooks: { deadlineMs: 8000 }\n${more}`
    writeFileSync(join(scratch.home, '.portcullis', 'portcullis.yaml'), text, { mode: 0o600 })
  }

  async function session(
    toolUses: readonly ToolUse[],
    more: readonly string[] = [],
    prompt = 'go on',
    script: Script = oneTurn(toolUses),
  ) {
    model = await startStandInModel({ script })
    const env = {
      COPILOT_OFFLINE: 'true',
      COPILOT_AUTO_UPDATE: 'false',
      COPILOT_PROVIDER_BASE_URL: model.url,
      COPILOT_PROVIDER_TYPE: 'anthropic',
      COPILOT_PROVIDER_API_KEY: 'sk-made-up-for-a-test',
      COPILOT_MODEL: 'claude-sonnet-4.5',
    }
    const args = ['-p', prompt, ...(more.length > 0 ? more : ['--allow-all-tools', '--allow-all-paths'])]
    const { home, project: cwd } = scratch
    const command: [string, ...string[]] = [await program, ...args]
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
    expect(results).toEqual([expect.stringMatching(/^sum 42\n/)])
  })

  test('a command the service knows to only read runs without a question, another one is the client’s to ask about', async () => {
    const service = await startService(scratch.home)
    try {
      const { results } = await session([bash('lscpu'), bash('touch MARKER'), dangerous], ['--no-ask-user'])
      expect(results[0]).toMatch(/architecture/i)
      expect(results[1]).toContain('no interactive user response')
      expect(results[2]).toContain('portcullis explain dec_')
      expect(existsSync(marker())).toBe(false)
    } finally {
      await service.close()
    }
  })

  test('a file of secrets is not read, by whatever tool', async () => {
    writeFileSync(join(scratch.project, '.env'), 'COLOUR=ultramarine\n')
    const { wire, results } = await session([
      { name: 'view', input: { path: join(scratch.project, '.env') } },
      bash('cat .env'),
      {
        name: 'grep',
        input: { pattern: 'COLOUR', paths: [join(scratch.project, '.env')], output_mode: 'content' },
      },
    ])
    expect(wire.includes('ultramarine')).toBe(false)
    expect(results).toHaveLength(3)
  })

  test.each(['bash', 'view'])('a token in the output of %s never reaches the model', async tool => {
    const file = join(scratch.project, 'notes.txt')
    writeFileSync(file, `first line\ntoken: ${githubToken}\nlast line\n`)
    const { wire, results } = await session([
      tool === 'bash' ? bash('cat notes.txt; false') : { name: 'view', input: { path: file } },
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
    const config = join(scratch.home, 'mcp.json')
    const args = [join(root, 'test/clients/mcp-server.ts'), log, githubToken]
    const notes = { type: 'local', command: process.execPath, args, tools: ['*'] }
    writeFileSync(config, JSON.stringify({ mcpServers: { notes } }))
    const { results } = await session(
      [{ name: 'notes-note', input: { text: `keep ${githubToken} well` } }],
      ['--allow-all-tools', '--additional-mcp-config', `@${config}`],
    )
    expect(readFileSync(log, 'utf8')).toMatch(/keep <masked:github[^>]*> well/)
    expect(results[0]).toMatch(/kept\. the other note says <masked:github/)
  })

  test('a file with a secret is not written', async () => {
    const file = join(scratch.project, 'deploy.sh')
    const { results } = await session([
      { name: 'create', input: { path: file, file_text: `T=${githubToken}\n` } },
    ])
    expect(existsSync(file)).toBe(false)
    expect(results[0]).toContain('secret.github')
  })

  test('a prompt with a secret stays here', async () => {
    const { code, output } = await session([], [], `deploy with ${githubToken} now`)
    expect(model.requests.filter(({ path }) => path.startsWith('/v1/messages'))).toEqual([])
    expect(code).not.toBe(0)
    expect(output).toContain('secret.github')
  })

  test('the agent cannot take its own hooks away', async () => {
    const before = readFileSync(hookFile(), 'utf8')
    const { results } = await session([
      bash(`rm ${hookFile()}`),
      { name: 'edit', input: { path: hookFile(), old_str: 'PreToolUse', new_str: 'Stop' } },
      bash('rm -rf ~/.copilot/hooks'),
    ])
    expect(readFileSync(hookFile(), 'utf8')).toBe(before)
    expect(results).toHaveLength(3)
  })

  test('a subagent is guarded like its parent', async () => {
    const input = { description: 'a task', prompt: 'the delegated task', agent_type: 'task', name: 'helper' }
    const { wire } = await session([], [], 'go on', ({ body }) => {
      const messages = JSON.stringify(body['messages'])
      if (!Array.isArray(body['tools']) || messages.includes('"tool_result"')) return { text: 'all done' }
      return { toolUses: [messages.includes('the delegated task') ? dangerous : { name: 'task', input }] }
    })
    expect(wire).toContain('the delegated task')
    expect(wire).toContain('portcullis explain dec_')
    expect(existsSync(marker())).toBe(false)
    expect(readFileSync(precious(), 'utf8')).toBe('irreplaceable')
  })

  test('a hook beyond the client’s time limit lets the command run: a limit of this client', async () => {
    const { version } = JSON.parse(readFileSync(hookFile(), 'utf8'))
    const slow = { type: 'command', bash: 'sleep 5; exit 2', timeoutSec: 1 }
    writeFileSync(hookFile(), JSON.stringify({ version, hooks: { PreToolUse: [slow] } }))
    await session([bash('touch MARKER')])
    expect(existsSync(marker())).toBe(true)
  })

  describe.each([
    ['is gone', '/gone/portcullis-hook'],
    ['crashes', "sh -c 'kill -9 $$' /portcullis-hook"],
    ['answers garbage', 'echo garbage /portcullis-hook'],
    ['answers nothing', 'true /portcullis-hook'],
  ])('a hook that %s', (_title, program) => {
    beforeEach(() => {
      const text = readFileSync(hookFile(), 'utf8')
      const broken = text.replaceAll(
        `'${join(root, 'bin', 'portcullis-hook')}'`,
        program.replaceAll('"', '\\"'),
      )
      expect(broken).not.toBe(text)
      writeFileSync(hookFile(), broken)
    })

    test('stops the prompt', async () => {
      await session([bash('touch MARKER')])
      expect(model.requests.filter(({ path }) => path.startsWith('/v1/messages'))).toEqual([])
    })

    test('stops a tool call', async () => {
      const { hooks, ...rest } = JSON.parse(readFileSync(hookFile(), 'utf8'))
      writeFileSync(hookFile(), JSON.stringify({ ...rest, hooks: { PreToolUse: hooks.PreToolUse } }))
      const { results } = await session([bash('touch MARKER')])
      expect(existsSync(marker())).toBe(false)
      expect(results[0]).toContain('portcullis denied this: its hook could not run')
    })
  })

  test('without the hooks the same commands run: these tests can fail', async () => {
    await runPortcullis(scratch.home, ['uninstall', '--yes'])
    expect(existsSync(hookFile())).toBe(false)
    writeFileSync(join(scratch.project, '.env'), 'COLOUR=ultramarine\n')
    const { wire } = await session([bash('cat .env; touch MARKER')])
    // Its own filter hides a GitHub token from the model, which is why another text is looked for.
    expect(wire.includes('ultramarine')).toBe(true)
    expect(existsSync(marker())).toBe(true)
  })
})

function oneTurn(toolUses: readonly ToolUse[]): Script {
  return ({ body }) => {
    const tools = Array.isArray(body['tools']) ? body['tools'] : []
    const done = toolUses.length === 0 || tools.length === 0
    return done || JSON.stringify(body['messages']).includes('"tool_result"')
      ? { text: 'all done' }
      : { toolUses }
  }
}
