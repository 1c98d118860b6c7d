import {
  type Allow,
  type Decision,
  type Deny,
  type LayerName,
  reason,
  type Verdict,
} from '../access/decision.ts'
import type { AccessRequest, Resource } from '../access/request.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Deliberation, Layer } from './layer.ts'

/** Layer six: makes the decision durable. Unlike the other five it sees every request, refused or not. */
export interface Monitor {
  readonly name: 'monitoring'
  /** Resolves once the record is durable; rejects when it cannot be. */
  record(request: AccessRequest, decision: Decision): Promise<void>
}

/** The layers in their order. The first refusal ends the judging; monitoring records whatever was decided. */
export type Layers = readonly [
  network: Layer,
  authentication: Layer,
  authorization: Layer,
  validation: Layer,
  execution: Layer,
  monitoring: Monitor,
]

/**
 * A decision on its way into the log. `decision` may start work that can be taken back (an upstream call);
 * only `settled` may reach the caller: it is the same decision once recorded, or a denial when it could not be.
 */
interface Ruling {
  readonly decision: Decision
  readonly settled: Promise<Decision>
}

/** The judging of a request that arrives in two parts. */
export type Hearing =
  /** Refused for who asks and from where; recorded like any refusal. */
  | { readonly kind: 'refused'; readonly ruling: Ruling }
  /** Nothing is on record yet; `decide` goes on with the layers that were not asked. */
  | { readonly kind: 'open'; decide(resource: Resource): Promise<Ruling> }

export interface Guard {
  decide(request: AccessRequest): Promise<Ruling>
  /**
   * Asks the layers that need nothing of the resource, network and authentication, so that a stranger is refused before
   * the gate spends memory on what they send. Each layer is asked once in all, and one record is written. The resource of
   * `opening` stands in the record only when it is refused here.
   */
  open(opening: AccessRequest): Promise<Hearing>
}

type Working = { -readonly [K in keyof Deliberation]: Deliberation[K] } & {
  timings: Partial<Record<LayerName, number>>
}

/** Joins the layers into a guard. */
export function createGuard(layers: Layers, clock: Clock): Guard {
  const judges = layers.slice(0, -1) as Layer[]
  const [doorkeepers, others] = [judges.slice(0, ASKED_FIRST), judges.slice(ASKED_FIRST)]
  const monitoring = layers[5]

  function rule(request: AccessRequest, decision: Decision): Ruling {
    return { decision, settled: settle(monitoring, request, decision, clock) }
  }

  return {
    async decide(request) {
      const working = begin(request)
      const refusal = await judge(judges, working, clock)
      return rule(request, refusal ?? allow(working))
    },
    async open(opening) {
      const opened = begin(opening)
      const refusal = await judge(doorkeepers, opened, clock)
      if (refusal) return { kind: 'refused', ruling: rule(opening, refusal) }
      return {
        kind: 'open',
        async decide(resource) {
          // INVARIANT: only the resource is new, so who was let in is who is judged.
          const request = { ...opening, resource }
          const working = { ...opened, request, timings: { ...opened.timings } }
          const refusal = await judge(others, working, clock)
          return rule(request, refusal ?? allow(working))
        },
      }
    },
  }
}

/** Network and authentication: who asks, from where. */
const ASKED_FIRST = 2

/** Asks each layer in turn; returns the first refusal. */
async function judge(judges: readonly Layer[], working: Working, clock: Clock): Promise<Deny | undefined> {
  for (const layer of judges) {
    const started = clock.monotonic()
    const answer = checkOrRefuse(layer, working)
    // Most layers answer at once; waiting all the same would cost more than some of them.
    const verdict = 'then' in answer ? await answer : answer
    working.timings[layer.name] = microseconds(clock.monotonic() - started)
    const refusal = absorb(layer.name, verdict, working)
    if (refusal) return refusal
  }
  return undefined
}

/** INVARIANT: the one place where a fault becomes a refusal; no other `catch` may decide. */
function checkOrRefuse(layer: Layer, working: Working): Verdict | Promise<Verdict> {
  const refuse = (error: unknown): Verdict => ({
    kind: 'indeterminate',
    fault: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown',
  })
  try {
    const answer = layer.check(working)
    return 'then' in answer ? answer.then(verdict => verdict, refuse) : answer
  } catch (error) {
    return refuse(error)
  }
}

/** Adds what a layer contributed, or turns its refusal into the decision. */
function absorb(layer: LayerName, verdict: Verdict, working: Working): Deny | undefined {
  switch (verdict.kind) {
    case 'not-applicable':
      return undefined
    case 'indeterminate':
      return deny(layer, working, [reason('guard.fault', `layer \`${layer}\` failed: ${verdict.fault}`)])
    case 'deny':
      if (verdict.findings) working.findings = [...working.findings, ...verdict.findings]
      return deny(layer, working, verdict.reasons, verdict.retryAfter)
    case 'pass':
      if (verdict.principal) working.principal = verdict.principal
      if (verdict.permission) working.permission = verdict.permission
      if (verdict.findings?.length) working.findings = [...working.findings, ...verdict.findings]
      if (verdict.obligations?.length) working.obligations = [...working.obligations, ...verdict.obligations]
      if (verdict.affirmed) working.affirmed = true
      return undefined
  }
}

/** Waits for the record; an allow that could not be recorded becomes a denial, a denial stays one. */
async function settle(
  monitoring: Monitor,
  request: AccessRequest,
  decision: Decision,
  clock: Clock,
): Promise<Decision> {
  const started = clock.monotonic()
  try {
    await monitoring.record(request, decision)
  } catch (error) {
    if (decision.effect === 'deny') return decision
    const fault = error instanceof Error ? error.message : 'unknown fault'
    const { id, principal, permission, findings } = decision
    const reasons = [
      reason('monitoring.record-not-durable', `the decision could not be recorded: ${fault}`),
    ] as const
    const timings = { ...decision.timings, monitoring: microseconds(clock.monotonic() - started) }
    return { effect: 'deny', id, layer: 'monitoring', reasons, principal, permission, findings, timings }
  }
  const timings = { ...decision.timings, monitoring: microseconds(clock.monotonic() - started) }
  return { ...decision, timings }
}

function begin(request: AccessRequest): Working {
  return {
    request,
    principal: null,
    permission: null,
    findings: [],
    obligations: [],
    affirmed: false,
    timings: {},
  }
}

function allow(working: Working): Allow {
  const { request, principal, permission, findings, obligations, timings } = working
  const assurance = working.affirmed ? 'affirmed' : 'no-objection'
  return { effect: 'allow', id: request.id, principal, permission, findings, obligations, assurance, timings }
}

function deny(layer: LayerName, working: Working, reasons: Deny['reasons'], retryAfter?: number): Deny {
  const { request, principal, permission, findings, timings } = working
  const base = {
    effect: 'deny',
    id: request.id,
    layer,
    reasons,
    principal,
    permission,
    findings,
    timings,
  } as const
  return retryAfter === undefined ? base : { ...base, retryAfter }
}

function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000)
}
