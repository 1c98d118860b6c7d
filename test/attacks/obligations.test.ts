import { afterEach, describe, expect, test } from 'vitest'
import { type Obligation, reason } from '../../src/access/decision.ts'
import { findDecision } from '../../src/cli/explain/find.ts'
import { asJson, tell } from '../../src/cli/explain/tell.ts'
import { createGateway, type Gateway } from '../../src/enforcement/gateway/gateway.ts'
import type { Guard } from '../../src/guard/decide.ts'
import { question } from '../gateway/support.ts'
import { type Fortress, raiseFortress } from './support.ts'

let fortress: Fortress
let gateway: Gateway
afterEach(async () => {
  await gateway.close(300)
  await fortress.close()
})

const approval = {
  type: 'require-approval',
  reasons: [reason('validation.command-needs-approval', 'ask first')],
} as const
const cases: Record<string, Obligation> = {
  'require-approval': approval,
  sandbox: { type: 'sandbox', profile: 'tight' },
  'step-up': { type: 'step-up', method: 'webauthn' },
  limit: { type: 'limit', limits: { timeoutSeconds: 1, memoryMb: 1, outputMb: 1 } },
  'a mask of what is not there': {
    type: 'mask',
    findings: [
      {
        rule: 'r',
        threat: 'KEY-EXP-001',
        grade: 'certain',
        severity: 'deny',
        message: 'm',
        span: { leaf: 99, start: 0, end: 1 },
      },
    ],
  },
}

describe('an obligation the gateway cannot discharge', () => {
  test.each(Object.keys(cases))('%s: refuses, and the record says so before the answer does', async name => {
    fortress = await raiseFortress()
    const { deployment, model } = fortress
    const obligated: Guard = {
      ...deployment.guard,
      async open(opening) {
        const hearing = await deployment.guard.open(opening)
        if (hearing.kind === 'refused') return hearing
        return {
          kind: 'open',
          async decide(resource) {
            const { decision, settled } = await hearing.decide(resource)
            const add = <T extends typeof decision>(made: T) => ({ ...made, obligations: [cases[name]!] })
            return { decision: add(decision), settled: settled.then(add) }
          },
        }
      },
    }
    gateway = createGateway({ ...deployment, guard: obligated })
    const { port } = await gateway.listen()
    const response = await fetch(`http://127.0.0.1:${port}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
    })
    const id = response.headers.get('request-id') ?? ''
    const recorded = (await fortress.journal()).map(line => JSON.parse(line))
    expect(response.status).toBe(451)
    expect(model.requests).toHaveLength(0)
    const about = recorded.filter(({ metadata }) => metadata.id === id || metadata.decision === id)
    expect(about.map(({ event, result }) => [event, result])).toEqual([
      ['decision.allow', 'allow'],
      ['decision.not-dischargeable', 'deny'],
    ])
    const found = await findDecision(fortress.paths.audit, id)
    expect(asJson(found!).result).toBe('deny')
    expect(tell(found!)).toContain('refused by the gateway')
  })
})
