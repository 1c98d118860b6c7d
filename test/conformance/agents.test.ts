import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { type Decision, reason } from '../../src/access/decision.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { configSchema } from '../../src/config/schema.ts'
import type { HookAnswer } from '../../src/enforcement/hooks/adapter.ts'
import { agentNames, findAdapter } from '../../src/enforcement/hooks/agents.ts'
import { callEventOf } from '../../src/enforcement/hooks/call-events.ts'
import { checkLine } from '../../src/enforcement/hooks/check.ts'
import { handleEvent } from '../../src/enforcement/hooks/handle.ts'
import { agentSetups } from '../../src/enforcement/hooks/setups.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { SecretEngine } from '../../src/rules/secrets/types.ts'
import { type AgentRow, rows, type Said } from './agents-table.ts'

const base = { id: 'dec_1', principal: null, permission: null, findings: [], timings: {} }
const harm = [reason('validation.dangerous-command', 'it would do harm')] as const
const allow: Decision = { ...base, effect: 'allow', obligations: [], assurance: 'no-objection' }
const deny: Decision = { ...base, effect: 'deny', layer: 'validation', reasons: harm }
const approval: Decision = { ...allow, obligations: [{ type: 'require-approval', reasons: harm }] }
const finding = {
  rule: 'secret.made-up',
  threat: 'KEY-EXP-001',
  grade: 'certain',
  severity: 'deny',
  message: 'it would do harm',
} as const
const mask: Decision = { ...allow, obligations: [{ type: 'mask', findings: [finding] }] }

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

async function handle(
  agent: string,
  bytes: Uint8Array,
  decide: () => Decision,
  mode: 'enforce' | 'warn' = 'enforce',
): Promise<HookAnswer & { readonly asked: number; readonly records: readonly AuditEvent[] }> {
  const adapter = findAdapter(agent)
  if (!adapter) throw new TypeError(`no adapter for ${agent}`)
  const records: AuditEvent[] = []
  let asked = 0
  const guard = {
    async decide() {
      asked++
      const decision = decide()
      return { decision, settled: Promise.resolve(decision) }
    },
  }
  const answer = await handleEvent(
    adapter,
    bytes,
    { cwd: '/w' },
    {
      guard,
      engine,
      config: configSchema.parse({ hooks: { mode } }),
      audit: { append: async event => records.push(event) },
      clock: systemClock,
      ids: prefix => `${prefix}_1`,
      home: '/home/ada',
    },
  )
  return { ...answer, asked, records }
}

const bytesOf = (event: unknown) => Buffer.from(JSON.stringify(event))

/** As the hook program passes it on: nothing of stderr with exit code 0. */
function saidOf({ body, exitCode, stderr }: HookAnswer): Said {
  const stdout = body === '' ? '' : JSON.parse(body)
  return exitCode === 0 ? { exitCode, stdout } : { exitCode, stdout, stderr }
}

function isRefusal(agent: string, { body, exitCode }: HookAnswer): boolean {
  const setup = agentSetups.find(one => one.name === agent)
  return setup?.isRefusal({ stdout: body, exitCode }) === true
}

test('every agent has a row, an adapter and a setup of one name', () => {
  expect(Object.keys(rows).sort()).toEqual([...agentNames].sort())
  expect(agentSetups.map(({ name }) => name).sort()).toEqual([...agentNames].sort())
})

describe.each(Object.entries(rows))('%s', (agent: string, row: AgentRow) => {
  const { events } = row
  const said = async (event: unknown, decision: Decision, mode?: 'warn') =>
    saidOf(await handle(agent, bytesOf(event), () => decision, mode))

  test('a pass', async () => {
    expect(await said(events.call, allow)).toEqual(row.pass.call)
    expect(await said(events.prompt, allow)).toEqual(row.pass.prompt)
    expect(await said(events.other, allow)).toEqual(row.pass.other)
  })

  test('a refusal of a call, a prompt and an output', async () => {
    expect(await said(events.call, deny)).toEqual(row.deny.call)
    expect(await said(events.prompt, deny)).toEqual(row.deny.prompt)
    if (events.output) expect(await said(events.output, deny)).toEqual(row.deny.output)
  })

  test('an approval', async () => {
    expect(await said(events.call, approval)).toEqual(row.ask === 'refused' ? row.deny.call : row.ask)
    // Nobody can be asked about a prompt or an output.
    expect(await said(events.prompt, approval)).toEqual(row.deny.prompt)
  })

  test('a mask', async () => {
    const { call, output } = row.mask
    expect(await said(events.maskable, mask)).toEqual(call === 'refused' ? row.deny.call : call)
    if (events.output) {
      expect(await said(events.output, mask)).toEqual(output === 'refused' ? row.deny.output : output)
    }
    // A command with a placeholder in it would be another command, and no client lets a prompt be changed.
    expect(await said(events.call, mask)).toEqual(row.deny.call)
    expect(await said(events.prompt, mask)).toEqual(row.deny.prompt)
  })

  test('a warning decides nothing', async () => {
    expect(await said(events.call, deny, 'warn')).toEqual(row.warn)
  })

  test('a fault of the guard is a refusal of whatever the event was', async () => {
    const fault = () => {
      throw new Error('the disk is full')
    }
    for (const event of [events.call, events.maskable]) {
      expect(isRefusal(agent, await handle(agent, bytesOf(event), fault))).toBe(true)
    }
    const prompt = saidOf(await handle(agent, bytesOf(events.prompt), fault))
    const { exitCode, stdout } = row.deny.prompt
    expect(prompt.exitCode).toBe(exitCode)
    if (stdout !== '') expect(Object.keys(prompt.stdout as object)).toEqual(Object.keys(stdout as object))
    expect(JSON.stringify(prompt)).not.toContain('disk')
  })

  test('the hook file has the time in the client’s unit, and says what failure means', () => {
    const setup = agentSetups.find(one => one.name === agent)
    const file = setup?.hookFile({ home: '/home/ada', env: {} })
    const entry = { command: `'/opt/p/bin/portcullis-hook' ${agent}`, timeout: 10 }
    const text =
      file?.kind === 'own' ? file.content(entry) : JSON.stringify(file?.withHooks({}, entry) ?? null)
    for (const part of row.hookFile) expect(text).toContain(part)
    if (file?.kind === 'shared-json') {
      const installed = file.withHooks({ mine: 1 }, entry)
      expect(file.withHooks(installed, entry)).toBe(installed)
      expect(file.guardsTools(installed)).toBe(true)
      expect(file.guardsTools(file.withoutHooks(installed))).toBe(false)
      expect(file.withoutHooks(installed)).toMatchObject({ mine: 1 })
    }
  })

  test('the canary is a call that a guard is asked about', async () => {
    const setup = agentSetups.find(one => one.name === agent)
    const event = bytesOf(setup?.canary('/home/ada'))
    expect((await handle(agent, event, () => allow)).asked).toBeGreaterThan(0)
    expect(isRefusal(agent, await handle(agent, event, () => deny))).toBe(true)
    expect(isRefusal(agent, await handle(agent, event, () => allow))).toBe(false)
  })

  test('a question about a command or a tool is a call that a guard is asked about', async () => {
    for (const tool of [null, 'run_command']) {
      const event = callEventOf(agent, { tool, input: { command: 'ls' }, cwd: '/w' })
      expect(findAdapter(agent)?.parse(bytesOf(event)).kind).toBe('call')
      expect(isRefusal(agent, await handle(agent, bytesOf(event), () => deny))).toBe(true)
    }
  })

  test('`check` says of a command what the hook would do, whoever the agent is', async () => {
    const parts = { judge: async () => deny, config: configSchema.parse({}), engine, clock: systemClock }
    const place = { cwd: '/w', home: '/home/ada', project: '/w' }
    const line = JSON.stringify({ agent, command: 'ls' })
    expect(await checkLine(line, 1, parts, place)).toMatchObject({ decision: 'deny', reasons: harm })
  })

  describe('hostile input', () => {
    test.each([
      ['nothing', Buffer.from('')],
      ['garbage', Buffer.from('rm -rf /')],
      ['a list', Buffer.from('[]')],
      ['null', Buffer.from('null')],
      ['text', Buffer.from('"PreToolUse"')],
      ['half an object', Buffer.from('{"hook_event_name":')],
      ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
      ['nesting without end', Buffer.from('{"a":'.repeat(200_000))],
    ])('%s is refused in every way the client hears', async (_title, bytes) => {
      const answer = await handle(agent, bytes, () => allow)
      expect(saidOf(answer)).toEqual(row.unreadable)
      expect(isRefusal(agent, answer)).toBe(true)
      expect(answer.asked).toBe(0)
      expect(answer.records).toMatchObject([{ event: 'hook.failed', result: 'deny' }])
    })

    test('an event nobody knows passes, and the guard records it', async () => {
      const answer = await handle(agent, bytesOf(events.other), () => allow)
      expect(answer.asked).toBe(1)
      expect(isRefusal(agent, answer)).toBe(false)
    })

    test('fields of another version change nothing', async () => {
      const added = { ...events.call, version: 99, extra: { deep: [1, null, { a: true }] }, hooks: 'x' }
      expect(await said(added, allow)).toEqual(row.pass.call)
      expect(await said(added, deny)).toEqual(row.deny.call)
    })

    test.each([
      ['missing', undefined],
      ['null', null],
      ['a number', 7],
      ['a list', ['rm', '-rf', '/']],
      ['an object', { command: 'ls' }],
    ])('a deciding field that is %s is refused', async (_title, value) => {
      const answer = await handle(agent, bytesOf(withField(events.call, row.deciding, value)), () => deny)
      expect(answer.asked).toBe(row.takesWords && Array.isArray(value) ? 1 : 0)
      expect(isRefusal(agent, answer)).toBe(true)
    })

    test('an input of the wrong type is refused', async () => {
      const [first] = row.deciding
      if (first === undefined || row.deciding.length < 2) return expect(row.deciding).toHaveLength(1)
      for (const value of [undefined, null, 'ls', 7, []]) {
        const answer = await handle(agent, bytesOf({ ...events.call, [first]: value }), () => allow)
        expect(isRefusal(agent, answer)).toBe(true)
        expect(answer.asked).toBe(0)
      }
    })

    test('a command of 5 MB is judged whole', async () => {
      const long = `echo ${'x'.repeat(5 * 1024 * 1024)}`
      const event = bytesOf(withField(events.call, row.deciding, long))
      expect(saidOf(await handle(agent, event, () => deny))).toEqual(row.deny.call)
      expect((await handle(agent, event, () => allow)).asked).toBe(1)
    })

    test('an input nested 300 deep is refused', async () => {
      let value: unknown = 'hush'
      for (let i = 0; i < 300; i++) value = [value]
      const event = JSON.parse(JSON.stringify(events.maskable).replace('"hush"', JSON.stringify(value)))
      const answer = await handle(agent, bytesOf(event), () => allow)
      expect(isRefusal(agent, answer)).toBe(true)
      expect(answer.asked).toBe(0)
    })
  })

  const field = fc.oneof(fc.jsonValue(), fc.constantFrom('Bash', 'Shell', 'bash', 'Read', 'Write', 'Edit'))
  const keys = [...keysOf(events.call), ...keysOf(events.maskable), 'cwd', 'tool_name', 'session_id']
  const anything = fc.oneof(
    fc.dictionary(fc.string(), fc.jsonValue()),
    fc.dictionary(fc.constantFrom(...keys), field),
    fc.dictionary(fc.constantFrom(...keys), field).map(more => ({ ...events.call, ...more })),
    fc.dictionary(fc.constantFrom(...keys), field).map(more => ({ ...more, ...nameOf(events.call) })),
  )

  property.prop([anything], { numRuns: 300 })(
    'no object breaks it, and no call passes a guard that refuses',
    async event => {
      const bytes = bytesOf(event)
      const refused = await handle(agent, bytes, () => deny)
      const allowed = await handle(agent, bytes, () => allow)
      for (const answer of [refused, allowed]) expect([0, 2]).toContain(answer.exitCode)
      if (isCall(agent, bytes)) {
        expect(isRefusal(agent, refused)).toBe(true)
        // Allowed or not, what passes was judged: nothing is answered past the guard.
        expect(isRefusal(agent, allowed) || allowed.asked > 0).toBe(true)
      }
    },
  )
})

function isCall(agent: string, bytes: Uint8Array): boolean {
  try {
    return findAdapter(agent)?.parse(bytes).kind === 'call'
  } catch {
    // What cannot be read must be refused, too.
    return true
  }
}

function withField(event: object, [first, second]: readonly string[], value: unknown): object {
  const outer = event as Record<string, unknown>
  if (first === undefined) return event
  if (second === undefined) return { ...outer, [first]: value }
  return { ...outer, [first]: { ...(outer[first] as object), [second]: value } }
}

function keysOf(event: object): string[] {
  const inner = Object.values(event).filter(value => typeof value === 'object' && value !== null)
  return [...Object.keys(event), ...inner.flatMap(value => Object.keys(value as object))]
}

/** The first field of an event names it. */
function nameOf(event: object): object {
  return Object.fromEntries(Object.entries(event).slice(0, 1))
}
