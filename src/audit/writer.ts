import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../kernel/clock.ts'
import { PortcullisError, systemCode } from '../kernel/errors.ts'
import { type Batch, buildBatch, type Entry } from './batch.ts'
import type { AuditEvent } from './event.ts'
import { lineHead, MAX_LINE_BYTES } from './line.ts'
import { isDiskFull, type LiveSegment, openLiveSegment, writeFailed } from './live-segment.ts'
import type { GrowingTree } from './merkle.ts'
import { createPace } from './pace.ts'
import type { RecoveredJournal } from './recover.ts'
import { createReserve } from './reserve.ts'

/** Group commit: whatever waits shares one write and one sync. */
export interface Writer {
  /** The tree over every durable record. */
  readonly tree: GrowingTree
  /** `soon`: no sync of its own for `LINGER_MS`. */
  append(event: AuditEvent, haste?: 'now' | 'soon'): Promise<number>
  /** Resolves when nothing waits any more. */
  drain(): Promise<void>
  /** Throws when the live file is not the one being written any more. */
  check(): void
  close(): void
}

export interface Durable {
  /** Sequence number of the first of them. */
  readonly first: number
  /** The lines up to `seq`; adding `}` makes each JSON. */
  readonly heads: readonly string[]
  /** Nodes of the tree the records finished. */
  readonly nodes: readonly Buffer[]
  /** Records lost to write errors since the last success; the log should say so. */
  readonly refusedBefore: number
}

export interface WriterParts {
  readonly folder: string
  readonly recovered: RecoveredJournal
  readonly segmentBytes: number
  readonly clock: Clock
  /** Called before a segment is closed for good. */
  readonly beforeRotation: () => Promise<void>
  readonly onDurable: (durable: Durable) => void
}

const BATCH_BYTES = 4 * 1024 * 1024
const SPACE_CHECK_MS = 1000
const LINGER_MS = 20

interface Waiting extends Entry {
  readonly resolve: (seq: number) => void
  readonly reject: (error: unknown) => void
}

export function createWriter(parts: WriterParts): Writer {
  const { folder, recovered, segmentBytes, clock, beforeRotation, onDurable } = parts
  const reserve = createReserve(folder)
  let { tree, chain } = recovered
  let live: LiveSegment | undefined
  if (recovered.live) live = openLiveSegment(folder, recovered.live.first, recovered.live.bytes)
  let queue: Waiting[] = []
  let running: Promise<void> | undefined
  const pace = createPace(clock)
  /** Somebody waits for what is in the queue. */
  let isUrgent = false
  let lingering: NodeJS.Timeout | undefined
  let refused = 0
  let isShort = !reserve.take()
  let spaceChecked = clock.monotonic()

  /** Commits until nothing waits. What is appended while one group syncs makes up the next. */
  async function commitAll(): Promise<void> {
    clearTimeout(lingering)
    lingering = undefined
    do {
      await nextTurn()
      await pace.ready()
      const group = takeGroup()
      pace.took(group.length)
      await commitGroup(group)
    } while (isUrgent)
    running = undefined
    if (queue.length > 0) linger()
  }

  function linger(): void {
    lingering ??= setTimeout(() => {
      running ??= commitAll()
    }, LINGER_MS)
  }

  function takeGroup(): Waiting[] {
    let bytes = 0
    let count = 0
    while (count < queue.length && bytes < BATCH_BYTES) bytes += queue[count++]!.head.length
    const group = queue.slice(0, count)
    queue = queue.slice(count)
    isUrgent = queue.length > 0
    return group
  }

  async function commitGroup(group: readonly Waiting[]): Promise<void> {
    let admitted = group
    try {
      admitted = group.filter(admit)
      if (admitted.length > 0) adopt(await write(admitted))
    } catch (error) {
      fail(admitted, error)
    }
  }

  /** With the disk full only refusals go on, in the space that was kept for them. */
  function admit(entry: Waiting): boolean {
    if (!isShort || entry.isRefusal || hasSpaceAgain()) return true
    refuse(entry, writeFailed('the disk is full, only refusals are recorded', 'free disk space'))
    return false
  }

  function hasSpaceAgain(): boolean {
    if (clock.monotonic() - spaceChecked < SPACE_CHECK_MS) return false
    spaceChecked = clock.monotonic()
    isShort = !reserve.take()
    return !isShort
  }

  async function write(group: readonly Waiting[]): Promise<Batch<Waiting>> {
    if (live && live.bytes >= segmentBytes) {
      await beforeRotation()
      live.close()
      live = undefined
    }
    const batch = buildBatch(group, tree, chain)
    for (const { entry, fault } of batch.misfits) {
      entry.reject(new TypeError(`the record cannot be written: ${fault}`))
    }
    if (batch.entries.length === 0) return batch
    live ??= openLiveSegment(folder, tree.size, 0)
    await live.write(batch.bytes)
    return batch
  }

  /** The group is durable: it becomes the log, and whoever waited is told. */
  function adopt(batch: Batch<Waiting>): void {
    if (batch.entries.length === 0) return
    const first = tree.size
    const refusedBefore = isShort ? 0 : refused
    if (!isShort) refused = 0
    tree = batch.tree
    chain = batch.chain
    batch.entries.forEach((entry, at) => {
      entry.resolve(first + at)
    })
    onDurable({ first, heads: batch.entries.map(entry => entry.head), nodes: batch.nodes, refusedBefore })
  }

  function fail(group: readonly Waiting[], error: unknown): void {
    const fault = describeFault(error)
    if (isDiskFull(error) && reserve.release()) {
      isShort = true
      spaceChecked = clock.monotonic()
      queue.unshift(...group.filter(entry => entry.isRefusal))
      isUrgent = queue.length > 0
      for (const entry of group) if (!entry.isRefusal) refuse(entry, fault)
      return
    }
    for (const entry of group) refuse(entry, fault)
  }

  function refuse(entry: Waiting, fault: Error): void {
    refused++
    entry.reject(fault)
  }

  return {
    get tree() {
      return tree
    },
    append(event, haste = 'now') {
      return new Promise((resolve, reject) => {
        const head = lineHead(event, clock.now())
        if (head.length > MAX_LINE_BYTES / 4) throw writeFailed('the record is too long', 'record less of it')
        const isRefusal = event.result === 'deny' || event.result === 'failure'
        queue.push({ head, isRefusal, resolve, reject })
        if (haste === 'now') {
          isUrgent = true
          running ??= commitAll()
        } else if (!running) linger()
      })
    },
    async drain() {
      while (running || queue.length > 0) {
        running ??= commitAll()
        await running
      }
    },
    check: () => live?.check(),
    close: () => live?.close(),
  }
}

function describeFault(error: unknown): Error {
  if (error instanceof PortcullisError) return error
  const code = systemCode(error)
  if (code === undefined) {
    return writeFailed('the record could not be written', 'run `portcullis doctor`', error)
  }
  return writeFailed(
    `the record could not be written: ${isDiskFull(error) ? 'the disk is full' : code}`,
    'free disk space or mend the disk; until then nothing is allowed',
    error,
  )
}
