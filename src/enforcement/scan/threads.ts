import { Worker } from 'node:worker_threads'
import { PortcullisError } from '../../kernel/errors.ts'
import { type Batch, pack } from './batch.ts'
import type { Outcome } from './outcome.ts'
import type { ScanSettings } from './settings.ts'

/** A thread that looks into batches. */
export interface ScanThread {
  /** Several may be asked for at once; they are done one after the other. */
  run(batch: Batch): Promise<Outcome[]>
  stop(): Promise<void>
}

interface Waiting {
  resolve(outcomes: Outcome[]): void
  reject(error: Error): void
}

export function openThread(settings: ScanSettings): ScanThread {
  // The parent's flags (`--input-type`, a debugger's port) are not for this thread.
  const worker = new Worker(workerSource(), { workerData: settings, execArgv: [] })
  const waiting = new Map<number, Waiting>()
  let next = 0
  let fault: PortcullisError | undefined

  function fail(cause: unknown): void {
    fault = new PortcullisError(
      'internal',
      'a thread of the scan ended before its work was done',
      'scan fewer files at once; if it stays, report it with this message',
      cause,
    )
    for (const { reject } of waiting.values()) reject(fault)
    waiting.clear()
  }

  worker.on('message', ({ id, outcomes }: { id: number; outcomes: Outcome[] }) => {
    waiting.get(id)?.resolve(outcomes)
    waiting.delete(id)
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(undefined))

  return {
    run(batch) {
      if (fault) return Promise.reject(fault)
      const id = next++
      const { parcel, moved } = pack(batch)
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        worker.postMessage({ id, parcel }, moved)
      })
    },
    async stop() {
      await worker.terminate()
    },
  }
}

/** Sources run as `.ts`, the published package as `.js`; the thread's file has the extension of this one. */
function workerSource(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./worker.ts', import.meta.url)
    : new URL('./worker.js', import.meta.url)
}
