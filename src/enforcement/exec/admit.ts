import type { Decision, Obligation, Reason } from '../../access/decision.ts'
import { reason } from '../../access/decision.ts'
import type { AccessRequest, Workplace } from '../../access/request.ts'
import type { AuditLog } from '../../audit/event.ts'
import type { Guard } from '../../guard/decide.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import { quote } from './quote.ts'
import type { SandboxVerdict } from './verdict.ts'

/** What somebody wants to run, and where. */
export interface WantedRun {
  readonly argv: readonly string[]
  readonly workplace: Workplace
}

/** What must be kept to by a run that is allowed. */
export interface RunTerms {
  readonly limits: {
    readonly timeoutSeconds: number
    readonly memoryMb: number
    readonly outputMb: number
  } | null
  /** The only profile it may run in. */
  readonly profile: string | null
}

/** The guard's answer, as far as a sandbox can act on it; plain data, so that a service can send it. */
export type Admission =
  | {
      readonly effect: 'allow'
      readonly id: string
      readonly terms: RunTerms
      readonly notices: readonly string[]
    }
  | {
      readonly effect: 'deny'
      readonly id: string
      readonly reasons: readonly Pick<Reason, 'code' | 'message' | 'remedy'>[]
    }

export interface AdmitParts {
  readonly guard: Pick<Guard, 'decide'>
  readonly engine: SecretEngine
  readonly clock: Clock
  readonly ids: (prefix: string) => string
}

/** Asks the guard before anything is started; the decision is on record when this resolves. */
export async function admit({ argv, workplace }: WantedRun, parts: AdmitParts): Promise<Admission> {
  const command = argv.map(quote).join(' ')
  const request: AccessRequest = {
    id: parts.ids('dec'),
    point: 'exec',
    action: 'command:run',
    resource: {
      type: 'command',
      id: 'exec',
      command,
      workplace,
      texts: [{ text: command, where: 'command' }],
    },
    context: { time: parts.clock.now(), network: { address: '127.0.0.1', local: true, encrypted: false } },
    credentials: {},
  }
  const { settled } = await parts.guard.decide(request)
  return discharge(await settled, text => parts.engine.mask(text).text)
}

/** INVARIANT: an obligation that cannot be kept to here denies. */
function discharge(decision: Decision, clean: (text: string) => string): Admission {
  const { id } = decision
  const refusals = decision.effect === 'deny' ? decision.reasons : decision.obligations.flatMap(refusal)
  if (decision.effect === 'deny' || refusals.length > 0) {
    const reasons = refusals.map(({ code, message, remedy }) => ({
      code,
      message: clean(message),
      remedy: clean(remedy),
    }))
    return { effect: 'deny', id, reasons }
  }
  const { obligations } = decision
  return {
    effect: 'allow',
    id,
    terms: {
      limits: obligations.find(one => one.type === 'limit')?.limits ?? null,
      profile: obligations.find(one => one.type === 'sandbox')?.profile ?? null,
    },
    notices: obligations.flatMap(one => (one.type === 'notify' ? [clean(one.message)] : [])),
  }
}

function refusal(obligation: Obligation): readonly Reason[] {
  switch (obligation.type) {
    case 'limit':
    case 'sandbox':
    case 'notify':
      return []
    case 'require-approval':
      // What a person would be asked about is what it could touch, and it can touch only what the policy hands over.
      return []
    case 'mask':
      return obligation.findings.map(({ message, rule, threat }) =>
        reason('validation.secret-found', message, { rule, threat }),
      )
    case 'restore':
    case 'step-up':
      return [reason('execution.unknown-obligation', `a sandbox cannot discharge \`${obligation.type}\``)]
  }
}

const MOST_TOLD = 50

/** Puts what a run did against its limits and its policy on record. */
export async function recordEnd(
  { id, verdict }: { readonly id: string; readonly verdict: SandboxVerdict },
  { audit, engine }: { readonly audit: AuditLog; readonly engine: SecretEngine },
): Promise<void> {
  const { violations, outcome, exitCode, limit } = verdict
  await audit.append({
    level: 'warn',
    component: 'exec',
    event: 'sandbox.violated',
    user: 'local',
    result: 'deny',
    metadata: {
      decision: id,
      outcome,
      exitCode,
      limit,
      violations: violations.slice(0, MOST_TOLD).map(({ layer, kind, detail }) => ({
        layer,
        kind,
        detail: engine.mask(detail).text.slice(0, 500),
      })),
      violationsInAll: violations.length,
    },
    sourceAddress: '127.0.0.1',
  })
}
