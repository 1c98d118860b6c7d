import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { run } from '../../src/cli/main.ts'
import { type Service, startService } from '../../src/cli/service.ts'
import { loadConfig, validateConfig } from '../../src/config/load.ts'
import { type Paths, resolvePaths } from '../../src/config/paths.ts'
import { askService as askHooks } from '../../src/enforcement/hooks/client.ts'
import { recordingTerminal } from '../guard/terminal.ts'
import { type StandInModel, startStandInModel } from '../standin/model.ts'
import { scratchHome } from './process.ts'

const place = scratchHome()
const POLICY = `version: 1
validation:
  rules:
    - id: team.no-push
      description: pushes go through review
      when: { command: [git push] }
      decision: deny
  exceptions:
    - id: spring
      rule: command.writes-outside-project
      when: { path: [~/notes/**] }
      reason: needed in spring
      expires: 2020-05-01
`

let paths: Paths
let model: StandInModel
let service: Service
let calls: { name: string; input: Record<string, unknown>; id: string }[] = []

beforeAll(async () => {
  paths = resolvePaths({ env: place.env })
  writeFileSync(paths.config, POLICY, { mode: 0o600 })
  model = await startStandInModel({
    script: () => (calls.length > 0 ? { toolUses: calls } : { text: 'done' }),
  })
  const upstream = { url: model.url }
  service = await startService({
    paths,
    fileConfig: await loadConfig(paths.config),
    effective: config =>
      validateConfig(
        {
          ...config,
          network: { ...config.network, port: 0, adminPort: 0 },
          gateway: { ...config.gateway, upstream },
        },
        'the test',
      ),
    env: { ...place.env },
    notify: () => {},
    coverageMs: 20,
  })
})

afterAll(async () => {
  await service?.close()
  await model?.close()
  place.remove()
})

afterEach(() => void vi.useRealTimers())

/** What the service says, as far as it is looked at here. */
interface Said {
  readonly coverage: object
  readonly policy: object
  readonly breakGlass: object | null
  readonly error: { readonly code: string; readonly message: string }
}

function overSocket(method: string, path: string, body?: object): Promise<{ status: number; json: Said }> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath: paths.socket, method, path }, response => {
      let text = ''
      response.on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) }))
    })
    asking.on('error', reject)
    asking.end(body && JSON.stringify(body))
  })
}

async function sendToModel(session: string, messages: object[], headers: Record<string, string> = {}) {
  const response = await fetch(`${service.addresses.gateway}/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': 'made-up',
      'x-claude-code-session-id': session,
      ...headers,
    },
    body: JSON.stringify({ model: 'claude-test', max_tokens: 100, messages }),
  })
  expect(response.status).toBe(200)
  await response.text()
}

async function hookFor(session: string, toolUseId: string, command: string) {
  const event = {
    session_id: session,
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_use_id: toolUseId,
    tool_input: { command },
    cwd: '/srv/app',
  }
  const answer = await askHooks(
    paths.socket,
    'claude-code',
    Buffer.from(JSON.stringify(event)),
    { cwd: '/srv/app' },
    5_000,
  )
  return JSON.parse(answer?.body ?? 'null')
}

const journal = () =>
  readdirSync(paths.audit)
    .filter(name => name.endsWith('.jsonl') || name.endsWith('.log') || name.includes('segment'))
    .map(name => readFileSync(join(paths.audit, name), 'utf8'))
    .join('')

const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds)

describe('coverage from end to end', () => {
  test('a call the gateway saw and no hook did is an event, in status and in the metrics; a guarded one is not', async () => {
    calls = [
      { name: 'Bash', input: { command: 'ls' }, id: 'toolu_unguarded' },
      { name: 'Bash', input: { command: 'ls' }, id: 'toolu_guarded' },
    ]
    await sendToModel('session-1', [{ role: 'user', content: 'go' }])
    expect(
      (await hookFor('session-1', 'toolu_guarded', 'ls')).hookSpecificOutput?.permissionDecision,
    ).not.toBe('deny')
    vi.useFakeTimers({ toFake: ['Date'] })
    later(31_000)
    await vi.waitFor(() => expect(journal()).toContain('coverage.gap'))
    const gaps = journal()
      .split('\n')
      .filter(line => line.includes('coverage.gap'))
    expect(gaps).toHaveLength(1)
    expect(gaps[0]).toContain('toolu_unguarded')
    expect(gaps[0]).toContain('session-1')

    const { json } = await overSocket('GET', '/v1/status')
    expect(json.coverage).toMatchObject({
      asked: 2,
      seen: 1,
      missed: 1,
      gaps: [{ toolUseId: 'toolu_unguarded' }],
    })
    const metrics = await (await fetch(`${service.addresses.admin}/metrics`)).text()
    expect(metrics).toContain('portcullis_tool_calls_missed 1\n')

    const terminal = recordingTerminal(place.home)
    expect(await run(['status'], terminal)).toBe(1)
    expect(terminal.out()).toMatch(/1 NOT GUARDED; the last one: call toolu_unguarded of session session-1/)
    expect(terminal.out()).toMatch(/own rules: 1, exceptions: 0; EXPIRED and without effect: spring/)
  })

  test('what a resumed conversation repeats and what a subagent calls makes no gap', async () => {
    calls = []
    const history = [
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'toolu_of_old', name: 'Bash', input: { command: 'ls' } }],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_of_old', content: 'a' }] },
    ]
    await sendToModel('session-2', history)
    calls = [{ name: 'Bash', input: { command: 'ls' }, id: 'toolu_of_subagent' }]
    await sendToModel('session-2', [{ role: 'user', content: 'sub' }], {
      'x-claude-code-agent-id': 'agent-7',
    })
    await hookFor('session-2', 'toolu_of_subagent', 'ls')
    vi.useFakeTimers({ toFake: ['Date'] })
    later(31_000)
    const { json } = await overSocket('GET', '/v1/status')
    expect(json.coverage).toMatchObject({ asked: 3, seen: 2, missed: 1 })
  })
})

describe('the policy of the file', () => {
  test('decides in the hooks and names its rule and the way to an exception', async () => {
    const { hookSpecificOutput } = await hookFor('session-3', 'toolu_3', 'git push')
    expect(hookSpecificOutput.permissionDecision).toBe('deny')
    expect(hookSpecificOutput.permissionDecisionReason).toMatch(
      /pushes go through review .*\[team\.no-push, .*`validation\.exceptions`/,
    )
    expect(hookSpecificOutput.permissionDecisionReason.length).toBeLessThanOrEqual(600)
  })

  test('is summed up in status, exceptions that are over by name', async () => {
    const { json } = await overSocket('GET', '/v1/status')
    expect(json.policy).toEqual({ rules: 1, exceptions: 0, expired: ['spring'] })
    expect(json.breakGlass).toBeNull()
  })

  test('a bad new version keeps the old rules', async () => {
    writeFileSync(paths.config, POLICY.replace('{ command: [git push] }', '{}'), { mode: 0o600 })
    await service.reload()
    await vi.waitFor(() => expect(journal()).toContain('config.refused'))
    expect((await hookFor('session-3', 'toolu_4', 'git push')).hookSpecificOutput.permissionDecision).toBe(
      'deny',
    )
    writeFileSync(paths.config, POLICY, { mode: 0o600 })
    await service.reload()
  })
})

describe('break-glass over the socket', () => {
  test('without a person’s terminal behind the process it is refused and recorded', async () => {
    const ask = { pid: process.pid, minutes: 5, reason: 'made up' }
    const { status, json } = await overSocket('POST', '/v1/break-glass/ask', ask)
    expect(status).toBe(403)
    expect(json.error.code).toBe('break-glass.refused')
    expect(journal()).toContain('break-glass.refused')
    const init = await overSocket('POST', '/v1/break-glass/ask', { ...ask, pid: 1 })
    expect(init.json.error.message).toMatch(/cannot be found|no terminal/)
  })

  test.each([
    ['ask', { minutes: 5 }, 'usage'],
    ['ask', { pid: -1, minutes: 5, reason: 'x' }, 'usage'],
    ['confirm', { request: 'glass_x', word: 'x' }, 'break-glass.refused'],
    ['grant', {}, 'usage'],
  ])('%s with %j is refused', async (verb, body, code) => {
    const { status, json } = await overSocket('POST', `/v1/break-glass/${verb}`, body)
    expect(status).toBe(403)
    expect(json.error.code).toBe(code)
  })

  test('to end what does not last is no fault', async () => {
    expect((await overSocket('POST', '/v1/break-glass/end')).json).toEqual({ ended: false })
  })
})
