import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { portcullis, type Result, type RunningService, scratchHome, startUp } from '../service/process.ts'

const place = scratchHome()
const { home, env } = place
afterAll(() => place.remove())

const run = (args: readonly string[], input: string | Buffer = '') =>
  portcullis(args, { env, input, cwd: home })

/** A failure is one sentence with its remedy on stderr, without a stack trace; stdout stays empty. */
function expectSentence({ stdout, stderr }: Result, fact: RegExp): void {
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^portcullis: [^\n]+\n {2}[^\n]+\n$/)
  expect(stderr).toMatch(fact)
  expect(stderr).not.toMatch(/\n\s+at |\.ts:\d+/)
}

interface Fault {
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string }
}

describe('wrong usage ends with 2, one sentence and nothing on stdout', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['frobnicate'], /unknown command/],
    ['an unknown option', ['status', '--frobnicate'], /unknown option/],
    ['nothing to check', ['check'], /nothing to check/],
    ['an id that is none', ['explain', 'foo'], /not a decision id/],
    ['a lifetime that is none', ['keys', 'create', '--expires', 'soon'], /`--expires soon` is not a time/],
    ['a count that is none', ['audit', 'tail', '-n', 'x'], /not a whole number/],
    ['a journal that is not there', ['audit', 'verify', 'nowhere'], /there is no journal/],
    ['a port that is none', ['up', '--port', '99999'], /is not a port/],
    ['a configuration that is not there', ['--config', 'nowhere.yaml', 'up'], /there is no file/],
  ])('%s', async (_what, args, fact) => {
    const [words, json] = await Promise.all([run(args), run([...args, '--json'])])
    expect(words.code).toBe(2)
    expectSentence(words, fact)
    expect(json.code).toBe(2)
    expect(json.stdout).toBe('')
    const { error } = JSON.parse(json.stderr) as Fault
    expect(error.message).toMatch(fact)
    expect(error.remedy).not.toBe('')
  })
})

describe('what could not be told ends with 3', () => {
  test('status without a service names the socket and how to start one', async () => {
    const words = await run(['status'])
    expect(words.code).toBe(3)
    expectSentence(words, /does not answer/)
    const json = await run(['--json', 'status'])
    expect(json.code).toBe(3)
    expect((JSON.parse(json.stderr) as Fault).error.code).toBe('service.unreachable')
  })

  test('a remedy names the program as it has to be typed', async () => {
    const { stderr } = await run(['status'])
    expect(stderr).toMatch(/`\S*\/portcullis up`/)
  })
})

describe('the global options', () => {
  const data = join(home, 'elsewhere')

  test.each([
    ['before the command', (args: string[]) => ['--json', '--data', data, ...args]],
    ['after it', (args: string[]) => [...args, '--json', '--data', data]],
  ])('are taken %s', async (_where, placed) => {
    const { code, stdout } = await run(placed(['keys', 'create']))
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ key: expect.stringMatching(/^pcl_live_/) })
    expect(existsSync(join(data, 'keys'))).toBe(true)
  })

  test('may have the name of a command as their value', async () => {
    const { code, stdout } = await run(['--data', 'up', 'keys', 'list', '--json'])
    expect([code, JSON.parse(stdout)]).toEqual([0, { keys: [] }])
  })
})

describe('check', () => {
  test('answers 1 for what it would refuse and 0 for what it would not', async () => {
    const [refused, passed] = await Promise.all([run(['check', 'rm -rf ~', '--json']), run(['check', 'ls'])])
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.stdout)).toMatchObject({
      decision: 'deny',
      reasons: [{ code: 'validation.dangerous-command', threat: 'DATA-DES-001' }],
    })
    expect([passed.code, passed.stderr]).toEqual([0, ''])
  })

  test('--jsonl answers every line, the bad ones with an error, and then ends with 2', async () => {
    const lines = ['not json', '{"id":1}', '{"id":2,"command":"rm -rf ~"}', '[]'].join('\n')
    const { code, stdout } = await run(['check', '--jsonl'], lines)
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(code).toBe(2)
    expect(answers).toMatchObject([
      { line: 1, error: { code: 'usage' } },
      { id: 1, error: { code: 'usage' } },
      { id: 2, decision: 'deny' },
      { line: 4, error: { code: 'usage' } },
    ])
  })
})

describe('scan and mask', () => {
  const secret = ['ghp', 'k7Qw3mZx9Tb2Lp5Rv8Nc4Hs6Jd1Gf0YaUeXo'].join('_')

  test('mask --jsonl hides a secret that is cut between chunks', async () => {
    const line = JSON.stringify({ id: 7, chunks: ['a ', secret.slice(0, 12), secret.slice(12), ' b'] })
    const { code, stdout } = await run(['mask', '--jsonl'], `${line}\n`)
    const { id, chunks } = JSON.parse(stdout) as { id: number; chunks: string[] }
    expect([code, id, chunks.length]).toEqual([0, 7, 4])
    expect(chunks.join('')).toMatch(/^a <masked:github-pat:[0-9a-f]{8}> b$/)
  })

  test('scan --jsonl names rule and place, never the secret', async () => {
    const { stdout } = await run(['scan', '--jsonl'], `${JSON.stringify({ id: 1, text: `x ${secret}` })}\n`)
    expect(JSON.parse(stdout)).toMatchObject({
      id: 1,
      findings: [{ rule: 'secret.github-pat', start: 2, end: 2 + secret.length }],
    })
    expect(stdout).not.toContain(secret)
  })

  test.each([
    ['scan', 'text', { id: 3, findings: [] }],
    ['mask', 'chunks', { id: 3, chunks: ['plain'] }],
  ])(
    '%s --jsonl answers a line it cannot read without repeating it, goes on, and ends with 2',
    async (name, field, last) => {
      const good = JSON.stringify({ id: 3, [field]: name === 'scan' ? 'plain' : ['plain'] })
      const result = await run([name, '--jsonl'], `${secret}\n{"id":2}\n\n[]\nnull\n${good}\n`)
      const answers = result.stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
      const error = { code: 'usage', message: expect.stringContaining(field), remedy: expect.any(String) }
      expect(answers).toEqual([
        { line: 1, error },
        { id: 2, line: 2, error },
        { line: 4, error },
        { line: 5, error },
        last,
      ])
      expect([result.code, result.stderr]).toEqual([2, ''])
      expect(result.stdout).not.toContain(secret)
    },
  )

  test('scan --jsonl ends with 2 rather than 1 when a line besides the secret could not be read', async () => {
    const lines = [JSON.stringify({ id: 1, text: secret }), '{'].join('\n')
    expect((await run(['scan', '--jsonl'], lines)).code).toBe(2)
    expect((await run(['scan', '--jsonl'], JSON.stringify({ id: 1, text: secret }))).code).toBe(1)
  })
})

describe('faults of the place end clearly', () => {
  test('a bad configuration names line, column and key', async () => {
    const file = join(home, 'bad.yaml')
    writeFileSync(file, 'network:\n  prot: 1\n', { mode: 0o600 })
    const result = await run(['up', '--config', file])
    expect([result.code, result.stdout]).toEqual([2, ''])
    expect(result.stderr).toMatch(/bad\.yaml/)
    expect(result.stderr).toMatch(/2/)
    expect(result.stderr).toMatch(/prot/)
  })

  test.each([
    ['variable', '', /in `ANTHROPIC_API_KEY`/],
    ['file', 'gateway: {upstream: {credential: {file: /nowhere/key}}}\n', /in `\/nowhere\/key`/],
  ])('mode `required` without the upstream key of its %s does not start', async (kind, more, fact) => {
    const file = join(home, `required-${kind}.yaml`)
    writeFileSync(file, `authentication: {mode: required}\n${more}`, { mode: 0o600 })
    const result = await run(['up', '--config', file, '--port', '0', '--admin-port', '0'])
    expect(result.code).toBe(3)
    expectSentence(result, fact)
  })

  test('a port in use is told by its number', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(done => other.once('listening', done))
    const { port } = other.address() as { port: number }
    const result = await run(['up', '--port', String(port), '--admin-port', '0'])
    other.close()
    expect(result.code).toBe(2)
    expectSentence(result, new RegExp(`port ${port} is in use`))
  })

  test('a key file that others can read is refused with the way to mend it', async () => {
    const data = join(home, 'open-keys')
    expect((await run(['mask', '--data', data])).code).toBe(0)
    chmodSync(join(data, 'keys', 'placeholder.key'), 0o644)
    const result = await run(['mask', '--data', data], 'text')
    expect(result.code).not.toBe(0)
    expectSentence(result, /placeholder\.key/)
    expect(result.stderr).toMatch(/chmod 0?600/)
  })
})

describe('where nothing can be written', () => {
  const blocked = join(home, 'blocked')
  beforeAll(() => writeFileSync(blocked, 'a file in the place of the folder'))

  test.each([['mask'], ['keys', 'create'], ['up', '--port', '0', '--admin-port', '0'], ['demo']])(
    '%s ends with a sentence, and ends',
    async (...args) => {
      const result = await run([...args, '--data', join(blocked, 'data')])
      expect([1, 2, 3]).toContain(result.code)
      expect(result.stderr).toMatch(/^portcullis: [^\n]+\n {2}[^\n]+\n$/)
      expect(result.stderr).not.toMatch(/unexpected fault|\n\s+at /)
    },
  )
})

test('doctor does not take a log that was carried away for one that has not begun', async () => {
  const taken = scratchHome()
  const at = (...args: string[]) => portcullis(args, { env: taken.env, cwd: taken.home })
  const journal = async () => {
    const { checks } = JSON.parse((await at('doctor', '--json')).stdout) as {
      checks: { name: string; state: string }[]
    }
    return checks.find(({ name }) => name === 'journal')?.state
  }
  expect((await at('keys', 'create')).code).toBe(0)
  expect(await journal()).toBe('good')
  rmSync(join(taken.home, '.portcullis', 'data', 'audit'), { recursive: true })
  expect(await journal()).toBe('bad')
  taken.remove()
})

describe('a hook that cannot decide denies', () => {
  const denied = /"permissionDecision":"deny"/

  test.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['garbage', 'garbage'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x7b])],
    ['JSON that is no object', '[]'],
    ['an event without its tool', '{"hook_event_name":"PreToolUse","session_id":"s"}'],
  ])('given %s', async (_what, input) => {
    const { code, stdout } = await run(['hook', 'claude-code'], input)
    expect([0, 2]).toContain(code)
    expect(stdout).toMatch(denied)
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  })

  test('for an agent nobody knows, or none', async () => {
    for (const args of [['hook', 'nope'], ['hook']]) {
      // Only exit code 2 with the reason on stderr is a refusal to every agent.
      const { code, stdout, stderr } = await run(args, '{}')
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).not.toBe('')
    }
  })

  const event = JSON.stringify({
    session_id: 's',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_use_id: 'toolu_1',
    tool_input: { command: 'ls' },
    cwd: '/',
  })

  test('when its configuration is broken', async () => {
    const file = join(home, 'broken.yaml')
    writeFileSync(file, 'nonsense: true\n', { mode: 0o600 })
    const { stdout } = await run(['hook', 'claude-code', '--config', file], event)
    expect(stdout).toMatch(denied)
  })

  test('when its home cannot hold the record', async () => {
    const file = join(home, 'a-file')
    writeFileSync(file, '')
    const { stdout } = await run(['hook', 'claude-code', '--home', join(file, 'home')], event)
    expect(stdout).toMatch(denied)
  })

  test('and one in an empty home still guards', async () => {
    const fresh = join(home, 'fresh')
    mkdirSync(fresh)
    const dangerous = event.replace('"ls"', '"rm -rf ~"')
    const own = { PATH: env['PATH'], HOME: fresh }
    const [refused, passed] = [
      await portcullis(['hook', 'claude-code'], { env: own, input: dangerous, cwd: fresh }),
      await portcullis(['hook', 'claude-code'], { env: own, input: event, cwd: fresh }),
    ]
    expect(refused.stdout).toMatch(denied)
    expect(refused.stdout).toContain('DATA-DES-001')
    // Affirming takes the service, which has the second grammar.
    expect(passed).toMatchObject({ code: 0, stdout: '{}\n' })
  })
})

describe('beside a running service', () => {
  let service: RunningService
  beforeAll(async () => {
    service = await startUp(env)
  })
  afterAll(async () => {
    await service.stop()
  })

  test('a second one on the same data is refused', async () => {
    const result = await run(['up', '--port', '0', '--admin-port', '0'])
    expect(result.code).toBe(3)
    expectSentence(result, /is writing this journal/)
  })

  test('a request that was refused before it could be read is explained by its id', async () => {
    const answer = await fetch(`${service.gateway}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'not json',
    })
    const id = answer.headers.get('request-id') ?? ''
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } })
    await expect.poll(async () => (await run(['explain', id])).stdout).toContain('network.malformed-request')
    const { stdout } = await run(['explain', id, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ id, result: 'deny', permission: null })
  })

  test('keys create --json shows the key this once; the folder never holds it', async () => {
    const { code, stdout } = await run(['keys', 'create', '--json'])
    const { id, key } = JSON.parse(stdout) as { id: string; key: string }
    expect(code).toBe(0)
    expect(key).toMatch(new RegExp(`^pcl_live_${id}_`))
    const listed = await run(['keys', 'list', '--json'])
    expect(listed.stdout).toContain(id)
    expect(listed.stdout).not.toContain(key)
    expect(readFileSync(join(home, '.portcullis', 'data', 'keys', 'client-keys.json'), 'utf8')).not.toContain(
      key.split('_').at(-1)!,
    )
  })

  test('audit tail tells decisions in words and verify proves the log whole', async () => {
    const tail = await run(['audit', 'tail'])
    expect(tail.stdout).toMatch(/request\.refused .* dec_[0-9A-Z]{26}\n/)
    const verify = await run(['audit', 'verify', '--json'])
    expect([verify.code, JSON.parse(verify.stdout)]).toMatchObject([0, { status: 'whole', isLive: true }])
  })

  test('doctor fails on a configuration that is named but not there', async () => {
    const { code, stdout } = await run(['doctor', '--json', '--config', 'nowhere.yaml'])
    expect(code).toBe(1)
    const { healthy, checks } = JSON.parse(stdout)
    expect(healthy).toBe(false)
    expect(checks[0]).toMatchObject({ name: 'configuration', state: 'bad' })
  })
})
