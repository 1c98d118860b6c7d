import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { geminiCliSetup } from '../../src/enforcement/hooks/gemini-cli/setup.ts'
import { startStandInGemini } from '../standin/generate-content.ts'
import type { JsonObject } from '../standin/model.ts'
import type { ReplyScript, ScriptedModel, ScriptedToolUse } from '../standin/scripted.ts'
import { geminiCli, installedProgram, whyMissing } from './install.ts'
import { githubToken } from './made-up.ts'
import {
  canMount,
  fakeHook,
  replaceProgram,
  runClient,
  startService,
  withManagedFile,
} from './other-clients.ts'
import { makeScratch, root, runPortcullis, type Scratch } from './support.ts'

const program = installedProgram(geminiCli)
const missing = await whyMissing(program)

describe.skipIf(missing !== null)(`Gemini CLI ${geminiCli.version}`, () => {
  let scratch: Scratch
  let model: ScriptedModel

  beforeEach(async () => {
    scratch = makeScratch()
    // Cold starts on a machine that tests keep busy; what is late is denied, which `test/hooks` shows.
    configure('hooks: { deadlineMs: 8000 }\n')
    mkdirSync(join(scratch.home, '.gemini'))
    writeSettings({
      security: { auth: { selectedType: 'gemini-api-key' } },
      privacy: { usageStatisticsEnabled: false },
      general: { enableAutoUpdate: false },
    })
    await runPortcullis(scratch.home, ['init', '--yes', '--agents', 'gemini-cli'])
  })

  afterEach(async () => {
    await model?.close()
    scratch.remove()
  })

  const settingsFile = () => join(scratch.home, '.gemini', 'settings.json')
  const readSettings = (): JsonObject => JSON.parse(readFileSync(settingsFile(), 'utf8'))
  const writeSettings = (settings: JsonObject) => writeFileSync(settingsFile(), JSON.stringify(settings))
  const inProject = (name: string) => join(scratch.project, name)
  const marker = () => inProject('MARKER')
  const precious = () => join(scratch.home, 'precious', 'keep.txt')

  function configure(text: string) {
    mkdirSync(join(scratch.home, '.portcullis'), { recursive: true, mode: 0o700 })
    writeFileSync(join(scratch.home, '.portcullis', 'portcullis.yaml'), text, { mode: 0o600 })
  }

  interface Session {
    readonly prompt?: string
    readonly args?: readonly string[]
    readonly through?: readonly string[]
  }

  /** The model asks for these tool calls in its first turn, and ends when it has their results. */
  function session(toolUses: readonly ScriptedToolUse[], options: Session = {}) {
    return scripted(({ body }) => {
      const isAnswered = JSON.stringify(body['contents']).includes('"functionResponse"')
      return toolUses.length === 0 || isAnswered ? { text: 'all done' } : { toolUses }
    }, options)
  }

  async function scripted(script: ReplyScript, options: Session = {}) {
    const { prompt = 'please go on', args = ['--yolo', '--skip-trust'], through = [] } = options
    model = await startStandInGemini(script)
    const { home, project: cwd } = scratch
    // A model that is named is not chosen by another model first.
    const words = [process.execPath, await program, '-p', prompt, '-m', 'gemini-2.5-flash', ...args]
    const [first, ...rest] = [...through, ...words]
    const outcome = await runClient({
      command: [first!, ...rest],
      home,
      cwd,
      env: { GEMINI_API_KEY: 'made-up', GOOGLE_GEMINI_BASE_URL: model.url, GEMINI_CLI_NO_RELAUNCH: 'true' },
    })
    const wire = model.requests.map(({ body }) => body.toString('utf8')).join('\n')
    return { ...outcome, wire, results: toolResults(model) }
  }

  const shell = (command: string, more: object = {}): ScriptedToolUse => ({
    name: 'run_shell_command',
    input: { command, description: 'go', ...more },
  })
  const dangerous = shell('touch MARKER; rm -rf ~/precious ~/')
  // Gemini itself refuses `$(…)` in a command.
  const mark = shell('touch MARKER; expr 40 + 2')

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
      /Tool execution blocked: portcullis: this is denied: .*portcullis explain dec_/s,
    )
  })

  test('a harmless command runs, its output unchanged', async () => {
    const { results } = await session([mark])
    expect(existsSync(marker())).toBe(true)
    expect(results[0]).toContain('Output: 42')
  })

  test('a command is judged in the folder it runs in', async () => {
    mkdirSync(inProject('sub'))
    const profile = join(scratch.home, '.bashrc')
    const { results } = await session([
      shell('echo true >> ../../.bashrc', { dir_path: 'sub' }),
      shell('pwd', { dir_path: 'sub' }),
    ])
    expect(existsSync(profile)).toBe(false)
    expect(results[0]).toContain('portcullis explain dec_')
    expect(results[1]).toContain(inProject('sub'))
  })

  test('a command that wants an approval is denied', async () => {
    const { results } = await session([shell('touch MARKER; sudo -n true')])
    expect(existsSync(marker())).toBe(false)
    expect(results[0]).toContain('portcullis explain dec_')
  })

  test('files are written and read; a protected one, a secret in one, and one of secrets are not', async () => {
    writeFileSync(inProject('.env'), 'COLOUR=ultramarine\n')
    writeFileSync(inProject('plain.txt'), 'one\n')
    const settings = readFileSync(settingsFile(), 'utf8')
    const { results, wire } = await session([
      { name: 'write_file', input: { file_path: 'good.txt', content: 'hello' } },
      {
        name: 'replace',
        input: { file_path: 'plain.txt', instruction: 'x', old_string: 'one', new_string: 'two' },
      },
      { name: 'write_file', input: { file_path: '.gemini/settings.json', content: '{}' } },
      { name: 'write_file', input: { file_path: 'deploy.sh', content: `T=${githubToken}` } },
      { name: 'read_file', input: { file_path: '.env' } },
      { name: 'read_file', input: { file_path: 'plain.txt' } },
      shell('echo "{}" > ~/.gemini/settings.json'),
    ])
    expect(readFileSync(inProject('good.txt'), 'utf8')).toBe('hello')
    expect(readFileSync(inProject('plain.txt'), 'utf8')).toBe('two\n')
    expect(readFileSync(settingsFile(), 'utf8')).toBe(settings)
    expect(existsSync(inProject('.gemini'))).toBe(false)
    expect(existsSync(inProject('deploy.sh'))).toBe(false)
    expect(wire.includes('ultramarine')).toBe(false)
    expect(results[2]).toContain('portcullis explain dec_')
    expect(results[3]).toContain('secret.github')
    expect(results[5]).toContain('two')
    expect(results[6]).toContain('portcullis explain dec_')
  })

  test('an address of the cloud’s metadata is not fetched, wherever it stands in the prompt', async () => {
    const { results } = await session([
      {
        name: 'web_fetch',
        input: { prompt: 'compare http://169.254.169.254/latest/meta-data/ with https://a.example/x' },
      },
    ])
    expect(results[0]).toContain('portcullis explain dec_')
  })

  test.each([
    ['run_shell_command', { command: 'cat notes.txt', description: 'look' }],
    ['run_shell_command', { command: 'cat notes.txt; exit 3', description: 'look' }],
    ['read_file', { file_path: 'notes.txt' }],
    ['grep_search', { pattern: 'ghp_' }],
  ])('a token in the output of %s %j never reaches the model', async (name, input) => {
    writeFileSync(inProject('notes.txt'), `before\n${githubToken}\nafter\n`)
    const { results, wire } = await session([{ name, input }])
    expect(wire.includes(githubToken)).toBe(false)
    expect(results[0]).toContain('<masked:github')
  })

  test('an MCP tool is given a placeholder, and the model gets one back', async () => {
    const log = join(scratch.home, 'given.jsonl')
    const server = {
      command: process.execPath,
      args: [join(root, 'test/clients/mcp-server.ts'), log, githubToken],
    }
    writeSettings({ ...readSettings(), mcpServers: { notes: server } })
    const { results } = await session([
      { name: 'mcp_notes_note', input: { text: `keep ${githubToken} well` } },
    ])
    expect(readFileSync(log, 'utf8')).toMatch(/keep <masked:github[^>]*> well/)
    expect(results[0]).toMatch(/kept\. the other note says <masked:github/)
    expect(results[0]).not.toContain(githubToken)
  })

  test('a prompt with a secret stays here, and the person reads why', async () => {
    const { stderr } = await session([], { prompt: `deploy with ${githubToken} now` })
    expect(model.requests).toEqual([])
    expect(stderr).toContain('secret.github')
  })

  test('a file mentioned with `@` counts as part of the prompt', async () => {
    writeFileSync(inProject('notes.txt'), `before\n${githubToken}\nafter\n`)
    const { stderr, wire } = await session([], { prompt: 'look at @notes.txt please' })
    expect(wire.includes(githubToken)).toBe(false)
    expect(stderr).toContain('secret.github')
  })

  test('with the decision service up, it decides; after it died, the hook does by itself', async () => {
    layOutPrecious()
    const service = await startService(scratch.home)
    try {
      const { results } = await session([dangerous])
      expect(results[0]).toContain('portcullis explain dec_')
      const [id] = /dec_\w+/.exec(results[0] ?? '') ?? []
      expect(await service.journal()).toContain(`${id}`)
      expect(await service.journal()).toContain('gemini-cli/SessionStart')
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
    const { wire } = await scripted(delegating(dangerous))
    expect(wire).toContain('the delegated task')
    const told = model.requests.filter(({ body }) => !body.includes('"invoke_agent"'))
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
    test.each([
      ['is killed', 'kill -9 $$'],
      ['ends with 1', 'exit 1'],
      ['hangs', 'exec sleep 60'],
      ['answers garbage', `echo '{"decision": gar'`],
      ['answers nothing', ':'],
    ])('and %s stops the command, by our entry', async (_title, lines) => {
      // Only for calls: the entry would stop the prompt already.
      replaceProgram(settingsFile(), fakeHook(scratch.home, onlyFor('BeforeTool', lines)))
      const text = readFileSync(settingsFile(), 'utf8')
      writeFileSync(settingsFile(), text.replaceAll(/portcullis \d+ '/g, "portcullis 2 '"))
      expect(readFileSync(settingsFile(), 'utf8')).toContain("portcullis 2 '")
      const { results } = await session([mark])
      expect(existsSync(marker())).toBe(false)
      expect(results[0]).toContain('its hook could not run')
    })

    test('and is gone stops the prompt, by our entry', async () => {
      replaceProgram(settingsFile(), '/gone/portcullis-hook')
      await session([mark])
      expect(existsSync(marker())).toBe(false)
      expect(model.requests).toEqual([])
    })

    test.each([
      ['was killed', "/bin/sh -c 'kill -9 $$'", true],
      ['took too long for Gemini', 'exec sleep 30', true],
      ['answered garbage', 'echo \'{"decision": gar\'', true],
      ['could not be started', '/gone/program', false],
    ])(
      'in an entry without our wrapper, and %s: whether the command runs is known',
      async (_title, command, runs) => {
        const hook = { type: 'command', command, timeout: 1000 }
        writeSettings({ ...readSettings(), hooks: { BeforeTool: [{ matcher: '*', hooks: [hook] }] } })
        await session([mark])
        expect(existsSync(marker())).toBe(runs)
        expect(limit('Gemini CLI has no fail-closed switch')).toBe(true)
      },
    )

    test('and refuses by exit code 2 under another client’s JSON lets the command run: why ours says nothing there', async () => {
      const claude = '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny"}}'
      const command = fakeHook(scratch.home, `printf '%s' '${claude}'; echo no >&2; exit 2`)
      const hook = { type: 'command', command, timeout: 1000 }
      writeSettings({ ...readSettings(), hooks: { BeforeTool: [{ matcher: '*', hooks: [hook] }] } })
      await session([mark])
      expect(existsSync(marker())).toBe(true)
    })
  })

  describe('a repository', () => {
    const switchOff = { hooksConfig: { enabled: false } }
    const untrusted = ['--yolo']

    function bringSettings(settings: object) {
      mkdirSync(inProject('.gemini'))
      writeFileSync(inProject('.gemini/settings.json'), JSON.stringify(settings))
    }
    /** As for a person who trusts every folder. */
    const trustAll = () =>
      writeSettings({
        ...readSettings(),
        security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
      })

    test('that is trusted can switch hooks off: known limit of hooks of the user’s', async () => {
      bringSettings(switchOff)
      trustAll()
      await session([mark], { args: untrusted })
      expect(existsSync(marker())).toBe(true)
      expect(limit('can switch all hooks off')).toBe(true)
    })

    test('that is not trusted has no hooks, and no headless run', async () => {
      const { code } = await session([mark], { args: untrusted })
      expect(existsSync(marker())).toBe(false)
      expect(code).not.toBe(0)
      expect(model.requests).toEqual([])
      expect(limit('headless it does not start')).toBe(true)
    })

    test.skipIf(!canMount)('cannot switch off what stands in the system settings', async () => {
      layOutPrecious()
      await runPortcullis(scratch.home, ['uninstall', '--yes'])
      bringSettings(switchOff)
      trustAll()
      const through = await withManagedFile(scratch.home, 'gemini-cli', '/etc/gemini-cli/settings.json')
      const { results } = await session([dangerous], { args: untrusted, through })
      expectNothingHappened()
      expect(results[0]).toContain('portcullis explain dec_')
    })
  })

  test('without the hooks the same things do happen: these tests can fail', async () => {
    await runPortcullis(scratch.home, ['uninstall', '--yes'])
    writeFileSync(inProject('notes.txt'), `${githubToken}\n`)
    const { wire } = await session([shell('cat notes.txt; touch MARKER')])
    expect(wire.includes(githubToken)).toBe(true)
    expect(existsSync(marker())).toBe(true)
  })
})

/** The main agent hands a task to a subagent, which has no subagents, asks for `toolUse` and ends. */
function delegating(toolUse: ScriptedToolUse): ReplyScript {
  return ({ body }) => {
    const isAnswered = JSON.stringify(body['contents']).includes('"functionResponse"')
    const tools = JSON.stringify(body['tools'] ?? '')
    if (!tools.includes('"invoke_agent"')) {
      const end = { name: 'complete_task', input: { result: { response: 'sub done' } } }
      return { toolUses: [isAnswered ? end : toolUse] }
    }
    if (isAnswered) return { text: 'all done' }
    const input = { agent_name: 'generalist', prompt: 'the delegated task' }
    return { toolUses: [{ name: 'invoke_agent', input }] }
  }
}

/** Lines of a hook that does something for one event, and passes all others. */
function onlyFor(event: string, lines: string): string {
  return `case $(cat) in *'"hook_event_name":"${event}"'*) ${lines};; *) echo '{}';; esac`
}

function limit(words: string): boolean {
  return geminiCliSetup.limits.some(text => text.includes(words))
}

interface Part {
  readonly functionResponse?: { readonly response?: { readonly output?: string; readonly error?: string } }
}

/** The results of the last request's tool calls, as the model saw them. */
function toolResults(model: ScriptedModel): string[] {
  const contents = (model.requests.at(-1)?.json?.['contents'] ?? []) as { parts?: readonly Part[] }[]
  return contents
    .flatMap(({ parts = [] }) => parts)
    .flatMap(({ functionResponse }) => (functionResponse ? [functionResponse.response] : []))
    .map(response => response?.output ?? response?.error ?? '')
}
