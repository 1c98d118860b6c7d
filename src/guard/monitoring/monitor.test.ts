import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { DataClass } from '../../access/data-class.ts'
import { type Decision, reason } from '../../access/decision.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { AuditEvent, AuditLog } from '../../audit/event.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import { createMonitor, describeDecision } from './monitor.ts'
import { createLayerTimings } from './timings.ts'

const engine = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'likely' })

const request: AccessRequest = {
  id: 'dec_1',
  point: 'hooks',
  action: 'command:run',
  resource: {
    type: 'command',
    id: 'rm -rf ~',
    command: 'rm -rf ~',
    workplace: { cwd: '/p', home: '/h', project: '/p' },
    texts: [{ text: 'rm -rf ~', where: 'tool_input.command' }],
  },
  context: {
    time: 0,
    network: { address: '127.0.0.1', local: true, encrypted: false },
    session: 's-1',
    client: 'claude-code',
    toolUseId: 'toolu_1',
  },
  credentials: {},
}

const finding = {
  rule: 'command.deletes-protected-folder',
  threat: 'DATA-DES-001',
  grade: 'certain',
  severity: 'deny',
  message: '`rm` would delete `/h`',
  span: { leaf: 0, start: 0, end: 8 },
} as const

const base = {
  id: 'dec_1',
  principal: { kind: 'agent', id: 'claude', roles: ['developer'], onBehalfOf: 'ann' },
  permission: 'tools.bash.execute',
  findings: [finding],
  timings: { network: 3, validation: 250 },
} as const

const deny: Decision = {
  ...base,
  effect: 'deny',
  layer: 'validation',
  reasons: [
    reason('validation.dangerous-command', finding.message, { rule: finding.rule, threat: finding.threat }),
  ],
}
const ask: Decision = {
  ...base,
  effect: 'allow',
  assurance: 'no-objection',
  obligations: [
    { type: 'require-approval', reasons: [reason('validation.command-needs-approval', 'look at it')] },
  ],
}
const allow: Decision = { ...base, findings: [], effect: 'allow', assurance: 'affirmed', obligations: [] }

describe('the record of a decision', () => {
  it('says who wanted what, which layer refused it and why', () => {
    expect(describeDecision(request, deny, engine)).toEqual({
      level: 'warn',
      component: 'guard',
      event: 'decision.deny',
      user: 'claude',
      result: 'deny',
      metadata: {
        id: 'dec_1',
        class: 'internal',
        point: 'hooks',
        action: 'command:run',
        resource: { type: 'command', id: 'rm -rf ~' },
        permission: 'tools.bash.execute',
        session: 's-1',
        client: 'claude-code',
        toolUseId: 'toolu_1',
        onBehalfOf: 'ann',
        layer: 'validation',
        reasons: [
          {
            code: 'validation.dangerous-command',
            rule: finding.rule,
            threat: 'DATA-DES-001',
            message: finding.message,
          },
        ],
        findings: [
          {
            rule: finding.rule,
            threat: 'DATA-DES-001',
            grade: 'certain',
            severity: 'deny',
            where: 'tool_input.command',
          },
        ],
        timings: { network: 3, validation: 250 },
      },
      sourceAddress: '127.0.0.1',
    })
  })

  it('is confidential as soon as it tells where a secret or personal data lies, internal otherwise', () => {
    const classOf = (...dataClasses: DataClass[]) => {
      const findings = dataClasses.map(dataClass => ({ ...finding, dataClass }))
      const { metadata } = describeDecision(request, { ...allow, findings }, engine)
      expect(metadata['findings']).toMatchObject(dataClasses.map(name => ({ class: name })))
      return metadata['class']
    }
    expect(classOf()).toBe('internal')
    expect(classOf('internal', 'public')).toBe('internal')
    expect(classOf('internal', 'confidential')).toBe('confidential')
    expect(classOf('public', 'secret')).toBe('confidential')
  })

  it('calls an allow that needs approval an ask, with the reasons for it', () => {
    expect(describeDecision(request, ask, engine)).toMatchObject({
      level: 'info',
      event: 'decision.ask',
      result: 'ask',
      metadata: {
        obligations: ['require-approval'],
        reasons: [{ code: 'validation.command-needs-approval' }],
      },
    })
  })

  it('calls a plain allow an allow, with its assurance', () => {
    const event = describeDecision(request, allow, engine)
    expect(event).toMatchObject({
      level: 'info',
      event: 'decision.allow',
      metadata: { assurance: 'affirmed' },
    })
    expect(event.metadata['layer']).toBeUndefined()
  })

  it.each(['warn', 'observe'] as const)('says in mode %s what a hook let pass would have been', mode => {
    expect(describeDecision(request, deny, engine, mode)).toMatchObject({
      level: 'warn',
      event: 'decision.allow',
      result: 'allow',
      metadata: { wouldHaveBeen: 'deny', layer: 'validation' },
    })
    const atGateway = { ...request, point: 'gateway' } as const
    expect(describeDecision(atGateway, deny, engine, mode)).toMatchObject({ result: 'deny' })
    expect(describeDecision(request, allow, engine, mode).metadata['wouldHaveBeen']).toBeUndefined()
  })

  it('names nobody as anonymous and a fault as an error', () => {
    const fault: Decision = { ...deny, principal: null, reasons: [reason('guard.fault', 'broken')] }
    expect(describeDecision(request, fault, engine)).toMatchObject({ level: 'error', user: 'anonymous' })
  })

  it('keeps a remedy only where a rule has a better one than the table', () => {
    const [usual] = deny.reasons
    const told = { ...deny, reasons: [usual, { ...usual, remedy: 'do this' }] } as Decision
    const reasons = describeDecision(request, told, engine).metadata['reasons'] as { remedy?: string }[]
    expect(reasons.map(({ remedy }) => remedy)).toEqual([undefined, 'do this'])
  })

  it('shortens what is long after masking it, so that a cut secret is not overlooked', () => {
    const token = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`
    const id = `${'x'.repeat(2040)} ${token}`
    const event = describeDecision({ ...request, resource: { ...request.resource, id } }, allow, engine)
    const { id: kept } = event.metadata['resource'] as { id: string }
    expect(kept.length).toBeLessThanOrEqual(2048)
    expect(kept).not.toContain('ghp_')
  })

  const base62 = fc.string({
    unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'),
    minLength: 36,
    maxLength: 36,
  })
  const secret = fc.oneof(
    base62.map(body => `ghp_${body}`),
    base62.map(body => `glpat-${body.slice(0, 20)}`),
    base62.map(body => `-----BEGIN PRIVATE KEY-----\n${body}${body}\n-----END PRIVATE KEY-----`),
    base62.map(body => `postgres://app:${body.slice(0, 20)}@db.example.org/x`),
  )
  const around = fc.string({ unit: fc.constantFrom(' ', 'a', 'é', '"', '\n', '=', '/'), maxLength: 3000 })

  property.prop([secret, around, around])(
    'never holds a secret, wherever a client put it',
    (found, before, after) => {
      const text = `${before} ${found} ${after}`
      // What the engine takes for an example is not a secret; every other one must be gone.
      fc.pre(engine.scan(text).some(({ grade }) => grade !== 'possible'))
      const resource = { ...request.resource, id: text, texts: [{ text: '', where: text }] }
      const context = {
        ...request.context,
        session: text,
        client: text,
        toolUseId: text,
        network: { ...request.context.network, address: text },
      }
      const told = { ...reason('guard.fault', text, { rule: text }), remedy: text }
      const decision: Decision = {
        ...deny,
        principal: { kind: 'agent', id: text, roles: [], onBehalfOf: text },
        permission: text,
        reasons: [told],
      }
      const line = JSON.stringify(describeDecision({ ...request, resource, context }, decision, engine))
      const core = found.match(/[A-Za-z0-9]{20,}/g)!.at(-1)!
      expect(line).not.toContain(core)
    },
  )
})

describe('the monitor', () => {
  const clock = { now: () => 0, monotonic: () => 0 }

  it('resolves when the log has the record, and keeps the times', async () => {
    const events: AuditEvent[] = []
    const audit: AuditLog = { append: async event => events.push(event) }
    const timings = createLayerTimings()
    await createMonitor({ audit, engine, clock, timings }).record(request, deny)
    expect(events.map(({ event }) => event)).toEqual(['decision.deny'])
    expect(timings.snapshot().map(({ step, max }) => [step, max])).toEqual([
      ['network', 3],
      ['validation', 250],
      ['monitoring', 0],
      ['total', 253],
    ])
  })

  it('rejects when the log cannot keep the record', async () => {
    const audit: AuditLog = { append: () => Promise.reject(new Error('disk full')) }
    const monitor = createMonitor({ audit, engine, clock, timings: createLayerTimings() })
    await expect(monitor.record(request, allow)).rejects.toThrow('disk full')
  })
})
