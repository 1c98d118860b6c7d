import type { AuditLog } from '../../audit/event.ts'
import type { Coverage } from './coverage.ts'

export interface CoverageAlertOptions {
  readonly coverage: Pick<Coverage, 'takeGaps'>
  readonly audit: AuditLog
  /** Takes secrets out of ids, which clients choose. */
  readonly mask: (text: string) => string
  readonly onFault: (fault: unknown) => void
  readonly everyMs?: number
}

/** Of one look; a session without hooks must not fill the log. The rest is counted in the last one. */
const MOST_EVENTS = 5

/**
 * Writes one event, `coverage.gap`, for every tool call that a model asked for and no hook saw in time: the agent may be
 * running unguarded, or the person has stopped the call. Returns what stops the watch.
 */
export function watchCoverage(options: CoverageAlertOptions): () => void {
  const timer = setInterval(() => void recordGaps(options).catch(options.onFault), options.everyMs ?? 15_000)
  timer.unref()
  return () => clearInterval(timer)
}

async function recordGaps({ coverage, audit, mask }: CoverageAlertOptions): Promise<void> {
  const { gaps, more } = coverage.takeGaps(MOST_EVENTS)
  const told = gaps.map(({ session, toolUseId, askedAt }, index) => ({
    session: mask(session),
    toolUseId: mask(toolUseId),
    askedAt: new Date(askedAt).toISOString(),
    more: index === gaps.length - 1 && more > 0 ? more : undefined,
  }))
  if (told.length === 0 && more > 0) told.push({ session: '', toolUseId: '', askedAt: '', more })
  for (const metadata of told) {
    await audit.append({
      level: 'warn',
      component: 'coverage',
      event: 'coverage.gap',
      user: 'anonymous',
      result: 'failure',
      metadata,
      sourceAddress: 'local',
    })
  }
}
