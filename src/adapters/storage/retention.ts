import { type DataClass, dataClasses } from '../../access/data-class.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { RetentionLimit, Store } from './store.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export interface RetentionOptions {
  readonly store: Pick<Store, 'prune'>
  /** How long rows of a class are kept; null for as long as the journal. */
  readonly daysOf: (dataClass: DataClass) => number | null
  readonly clock: Pick<Clock, 'now'>
  /** The store could not be pruned; it is tried again at the next turn. */
  readonly onFault: (error: unknown) => void
  readonly everyMs?: number
}

/** Removes from the store what is older than its class may be kept: now and every hour. Returns how to stop. */
export function enforceRetention({
  store,
  daysOf,
  clock,
  onFault,
  everyMs = HOUR_MS,
}: RetentionOptions): () => Promise<unknown> {
  let turn: Promise<unknown> = Promise.resolve()
  const prune = () => {
    turn = turn.then(() => store.prune(limitsAt(clock.now(), daysOf))).catch(onFault)
  }
  prune()
  const timer = setInterval(prune, everyMs).unref()
  return () => {
    clearInterval(timer)
    return turn
  }
}

function limitsAt(now: number, daysOf: RetentionOptions['daysOf']): RetentionLimit[] {
  return dataClasses.flatMap(dataClass => {
    const days = daysOf(dataClass)
    if (days === null) return []
    return [{ dataClass, before: new Date(now - days * DAY_MS).toISOString() }]
  })
}
