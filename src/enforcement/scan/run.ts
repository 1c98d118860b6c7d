import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { type Batch, type Content, examineBatch } from './batch.ts'
import type { Examiner } from './examine.ts'
import type { Outcome, Skip } from './outcome.ts'
import type { ScanSettings } from './settings.ts'
import { openThread, type ScanThread } from './threads.ts'
import type { FoundFile } from './tree.ts'

const FILES = 64
const BYTES = 2 * 1024 * 1024
/** Work that is done sooner than this is done before a thread could begin. */
const PATIENCE_MS = 60
const LANES = 2
/** This one works, too. */
const MOST_THREADS = availableParallelism() - 1

/** One thing to look into, or the reason why not. */
export type Item = FoundFile | Content | Skip

export interface RunOptions {
  readonly settings: ScanSettings
  readonly examiner: Examiner
  readonly onProgress: (done: Outcome) => void
}

/**
 * Looks into all items and gives one outcome for each, in their order, whatever thread it came from. A small scan
 * stays in this thread; a longer one gets a thread for each further core.
 */
export async function runItems(
  items: Iterable<Item> | AsyncIterable<Item>,
  { settings, examiner, onProgress }: RunOptions,
): Promise<Outcome[]> {
  const outcomes: Outcome[][] = []
  const batches = batchesOf(items)
  const threads: ScanThread[] = []
  const lanes: Promise<void>[] = []
  const begun = performance.now()
  let count = 0

  async function lane(examine: (batch: Batch) => Promise<Outcome[]>, afterEach?: () => void): Promise<void> {
    for (;;) {
      const { done, value } = await batches.next()
      if (done) return
      const at = count++
      if (value.kind === 'skips') outcomes[at] = value.skips.map(skipped)
      else outcomes[at] = await examine(value)
      for (const outcome of outcomes[at]) onProgress(outcome)
      afterEach?.()
    }
  }

  /** One more for each while that the scan goes on: on a large machine a short one does not pay for all of them. */
  function startThread(): void {
    const isTime = performance.now() - begun >= PATIENCE_MS * (threads.length + 1)
    if (!isTime || threads.length >= MOST_THREADS) return
    const thread = openThread(settings)
    threads.push(thread)
    // a second batch waits at the thread while the first is under way
    for (let at = 0; at < LANES; at++) {
      const running = lane(batch => thread.run(batch))
      // awaited below with the others; until then a fault is no unhandled one
      running.catch(() => {})
      lanes.push(running)
    }
  }

  const here = async (batch: Batch) => {
    const done = await examineBatch(examiner, batch)
    // the answers of the threads want to be heard
    await setImmediate()
    return done
  }
  try {
    await lane(here, startThread)
    await Promise.all(lanes)
  } finally {
    await batches.return(undefined)
    await Promise.all(threads.map(thread => thread.stop()))
  }
  return outcomes.flat()
}

type SkipBatch = { readonly kind: 'skips'; readonly skips: readonly Skip[] }

/** Neighbours of one kind together, until there are enough of them. */
async function* batchesOf(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Batch | SkipBatch> {
  let group: Item[] = []
  let bytes = 0
  for await (const item of items) {
    const isFull = group.length >= FILES || bytes >= BYTES
    if (group.length > 0 && (isFull || kindOf(group[0]!) !== kindOf(item))) {
      yield toBatch(group)
      group = []
      bytes = 0
    }
    group.push(item)
    if ('bytes' in item) bytes += item.bytes.length
  }
  if (group.length > 0) yield toBatch(group)
}

function kindOf(item: Item): 'files' | 'contents' | 'skips' {
  return 'why' in item ? 'skips' : 'bytes' in item ? 'contents' : 'files'
}

/** INVARIANT: a group holds items of one kind. */
function toBatch(group: readonly Item[]): Batch | SkipBatch {
  switch (kindOf(group[0]!)) {
    case 'skips':
      return { kind: 'skips', skips: group as readonly Skip[] }
    case 'contents':
      return { kind: 'contents', contents: group as readonly Content[] }
    case 'files':
      return { kind: 'files', files: group as readonly FoundFile[] }
  }
}

function skipped(skip: Skip): Outcome {
  return { findings: [], skipped: [skip], files: 0, bytes: 0, allowed: 0 }
}
