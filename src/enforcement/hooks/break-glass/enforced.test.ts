import { describe, expect, test } from 'vitest'
import { type Decision, type Reason, reason } from '../../../access/decision.ts'
import type { Finding } from '../../../access/finding.ts'
import type { AuditEvent } from '../../../audit/event.ts'
import { configSchema } from '../../../config/schema.ts'
import { systemClock } from '../../../kernel/clock.ts'
import type { SecretEngine } from '../../../rules/secrets/types.ts'
import { claudeCode } from '../claude-code/adapter.ts'
import { type HookParts, handleEvent } from '../handle.ts'

const base = { id: 'dec_1', principal: null, permission: null, findings: [], timings: {} }
const because = reason('validation.dangerous-command', 'it would do harm', {
  rule: 'command.deletes-protected-folder',
})

const denied = (why: Reason = because, more: Partial<Decision> = {}): Decision =>
  ({ ...base, effect: 'deny', layer: 'validation', reasons: [why], ...more }) as Decision

const approval = {
  type: 'require-approval',
  reasons: [reason('validation.command-needs-approval', 'unclear')],
} as const
const secret: Finding = {
  rule: 'secret.github-pat',
  threat: 'KEY-EXP-001',
  grade: 'certain',
  severity: 'deny',
  message: 'a token',
}
const masking = { type: 'mask', findings: [secret] } as const
const allowed = (obligations: Extract<Decision, { effect: 'allow' }>['obligations']): Decision => ({
  ...base,
  effect: 'allow',
  obligations,
  assurance: 'no-objection',
})

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

async function answered(decision: Decision, { tool = 'Bash', isBroken = true, session = 's1' } = {}) {
  const records: AuditEvent[] = []
  const asked: (string | undefined)[] = []
  const parts: HookParts = {
    guard: { decide: async () => ({ decision, settled: Promise.resolve(decision) }) },
    engine,
    config: configSchema.parse({}),
    audit: {
      async append(event) {
        records.push(event)
        return 0
      },
    },
    clock: systemClock,
    ids: prefix => `${prefix}_1`,
    home: '/home/me',
    breakGlass: {
      use(of) {
        asked.push(of)
        return isBroken ? { id: 'glass_1', reason: 'repair', until: 0, uses: 1 } : null
      },
    },
  }
  const event = {
    session_id: session,
    hook_event_name: 'PreToolUse',
    tool_name: tool,
    tool_use_id: 't',
    tool_input: { command: 'echo hush' },
    cwd: '/home/me/app',
  }
  const { body } = await handleEvent(claudeCode, Buffer.from(JSON.stringify(event)), { cwd: '/' }, parts)
  return { answer: JSON.parse(body), records, asked }
}

describe('while the glass is broken', () => {
  test('a refusal becomes a warning to the person, and the record says by which glass', async () => {
    const { answer, records, asked } = await answered(denied())
    expect(answer.hookSpecificOutput).toBeUndefined()
    expect(answer.systemMessage).toMatch(
      /would be denied, but the glass is broken until .*\(glass_1\): repair.*it would do harm/,
    )
    expect(records).toMatchObject([
      {
        event: 'decision.not-enforced',
        result: 'allow',
        metadata: { breakGlass: 'glass_1', planned: 'deny', done: 'warn' },
      },
    ])
    expect(asked).toEqual(['s1'])
  })

  test('a question becomes one, too', async () => {
    const { answer, records } = await answered(allowed([approval]))
    expect(answer.systemMessage).toMatch(/the glass is broken/)
    expect(records[0]?.metadata).toMatchObject({ planned: 'ask', done: 'warn' })
  })

  test('secrets are masked all the same', async () => {
    const { answer, records } = await answered(allowed([approval, masking]), { tool: 'mcp__x__run' })
    expect(answer.hookSpecificOutput.updatedInput).toEqual({ command: 'echo <masked>' })
    expect(answer.hookSpecificOutput.permissionDecision).toBeUndefined()
    expect(records[0]?.metadata).toMatchObject({ done: 'rewrite' })
  })

  test.each<[string, Decision]>([
    [
      'a finding that is final',
      denied(because, { findings: [{ ...secret, rule: 'command.disables-guard', isFinal: true }] }),
    ],
    ['the guard’s settings', denied(reason('validation.settings-protected', 'no'))],
    ['a secret', denied(reason('validation.secret-found', 'a token'))],
    [
      'a secret beside an act',
      denied(because, {
        reasons: [because, reason('validation.secret-found', 'a token')],
      } as Partial<Decision>),
    ],
    [
      'another layer',
      denied(reason('authorization.denied', 'no'), { layer: 'authorization' } as Partial<Decision>),
    ],
    ['a fault', denied(reason('guard.fault', 'failed'))],
    [
      'a record that could not be written',
      denied(reason('monitoring.record-not-durable', 'full'), { layer: 'monitoring' } as Partial<Decision>),
    ],
    ['a secret in a command that cannot be masked', allowed([masking])],
  ])('%s stays refused', async (_what, decision) => {
    const { answer, records, asked } = await answered(decision)
    expect(answer.hookSpecificOutput.permissionDecision).toBe('deny')
    expect(records.map(({ event }) => event)).not.toContain('decision.not-enforced')
    expect(asked).toEqual([])
  })
})

test('with the glass whole a refusal is one', async () => {
  const { answer, records } = await answered(denied(), { isBroken: false })
  expect(answer.hookSpecificOutput.permissionDecision).toBe('deny')
  expect(records).toEqual([])
})

test('what passes anyway is no use of the glass', async () => {
  const { asked } = await answered(allowed([]))
  expect(asked).toEqual([])
})
