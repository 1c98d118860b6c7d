import { closeSync, fstatSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalRecord, RecordLines } from '../adapters/storage/store.ts'
import type { Config } from '../config/schema.ts'
import type { Clock } from '../kernel/clock.ts'
import { PortcullisError } from '../kernel/errors.ts'
import type { Random } from '../kernel/random.ts'
import { createCheckpointer } from './checkpointer.ts'
import { type Established, establish } from './establish.ts'
import type { AuditEvent, AuditLog } from './event.ts'
import { CHECKPOINTS } from './folder.ts'
import { writeFailed } from './live-segment.ts'
import { originOf, pinOutside } from './pin.ts'
import { readRecords } from './read.ts'
import { type RecoveredJournal, type Recovery, recoverJournal } from './recover.ts'
import { createWriter, type Durable } from './writer.ts'

export interface JournalOptions {
  /** The folder of segments (`Paths.audit`). */
  readonly folder: string
  /** Where verify keys and outside checkpoints are pinned (`Paths.trust`). */
  readonly trust: string
  /** Where the signing key lies (`Paths.keys`). */
  readonly keys: string
  /** Names the journal; by default a new one gets a random name and an old one keeps its own. */
  readonly instance?: string
  readonly settings: Config['audit']
  readonly clock: Clock
  readonly random: Random
  /** How long to wait for another writer. */
  readonly lockWaitMs?: number
}

type RecordListener = (records: RecordLines) => void

/** The record of truth: append-only, durable before `append` resolves, signed in checkpoints. One writer per folder. */
export interface Journal extends AuditLog {
  /** Durable records; the next one gets this sequence number. */
  readonly size: number
  /** `portcullis/<instance>`. */
  readonly origin: string
  /** Why nothing can be recorded or signed at the moment; undefined when all is well. */
  readonly fault: PortcullisError | undefined
  /** Signs what is durable now and copies the checkpoint outside. */
  checkpoint(): Promise<void>
  /** Calls back with each group of durable records, in order. It must not throw. Returns a function that ends it. */
  onRecords(listener: RecordListener): () => void
  /** Durable records from `fromSeq` on, up to the size at the time of the call. */
  records(fromSeq: number): AsyncIterable<JournalRecord>
  /** Waits for what is under way, signs, and lets the folder go. */
  close(): Promise<void>
}

/**
 * Opens the journal, making and pinning it on first use. Throws `audit.busy`, `audit.foreign`, `audit.missing`,
 * `audit.corrupt` or `file.insecure`. A crash's traces are mended and put on record.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { settings, trust, lockWaitMs = 1500 } = options
  const established = await establish({ ...options, lockWaitMs })
  try {
    const { outsideCheckpoint: outside } = settings
    const pin = outside === undefined ? established.pin : await pinOutside(trust, established.pin, outside)
    const recovered = recoverJournal(established.folder, pin)
    const journal = startJournal({ ...established, pin }, recovered, options)
    if (recovered.recovery) await journal.append(recoveredEvent(recovered.recovery))
    return journal
  } catch (error) {
    established.lock.release()
    throw error
  }
}

const WATCH_MS = 500
/** Under load so many records come that their count alone would have us sign all the time. */
const CHECKPOINT_GAP_MS = 250
const MEGABYTE = 1024 * 1024

function startJournal(
  established: Established,
  recovered: RecoveredJournal,
  options: JournalOptions,
): Journal {
  const { folder, pin, lock, signingKey } = established
  const { clock, settings } = options
  const { checkpointFile, treeFile, head } = recovered
  const copies = pin.outside === null ? [pin.checkpoint] : [pin.checkpoint, pin.outside]
  const checkpointer = createCheckpointer({
    head,
    checkpointFile,
    treeFile,
    signingKey,
    key: pin.key,
    copies,
  })
  const listeners = new Set<RecordListener>()
  const writer = createWriter({
    folder,
    recovered,
    segmentBytes: settings.segmentMb * MEGABYTE,
    clock,
    beforeRotation: checkpointQuietly,
    onDurable,
  })

  let unsaved: Buffer[] = [...recovered.unsavedNodes]
  let unsavedFrom = head.checkpoint.size
  /** Set for good once the folder is no longer what it was. */
  let lost: PortcullisError | undefined
  /** Why the last checkpoint could not be stored; it is tried again. */
  let unsigned: PortcullisError | undefined
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let inBackground = false
  let lastBegan = Number.NEGATIVE_INFINITY
  let lastCheckpoint: Promise<void> = Promise.resolve()
  const watch = setInterval(watchFolder, WATCH_MS).unref()

  function onDurable(durable: Durable): void {
    // One object for all of them: many small ones that live for a second are what the collector has most work with.
    unsaved.push(Buffer.concat(durable.nodes))
    tell(durable)
    if (durable.refusedBefore > 0) report('log.records-refused', { refused: durable.refusedBefore })
    schedule()
  }

  function tell({ heads, first }: Durable): void {
    if (listeners.size === 0) return
    const records = { first, lines: heads.map(head => `${head}}`) }
    for (const listener of listeners) {
      try {
        listener(records)
      } catch (error) {
        // The records are durable whatever a projection makes of them; its trouble is put on record, not passed on.
        report('projection.failed', { fault: error instanceof Error ? error.name : 'unknown', first })
      }
    }
  }

  /** Puts the journal's own trouble on record. When that fails too, `fault` and the next append's answer tell of it. */
  function report(event: string, metadata: AuditEvent['metadata']): void {
    if (lost) return
    writer.append(ownEvent('error', event, 'failure', metadata)).catch(() => undefined)
  }

  function schedule(): void {
    const due = writer.tree.size - checkpointer.size
    if (due <= 0 || isClosed) return
    const isDue = due >= settings.checkpointRecords && clock.monotonic() - lastBegan >= CHECKPOINT_GAP_MS
    if (isDue && !inBackground && !unsigned) void checkpointInBackground()
    timer ??= setTimeout(() => {
      timer = undefined
      void checkpointInBackground()
    }, settings.checkpointSeconds * 1000).unref()
  }

  async function checkpointInBackground(): Promise<void> {
    if (inBackground) return
    inBackground = true
    lastBegan = clock.monotonic()
    await checkpointQuietly()
    inBackground = false
    schedule()
  }

  /** A checkpoint that may fail and be tried again: the records are durable without it, and the failure is recorded. */
  async function checkpointQuietly(): Promise<void> {
    try {
      await checkpoint()
    } catch {
      if (!isClosed) schedule()
    }
  }

  /** One after the other; each takes the newest state. */
  function checkpoint(): Promise<void> {
    const next = lastCheckpoint.then(storeLatest)
    lastCheckpoint = next.catch(() => undefined)
    return next
  }

  async function storeLatest(): Promise<void> {
    const { size } = writer.tree
    if (size <= checkpointer.size) return
    const [nodes, nodesFrom] = [unsaved, unsavedFrom]
    const root = writer.tree.root()
    unsaved = []
    unsavedFrom = size
    try {
      await checkpointer.store({ size, root, nodes, nodesFrom })
    } catch (error) {
      unsaved = [...nodes, ...unsaved]
      unsavedFrom = nodesFrom
      throw noteUnsigned(error)
    }
    if (unsigned && !isClosed) report('checkpoint.restored', { size })
    unsigned = undefined
  }

  function noteUnsigned(cause: unknown): PortcullisError {
    const isNew = unsigned === undefined
    unsigned = writeFailed(
      'the checkpoint could not be stored',
      'check the disk, the trust folder and `audit.outsideCheckpoint`',
      cause,
    )
    if (isNew && !isClosed) report('checkpoint.failed', { signed: checkpointer.size })
    return unsigned
  }

  function watchFolder(): void {
    try {
      if (!lock.isHeld()) throw writeFailed('another process took this journal over', 'restart Portcullis')
      lock.touch()
      writer.check()
      refuseSwapped(join(folder, CHECKPOINTS), checkpointFile)
    } catch (error) {
      lost ??=
        error instanceof PortcullisError ? error : writeFailed('the audit folder is gone', REMEDY, error)
      clearInterval(watch)
    }
  }

  async function close(): Promise<void> {
    if (isClosed) return
    isClosed = true
    clearInterval(watch)
    clearTimeout(timer)
    await writer.drain()
    try {
      if (!lost) await checkpoint()
    } finally {
      writer.close()
      treeFile.close()
      closeSync(checkpointFile)
      lock.release()
    }
  }

  return {
    origin: originOf(pin.instance),
    get size() {
      return writer.tree.size
    },
    get fault() {
      return lost ?? unsigned
    },
    append(event, haste) {
      if (lost) return Promise.reject(lost)
      if (isClosed) return Promise.reject(writeFailed('the journal is closed', 'open it again'))
      return writer.append(event, haste)
    },
    checkpoint,
    onRecords(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    records: fromSeq => readRecords(folder, fromSeq, writer.tree.size),
    close,
  }
}

const REMEDY =
  'stop Portcullis, run `portcullis audit verify` and restore the folder; nothing is allowed until then'

function refuseSwapped(path: string, descriptor: number): void {
  const named = statSync(path, { throwIfNoEntry: false })
  const held = fstatSync(descriptor)
  if (named?.ino === held.ino && named.dev === held.dev) return
  throw writeFailed(`\`${path}\` was deleted or replaced`, REMEDY)
}

function ownEvent(
  level: AuditEvent['level'],
  event: string,
  result: AuditEvent['result'],
  metadata: AuditEvent['metadata'],
): AuditEvent {
  return { level, component: 'audit', event, user: 'portcullis', result, metadata, sourceAddress: 'local' }
}

/** The first record after a crash: what was found behind the last checkpoint, and what was torn. */
function recoveredEvent({ unsignedRecords, torn }: Recovery): AuditEvent {
  const metadata = torn
    ? { unsignedRecords, tornFile: torn.file, tornBytes: torn.bytes, tornSha256: torn.sha256 }
    : { unsignedRecords }
  return ownEvent('warn', 'log.recovered', 'success', metadata)
}
