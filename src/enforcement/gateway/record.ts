import type { Deny } from '../../access/decision.ts'
import type { Principal } from '../../access/principal.ts'
import type { AuditEvent, AuditLog } from '../../audit/event.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Exchange } from './exchange.ts'
import type { Refusal } from './refusal.ts'
import { countByRule, type ReplyFacts } from './reply.ts'

/** How an exchange ended, for the record. */
interface Outcome {
  readonly event: 'request.completed' | 'request.aborted' | 'request.failed'
  readonly status: number
  readonly model: string | null
  readonly principal: Principal | null
  readonly requestBytes: number
  readonly maskedInRequest: readonly string[]
  readonly facts: ReplyFacts
  readonly fault?: string
}

/** Writes what happened after the decision. It is not waited for by clients, only by `settled`. */
export interface Recorder {
  outcome(exchange: Exchange, outcome: Outcome): void
  /** An allow whose obligations cannot be discharged here. Resolves once that is durable, or cannot be: it is refused either way. */
  notDischargeable(exchange: Exchange, denial: Deny): Promise<void>
  /** A request that never became a question for the guard. */
  refusal(id: string, sourceAddress: string, refusal: Refusal): void
  settled(): Promise<void>
  /** Events the journal did not take. */
  readonly lost: number
}

const REFUSALS_PER_SECOND = 100

export function createRecorder(audit: AuditLog, clock: Clock): Recorder {
  const pending = new Set<Promise<void>>()
  let lost = 0
  let second = 0
  let inSecond = 0
  let suppressed = 0

  function append(event: AuditEvent): void {
    const done: Promise<void> = audit.append(event, 'soon').then(
      () => void pending.delete(done),
      () => {
        // The decision itself is on record; a journal that stopped taking lines denies the next request.
        lost++
        pending.delete(done)
      },
    )
    pending.add(done)
  }

  /** Garbage is cheap to send and a line is not cheap to keep, so a flood is counted rather than copied. */
  function isFlood(): boolean {
    const now = Math.floor(clock.now() / 1_000)
    if (now !== second) {
      second = now
      inSecond = 0
    }
    return ++inSecond > REFUSALS_PER_SECOND
  }

  return {
    outcome: (exchange, outcome) => append(outcomeEvent(exchange, outcome, clock)),
    async notDischargeable({ context }, { id, principal, reasons }) {
      const done = audit.append({
        level: 'warn',
        component: 'gateway',
        event: 'decision.not-dischargeable',
        user: principal?.id ?? 'anonymous',
        result: 'deny',
        metadata: {
          decision: id,
          reasons: reasons.map(({ code, message }) => ({ code, message })),
          session: context.session,
        },
        sourceAddress: context.network.address,
      })
      await done.catch(() => void lost++)
    },
    refusal(id, sourceAddress, { status, message, reasons }) {
      if (isFlood()) {
        suppressed++
        return
      }
      append({
        level: 'warn',
        component: 'gateway',
        event: 'request.refused',
        user: 'anonymous',
        result: 'deny',
        metadata: {
          id,
          status,
          message,
          reasons: reasons.map(({ code, threat }) => ({ code, threat })),
          ...(suppressed > 0 && { suppressedBefore: suppressed }),
        },
        sourceAddress,
      })
      suppressed = 0
    },
    async settled() {
      await Promise.all(pending)
    },
    get lost() {
      return lost
    },
  }
}

function outcomeEvent(
  { id, context, request, started }: Exchange,
  outcome: Outcome,
  clock: Clock,
): AuditEvent {
  const { event, status, model, principal, facts } = outcome
  const isGood = event === 'request.completed' && status < 400
  return {
    level: isGood ? 'info' : 'warn',
    component: 'gateway',
    event,
    user: principal?.id ?? 'anonymous',
    result: isGood ? 'success' : 'failure',
    metadata: {
      id,
      status,
      method: request.method ?? '',
      path: request.url?.split('?')[0] ?? '',
      model: facts.model ?? model,
      usage: facts.usage,
      requestBytes: outcome.requestBytes,
      scanned: facts.scanned,
      maskedInRequest: countByRule(outcome.maskedInRequest),
      maskedInReply: countByRule(facts.masked),
      notedInReply: countByRule(facts.noted),
      stopReason: facts.stopReason,
      toolUses: facts.toolUseIds.length,
      toolUseIds: facts.toolUseIds.slice(0, 64),
      milliseconds: Math.round((clock.monotonic() - started) * 100) / 100,
      session: context.session,
      fault: outcome.fault,
    },
    sourceAddress: context.network.address,
  }
}
