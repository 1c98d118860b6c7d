import type { Secret } from '../kernel/secret.ts'
import type { Finding } from './finding.ts'
import type { Principal } from './principal.ts'
import { type ReasonCode, reasonCodes } from './reason-codes.ts'
import type { ThreatId } from './threat-id.ts'

/** The six layers, in their order. */
export const layerNames = [
  'network',
  'authentication',
  'authorization',
  'validation',
  'execution',
  'monitoring',
] as const

export type LayerName = (typeof layerNames)[number]

/** One reason of a decision: code, the rule that spoke, the threat, the fact and the remedy. */
export interface Reason {
  readonly code: ReasonCode
  readonly threat: ThreatId
  readonly rule?: string
  readonly message: string
  readonly remedy: string
}

/** Builds a reason from its code; threat and remedy come from the table unless a rule knows better. */
export function reason(
  code: ReasonCode,
  message: string,
  more: { rule?: string; threat?: ThreatId; remedy?: string } = {},
): Reason {
  const { threat, remedy } = reasonCodes[code]
  return {
    code,
    threat: more.threat ?? threat,
    message,
    remedy: more.remedy ?? remedy,
    ...(more.rule && { rule: more.rule }),
  }
}

/** Limits an act must run under. */
interface ExecutionLimits {
  readonly timeoutSeconds: number
  readonly memoryMb: number
  readonly outputMb: number
}

/** A secret that may stand in place of its placeholder in one act. */
export interface RestoredSecret {
  readonly placeholder: string
  readonly secret: Secret
  /** Id of the rule that allows it, or `file-holds-it`. */
  readonly rule: string
  /** Where it goes: a file, a command, an address or a tool, as the request names it. */
  readonly target: string
}

/** What must be done with an allow (XACML obligation). A point that cannot discharge one denies. */
export type Obligation =
  | { readonly type: 'mask'; readonly findings: readonly Finding[] }
  /** Put these secrets back before the act; a placeholder that is not named here stays as it is. */
  | { readonly type: 'restore'; readonly secrets: readonly RestoredSecret[] }
  | { readonly type: 'require-approval'; readonly reasons: readonly Reason[] }
  | { readonly type: 'sandbox'; readonly profile: string }
  | { readonly type: 'limit'; readonly limits: ExecutionLimits }
  | { readonly type: 'notify'; readonly message: string }
  | { readonly type: 'step-up'; readonly method: string }

/** What a passing layer adds to the deliberation. */
interface Contribution {
  readonly principal?: Principal
  readonly permission?: string
  readonly findings?: readonly Finding[]
  readonly obligations?: readonly Obligation[]
  /** The layer knows the act to be harmless, rather than having no objection. */
  readonly affirmed?: boolean
}

/** One layer's opinion (XACML). `indeterminate` becomes a refusal. */
export type Verdict =
  | ({ readonly kind: 'pass' } & Contribution)
  | {
      readonly kind: 'deny'
      readonly reasons: readonly [Reason, ...Reason[]]
      readonly findings?: readonly Finding[]
      /** Seconds until a retry can succeed. */
      readonly retryAfter?: number
    }
  | { readonly kind: 'not-applicable' }
  | { readonly kind: 'indeterminate'; readonly fault: string }

interface DecisionBase {
  /** `dec_` and a ULID: `portcullis explain` takes it. */
  readonly id: string
  readonly principal: Principal | null
  readonly permission: string | null
  readonly findings: readonly Finding[]
  /** Microseconds spent in each layer that ran. */
  readonly timings: Readonly<Partial<Record<LayerName, number>>>
}

export interface Allow extends DecisionBase {
  readonly effect: 'allow'
  readonly obligations: readonly Obligation[]
  /** `affirmed`: known to be harmless. `no-objection`: nothing speaks against it. */
  readonly assurance: 'affirmed' | 'no-objection'
}

export interface Deny extends DecisionBase {
  readonly effect: 'deny'
  readonly layer: LayerName
  readonly reasons: readonly [Reason, ...Reason[]]
  readonly retryAfter?: number
}

/** The answer. Never a boolean, never thrown. */
export type Decision = Allow | Deny

/** The approval an allow is subject to, or undefined when it needs none. */
export function requiredApproval(decision: Allow) {
  return decision.obligations.find(obligation => obligation.type === 'require-approval')
}
