import { type DataClass, strictestOf } from '../../access/data-class.ts'
import type { Decision, LayerName } from '../../access/decision.ts'
import { requiredApproval } from '../../access/decision.ts'
import { handlingOf } from '../../access/handling.ts'
import { reasonCodes } from '../../access/reason-codes.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { AuditEvent, AuditLog, Json } from '../../audit/event.ts'
import type { Config } from '../../config/schema.ts'
import type { Clock } from '../../kernel/clock.ts'
import { classOfRule } from '../../rules/secrets/replace.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import type { Monitor } from '../decide.ts'
import type { LayerTimings } from './timings.ts'

export interface MonitorParts {
  readonly audit: AuditLog
  readonly engine: SecretEngine
  readonly clock: Clock
  readonly timings: LayerTimings
  /** In `warn` and `observe` hooks let pass what is refused here; the record then says both. */
  readonly hooksMode?: Config['hooks']['mode']
}

/** Layer six: one durable record per decision, and its times in the histograms. */
export function createMonitor({
  audit,
  engine,
  clock,
  timings,
  hooksMode = 'enforce',
}: MonitorParts): Monitor {
  return {
    name: 'monitoring',
    async record(request, decision) {
      const started = clock.monotonic()
      await audit.append(describeDecision(request, decision, engine, hooksMode))
      const own = (clock.monotonic() - started) * 1000
      observe(timings, decision, own)
    },
  }
}

function observe(timings: LayerTimings, decision: Decision, monitoring: number): void {
  let total = monitoring
  for (const layer in decision.timings) {
    const microseconds = decision.timings[layer as LayerName]!
    timings.record(layer as LayerName, microseconds)
    total += microseconds
  }
  timings.record('monitoring', monitoring)
  timings.record('total', total)
}

type Outcome = 'allow' | 'deny' | 'ask'

const LONGEST_RESOURCE = 2048
const LONGEST_MESSAGE = 500
const LONGEST_ID = 200
const MOST_FINDINGS = 50

/** The audit event of a decision. Every text that somebody else wrote is masked first and shortened after. */
export function describeDecision(
  request: AccessRequest,
  decision: Decision,
  engine: SecretEngine,
  hooksMode: Config['hooks']['mode'] = 'enforce',
): AuditEvent {
  const { point, action, resource, context } = request
  const outcome = outcomeOf(decision)
  const weakened = point === 'hooks' && hooksMode !== 'enforce' && outcome !== 'allow'
  const result: Outcome = weakened ? 'allow' : outcome
  // INVARIANT: masked before it is cut, or a cut secret would no longer look like one.
  const quoting = engine.sparing(rule => handlingOf(classOfRule(rule)).inRecords === 'as-is')
  const clean = (text: string, longest: number) => shorten(quoting.mask(text).text, longest)
  // A principal and an address are what the record is about, even where a person's mail address is the name.
  const naming = engine.sparing(rule => classOfRule(rule) !== 'secret')
  const who = (text: string) => shorten(naming.mask(text).text, LONGEST_ID)
  const id = (text: string | undefined) => (text === undefined ? undefined : clean(text, LONGEST_ID))

  return {
    level: levelOf(decision, result),
    component: 'guard',
    event: `decision.${result}`,
    user: decision.principal ? who(decision.principal.id) : 'anonymous',
    result,
    metadata: {
      id: decision.id,
      class: recordClassOf(decision),
      point,
      action: clean(action, LONGEST_ID),
      resource: { type: resource.type, id: clean(resource.id, LONGEST_RESOURCE) },
      permission: decision.permission === null ? undefined : clean(decision.permission, LONGEST_ID),
      session: id(context.session),
      client: id(context.client),
      toolUseId: id(context.toolUseId),
      onBehalfOf: decision.principal?.kind === 'agent' ? who(decision.principal.onBehalfOf) : undefined,
      layer: decision.effect === 'deny' ? decision.layer : undefined,
      reasons: reasonsOf(decision).map(({ code, rule, threat, message, remedy }) => ({
        code,
        rule: id(rule),
        threat,
        message: clean(message, LONGEST_MESSAGE),
        // The table has the usual remedy; only a rule's own is worth the space.
        remedy: remedy === reasonCodes[code].remedy ? undefined : clean(remedy, LONGEST_MESSAGE),
      })),
      findings: decision.findings.slice(0, MOST_FINDINGS).map(finding => {
        const { rule, threat, grade, severity, treatment, span, exception, dataClass } = finding
        const where = span && resource.texts[span.leaf]?.where
        return {
          rule,
          threat,
          grade,
          severity,
          class: dataClass,
          treatment,
          where: id(where),
          exception: id(exception),
        }
      }),
      findingsInAll: decision.findings.length > MOST_FINDINGS ? decision.findings.length : undefined,
      obligations: decision.effect === 'allow' ? decision.obligations.map(({ type }) => type) : undefined,
      assurance: decision.effect === 'allow' ? decision.assurance : undefined,
      timings: decision.timings as { readonly [layer: string]: Json | undefined },
      wouldHaveBeen: weakened ? outcome : undefined,
    },
    sourceAddress: who(context.network.address),
  }
}

/** What was found is masked, but a record that tells where it lies is worth more to a thief than one that does not. */
function recordClassOf({ findings }: Decision): DataClass {
  const worst = strictestOf(findings.map(({ dataClass = 'public' }) => dataClass))
  return worst === 'secret' || worst === 'confidential' ? 'confidential' : 'internal'
}

function outcomeOf(decision: Decision): Outcome {
  if (decision.effect === 'deny') return 'deny'
  return requiredApproval(decision) ? 'ask' : 'allow'
}

function reasonsOf(decision: Decision) {
  return decision.effect === 'deny' ? decision.reasons : (requiredApproval(decision)?.reasons ?? [])
}

function levelOf(decision: Decision, result: Outcome): AuditEvent['level'] {
  const reasons = reasonsOf(decision)
  if (reasons.some(({ code }) => code === 'guard.fault')) return 'error'
  return result === 'deny' || (result === 'allow' && reasons.length > 0) ? 'warn' : 'info'
}

/** Cuts between characters, never inside a surrogate pair. */
function shorten(text: string, longest: number): string {
  if (text.length <= longest) return text
  return `${text
    .slice(0, longest - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`
}
