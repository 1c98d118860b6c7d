import { Worker } from 'node:worker_threads'
import { PortcullisError } from '../../../kernel/errors.ts'
import type { DecisionFilter, Store } from '../store.ts'
import type { Call, Report, WorkerSettings } from './protocol.ts'

export interface SqliteOptions {
  /**
   * Hears that a broken database file was moved aside and an empty one begun; the projection then rebuilds it.
   * Without it a broken file is a `store.failed`.
   */
  readonly onBroken?: (movedTo: string) => void
  /** Do not try the file yet: a service must start without its database, and the first call tells. */
  readonly isLazy?: boolean
  /** Handed in by tests that end the thread in the middle of its work. */
  readonly startWorker?: (source: URL, settings: WorkerSettings) => Worker
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: PortcullisError) => void
}

/** Opens the embedded store. Should its thread die, calls under way fail and the next call starts another. */
export async function openSqliteStore(file: string, options: SqliteOptions = {}): Promise<Store> {
  const thread = createThread(file, options)
  let isClosed = false

  const call = async (operation: Call['operation'], argument?: unknown): Promise<unknown> => {
    if (isClosed) throw failed(file, 'it is closed')
    return thread.call(operation, argument)
  }

  try {
    if (!options.isLazy) await call('open')
  } catch (error) {
    await thread.end()
    throw error
  }
  return {
    apply: async records => void (await call('apply', records)),
    applyLines: async ({ first, lines }) => {
      // One text rather than many: a list is copied element by element.
      if (lines.length > 0) await call('applyLines', { first, lines: [lines.join('\n')] })
    },
    appliedSeq: async () => (await call('appliedSeq')) as number,
    decision: async id => (await call('decision', id)) as Awaited<ReturnType<Store['decision']>>,
    decisions: async filter =>
      (await call('decisions', checkFilter(filter))) as Awaited<ReturnType<Store['decisions']>>,
    usage: async since => (await call('usage', instant(since))) as Awaited<ReturnType<Store['usage']>>,
    prune: async limits =>
      (await call(
        'prune',
        limits.map(limit => ({ ...limit, before: instant(limit.before)! })),
      )) as number,
    clear: async () => void (await call('clear')),
    async close() {
      if (isClosed) return
      const closing = call('close')
      isClosed = true
      await closing.finally(() => thread.end())
    },
  }
}

/** The worker and the calls that wait for it. */
function createThread(file: string, { onBroken, startWorker = spawn }: SqliteOptions) {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let lastId = 0

  function start(): Worker {
    const started = startWorker(workerSource(), { file, mayMoveAside: onBroken !== undefined })
    started.on('message', (report: Report) => take(report))
    started.on('error', error => end(started, error instanceof Error ? error.message : 'its thread failed'))
    started.on('exit', () => end(started, 'its thread ended'))
    return started
  }

  function take(report: Report): void {
    if (report.kind === 'broken') {
      onBroken?.(report.movedTo)
      return
    }
    const caller = waiting.get(report.id)
    waiting.delete(report.id)
    // An idle store must not keep the process alive.
    if (waiting.size === 0) worker?.unref()
    if (report.kind === 'value') caller?.resolve(report.value)
    else caller?.reject(failed(file, report.message))
  }

  function end(ended: Worker, why: string): void {
    if (ended !== worker) return
    worker = undefined
    for (const caller of waiting.values()) caller.reject(failed(file, why))
    waiting.clear()
  }

  return {
    call(operation: Call['operation'], argument: unknown): Promise<unknown> {
      worker ??= start()
      worker.ref()
      const id = ++lastId
      const message: Call = { id, operation, argument }
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        worker!.postMessage(message)
      })
    },
    async end(): Promise<void> {
      const ending = worker
      worker = undefined
      await ending?.terminate()
    },
  }
}

/** Sources run as `.ts`, the published package as `.js`; the thread's file has the extension of this one. */
function workerSource(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./worker.ts', import.meta.url)
    : new URL('./worker.js', import.meta.url)
}

function spawn(source: URL, settings: WorkerSettings): Worker {
  // The parent's flags (`--input-type`, a debugger's port) are not for this thread.
  return new Worker(source, { workerData: settings, execArgv: [] })
}

function checkFilter(filter: DecisionFilter = {}): DecisionFilter {
  const { limit, since } = filter
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new TypeError('`limit` must be a whole number, 0 or more')
  }
  return since === undefined ? filter : { ...filter, since: instant(since)! }
}

/** Times are stored in one form, so that they compare as text. */
function instant(since: string | undefined): string | undefined {
  if (since === undefined) return undefined
  const time = new Date(since)
  if (Number.isNaN(time.getTime())) throw new TypeError('`since` must be an ISO 8601 time')
  return time.toISOString()
}

function failed(file: string, why: string): PortcullisError {
  return new PortcullisError(
    'store.failed',
    `the store \`${file}\` failed: ${why}`,
    'the gate goes on without it; `portcullis store rebuild` makes it again from the journal',
  )
}
