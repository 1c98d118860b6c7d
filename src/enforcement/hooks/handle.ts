import type { Decision } from '../../access/decision.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { AuditLog } from '../../audit/event.ts'
import type { Config } from '../../config/schema.ts'
import type { Guard } from '../../guard/decide.ts'
import type { Clock } from '../../kernel/clock.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import type { AgentAdapter, Disposition, HookAnswer, HookEvent, Surroundings } from './adapter.ts'
import type { BreakGlass, BrokenGlass } from './break-glass/break-glass.ts'
import { dispose, isLiftable, strictest } from './dispose.ts'
import { readText } from './read-text.ts'

/** What one event is decided with. */
export interface HookParts {
  readonly guard: Pick<Guard, 'decide'>
  readonly engine: SecretEngine
  readonly config: Config
  readonly audit: AuditLog
  readonly clock: Clock
  readonly ids: (prefix: string) => string
  /** The home of the person the agent works for. */
  readonly home: string
  /** Hears of every tool call that was judged, to be matched with what the gateway sees. */
  readonly coverage?: HookCoverage
  /** Puts a command into the sandbox of a profile; null where that cannot be done. */
  readonly sandboxed?: (command: string, profile: string) => string | null
  /** Only the running service has one; a hook that decides in its own process never honours it. */
  readonly breakGlass?: Pick<BreakGlass, 'use'>
}

/** The hooks' half of the coverage metric. */
interface HookCoverage {
  seen(session: string, toolUseId: string): void
}

/** What the caller of a hook knows beyond the event. */
export interface Caller {
  readonly cwd: string
  readonly project?: string
  /** Secrets of the agent's own environment, as `environmentHeader` writes them. */
  readonly environment?: string
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
    recordFault(event, error, parts)
    return refuseFor(adapter, event, error)
  }
}

/** Leaves a trace of a refusal no layer decided. It cannot wait: the trouble may be the journal itself. */
function recordFault(event: HookEvent | null, error: unknown, { audit, engine }: HookParts): void {
  const code = error instanceof PortcullisError ? error.code : 'internal'
  const { name, session, toolUseId } = event ?? { name: null }
  const metadata = { code, event: name && engine.mask(name).text.slice(0, 80), session, toolUseId }
  const entry = { level: 'warn', component: 'hooks', event: 'hook.failed', user: 'anonymous' } as const
  // The refusal stands whether or not this can be written.
  audit.append({ ...entry, result: 'deny', metadata, sourceAddress: '127.0.0.1' }).catch(() => undefined)
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
  const dispositions: Disposition[] = []
  for (const request of adapter.translate(event, surroundings)) {
    const ruling = await guard.decide(request)
    const decision = await ruling.settled
    const abilities = adapter.abilities(event)
    const { action, resource } = request
    const disposition = dispose(decision, {
      action,
      abilities,
      config,
      engine,
      ...(resource.type === 'command' && { command: resource.command }),
      ...(parts.sandboxed && { sandboxed: parts.sandboxed }),
    })
    dispositions.push(await enforce(disposition, request, decision, parts))
  }
  if (event.kind === 'call' && event.session !== undefined && event.toolUseId !== undefined) {
    parts.coverage?.seen(event.session, event.toolUseId)
  }
  const disposition = strictest(dispositions)
  await recordRestores(disposition, event, parts)
  return adapter.answer(event, disposition)
}

/** INVARIANT: a secret goes back into an act only once that is on record; the record names the placeholder. */
async function recordRestores(
  disposition: Disposition,
  { session, toolUseId, tool }: HookEvent,
  { audit, engine }: HookParts,
): Promise<void> {
  const restores = ('restores' in disposition && disposition.restores) || []
  for (const { placeholder, rule, target } of restores) {
    await audit.append({
      level: 'info',
      component: 'hooks',
      event: 'secret.restored',
      user: 'local',
      result: 'success',
      metadata: {
        placeholder,
        rule,
        target: engine.mask(target).text.slice(0, LONGEST_TARGET),
        tool: tool && engine.mask(tool).text.slice(0, LONGEST_TARGET),
        session,
        toolUseId,
      },
      sourceAddress: '127.0.0.1',
    })
  }
}

const LONGEST_TARGET = 500

/** What is done in the end under `hooks.mode`. Where that differs from the guard's decision, the record says so first. */
async function enforce(
  disposition: Disposition,
  request: AccessRequest,
  decision: Decision,
  { config, audit, breakGlass }: HookParts,
): Promise<Disposition> {
  const { mode } = config.hooks
  const weakened = weaken(disposition, mode)
  const isHeld = weakened === disposition && isLiftable(decision, disposition)
  const glass = isHeld ? (breakGlass?.use(request.context.session) ?? null) : null
  const done = glass ? pastGlass(disposition, glass) : weakened
  const event = differenceOf(decision, disposition, done)
  if (event === null) return done
  await audit.append({
    level: 'warn',
    component: 'hooks',
    event,
    user: decision.principal?.id ?? 'anonymous',
    result: done.kind === 'deny' ? 'deny' : 'allow',
    metadata: {
      decision: decision.id,
      planned: disposition.kind,
      done: done.kind,
      mode,
      breakGlass: glass?.id,
      action: request.action,
      reasons: 'reasons' in disposition ? disposition.reasons.map(({ code }) => code) : [],
      session: request.context.session,
    },
    sourceAddress: request.context.network.address,
  })
  return done
}

/** `warn` tells instead of refusing; `observe` does nothing at all. */
function weaken(disposition: Disposition, mode: Config['hooks']['mode']): Disposition {
  if (mode === 'enforce' || disposition.kind === 'pass') return disposition
  if (mode === 'observe') return { kind: 'pass', affirmed: false, notices: [] }
  if (disposition.kind !== 'deny' && disposition.kind !== 'ask') return disposition
  return { kind: 'warn', id: disposition.id, reasons: disposition.reasons }
}

/** What a broken glass lets pass; masking stays. */
function pastGlass(disposition: Disposition, { id, until, reason }: BrokenGlass): Disposition {
  if (disposition.kind === 'ask' && disposition.rewrite) {
    const { rewrite, restores = [] } = disposition
    return { kind: 'rewrite', rewrite, restores }
  }
  if (disposition.kind !== 'deny' && disposition.kind !== 'ask') return disposition
  const because = `the glass is broken until ${new Date(until).toISOString()} (${id}): ${reason}`
  return { kind: 'warn', id: disposition.id, reasons: disposition.reasons, because }
}

function differenceOf(decision: Decision, planned: Disposition, done: Disposition): string | null {
  if (planned !== done) return 'decision.not-enforced'
  return decision.effect === 'allow' && done.kind === 'deny' ? 'decision.not-dischargeable' : null
}

/** The work's result, or `hook.deadline` when it takes longer; the work itself is not stopped. */
export async function beforeDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
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

function deadlinePassed(milliseconds: number): PortcullisError {
  return new PortcullisError(
    'hook.deadline',
    `no decision within ${milliseconds} ms`,
    'try again; raise `hooks.deadlineMs` or run `portcullis doctor` if it stays',
  )
}
