import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type JsonObject, type Script, type StandInModel, startStandInModel } from '../standin/model.ts'
import type { ToolUse } from '../standin/reply.ts'
import { whyMissing } from './install.ts'
import { githubToken } from './made-up.ts'
import { startService } from './other-clients.ts'
import {
  type ClaudeVersion,
  claudeProgram,
  makeScratch,
  root,
  runClaude,
  runPortcullis,
  type Scratch,
  versions,
} from './support.ts'

const missing = await whyMissing(...versions.map(claudeProgram))

describe.skipIf(missing !== null).each(versions)('Claude Code %s', version => {
  let scratch: Scratch
  let model: StandInModel

  beforeEach(async () => {
    scratch = makeScratch()
    configure(patient)
    await runPortcullis(scratch.home, ['init', '--yes', '--agents', 'claude-code'])
  })

  afterEach(async () => {
    await model?.close()
    scratch.remove()
  })

  /** The model asks for these tool calls in its first turn, and ends when it has their results. */
  async function session(toolUses: readonly ToolUse[], args?: readonly string[], prompt = 'please go on') {
    model = await startStandInModel({ script: oneTurn(toolUses) })
    const { home, project } = scratch
    const more = args === undefined ? {} : { args }
    const outcome = await runClaude({ version, home, cwd: project, baseUrl: model.url, prompt, ...more })
    return { ...outcome, results: toolResults(model), wire: wireText(model) }
  }

  // Cold starts on a machine that tests keep busy; what is late is denied, which `test/hooks` shows.
  const patient = 'hooks: { deadlineMs: 8000 }\n'

  function configure(text: string) {
    mkdirSync(join(scratch.home, '.portcullis'), { recursive: true, mode: 0o700 })
    writeFileSync(join(scratch.home, '.portcullis', 'portcullis.yaml'), text, { mode: 0o600 })
  }

  const settingsFile = () => join(scratch.home, '.claude', 'settings.json')
  const marker = () => join(scratch.project, 'MARKER')
  const precious = () => join(scratch.home, 'precious', 'keep.txt')

  function layOutPrecious() {
    mkdirSync(join(scratch.home, 'precious'))
    writeFileSync(precious(), 'irreplaceable')
  }

  const dangerous = {
    name: 'Bash',
    input: { command: 'touch MARKER; rm -rf ~/precious ~/', description: 'clean up' },
  }

  test('a dangerous command does not run, and the model is told why', async () => {
    layOutPrecious()
    const { results, result } = await session([dangerous])
    expect(existsSync(marker())).toBe(false)
    expect(readFileSync(precious(), 'utf8')).toBe('irreplaceable')
    expect(results).toHaveLength(1)
    expect(results[0]?.isError).toBe(true)
    expect(results[0]?.text).toMatch(/portcullis: this is denied: .*portcullis explain dec_/s)
    expect(result).toMatchObject({ permission_denials: [{ tool_name: 'Bash' }] })
  })

  test('a dangerous command does not run in the mode that accepts edits either', async () => {
    layOutPrecious()
    const { results } = await session(
      [dangerous],
      ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash'],
    )
    expect(existsSync(marker())).toBe(false)
    expect(readFileSync(precious(), 'utf8')).toBe('irreplaceable')
    expect(results[0]?.text).toContain('portcullis explain dec_')
  })

  test('a harmless command runs, its output unchanged', async () => {
    const { results, result } = await session([
      { name: 'Bash', input: { command: 'echo "sum $((40 + 2))" > MARKER; cat MARKER', description: 'add' } },
    ])
    expect(readFileSync(marker(), 'utf8')).toBe('sum 42\n')
    expect(results).toMatchObject([{ text: 'sum 42', isError: false }])
    expect(result).toMatchObject({ is_error: false, result: 'all done' })
  })

  // The client's own rules ask about this one, as the second run shows.
  const lookAtProcessors = { name: 'Bash', input: { command: 'lscpu', description: 'look' } }

  test('with the service up, a command known to only read runs without a question', async () => {
    const service = await startService(scratch.home)
    try {
      const { results } = await session([lookAtProcessors], ['--permission-mode', 'default'])
      expect(results).toMatchObject([{ isError: false }])
    } finally {
      await service.close()
    }
  })

  test('without it nothing is affirmed, and the client’s own rules ask', async () => {
    const { results } = await session([lookAtProcessors], ['--permission-mode', 'default'])
    expect(results).toMatchObject([{ isError: true, text: expect.stringContaining('requires approval') }])
  })

  test('with autoAllow off the client’s own rules ask about it', async () => {
    configure(`${patient}validation: { commands: { autoAllow: false } }\n`)
    const { results } = await session([lookAtProcessors], ['--permission-mode', 'default'])
    expect(results).toMatchObject([{ isError: true, text: expect.stringContaining('requires approval') }])
  })

  test('a file of secrets is not read, by whatever tool', async () => {
    writeFileSync(join(scratch.project, '.env'), 'COLOUR=ultramarine\n')
    const { results, wire } = await session([
      { name: 'Read', input: { file_path: join(scratch.project, '.env') } },
      { name: 'Bash', input: { command: 'cat .env', description: 'look' } },
      {
        name: 'Grep',
        input: { pattern: 'COLOUR', path: scratch.project, glob: '.env', output_mode: 'content' },
      },
    ])
    expect(wire.includes('ultramarine')).toBe(false)
    expect(results.filter(({ isError }) => isError).length).toBeGreaterThanOrEqual(2)
  })

  test.each(['Bash', 'Read'])('a token in the output of %s never reaches the model', async tool => {
    const file = join(scratch.project, 'notes.txt')
    writeFileSync(file, `first line\ntoken: ${githubToken}\nlast line\n`)
    const input = tool === 'Bash' ? { command: 'cat notes.txt', description: 'look' } : { file_path: file }
    const { results, wire } = await session([{ name: tool, input }])
    expect(wire.includes(githubToken)).toBe(false)
    expect(results[0]?.text).toMatch(/first line[\s\S]*<masked:[\s\S]*last line/)
  })

  test.each(['Bash', 'Read'])('in mode `block` an output of %s with a token is withheld', async tool => {
    configure(`${patient}validation: { secrets: { mode: block } }\n`)
    const file = join(scratch.project, 'notes.txt')
    writeFileSync(file, `first line\ntoken: ${githubToken}\nlast line\n`)
    const input = tool === 'Bash' ? { command: 'cat notes.txt', description: 'look' } : { file_path: file }
    const { results, wire } = await session([{ name: tool, input }])
    expect(wire.includes(githubToken)).toBe(false)
    expect(results[0]?.text).not.toContain('first line')
    expect(results[0]?.text).toContain('[withheld by portcullis]')
  })

  test('a token in a long output never reaches the model', async () => {
    const lines = Array.from({ length: 600 }, (_, index) => `line ${index} of a long and dull report`)
    writeFileSync(join(scratch.project, 'notes.txt'), `${githubToken}\n${lines.join('\n')}\n${githubToken}\n`)
    const { results, wire } = await session([
      { name: 'Bash', input: { command: 'cat notes.txt', description: 'look' } },
    ])
    expect(wire.includes(githubToken)).toBe(false)
    expect(results[0]?.text).toContain('line 599')
  })

  test('a prompt with a secret stays here and is not echoed', async () => {
    const { stdout, stderr } = await session([], undefined, `deploy with ${githubToken} now`)
    expect(model.requests.filter(({ path }) => path.startsWith('/v1/messages'))).toEqual([])
    expect(stdout + stderr).not.toContain(githubToken)
    expect(stdout + stderr).toContain('secret.github')
  })

  test('the output of a command that fails is beyond hooks: a limit that the gateway closes', async () => {
    const { results } = await session([
      {
        name: 'Bash',
        input: {
          command: `printf '%s%s' ${githubToken.slice(0, 9)} ${githubToken.slice(9)}; exit 3`,
          description: 'fail',
        },
      },
    ])
    expect(results[0]?.isError).toBe(true)
    expect(results[0]?.text.includes(githubToken)).toBe(true)
  })

  test('an MCP tool is given a placeholder, and the model gets one back', async () => {
    const log = join(scratch.home, 'given.jsonl')
    const config = join(scratch.home, 'mcp.json')
    const server = {
      command: process.execPath,
      args: [join(root, 'test/clients/mcp-server.ts'), log, githubToken],
    }
    writeFileSync(config, JSON.stringify({ mcpServers: { notes: server } }))
    const { results } = await session(
      [{ name: 'mcp__notes__note', input: { text: `keep ${githubToken} well` } }],
      ['--permission-mode', 'bypassPermissions', '--mcp-config', config, '--strict-mcp-config'],
    )
    expect(readFileSync(log, 'utf8')).toMatch(/keep <masked:github[^>]*> well/)
    expect(results[0]?.text).toMatch(/kept\. the other note says <masked:github/)
    expect(results[0]?.text).not.toContain(githubToken)
  })

  test('without the hooks the same token does leave: these tests can fail', async () => {
    await runPortcullis(scratch.home, ['uninstall', '--yes'])
    writeFileSync(join(scratch.project, 'notes.txt'), `${githubToken}\n`)
    const { wire } = await session([
      { name: 'Bash', input: { command: 'cat notes.txt; touch MARKER', description: 'look' } },
    ])
    expect(wire.includes(githubToken)).toBe(true)
    expect(existsSync(marker())).toBe(true)
  })

  test('a subagent is guarded like its parent', async () => {
    layOutPrecious()
    model = await startStandInModel({ script: delegating(dangerous) })
    const { home, project } = scratch
    await runClaude({ version, home, cwd: project, baseUrl: model.url, prompt: 'delegate' })
    const conversations = model.requests.map(({ json }) =>
      JSON.stringify(((json?.['messages'] ?? []) as unknown[])[0]),
    )
    expect(conversations.some(first => first.includes('the delegated task'))).toBe(true)
    expect(wireText(model).includes('portcullis explain dec_')).toBe(true)
    expect(existsSync(marker())).toBe(false)
    expect(readFileSync(precious(), 'utf8')).toBe('irreplaceable')
  })

  test('the agent cannot edit its own settings', async () => {
    const before = readFileSync(settingsFile(), 'utf8')
    expect(before).toContain('portcullis-hook')
    const { results } = await session([
      { name: 'Write', input: { file_path: settingsFile(), content: '{}' } },
      { name: 'Bash', input: { command: 'echo "{}" > ~/.claude/settings.json', description: 'tidy' } },
      { name: 'Bash', input: { command: `${root}/portcullis uninstall --yes`, description: 'tidy' } },
      { name: 'Bash', input: { command: 'rm -rf ~/.portcullis', description: 'tidy' } },
    ])
    expect(readFileSync(settingsFile(), 'utf8')).toBe(before)
    expect(existsSync(join(scratch.home, '.portcullis', 'portcullis.yaml'))).toBe(true)
    expect(results.map(({ isError }) => isError)).toEqual([true, true, true, true])
  })

  test('a file with a secret is not written', async () => {
    const file = join(scratch.project, 'deploy.sh')
    const { results } = await session([
      { name: 'Write', input: { file_path: file, content: `T=${githubToken}\n` } },
    ])
    expect(existsSync(file)).toBe(false)
    expect(results[0]?.text).toContain('secret.github')
  })

  test('with the decision service up, it decides', async () => {
    const service = await startService(scratch.home)
    try {
      layOutPrecious()
      const { results } = await session([{ ...dangerous, id: 'toolu_portcullis_seen' }])
      expect(service.seen).toEqual(['toolu_portcullis_seen'])
      expect(results[0]?.text).toContain('portcullis explain dec_')
      expect(existsSync(marker())).toBe(false)
      expect(existsSync(precious())).toBe(true)
    } finally {
      await service.close()
    }
  })

  test('several tool calls at once are decided one by one, each on its own', async () => {
    const { results } = await session(
      [1, 2, 3, 4].map(number => ({
        name: 'Bash',
        input: {
          command: number === 3 ? 'touch MARKER; rm -rf ~/' : `echo run-${number}`,
          description: 'go',
        },
      })),
    )
    expect(results.map(({ isError }) => isError)).toEqual([false, false, true, false])
    expect(existsSync(marker())).toBe(false)
  })

  test(`a hook that is gone ${failsClosed(version) ? 'stops the command' : 'lets it run: a limit of this version'}`, async () => {
    const settings = readFileSync(settingsFile(), 'utf8')
    writeFileSync(
      settingsFile(),
      settings.replaceAll(join(root, 'bin', 'portcullis-hook'), '/gone/portcullis-hook'),
    )
    expect(readFileSync(settingsFile(), 'utf8')).toContain('/gone/portcullis-hook')
    await session([{ name: 'Bash', input: { command: 'touch MARKER', description: 'mark' } }])
    // Before 2.1.295 the client ignores `onFailure: block`; `portcullis doctor` warns of it.
    expect(existsSync(marker())).toBe(!failsClosed(version))
  })

  // What the client itself makes of a hook that breaks, whatever program it is.
  test.each([
    ['dies', 'kill -9 $$', failsClosed(version)],
    ['hangs', 'sleep 30', failsClosed(version)],
    ['exits with 1', 'exit 1', failsClosed(version)],
    ['writes garbage', 'echo "{ not JSON"', false],
  ])('a hook that %s', async (_title, script, stops) => {
    const program = join(scratch.home, 'portcullis-hook')
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    const settings = readFileSync(settingsFile(), 'utf8')
    const broken = settings.replaceAll(join(root, 'bin', 'portcullis-hook'), program)
    writeFileSync(settingsFile(), broken.replaceAll(/"timeout": \d+/g, '"timeout": 2'))
    await session([{ name: 'Bash', input: { command: 'touch MARKER', description: 'mark' } }])
    expect(existsSync(marker())).toBe(!stops)
  })

  test('a configuration that cannot be read stops every tool call', async () => {
    configure('hooks: [')
    const { results } = await session([
      { name: 'Bash', input: { command: 'touch MARKER', description: 'mark' } },
    ])
    expect(existsSync(marker())).toBe(false)
    expect(results).toEqual([])
  })
})

function failsClosed(version: ClaudeVersion): boolean {
  return version === '2.1.329'
}

function oneTurn(toolUses: readonly ToolUse[]): Script {
  return ({ body }) =>
    toolUses.length === 0 || JSON.stringify(body['messages']).includes('"tool_result"')
      ? { text: 'all done' }
      : { toolUses }
}

/** The main agent hands a task to a subagent, which asks for `toolUse`. */
function delegating(toolUse: ToolUse): Script {
  return ({ body, headers }) => {
    const messages = JSON.stringify(body['messages'])
    if (messages.includes('"tool_result"')) return { text: 'all done' }
    const first = messages.includes('the delegated task') || headers['x-claude-code-agent-id'] !== undefined
    if (first) return { toolUses: [toolUse] }
    const tools = body['tools'] as { name: string }[]
    const name = tools.some(tool => tool.name === 'Agent') ? 'Agent' : 'Task'
    const input = { description: 'a task', prompt: 'the delegated task', subagent_type: 'general-purpose' }
    return { toolUses: [{ name, input }] }
  }
}

interface ToolResult {
  readonly text: string
  readonly isError: boolean
}

/** The tool results of the last request, as the model saw them. */
function toolResults(model: StandInModel): ToolResult[] {
  const messages = (model.requests.at(-1)?.json?.['messages'] ?? []) as { content: unknown }[]
  const blocks = messages.flatMap(({ content }) => (Array.isArray(content) ? (content as JsonObject[]) : []))
  return blocks
    .filter(block => block['type'] === 'tool_result')
    .map(block => ({ text: textOf(block['content']), isError: block['is_error'] === true }))
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return (content as { text?: string }[]).map(({ text }) => text ?? '').join('')
}

/** Everything the model ever received. */
function wireText(model: StandInModel): string {
  return model.requests.map(({ body }) => body.toString('utf8')).join('\n')
}
