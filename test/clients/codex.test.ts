import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codexSetup } from '../../src/enforcement/hooks/codex/setup.ts'
import { startStandInResponses } from '../standin/responses.ts'
import type { ReplyScript, ScriptedModel, ScriptedToolUse } from '../standin/scripted.ts'
import { codex, installedProgram, whyMissing } from './install.ts'
import { githubToken } from './made-up.ts'
import {
  canMount,
  fakeHook,
  replaceProgram,
  runClient,
  startService,
  withManagedFile,
} from './other-clients.ts'
import { makeScratch, root, runPortcullis, type Scratch, scratchEnvironment } from './support.ts'

const program = installedProgram(codex)
const missing = await whyMissing(program)

/** The first calls its tools one by one; the second writes scripts that call them (Code Mode). */
const PLAIN = 'gpt-5.5'
const CODE_MODE = 'gpt-6.1-sol'

describe.skipIf(missing !== null)(`Codex ${codex.version}`, () => {
  let scratch: Scratch
  let model: ScriptedModel

  beforeEach(async () => {
    scratch = makeScratch()
    // Cold starts on a machine that tests keep busy; what is late is denied, which `test/hooks` shows.
    configure('hooks: { deadlineMs: 8000 }\n')
    await runPortcullis(scratch.home, ['init', '--yes', '--agents', 'codex'])
  })

  afterEach(async () => {
    await model?.close()
    scratch.remove()
  })

  const hooksFile = () => join(scratch.home, '.codex', 'hooks.json')
  const marker = () => join(scratch.project, 'MARKER')
  const precious = () => join(scratch.home, 'precious', 'keep.txt')

  function configure(text: string) {
    mkdirSync(join(scratch.home, '.portcullis'), { recursive: true, mode: 0o700 })
    writeFileSync(join(scratch.home, '.portcullis', 'portcullis.yaml'), text, { mode: 0o600 })
  }

  /** What a person's visit to `/hooks` leaves in `config.toml`. */
  function trustLines(): string {
    const settings = JSON.parse(readFileSync(hooksFile(), 'utf8'))
    return codexSetup.approval!({ home: scratch.home, env: {} }, settings).lines
  }

  interface Session {
    readonly prompt?: string
    readonly modelName?: string
    readonly args?: readonly string[]
    readonly trust?: boolean
    /** Before the tables of `config.toml`, and among them. */
    readonly toml?: string
    readonly through?: readonly string[]
  }

  /** The model asks for these tool calls in its first turn, and ends when it has their results. */
  function session(toolUses: readonly ScriptedToolUse[], options: Session = {}) {
    return scripted(({ body }) => {
      const isAnswered = JSON.stringify(body['input']).includes('_call_output"')
      return toolUses.length === 0 || isAnswered ? { text: 'all done' } : { toolUses }
    }, options)
  }

  async function scripted(script: ReplyScript, options: Session) {
    const { prompt = 'please go on', modelName = PLAIN, args = [], trust = true, toml = '' } = options
    model = await startStandInResponses(script)
    const { home, project: cwd } = scratch
    const lines = [
      `model = "${modelName}"`,
      'model_provider = "standin"',
      '[model_providers.standin]',
      'name = "standin"',
      `base_url = "${model.url}/v1"`,
      'wire_api = "responses"',
      'env_key = "STANDIN_KEY"',
      'request_max_retries = 0',
      'stream_max_retries = 0',
      toml,
      trust ? trustLines() : '',
    ]
    mkdirSync(join(home, '.codex'), { recursive: true })
    writeFileSync(join(home, '.codex', 'config.toml'), lines.join('\n'))
    const all = ['--dangerously-bypass-approvals-and-sandbox', '--skip-git-repo-check', ...args, prompt]
    const [first, ...rest] = [...(options.through ?? []), await program, 'exec', ...all]
    const outcome = await runClient({
      command: [first!, ...rest],
      home,
      cwd,
      env: { STANDIN_KEY: 'made-up', CODEX_HOME: join(home, '.codex') },
    })
    const wire = model.requests.map(({ body }) => body.toString('utf8')).join('\n')
    return { ...outcome, wire, results: toolResults(model) }
  }

  const shell = (cmd: string, more: object = {}): ScriptedToolUse => ({
    name: 'exec_command',
    input: { cmd, ...more },
  })
  const patch = (...lines: string[]): ScriptedToolUse => ({
    name: 'apply_patch',
    input: ['*** Begin Patch', ...lines, '*** End Patch', ''].join('\n'),
  })
  const dangerous = shell('touch MARKER; rm -rf ~/precious ~/')
  const mark = shell('touch MARKER; echo "sum $((40 + 2))"')

  function layOutPrecious() {
    mkdirSync(join(scratch.home, 'precious'))
    writeFileSync(precious(), 'irreplaceable')
  }

  function expectNothingHappened() {
    expect(existsSync(marker())).toBe(false)
    expect(readFileSync(precious(), 'utf8')).toBe('irreplaceable')
  }

  test('a dangerous command does not run, and the model is told why', async () => {
    layOutPrecious()
    const { results } = await session([dangerous])
    expectNothingHappened()
    expect(results).toHaveLength(1)
    expect(results[0]).toMatch(
      /blocked by PreToolUse hook: portcullis: this is denied: .*portcullis explain dec_/s,
    )
  })

  test('nor does it from a script of Code Mode, where a harmless one runs', async () => {
    layOutPrecious()
    const script = (cmd: string) => `text(await tools.exec_command({ cmd: ${JSON.stringify(cmd)} }))`
    const { results } = await session(
      [
        { name: 'exec', input: script('touch MARKER; rm -rf ~/precious ~/') },
        { name: 'exec', input: script('echo "sum $((40 + 2))"') },
      ],
      { modelName: CODE_MODE },
    )
    expectNothingHappened()
    expect(results[0]).toContain('portcullis explain dec_')
    expect(results[1]).toContain('sum 42')
  })

  test('a harmless command runs, its output unchanged', async () => {
    const { results } = await session([mark])
    expect(existsSync(marker())).toBe(true)
    expect(results[0]).toMatch(/Output:\nsum 42\n$/)
  })

  test('a command that wants an approval is denied, because Codex would run it', async () => {
    const { results } = await session([shell('touch MARKER; sudo -n true')])
    expect(existsSync(marker())).toBe(false)
    expect(results[0]).toContain('portcullis explain dec_')
  })

  test('a patch is written; one that also touches a protected file, or holds a secret, is not at all', async () => {
    const hooks = readFileSync(hooksFile(), 'utf8')
    const { results } = await session([
      patch('*** Add File: good.txt', '+hello'),
      patch('*** Add File: half.txt', '+hello', `*** Delete File: ${hooksFile()}`),
      patch('*** Add File: deploy.sh', `+T=${githubToken}`),
    ])
    expect(readFileSync(join(scratch.project, 'good.txt'), 'utf8')).toBe('hello\n')
    expect(readFileSync(hooksFile(), 'utf8')).toBe(hooks)
    expect(existsSync(join(scratch.project, 'half.txt'))).toBe(false)
    expect(existsSync(join(scratch.project, 'deploy.sh'))).toBe(false)
    expect(results[1]).toContain('portcullis explain dec_')
    expect(results[2]).toContain('secret.github')
  })

  test('a token in an output never reaches the model, of a command that failed neither', async () => {
    writeFileSync(join(scratch.project, 'notes.txt'), `before\n${githubToken}\nafter\n`)
    const { results, wire } = await session([shell('cat notes.txt'), shell('cat notes.txt; exit 3')])
    expect(wire.includes(githubToken)).toBe(false)
    for (const result of results) expect(result).toMatch(/before\n<masked:github[^\n]*>\nafter/)
  })

  test('an MCP tool is given a placeholder, and the model gets one back', async () => {
    const log = join(scratch.home, 'given.jsonl')
    const args = [join(root, 'test/clients/mcp-server.ts'), log, githubToken]
    const toml = `[mcp_servers.notes]\ncommand = "${process.execPath}"\nargs = ${JSON.stringify(args)}\n`
    const call = { namespace: 'mcp__notes', name: 'note', input: { text: `keep ${githubToken} well` } }
    const { results } = await session([call], { toml })
    expect(readFileSync(log, 'utf8')).toMatch(/keep <masked:github[^>]*> well/)
    expect(results[0]).toMatch(/kept\. the other note says <masked:github/)
    expect(results[0]).not.toContain(githubToken)
  })

  test('a prompt with a secret stays here; that nothing says why is a limit of `codex exec`', async () => {
    const { code, stdout, stderr } = await session([], { prompt: `deploy with ${githubToken} now` })
    expect(model.requests).toEqual([])
    expect(stderr).toContain('UserPromptSubmit Blocked')
    expect({ code, says: `${stdout}${stderr}`.includes('secret.github') }).toEqual({ code: 0, says: false })
    expect(limit('`codex exec` shows no reason')).toBe(true)
  })

  test('with the decision service up, it decides; after it died, the hook does by itself', async () => {
    layOutPrecious()
    const service = await startService(scratch.home)
    try {
      const { results } = await session([{ ...dangerous, id: 'call_portcullis_seen' }])
      expect(service.seen).toEqual(['call_portcullis_seen'])
      expect(results[0]).toContain('portcullis explain dec_')
    } finally {
      await service.close()
    }
    await model.close()
    // On its socket there is only somebody who hangs up.
    const socket = join(scratch.home, '.portcullis', 'data', 'portcullis.sock')
    const dead = createServer(connection => connection.destroy()).listen(socket)
    const { results } = await session([dangerous])
    dead.close()
    expect(results[0]).toContain('portcullis explain dec_')
    expectNothingHappened()
  })

  test('a subagent is guarded like its parent', async () => {
    layOutPrecious()
    await scripted(delegating(dangerous), {})
    const told = model.requests.filter(({ body }) => body.includes('the delegated task'))
    expect(told.some(({ body }) => body.includes('portcullis explain dec_'))).toBe(true)
    expectNothingHappened()
  })

  test('a configuration that cannot be read stops even the prompt', async () => {
    configure('hooks: [')
    await session([mark])
    expect(existsSync(marker())).toBe(false)
    expect(model.requests).toEqual([])
  })

  describe('a hook that fails', () => {
    const failures = [
      ['is killed', 'kill -9 $$'],
      ['ends with 1', 'exit 1'],
      ['hangs', 'exec sleep 60'],
      ['answers garbage', `echo '{"decision": gar'`],
      ['answers nothing', ':'],
    ] as const

    test.each(failures)('and %s stops the command, by our entry', async (_title, lines) => {
      // Only for calls: the entry would stop the prompt already.
      replaceProgram(hooksFile(), fakeHook(scratch.home, onlyFor('PreToolUse', lines)))
      shortenTimeouts()
      const { results } = await session([mark])
      expect(existsSync(marker())).toBe(false)
      expect(results[0]).toContain('its hook could not run')
    })

    test('and is gone stops the prompt, by our entry', async () => {
      replaceProgram(hooksFile(), '/gone/portcullis-hook')
      await session([mark])
      expect(existsSync(marker())).toBe(false)
      expect(model.requests).toEqual([])
    })

    test.each([
      ['could not be started', '/gone/program'],
      ['was killed', "/bin/sh -c 'kill -9 $$'"],
      ['took too long for Codex', 'sleep 30'],
      ['answered garbage', 'echo \'{"decision": gar\''],
    ])(
      'in an entry without our wrapper, and %s, lets Codex run the command: known limit',
      async (_title, command) => {
        const hook = { type: 'command', command, timeout: 1 }
        writeFileSync(
          hooksFile(),
          JSON.stringify({ hooks: { PreToolUse: [{ matcher: '*', hooks: [hook] }] } }),
        )
        await session([mark], { trust: false, args: ['--dangerously-bypass-hook-trust'] })
        expect(existsSync(marker())).toBe(true)
        expect(limit('Codex has no fail-closed switch')).toBe(true)
      },
    )

    /** Entries whose time is up soon, so that a test need not wait. */
    function shortenTimeouts() {
      const text = readFileSync(hooksFile(), 'utf8')
      writeFileSync(hooksFile(), text.replaceAll(/portcullis \d+ '/g, "portcullis 2 '"))
      expect(readFileSync(hooksFile(), 'utf8')).toContain("portcullis 2 '")
    }
  })

  describe('trust', () => {
    test('the client agrees with our reading of what it trusts', async () => {
      await session([])
      const listed = await listHooks(await program, scratch)
      expect(listed.map(({ eventName }) => eventName).toSorted()).toEqual(
        ['permissionRequest', 'postToolUse', 'preToolUse', 'sessionStart', 'userPromptSubmit'].toSorted(),
      )
      expect(listed.map(({ trustStatus }) => trustStatus)).toEqual(Array(5).fill('trusted'))
      expect(await doctor()).toContain('it calls the entries that stand there')
    })

    test('Codex skips our hook in silence until it is trusted: known limit', async () => {
      const { stdout, stderr } = await session([mark], { trust: false })
      expect(existsSync(marker())).toBe(true)
      expect(stdout + stderr).not.toMatch(/trust|review/i)
      expect(limit('was not trusted in `/hooks`')).toBe(true)
      expect(await doctor()).toContain('it skips our hook in silence')
    })

    const doctor = () =>
      runPortcullis(scratch.home, ['doctor']).then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      )

    test('`--disable hooks` lets the command run: known limit of hooks of the user’s', async () => {
      await session([mark], { args: ['--disable', 'hooks'] })
      expect(existsSync(marker())).toBe(true)
      expect(limit('hooks off under `--disable hooks`')).toBe(true)
    })
  })

  describe.skipIf(!canMount)('the managed file', () => {
    test.each([
      ['guards without any trust', []],
      ['guards against `--disable hooks`', ['--disable', 'hooks']],
      ['guards against `features.hooks = false`', ['-c', 'features.hooks=false']],
    ])('%s', async (_title, args) => {
      layOutPrecious()
      await runPortcullis(scratch.home, ['uninstall', '--yes'])
      const through = await withManagedFile(scratch.home, 'codex', '/etc/codex/requirements.toml')
      const { results } = await session([dangerous], { trust: false, args, through })
      expectNothingHappened()
      expect(results[0]).toContain('portcullis explain dec_')
    })

    test('leaves no terminal to type into', async () => {
      const through = await withManagedFile(scratch.home, 'codex', '/etc/codex/requirements.toml')
      await scripted(typing, { through })
      expect(existsSync(marker())).toBe(false)
    })
  })

  test('what is typed into a running terminal passes no hook: known limit, closed by `unified_exec_tty`', async () => {
    await scripted(typing, {})
    expect(existsSync(marker())).toBe(true)
    expect(limit('types into a running terminal')).toBe(true)
  })

  test('with `features.unified_exec_tty` off nothing can be typed', async () => {
    await scripted(typing, { args: ['--disable', 'unified_exec_tty'] })
    expect(existsSync(marker())).toBe(false)
  })

  test('without the hooks the same things do happen: these tests can fail', async () => {
    await runPortcullis(scratch.home, ['uninstall', '--yes'])
    writeFileSync(join(scratch.project, 'notes.txt'), `${githubToken}\n`)
    const { wire } = await session([shell('cat notes.txt; touch MARKER')], { trust: false })
    expect(wire.includes(githubToken)).toBe(true)
    expect(existsSync(marker())).toBe(true)
  })
})

/** The model opens a shell in a terminal, and types a command into it. */
const typing: ReplyScript = ({ body, turn }) => {
  const session_id = Number(/session ID (\d+)/.exec(JSON.stringify(body['input']))?.[1])
  const wait = { yield_time_ms: 700 }
  if (turn === 0) return { toolUses: [{ name: 'exec_command', input: { cmd: 'bash', tty: true, ...wait } }] }
  if (turn > 2 || Number.isNaN(session_id)) return { text: 'all done' }
  const chars = turn === 1 ? 'touch MARKER\n' : 'exit\n'
  return { toolUses: [{ name: 'write_stdin', input: { session_id, chars, ...wait } }] }
}

/** The main agent hands a task to a subagent, which asks for `toolUse`, and waits for it. */
function delegating(toolUse: ScriptedToolUse): ReplyScript {
  const namespace = 'multi_agent_v1'
  return ({ body, turn }) => {
    const text = JSON.stringify(body['input'])
    const isAnswered = text.includes('_call_output"')
    if (text.includes('the delegated task') && !text.includes('spawn_agent')) {
      return isAnswered ? { text: 'sub done' } : { toolUses: [toolUse] }
    }
    const [, id] = /agent_id[\\\\":]+([\w-]{20,})/.exec(text) ?? []
    if (id === undefined) {
      const input = { message: 'the delegated task' }
      return { toolUses: [{ namespace, name: 'spawn_agent', input }] }
    }
    if (turn > 4 || text.includes('timed_out')) return { text: 'all done' }
    return { toolUses: [{ namespace, name: 'wait_agent', input: { targets: [id], timeout_ms: 15_000 } }] }
  }
}

/** Lines of a hook that does something for one event, and passes all others. */
function onlyFor(event: string, lines: string): string {
  return `case $(cat) in *'"hook_event_name":"${event}"'*) ${lines};; *) echo '{}';; esac`
}

function limit(words: string): boolean {
  return codexSetup.limits.some(text => text.includes(words))
}

/** The outputs of the last request's tool calls, as the model saw them. */
function toolResults(model: ScriptedModel): string[] {
  const items = (model.requests.at(-1)?.json?.['input'] ?? []) as { type: string; output?: unknown }[]
  return items.filter(({ type }) => type.endsWith('_call_output')).map(({ output }) => textOf(output))
}

function textOf(output: unknown): string {
  if (typeof output === 'string') return output
  return (output as { text?: string }[]).map(({ text }) => text ?? '').join('')
}

interface ListedHook {
  readonly eventName: string
  readonly trustStatus: string
}

/** Asks the client's own server which hooks it found. */
async function listHooks(codex: string, { home, project }: Scratch): Promise<ListedHook[]> {
  const env = { ...scratchEnvironment(home), STANDIN_KEY: 'made-up', HTTPS_PROXY: 'http://127.0.0.1:9' }
  const child = spawn(codex, ['app-server'], {
    cwd: project,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: 20_000,
  })
  const send = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`)
  send({ id: 1, method: 'initialize', params: { clientInfo: { name: 'test', version: '1' } } })
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { id, result } = JSON.parse(line)
      if (id === 1) {
        send({ method: 'initialized' })
        send({ id: 2, method: 'hooks/list', params: { cwds: [project] } })
      }
      if (id === 2) return result.data[0].hooks
    }
  } finally {
    child.kill()
  }
  throw new Error('the client listed no hooks')
}
