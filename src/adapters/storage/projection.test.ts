import { expect, test, vi } from 'vitest'
import { createProjection, type ProjectionOptions, rebuild } from './projection.ts'
import { readLines, recordText } from './rows.ts'
import type { JournalRecord, RecordLines, Store, StoredDecision } from './store.ts'

function record(seq: number, more: Partial<JournalRecord> = {}): JournalRecord {
  return {
    seq,
    timestamp: new Date(seq).toISOString(),
    level: 'info',
    component: 'guard',
    event: 'decision.allow',
    user: 'ada',
    result: 'allow',
    metadata: {},
    sourceAddress: '127.0.0.1',
    ...more,
  }
}

/** A journal that is a list. */
function createJournal(length = 0) {
  const log = Array.from({ length }, (_, seq) => record(seq))
  const listeners = new Set<(records: RecordLines) => void>()
  return {
    log,
    listeners,
    reads: 0,
    add(count: number) {
      const added = Array.from({ length: count }, (_, n) => record(log.length + n))
      const first = log.length
      log.push(...added)
      for (const listener of listeners) listener({ first, lines: added.map(line => JSON.stringify(line)) })
    },
    onRecords(listener: (records: RecordLines) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async *records(fromSeq: number) {
      this.reads++
      const end = log.length
      for (let seq = fromSeq; seq < end; seq++) yield log[seq]!
    },
  }
}

/** A store that is a list and can be made to fail. */
function createMemoryStore() {
  let applied: JournalRecord[] = []
  const state = {
    failures: 0,
    batches: [] as number[],
    clears: 0,
    gate: undefined as Promise<void> | undefined,
  }
  const store: Store = {
    async apply(records) {
      await state.gate
      if (state.failures > 0) {
        state.failures--
        throw new Error('disk full')
      }
      const fresh = records.filter(({ seq }) => seq >= applied.length)
      if (fresh.some(({ seq }, index) => seq !== applied.length + index)) throw new Error('gap')
      state.batches.push(fresh.length)
      applied = [...applied, ...fresh]
    },
    applyLines: records => store.apply(readLines(records)),
    appliedSeq: async () => applied.length - 1,
    decision: async () => null,
    async decisions() {
      const last = applied.at(-1)
      return last ? [{ seq: last.seq, record: recordText(last) } as StoredDecision] : []
    },
    usage: async () => [],
    prune: async () => 0,
    async clear() {
      applied = []
      state.clears++
    },
    close: async () => {},
  }
  return { store, state, applied: () => applied.map(({ seq }) => seq) }
}

function begin(length: number, more: Partial<ProjectionOptions> = {}) {
  const journal = createJournal(length)
  const memory = createMemoryStore()
  const options = { store: memory.store, journal, lingerMs: 1, retryMs: 1, ...more }
  return { journal, ...memory, start: () => createProjection(options) }
}

const upTo = (length: number) => Array.from({ length }, (_, seq) => seq)

test('it catches up in batches and then follows', async () => {
  const { journal, state, applied, start } = begin(1_200, { batch: 500 })
  const projection = start()
  await projection.settled()
  expect(applied()).toEqual(upTo(1_200))
  expect(state.batches).toEqual([500, 500, 200])
  journal.add(3)
  journal.add(2)
  await projection.settled()
  expect(applied()).toEqual(upTo(1_205))
  expect(projection.status()).toEqual({ appliedSeq: 1_204, lag: 0, fault: null })
  await projection.close()
})

test('it resumes where the store stands', async () => {
  const { journal, store, state, applied, start } = begin(10)
  await store.apply(journal.log.slice(0, 4))
  const projection = start()
  await projection.settled()
  await projection.close()
  expect(applied()).toEqual(upTo(10))
  expect(state.clears).toBe(0)
  expect(state.batches).toEqual([4, 6])
})

test('the journal never waits for the store', async () => {
  const { journal, state, applied, start } = begin(0)
  let open = () => {}
  state.gate = new Promise(resolve => {
    open = resolve
  })
  const projection = start()
  await new Promise(resolve => setTimeout(resolve, 5))
  const started = performance.now()
  for (let n = 0; n < 200; n++) journal.add(100)
  expect(performance.now() - started).toBeLessThan(1_000)
  open()
  await projection.settled()
  expect(applied()).toHaveLength(20_000)
  expect(projection.status().lag).toBe(0)
  await projection.close()
})

test('records added while it catches up are neither lost nor doubled', async () => {
  const { journal, applied, start } = begin(2_000)
  const projection = start()
  for (let n = 0; n < 50; n++) {
    journal.add(7)
    await new Promise(resolve => setImmediate(resolve))
  }
  await projection.settled()
  await projection.close()
  expect(applied()).toEqual(upTo(2_350))
})

test('a failing store is told of once, tried again, and loses nothing', async () => {
  const faults: unknown[] = []
  const { journal, state, applied, start } = begin(3, { onFault: error => faults.push(error) })
  const projection = start()
  await projection.settled()
  state.failures = 4
  journal.add(5)
  await vi.waitFor(() => expect(applied()).toEqual(upTo(8)))
  await projection.settled()
  expect(faults).toEqual([new Error('disk full')])
  expect(projection.status().fault).toBeNull()
  await projection.close()
})

test('a store that was emptied behind its back is filled again from the start', async () => {
  const { journal, store, state, applied, start } = begin(20)
  const projection = start()
  await projection.settled()
  await store.clear()
  state.failures = 1
  journal.add(1)
  await vi.waitFor(() => expect(applied()).toEqual(upTo(21)))
  await projection.close()
})

test('a store that another process set back is caught up without a new record', async () => {
  const { store, applied, start } = begin(20, { recheckMs: 5 })
  const projection = start()
  await projection.settled()
  await store.clear()
  await vi.waitFor(() => expect(applied()).toEqual(upTo(20)))
  await projection.close()
})

test.each([
  [
    'from another journal',
    (log: JournalRecord[]) => log.splice(0, log.length, ...log.map(r => ({ ...r, user: 'eve' }))),
  ],
  ['ahead of the journal', (log: JournalRecord[]) => log.splice(5)],
])('a store that is %s is emptied and filled again', async (_, change) => {
  const onForeign = vi.fn()
  const { journal, store, state, applied, start } = begin(10, { onForeign })
  await store.apply(journal.log)
  change(journal.log)
  const projection = start()
  await projection.settled()
  await projection.close()
  expect(onForeign).toHaveBeenCalledOnce()
  expect(state.clears).toBe(1)
  expect(applied()).toEqual(upTo(journal.log.length))
})

test('the lag is reported and falls to nothing', async () => {
  const lags: number[] = []
  const { journal, start } = begin(0, { onLag: lag => lags.push(lag), batch: 10 })
  const projection = start()
  await projection.settled()
  journal.add(35)
  await projection.settled()
  expect(lags).toEqual([25, 15, 5, 0])
  await projection.close()
})

test('after close nothing is applied and the journal has no listener left', async () => {
  const { journal, applied, start } = begin(2)
  const projection = start()
  await projection.settled()
  await projection.close()
  journal.add(1)
  await projection.settled()
  expect(applied()).toEqual([0, 1])
  expect(journal.listeners.size).toBe(0)
})

test('closing does not wait for a store that keeps failing', async () => {
  const { state, start } = begin(5, { retryMs: 60_000 })
  state.failures = 1_000
  const projection = start()
  await projection.settled()
  expect(projection.status().fault).toBe('disk full')
  const started = performance.now()
  await projection.close()
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('a rebuild empties, fills and tells how far it is', async () => {
  const { journal, store, applied } = begin(1_100)
  await store.apply(journal.log.slice(0, 700))
  const progress: number[] = []
  expect(await rebuild(store, journal, done => progress.push(done))).toBe(1_100)
  expect(applied()).toEqual(upTo(1_100))
  expect(progress).toEqual([500, 1_000, 1_100])
})
