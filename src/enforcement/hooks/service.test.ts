import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createRawServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Decision, reason } from '../../access/decision.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { AuditEvent } from '../../audit/event.ts'
import { type Config, configSchema } from '../../config/schema.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import { askService } from './client.ts'
import { createDecisionService, type DecisionService, type DecisionServiceOptions } from './service.ts'

let folder: string
let socket: string
const open: { close(): unknown }[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-hooks-'))
  socket = join(folder, 'data', 's.sock')
})

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const base = { id: 'dec_1', principal: null, permission: null, findings: [], timings: {} }
const allowed: Decision = { ...base, effect: 'allow', obligations: [], assurance: 'no-objection' }
const denied: Decision = {
  ...base,
  effect: 'deny',
  layer: 'validation',
  reasons: [reason('validation.dangerous-command', 'it would do harm')],
}
const approval = {
  type: 'require-approval',
  reasons: [reason('validation.command-needs-approval', 'unclear')],
} as const
const masking = {
  type: 'mask',
  findings: [
    {
      rule: 'secret.github-pat',
      threat: 'KEY-EXP-001',
      grade: 'certain',
      severity: 'deny',
      message: 'a token',
    },
  ],
} as const

/** Replaces the word `hush`; the real engine has tests of its own. */
const engine: SecretEngine = {
  mayHoldSecret: () => true,
  masks: () => true,
  sparing: () => engine,
  scan: () => [],
  mask: text => ({ text: text.replaceAll('hush', '<masked>'), findings: [] }),
  stream: () => {
    throw new Error('not used')
  },
}

function service(
  decide: (request: AccessRequest) => Decision | Promise<Decision>,
  more: Partial<DecisionServiceOptions> = {},
) {
  const records: AuditEvent[] = []
  const requests: AccessRequest[] = []
  const created = createDecisionService({
    guard: {
      async decide(request) {
        requests.push(request)
        const decision = await decide(request)
        return { decision, settled: Promise.resolve(decision) }
      },
    },
    engine,
    config: configWith({}),
    audit: { append: async event => records.push(event) },
    clock: systemClock,
    ids: prefix => `${prefix}_1`,
    home: '/home/ada',
    socket,
    ...more,
  })
  open.push(created)
  return { service: created as DecisionService, records, requests }
}

function configWith(hooks: Partial<Config['hooks']>, validation: object = {}): Config {
  return configSchema.parse({ hooks, validation })
}

function event(fields: object): Buffer {
  return Buffer.from(JSON.stringify({ session_id: 's', cwd: '/w', hook_event_name: 'PreToolUse', ...fields }))
}

const ls = event({ tool_name: 'Bash', tool_input: { command: 'ls' }, tool_use_id: 'toolu_1' })

async function ask(
  bytes: Uint8Array,
  deadlineMs = 2_000,
  caller: { cwd: string; project?: string } = { cwd: '/c' },
) {
  const answer = await askService(socket, 'claude-code', bytes, caller, deadlineMs)
  return answer === null ? null : JSON.parse(answer.body)
}

const permissionOf = (answer: { hookSpecificOutput?: { permissionDecision?: string } } | null) =>
  answer?.hookSpecificOutput?.permissionDecision

describe('a decision travels over the socket', () => {
  test.each([
    ['an allow leaves it to the agent', allowed, undefined],
    ['what is known to only read is allowed', { ...allowed, assurance: 'affirmed' } as Decision, 'allow'],
    ['a deny denies', denied, 'deny'],
    ['an approval asks', { ...allowed, obligations: [approval] } as Decision, 'ask'],
    [
      'a mask on a command denies, for it would be another command',
      { ...allowed, obligations: [masking] } as Decision,
      'deny',
    ],
    [
      'a sandbox denies, for a hook has none',
      { ...allowed, obligations: [{ type: 'sandbox', profile: 'p' }] } as Decision,
      'deny',
    ],
    [
      'a step-up denies, too',
      { ...allowed, obligations: [{ type: 'step-up', method: 'otp' }] } as Decision,
      'deny',
    ],
  ])('%s', async (_title, decision, expected) => {
    const { service: running } = service(() => decision)
    await running.listen()
    const answer = await ask(ls)
    expect(answer).not.toBeNull()
    expect(permissionOf(answer)).toBe(expected)
  })

  test('autoAllow off leaves even the harmless to the agent', async () => {
    const config = configWith({}, { commands: { autoAllow: false } })
    const { service: running } = service(() => ({ ...allowed, assurance: 'affirmed' }), { config })
    await running.listen()
    expect(await ask(ls)).toEqual({})
  })

  test('an approval for a prompt blocks it, for nobody can be asked there', async () => {
    const { service: running } = service(() => ({ ...allowed, obligations: [approval] }))
    await running.listen()
    expect(await ask(event({ hook_event_name: 'UserPromptSubmit', prompt: 'x' }))).toMatchObject({
      decision: 'block',
      hookSpecificOutput: { suppressOriginalPrompt: true },
    })
  })

  test('a secret in a prompt blocks it, for it cannot be masked there, and the record says so', async () => {
    const { service: running, records } = service(() => ({ ...allowed, obligations: [masking] }))
    await running.listen()
    const answer = await ask(event({ hook_event_name: 'UserPromptSubmit', prompt: 'hush' }))
    expect(answer).toMatchObject({ decision: 'block', reason: expect.stringContaining('secret.github-pat') })
    expect(records).toMatchObject([
      { event: 'decision.not-dischargeable', result: 'deny', metadata: { decision: 'dec_1' } },
    ])
  })

  test('the input of an MCP tool is masked', async () => {
    const { service: running } = service(() => ({ ...allowed, obligations: [masking] }))
    await running.listen()
    const answer = await ask(event({ tool_name: 'mcp__a__b', tool_input: { text: 'a hush' } }))
    expect(answer.hookSpecificOutput).toEqual({
      hookEventName: 'PreToolUse',
      updatedInput: { text: 'a <masked>' },
    })
  })

  test('an output is masked', async () => {
    const { service: running } = service(() => ({ ...allowed, obligations: [masking] }))
    await running.listen()
    const answer = await ask(
      event({
        hook_event_name: 'PostToolUse',
        tool_name: 'Bash',
        tool_input: {},
        tool_response: { stdout: 'a hush' },
      }),
    )
    expect(answer.hookSpecificOutput.updatedToolOutput).toEqual({ stdout: 'a <masked>' })
  })

  test('the folder of the project comes from the caller, letters of every script included', async () => {
    const { service: running, requests } = service(() => allowed)
    await running.listen()
    await ask(ls, 2_000, { cwd: '/c', project: '/wörk/проект' })
    expect(requests[0]?.resource).toMatchObject({
      workplace: { cwd: '/w', project: '/wörk/проект', home: '/home/ada' },
    })
  })

  test('coverage hears of every tool call', async () => {
    const seen: string[][] = []
    const { service: running } = service(() => denied, { coverage: { seen: (...ids) => seen.push(ids) } })
    await running.listen()
    await ask(ls)
    expect(seen).toEqual([['s', 'toolu_1']])
  })
})

describe('trouble is a refusal', () => {
  test('a guard that throws', async () => {
    const { service: running, records } = service(() => Promise.reject(new Error('boom')))
    await running.listen()
    expect(permissionOf(await ask(ls))).toBe('deny')
    expect(records).toMatchObject([
      { event: 'hook.failed', result: 'deny', metadata: { toolUseId: 'toolu_1' } },
    ])
  })

  test('a guard that never answers', async () => {
    const config = configWith({ deadlineMs: 50 })
    const { service: running } = service(() => new Promise<Decision>(() => {}), { config })
    await running.listen()
    const answer = await ask(ls)
    expect(permissionOf(answer)).toBe('deny')
    expect(answer.hookSpecificOutput.permissionDecisionReason).toContain('no decision within 50 ms')
  })

  test.each(['', 'garbage', '[]', '{}', '{"hook_event_name":"PreToolUse","tool_name":"Bash"}'])(
    'an event that is %j',
    async text => {
      const { service: running } = service(() => allowed)
      await running.listen()
      const response = await raw('POST', '/v1/hooks/claude-code', Buffer.from(text))
      // A readable event is answered in its shape; for what is none the status refuses.
      if (text.includes('Bash')) expect(permissionOf(JSON.parse(response.body))).toBe('deny')
      else expect(response.body).toContain('portcullis denied this')
      expect(response.status).toBe(text.includes('Bash') ? 200 : 403)
    },
  )

  test('an event beyond 32 MB', async () => {
    const { service: running } = service(() => allowed)
    await running.listen()
    const response = await raw('POST', '/v1/hooks/claude-code', Buffer.alloc(33 * 1024 * 1024, 32))
    expect(response.status).toBe(403)
    expect(response.body).toContain('larger than 32 MB')
  })

  test('an agent nobody knows, a path nobody serves', async () => {
    const { service: running } = service(() => allowed)
    await running.listen()
    expect((await raw('POST', '/v1/hooks/other', ls)).status).toBe(404)
    expect((await raw('GET', '/v1/nothing')).status).toBe(404)
  })
})

describe('a weakened mode', () => {
  test.each([
    ['warn', { systemMessage: expect.stringContaining('it would do harm') }],
    ['observe', {}],
  ] as const)('%s lets it pass, and the record says so', async (mode, expected) => {
    const { service: running, records } = service(() => denied, { config: configWith({ mode }) })
    await running.listen()
    expect(await ask(ls)).toEqual(expected)
    expect(records).toMatchObject([
      {
        event: 'decision.not-enforced',
        level: 'warn',
        metadata: { decision: 'dec_1', planned: 'deny', mode },
      },
    ])
  })

  test.each([
    ['observe', {}],
    ['warn', { hookSpecificOutput: { updatedToolOutput: 'a <masked>' } }],
  ] as const)('%s: an output with a secret', async (mode, expected) => {
    const { service: running } = service(() => ({ ...allowed, obligations: [masking] }), {
      config: configWith({ mode }),
    })
    await running.listen()
    const output = event({ hook_event_name: 'PostToolUse', tool_name: 'Bash', tool_response: 'a hush' })
    expect(await ask(output)).toMatchObject(expected)
  })

  test('without a record nothing is weakened', async () => {
    const { service: running } = service(() => denied, {
      config: configWith({ mode: 'observe' }),
      audit: { append: () => Promise.reject(new Error('disk full')) },
    })
    await running.listen()
    expect(permissionOf(await ask(ls))).toBe('deny')
  })

  test('a reload counts from the next event on', async () => {
    const { service: running } = service(() => denied, { config: configWith({ mode: 'observe' }) })
    await running.listen()
    expect(await ask(ls)).toEqual({})
    running.reload(configWith({ mode: 'enforce' }))
    expect(permissionOf(await ask(ls))).toBe('deny')
  })
})

describe('the socket', () => {
  test('is for its owner alone, and its folder, too', async () => {
    const { service: running } = service(() => allowed)
    await running.listen()
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
  })

  test('is refused in a folder open to others', async () => {
    chmodSync(folder, 0o755)
    const { service: running } = service(() => allowed, { socket: join(folder, 's.sock') })
    await expect(running.listen()).rejects.toMatchObject({ code: 'file.insecure' })
  })

  test('left by a crash is replaced', async () => {
    const { service: first } = service(() => allowed)
    await first.listen()
    await first.close()
    writeFileSync(socket, '')
    const { service: second } = service(() => denied)
    await second.listen()
    expect(permissionOf(await ask(ls))).toBe('deny')
  })

  test('that somebody answers on is left alone', async () => {
    const { service: first } = service(() => denied)
    await first.listen()
    const { service: second } = service(() => allowed)
    await expect(second.listen()).rejects.toMatchObject({ code: 'network.port-in-use' })
    expect(permissionOf(await ask(ls))).toBe('deny')
  })

  test('tells its state', async () => {
    const { service: running } = service(() => allowed, { status: () => ({ gateway: 'g' }) })
    await running.listen()
    await ask(ls)
    expect(JSON.parse((await raw('GET', '/v1/status')).body)).toMatchObject({
      ok: true,
      answered: 1,
      gateway: 'g',
    })
  })
})

describe('a client takes nothing but an answer for an answer', () => {
  const fake = async (listener: RequestListener) => {
    const { service: running } = service(() => allowed)
    await running.listen()
    await running.close()
    const server = createServer(listener).listen(socket)
    open.push({ close: () => stop(server) })
    await once(server, 'listening')
  }

  test.each([
    ['status 500', 500, '{}'],
    ['an empty 200', 200, ''],
    ['a page', 200, '<html>'],
    ['null', 200, 'null'],
    ['a list', 200, '[]'],
    ['a redirect', 302, '{}'],
  ])('%s', async (_title, status, body) => {
    await fake((_request, response) => response.writeHead(status).end(body))
    expect(await ask(ls)).toBeNull()
  })

  test('silence', async () => {
    await fake(() => {})
    const started = performance.now()
    expect(await ask(ls, 100)).toBeNull()
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('half an answer', async () => {
    await fake((_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"a":1')
      setTimeout(() => response.destroy(), 20)
    })
    expect(await ask(ls, 500)).toBeNull()
  })

  test('a slow drip', async () => {
    await fake((_request, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(timer))
    })
    expect(await ask(ls, 100)).toBeNull()
  })

  test('nobody there', async () => {
    expect(await ask(ls)).toBeNull()
  })

  test('something that is not HTTP', async () => {
    const { service: running } = service(() => allowed)
    await running.listen()
    await running.close()
    const server = createRawServer(connection => connection.end('hello')).listen(socket)
    open.push({ close: () => stop(server) })
    await once(server, 'listening')
    expect(await ask(ls)).toBeNull()
  })
})

function stop(server: Server & { closeAllConnections?: () => void }) {
  server.closeAllConnections?.()
  server.close()
}

async function raw(method: string, path: string, body?: Buffer): Promise<{ status: number; body: string }> {
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const asking = request({
      socketPath: socket,
      method,
      path,
      headers: { 'content-length': body?.length ?? 0 },
    })
    asking.on('error', reject)
    asking.on('response', response => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    asking.end(body)
  })
}
