import { expect, it } from 'vitest'
import type { Obligation } from '../../access/decision.ts'
import type { AccessRequest, Action, EnforcementPointName } from '../../access/request.ts'
import { configSchema } from '../../config/schema.ts'
import { createExecutionLayer } from './execution.ts'

const limits = { timeoutSeconds: 5, memoryMb: 64, outputMb: 2 }
const limit: Obligation = { type: 'limit', limits }
const sandbox: Obligation = { type: 'sandbox', profile: 'strict' }

function ask(point: EnforcementPointName, action: Action, sandboxProfile?: string) {
  const config = configSchema.parse({ execution: { limits, ...(sandboxProfile && { sandboxProfile }) } })
  const request: AccessRequest = {
    id: 'dec_1',
    point,
    action,
    resource: { type: 'text', id: 'x', texts: [] },
    context: { time: 0, network: { address: '', local: true, encrypted: false } },
    credentials: {},
  }
  return createExecutionLayer(config).check({
    request,
    principal: null,
    permission: null,
    findings: [],
    obligations: [],
    affirmed: false,
  })
}

it.each<[EnforcementPointName, Action, string | undefined, Obligation[]]>([
  ['exec', 'command:run', undefined, [limit]],
  ['exec', 'command:run', 'strict', [limit, sandbox]],
  ['mcp', 'mcp:call', 'strict', [limit]],
  ['hooks', 'command:run', 'strict', [sandbox]],
  ['check', 'command:run', 'strict', [sandbox]],
])('an act at %s doing %s with profile %s must be run under %o', (point, action, profile, obligations) => {
  expect(ask(point, action, profile)).toEqual({ kind: 'pass', obligations })
})

it.each<[EnforcementPointName, Action, string | undefined]>([
  ['hooks', 'command:run', undefined],
  ['check', 'command:run', undefined],
  ['hooks', 'file:write', 'strict'],
  ['hooks', 'mcp:call', 'strict'],
  ['gateway', 'model:invoke', 'strict'],
])('an act at %s doing %s with profile %s is not its business', (point, action, profile) => {
  expect(ask(point, action, profile)).toEqual({ kind: 'not-applicable' })
})
