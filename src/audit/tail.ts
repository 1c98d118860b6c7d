import { closeSync, fstatSync, openSync, watch } from 'node:fs'
import type { JournalRecord } from '../adapters/storage/store.ts'
import { listFolder, readAt } from './folder.ts'
import { parseRecord, readLines } from './read.ts'

const SEQ_AT_END = /,"seq":(\d{1,16}),"chain":"[0-9a-f]{64}"}\n$/
const LOOK_BACK = 256

/** How many records lie in the folder, judged by the last whole line alone. */
export function countRecords(folder: string): number {
  const { segments } = listFolder(folder)
  for (const { path, first } of segments.toReversed()) {
    const descriptor = openSync(path, 'r')
    try {
      const seq = lastSeq(descriptor)
      if (seq !== undefined) return seq + 1
      if (first > 0) continue
    } finally {
      closeSync(descriptor)
    }
  }
  return 0
}

/** Looks back over a torn end, a window at a time. */
function lastSeq(descriptor: number): number | undefined {
  const { size } = fstatSync(descriptor)
  for (let window = LOOK_BACK; ; window *= 16) {
    const from = Math.max(0, size - window)
    const bytes = readAt(descriptor, from, size - from)
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)
    const found = SEQ_AT_END.exec(whole.subarray(-LOOK_BACK).toString('latin1'))
    if (found) return Number(found[1])
    if (from === 0) return undefined
  }
}

export interface TailOptions {
  readonly folder: string
  /** How many of the last records to begin with. */
  readonly count: number
  /** Goes on with new records until the signal ends it. */
  readonly follow?: AbortSignal | undefined
}

const POLL_MS = 500

/** The last records, oldest first, and with `follow` each new one as it becomes durable. */
export async function* tailRecords({ folder, count, follow }: TailOptions): AsyncGenerator<JournalRecord> {
  let next = Math.max(0, countRecords(folder) - count)
  for (;;) {
    for await (const { seq, line } of readLines(folder, next, Number.MAX_SAFE_INTEGER)) {
      yield parseRecord(line, seq)
      next = seq + 1
    }
    if (!follow || follow.aborted) return
    await changed(folder, follow)
  }
}

/** Waits for the folder to change, at most for a moment: not every file system tells. */
function changed(folder: string, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const watcher = watch(folder)
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      watcher.close()
      resolve()
    }
    const timer = setTimeout(finish, POLL_MS)
    watcher.once('change', finish)
    watcher.once('error', finish)
    signal.addEventListener('abort', finish)
  })
}
