import type { Decision } from '../../access/decision.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { AuditLog } from '../../audit/event.ts'
import type { Config } from '../../config/schema.ts'
import type { Guard } from '../../guard/decide.ts'
import type { Clock } from '../../kernel/clock.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import type { AgentAdapter, Disposition, HookAnswer, HookEvent, Surroundings } from './adapter.ts'
import { dispose } from './dispose.ts'
import { readText } from './read-text.ts'

/** What one event is decided with. */
export interface HookParts {
  readonly guard: Guard
  readonly engine: SecretEngine
  readonly config: Config
  readonly audit: AuditLog
  readonly clock: Clock
  readonly ids: (prefix: string) => string
  /** The home of the person the agent works for. */
  readonly home: string
  /** Hears of every tool call that was judged, to be matched with what the gateway sees. */
  readonly coverage?: HookCoverage
}

/** The hooks' half of the coverage metric. */
interface HookCoverage {
  seen(session: string, toolUseId: string): void
}

/** What the caller of a hook knows beyond the event. */
export interface Caller {
  readonly cwd: string
  readonly project?: string
}

/** The whole way of one event: parse, translate, decide, discharge, answer. Never throws; a fault is a refusal. */
export async function handleEvent(
  adapter: AgentAdapter,
  bytes: Uint8Array,
  caller: Caller,
  parts: HookParts,
): Promise<HookAnswer> {
  let event: HookEvent | null = null
  try {
    event = adapter.parse(bytes)
    const work = decideAndAnswer(adapter, event, caller, parts)
    return await beforeDeadline(work, parts.config.hooks.deadlineMs)
  } catch (error) {
    // A fault becomes a refusal, never a pass.
    return refuseFor(adapter, event, error)
  }
}

/** The refusal that a fault stands for. */
export function refuseFor(adapter: AgentAdapter, event: HookEvent | null, error: unknown): HookAnswer {
  if (error instanceof PortcullisError) return adapter.refuse(event, error.message, error.remedy)
  return adapter.refuse(event, 'the hook failed', 'run `portcullis doctor`')
}

async function decideAndAnswer(
  adapter: AgentAdapter,
  event: HookEvent,
  caller: Caller,
  parts: HookParts,
): Promise<HookAnswer> {
  const { guard, engine, config, clock, ids, home } = parts
  const surroundings: Surroundings = { ...caller, home, clock, ids, readText }
  const request = adapter.translate(event, surroundings)
  const ruling = await guard.decide(request)
  const decision = await ruling.settled
  if (event.name === 'PreToolUse' && event.session !== undefined && event.toolUseId !== undefined) {
    parts.coverage?.seen(event.session, event.toolUseId)
  }
  const abilities = adapter.abilities(event)
  const disposition = dispose(decision, { action: request.action, abilities, config, engine })
  return adapter.answer(event, await weaken(disposition, request, decision, parts))
}

/** `hooks.mode` may turn a refusal into a warning or into nothing; the record says so first. */
async function weaken(
  disposition: Disposition,
  request: AccessRequest,
  decision: Decision,
  { config, audit }: HookParts,
): Promise<Disposition> {
  const { mode } = config.hooks
  if (mode === 'enforce') return disposition
  if (disposition.kind !== 'deny' && disposition.kind !== 'ask') return disposition
  await audit.append({
    level: 'warn',
    component: 'hooks',
    event: 'decision.not-enforced',
    user: decision.principal?.id ?? 'anonymous',
    result: 'allow',
    metadata: {
      decision: disposition.id,
      withheld: disposition.kind,
      mode,
      action: request.action,
      reasons: disposition.reasons.map(({ code }) => code),
      session: request.context.session,
    },
    sourceAddress: request.context.network.address,
  })
  if (mode === 'observe') return { kind: 'pass', affirmed: false, notices: [] }
  return { kind: 'warn', id: disposition.id, reasons: disposition.reasons }
}

async function beforeDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(deadlinePassed(milliseconds)), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export function deadlinePassed(milliseconds: number): PortcullisError {
  return new PortcullisError(
    'hook.deadline',
    `no decision within ${milliseconds} ms`,
    'try again; raise `hooks.deadlineMs` or run `portcullis doctor` if it stays',
  )
}
