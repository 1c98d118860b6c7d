import { setTimeout as sleep } from 'node:timers/promises'
import { recordText } from './rows.ts'
import type { JournalRecord, RecordLines, Store } from './store.ts'

/** What the projection needs of the journal. */
export interface RecordSource {
  /** Every durable record from `fromSeq` on, in order and without gaps, up to the end as it is now; then it ends. */
  records(fromSeq: number): AsyncIterable<JournalRecord>
  /** Calls the listener with records once they are durable; returns how to stop. It must not wait for the listener. */
  onRecords(listener: (records: RecordLines) => void): () => void
}

export interface ProjectionOptions {
  readonly store: Store
  readonly journal: RecordSource
  /** Records not yet applied; called after every step. */
  readonly onLag?: (lag: number) => void
  /** The store failed; the projection goes on trying. Called once until it works again. */
  readonly onFault?: (error: unknown) => void
  /** The store held records that this journal does not; it was emptied and is being filled again. */
  readonly onForeign?: () => void
  /** Largest number of records in one transaction. */
  readonly batch?: number
  /** Wait for more records before a transaction, so that its sync does not compete with the journal's. */
  readonly lingerMs?: number
  /** First wait after a failure; doubled up to a hundredfold. */
  readonly retryMs?: number
  /** When nothing happens, how often the store is asked where it stands: a rebuild beside us may have set it back. */
  readonly recheckMs?: number
}

export interface ProjectionStatus {
  readonly appliedSeq: number
  readonly lag: number
  /** Why the store is not being filled, or null. */
  readonly fault: string | null
}

export interface Projection {
  status(): ProjectionStatus
  /** Resolves when everything the journal has reported so far is applied, when the store fails, or when closed. */
  settled(): Promise<void>
  /** Stops following, after the transaction under way. Does not close the store. */
  close(): Promise<void>
}

const MOST_HELD = 5_000

/**
 * Keeps a store in step with the journal: catches up first, then follows. Nothing waits for it: the listener only
 * takes note, and what does not fit in memory is read from the journal again.
 */
export function createProjection(options: ProjectionOptions): Projection {
  const {
    store,
    journal,
    onLag,
    onFault,
    onForeign,
    batch = 2_000,
    lingerMs = 200,
    retryMs = 100,
    recheckMs = 2_000,
  } = options
  const stopping = new AbortController()
  /** Reported and not yet applied, the first of them with number `heldFrom`; no gap is among them. */
  let held: string[] = []
  let heldFrom = 0
  let seen = -1
  let applied = -1
  let fault: string | null = null
  let wake: () => void = () => {}
  let settlers: (() => void)[] = []

  const unfollow = journal.onRecords(({ first, lines }) => {
    if (lines.length === 0) return
    seen = Math.max(seen, first + lines.length - 1)
    if (held.length === 0) heldFrom = first
    // Too far behind to hold: the pump will find the rest missing and read the journal.
    if (held.length < MOST_HELD && first === heldFrom + held.length) for (const line of lines) held.push(line)
    wake()
  })

  async function pump(): Promise<void> {
    let wait = retryMs
    let isInStep = false
    while (!stopping.signal.aborted) {
      try {
        if (!isInStep) await catchUp()
        isInStep = true
        wait = retryMs
        fault = null
        if (applied < seen) await follow()
        else isInStep = (await rest()) === 'woken'
      } catch (error) {
        // Whatever happened, the store's own word is taken for where it stands.
        isInStep = false
        if (fault === null) onFault?.(error)
        fault = error instanceof Error ? error.message : 'unknown fault'
        release()
        await pause(wait)
        wait = Math.min(wait * 2, retryMs * 100)
      }
    }
    release()
  }

  async function catchUp(): Promise<void> {
    applied = await store.appliedSeq()
    if (applied >= 0 && !(await agrees(store, journal, applied))) {
      onForeign?.()
      await store.clear()
      applied = -1
    }
    await applyFromJournal()
  }

  async function applyFromJournal(): Promise<void> {
    let records: JournalRecord[] = []
    for await (const record of journal.records(applied + 1)) {
      if (stopping.signal.aborted) return
      records.push(record)
      if (records.length < batch) continue
      await apply(records)
      records = []
    }
    await apply(records)
    // A reported record that the journal does not give back yet is not worth spinning for.
    if (applied < seen && heldFrom + held.length <= applied + 1) await pause(lingerMs)
  }

  async function follow(): Promise<void> {
    if (held.length < batch) await pause(lingerMs)
    const from = applied + 1 - heldFrom
    const lines = from < 0 ? [] : held.slice(from, from + batch)
    // Taken out before the store is asked: should it fail, they are read from the journal again.
    heldFrom += from + lines.length
    held = lines.length === 0 ? [] : held.slice(from + lines.length)
    if (lines.length === 0) return applyFromJournal()
    const first = applied + 1
    await store.applyLines({ first, lines })
    advance(first + lines.length - 1)
  }

  async function apply(records: readonly JournalRecord[]): Promise<void> {
    const last = records.at(-1)
    if (last === undefined) return
    await store.apply(records)
    advance(last.seq)
  }

  function advance(to: number): void {
    applied = to
    seen = Math.max(seen, applied)
    onLag?.(seen - applied)
  }

  async function rest(): Promise<'woken' | 'recheck'> {
    release()
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve('recheck'), recheckMs).unref()
      wake = () => {
        clearTimeout(timer)
        resolve('woken')
      }
      if (applied < seen || stopping.signal.aborted) wake()
    })
  }

  function release(): void {
    const waiting = settlers
    settlers = []
    for (const settle of waiting) settle()
  }

  /** Ends early when closing; unref'd, so that lagging alone keeps no process alive. */
  const pause = (milliseconds: number) =>
    sleep(milliseconds, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined)

  const pumping = pump()

  return {
    status: () => ({ appliedSeq: applied, lag: Math.max(0, seen - applied), fault }),
    settled() {
      if (stopping.signal.aborted) return Promise.resolve()
      return new Promise(resolve => {
        settlers.push(resolve)
        wake()
      })
    },
    async close() {
      stopping.abort()
      unfollow()
      wake()
      await pumping
    },
  }
}

/** Whether the store was filled from this journal: its newest decision and its last record stand there unchanged. */
async function agrees(store: Store, journal: RecordSource, applied: number): Promise<boolean> {
  const last = await recordAt(journal, applied)
  if (last === undefined) return false
  const [newest] = await store.decisions({ limit: 1 })
  if (newest === undefined) return true
  const original = newest.seq === applied ? last : await recordAt(journal, newest.seq)
  return original !== undefined && recordText(original) === newest.record
}

async function recordAt(journal: RecordSource, seq: number): Promise<JournalRecord | undefined> {
  for await (const record of journal.records(seq)) return record.seq === seq ? record : undefined
  return undefined
}

/** Empties the store and fills it from the journal; tells how many records were applied so far. */
export async function rebuild(
  store: Store,
  journal: Pick<RecordSource, 'records'>,
  onProgress: (applied: number) => void = () => {},
  batch = 500,
): Promise<number> {
  await store.clear()
  let total = 0
  let records: JournalRecord[] = []
  const flush = async () => {
    await store.apply(records)
    total += records.length
    records = []
    onProgress(total)
  }
  for await (const record of journal.records(0)) {
    records.push(record)
    if (records.length === batch) await flush()
  }
  await flush()
  return total
}
