import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const program = join(import.meta.dirname, '..', '..', 'bin', 'portcullis-hook')

let home: string
let servers: Server[]

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'portcullis-hook-'))
  mkdirSync(join(home, '.portcullis', 'data'), { recursive: true, mode: 0o700 })
  // Cold starts on a machine that tests keep busy need time; what is late is denied, as one test shows.
  configure('hooks: { deadlineMs: 9000 }\n')
  servers = []
})

afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

function configure(text: string) {
  writeFileSync(join(home, '.portcullis', 'portcullis.yaml'), text, { mode: 0o600 })
}

const toolCall = (command: string) =>
  JSON.stringify({
    session_id: 's1',
    cwd: home,
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_use_id: 'toolu_1',
    tool_input: { command },
  })

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

function hook(
  input: string | Buffer,
  {
    args = ['claude-code', '--limit', '12'],
    env = {},
    from = program,
  }: { args?: string[]; env?: Record<string, string>; from?: string } = {},
): Promise<Outcome> {
  const started = performance.now()
  const child = spawn(from, args, { cwd: home, env: { PATH: '/usr/bin:/bin', HOME: home, ...env } })
  const written = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    written.stdout += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    written.stderr += chunk
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise(resolve => {
    child.once('close', code => resolve({ code, ...written, ms: performance.now() - started }))
  })
}

const permissionOf = ({ stdout }: Outcome) => JSON.parse(stdout).hookSpecificOutput?.permissionDecision
const reasonOf = ({ stdout }: Outcome) => JSON.parse(stdout).hookSpecificOutput?.permissionDecisionReason

async function serve(listener: RequestListener, folder = join(home, '.portcullis', 'data')): Promise<void> {
  const server = createServer(listener).listen(join(folder, 'portcullis.sock'))
  servers.push(server)
  await once(server, 'listening')
}

/** The program as it is on a machine without Perl. */
function programWithoutPerl(): string {
  mkdirSync(join(home, 'bin'), { recursive: true })
  const copy = join(home, 'bin', 'portcullis-hook')
  const text = readFileSync(program, 'utf8')
  expect(text).toContain('command -v perl')
  writeFileSync(copy, text.replace('command -v perl', 'command -v no-such-program'), { mode: 0o755 })
  return copy
}

describe.each([
  ['Perl', () => program],
  ['curl', programWithoutPerl],
])('with a service, asked by %s', (_by, find) => {
  let from: string
  beforeEach(() => {
    from = find()
  })

  test('its answer is passed on word for word, and it got the very event', async () => {
    const answer =
      '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"ask","permissionDecisionReason":"100% \\\\n sure; $HOME `x`"}}'
    const received: { url: string | undefined; body: string; project: string | undefined }[] = []
    await serve((request, response) => {
      let body = ''
      request.on('data', chunk => {
        body += chunk
      })
      request.on('end', () => {
        received.push({ url: request.url, body, project: request.headers['x-portcullis-project'] as string })
        response.end(answer)
      })
    })
    // A line like the end of the here-document it travels in is no end.
    const event = `${toolCall('printf "%s\\n" $HOME \\ `x` \u00e9\u4e16')}\nEVENT\n$(exit)`
    const outcome = await hook(event, { from, env: { CLAUDE_PROJECT_DIR: '/my project' } })
    expect(outcome).toMatchObject({ code: 0, stdout: `${answer}\n`, stderr: '' })
    expect(received).toEqual([{ url: '/v1/hooks/claude-code', body: event, project: '/my project' }])
  })

  test('a large event arrives whole', async () => {
    let size = 0
    await serve((request, response) => {
      request.on('data', chunk => {
        size += chunk.length
      })
      request.on('end', () => response.end('{}'))
    })
    const event = toolCall('x'.repeat(5_000_000))
    expect(await hook(event, { from })).toMatchObject({ code: 0, stdout: '{}\n' })
    expect(size).toBe(event.length)
  })

  test('half an answer is none, even if it ends in a bracket', async () => {
    await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"half":{}}', () => response.destroy())
    })
    const outcome = await hook(toolCall(deletion), { from })
    expect(outcome.stdout).not.toContain('half')
    expect(permissionOf(outcome)).toBe('deny')
  })

  test('--user-home pins the place against HOME, too', async () => {
    await serve((_request, response) => response.end('{"from":"environment"}'))
    const outcome = await hook(toolCall(deletion), {
      args: ['claude-code', '--limit', '12', '--user-home', '--data', join(home, 'elsewhere')],
      env: { PORTCULLIS_HOME: join(home, '.portcullis') },
      from,
    })
    expect(outcome.stdout).not.toContain('environment')
    expect(permissionOf(outcome)).toBe('deny')
  })

  test('--home pins the place against the environment', async () => {
    const elsewhere = join(home, 'elsewhere')
    mkdirSync(join(elsewhere, 'data'), { recursive: true })
    await serve((_request, response) => response.end('{"from":"pinned"}'), join(elsewhere, 'data'))
    await serve((_request, response) => response.end('{"from":"environment"}'))
    const env = { PORTCULLIS_HOME: join(home, '.portcullis') }
    expect(
      (await hook(toolCall('ls'), { args: ['claude-code', '--home', elsewhere], env, from })).stdout,
    ).toBe('{"from":"pinned"}\n')
  })

  test('neither a .curlrc nor a proxy nor options for Node or Perl of the environment have a say', async () => {
    await serve((_request, response) => response.end('{"from":"service"}'))
    writeFileSync(join(home, '.curlrc'), 'output = stolen\n')
    const env = {
      http_proxy: 'http://127.0.0.1:9',
      ALL_PROXY: 'http://127.0.0.1:9',
      NODE_OPTIONS: '--require /gone.js',
      PERL5OPT: '-Mgone',
      PERL5DB: 'exit',
      PERL_UNICODE: 'SDA',
    }
    expect((await hook(toolCall('ls'), { env, from })).stdout).toBe('{"from":"service"}\n')
  })
})

/** The in-process engine must have decided: its reasons name a rule, those of the fail-safe do not. */
function expectRealDeny(outcome: Outcome) {
  expect(outcome.code).toBe(0)
  expect(permissionOf(outcome)).toBe('deny')
  expect(reasonOf(outcome)).toMatch(
    /portcullis: this is denied: .*\[command\.[a-z-]+, .*portcullis explain dec_/,
  )
}

const deletion = 'rm -rf "$HOME"'

describe('without a usable service the engine decides in the process', () => {
  test('nobody there', async () => {
    expectRealDeny(await hook(toolCall(deletion)))
  })

  test('nothing at all: no home folder, no configuration', { retry: 3 }, async () => {
    rmSync(join(home, '.portcullis'), { recursive: true })
    expectRealDeny(await hook(toolCall(deletion)))
    const harmless = await hook(toolCall('mkdir build'))
    expect(harmless).toMatchObject({ code: 0, stderr: '' })
    expect(permissionOf(harmless)).not.toBe('deny')
  })

  test('a dead socket', async () => {
    const socket = join(home, '.portcullis', 'data', 'portcullis.sock')
    const dying =
      "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))"
    await once(spawn(process.execPath, ['-e', dying, socket]), 'close')
    expect(lstatSync(socket).isSocket()).toBe(true)
    expectRealDeny(await hook(toolCall(deletion)))
  })

  test('a service that hangs', async () => {
    await serve(() => undefined)
    const outcome = await hook(toolCall(deletion))
    expectRealDeny(outcome)
    expect(outcome.ms).toBeLessThan(12_000)
  })

  test.each([
    ['answers 500', 500, '{}'],
    ['answers nothing', 200, ''],
    ['answers a page', 200, '<html>'],
    ['answers 409 with an allow', 409, '{"hookSpecificOutput":{"permissionDecision":"allow"}}'],
  ])('a service that %s', async (_title, status, body) => {
    await serve((_request, response) => response.writeHead(status).end(body))
    expectRealDeny(await hook(toolCall(deletion)))
  })

  test('a refusal without a body of its own is heard as exit code 2', async () => {
    await serve((_request, response) => response.writeHead(403).end('not this'))
    expect(await hook(toolCall('ls'))).toMatchObject({ code: 2, stdout: '', stderr: 'not this\n' })
  })

  test('an unknown event passes', async () => {
    const event = JSON.stringify({ session_id: 's', hook_event_name: 'SomethingNew', cwd: home })
    expect(await hook(event)).toMatchObject({ code: 0, stdout: '{}\n' })
  })

  test('many at once are all decided', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => hook(toolCall(deletion))))
    for (const outcome of outcomes) expect(permissionOf(outcome)).toBe('deny')
  })
})

describe('what cannot be decided is denied with exit code 2', () => {
  test.each([
    ['nothing', ''],
    ['garbage', 'garbage'],
    ['a list', '[]'],
    ['bytes', Buffer.from([0xff, 0x00, 0xfe])],
    ['half an event', '{"hook_event_name":"PreToolUse"'],
    ['no event name', '{"tool_name":"Bash"}'],
  ])('%s', async (_title, input) => {
    const outcome = await hook(input)
    expect(outcome.code).toBe(2)
    expect(permissionOf(outcome)).toBe('deny')
    expect(outcome.stderr).toContain('hook event')
  })

  test.each([
    [[]],
    [['UNKNOWN']],
    [['other-agent']],
    [['claude-code/../status']],
    [['codex', '--data']],
    [['gemini-cli', '--data']],
  ])('called with %j, with nothing on stdout that a client could read as another answer', async args => {
    const outcome = await hook(toolCall('ls'), { args })
    expect(outcome.code).toBe(2)
    expect(outcome.stdout).toBe('')
    expect(outcome.stderr).not.toBe('')
  })

  test('called by Claude Code, which hears a reason in JSON', async () => {
    const outcome = await hook(toolCall('ls'), { args: ['claude-code', '--data'] })
    expect(outcome.code).toBe(2)
    expect(permissionOf(outcome)).toBe('deny')
    expect(outcome.stderr).not.toBe('')
  })

  test('a program torn from its installation', async () => {
    const lonely = join(home, 'bin', 'portcullis-hook')
    mkdirSync(join(home, 'bin'))
    copyFileSync(program, lonely)
    const outcome = await hook(toolCall('ls'), { from: lonely })
    expect(outcome.code).toBe(2)
    expect(permissionOf(outcome)).toBe('deny')
  })

  test('a decision that comes too late is denied in the shape of the event', async () => {
    configure('hooks: { deadlineMs: 50 }\n')
    const outcome = await hook(toolCall('ls'))
    expect(outcome.code).toBe(0)
    expect(permissionOf(outcome)).toBe('deny')
    expect(reasonOf(outcome)).toContain('no decision within')
  })

  test('a configuration that cannot be read is denied in the shape of the event', async () => {
    configure('hooks: [')
    const outcome = await hook(toolCall('ls'))
    expect(outcome.code).toBe(0)
    expect(permissionOf(outcome)).toBe('deny')
    expect(reasonOf(outcome)).toContain('portcullis.yaml')
  })
})

const bash = ['/bin/bash', '/usr/bin/bash'].find(path => existsSync(path))

describe.skipIf(bash === undefined)('where sh is bash, which takes functions from the environment', () => {
  test.each(['printf', 'command', '[', 'cat', 'exit', 'unset', 'perl', 'timeout'])('`%s`', async name => {
    const sh = join(home, 'sh')
    symlinkSync(bash!, sh)
    const outcome = await hook(toolCall(deletion), {
      from: sh,
      args: [program, 'claude-code', '--limit', '12'],
      env: { [`BASH_FUNC_${name}%%`]: '() { exit 0; }' },
    })
    expectRealDeny(outcome)
  })
})

test('without `timeout` the limit holds all the same', async () => {
  const copy = join(home, 'bin', 'portcullis-hook')
  mkdirSync(join(home, 'bin'))
  mkdirSync(join(home, 'src', 'cli'), { recursive: true })
  writeFileSync(join(home, 'src', 'cli', 'main.ts'), '')
  writeFileSync(join(home, 'portcullis'), '#!/bin/sh\nexec sleep 30\n', { mode: 0o755 })
  const text = readFileSync(program, 'utf8')
  expect(text).toContain('command -v timeout')
  writeFileSync(copy, text.replace('command -v timeout', 'command -v no-such-program'), { mode: 0o755 })
  const outcome = await hook(toolCall('ls'), { from: copy, args: ['claude-code', '--limit', '1'] })
  expect(outcome.code).toBe(2)
  expect(permissionOf(outcome)).toBe('deny')
  expect(outcome.ms).toBeLessThan(10_000)
})

test('the program finds its installation through links', async () => {
  mkdirSync(join(home, 'bin'))
  symlinkSync(program, join(home, 'bin', 'one'))
  symlinkSync('one', join(home, 'bin', 'two'))
  expectRealDeny(await hook(toolCall(deletion), { from: join(home, 'bin', 'two') }))
})
