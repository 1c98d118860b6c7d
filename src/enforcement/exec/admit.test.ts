import { expect, test } from 'vitest'
import type { Decision, Obligation } from '../../access/decision.ts'
import { reason } from '../../access/decision.ts'
import type { AccessRequest } from '../../access/request.ts'
import { systemClock } from '../../kernel/clock.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import { admit } from './admit.ts'

const engine = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'likely' })
const base = { id: 'dec_1', principal: null, permission: null, findings: [], timings: {} } as const
const allowed = (obligations: readonly Obligation[]): Decision => ({
  ...base,
  effect: 'allow',
  obligations,
  assurance: 'no-objection',
})

async function ask(decision: Decision, argv: readonly string[] = ['true']) {
  const asked: AccessRequest[] = []
  const guard = {
    decide: async (request: AccessRequest) => {
      asked.push(request)
      return { decision, settled: Promise.resolve(decision) }
    },
  }
  const workplace = { cwd: '/work', home: '/home/a', project: '/work' }
  const admission = await admit(
    { argv, workplace },
    { guard, engine, clock: systemClock, ids: prefix => `${prefix}_1` },
  )
  return { admission, asked }
}

test('the guard is asked about the command as a shell would read it', async () => {
  const { asked } = await ask(allowed([]), ['sh', '-c', "echo 'a b'; rm x"])
  expect(asked[0]).toMatchObject({ point: 'exec', action: 'command:run' })
  expect(asked[0]!.resource).toMatchObject({ type: 'command', command: `sh -c 'echo '\\''a b'\\''; rm x'` })
})

test('limits and a profile become terms, an approval is what the sandbox is for', async () => {
  const limits = { timeoutSeconds: 1, memoryMb: 2, outputMb: 3 }
  const { admission } = await ask(
    allowed([
      { type: 'limit', limits },
      { type: 'sandbox', profile: 'hook' },
      { type: 'require-approval', reasons: [reason('validation.command-needs-approval', 'unclear')] },
    ]),
  )
  expect(admission).toEqual({ effect: 'allow', id: 'dec_1', terms: { limits, profile: 'hook' }, notices: [] })
})

test('a denial stays one, and so does what a sandbox cannot do', async () => {
  const reasons = [reason('validation.dangerous-command', 'no')] as const
  const denial = await ask({ ...base, effect: 'deny', layer: 'validation', reasons })
  expect(denial.admission).toMatchObject({
    effect: 'deny',
    reasons: [{ code: 'validation.dangerous-command' }],
  })
  const stepUp = await ask(allowed([{ type: 'step-up', method: 'otp' }]))
  expect(stepUp.admission).toMatchObject({
    effect: 'deny',
    reasons: [{ code: 'execution.unknown-obligation' }],
  })
})
