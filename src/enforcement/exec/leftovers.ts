import {
  appendFileSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ensurePrivateFolder } from '../../config/private-files.ts'
import { systemCode } from '../../kernel/errors.ts'
import { pidsIn, removeGroups } from './limits/control-groups.ts'
import { refused, shown } from './places.ts'
import { identityOf, isAlive, type ProcessIdentity, processesWith } from './processes.ts'

/** What one run made outside of itself, written down before it is made, so that whoever comes next can take it away. */
interface RunRecord {
  readonly id: string
  /** The process that watches the run. */
  readonly owner: ProcessIdentity
  /** The sandbox and its relay, once they were started. */
  readonly started: readonly ProcessIdentity[]
  readonly groups: readonly string[]
  readonly mountPoints: readonly string[]
}

/** The book of one run. */
export interface RunBook {
  /** A private folder for the run's own files. */
  readonly folder: string
  /** Writes a process of the run down. */
  started(pid: number): void
  grouped(folders: readonly string[]): void
  /** Makes folders in the place of what is missing. */
  standIn(mountPoints: readonly string[]): void
  /** Takes everything away that the run made, and the record last. */
  close(): void
}

/** Opens the book of a run: a line for each thing it adds, so that who is killed while writing loses no earlier one. */
export function openRunBook(state: string, id: string): RunBook {
  ensurePrivateFolder(state)
  const path = join(state, `${id}.json`)
  const folder = join(state, id)
  let record = empty
  const write = (more: Partial<RunRecord>) => {
    record = withMore(record, more)
    appendFileSync(path, `${JSON.stringify(more)}\n`, { mode: 0o600 })
  }
  write({ id, owner: identityOf(process.pid)! })
  mkdirSync(folder, { mode: 0o700 })
  return {
    folder,
    started(pid) {
      const identity = identityOf(pid)
      if (identity) write({ started: [identity] })
    },
    grouped: groups => write({ groups }),
    standIn(mountPoints) {
      write({ mountPoints })
      for (const point of mountPoints) makeMountPoint(point)
    },
    close: () => takeAway(state, path, record),
  }
}

const nobody: ProcessIdentity = { pid: 0, startTicks: 0, boot: '' }
const empty: RunRecord = { id: '', owner: nobody, started: [], groups: [], mountPoints: [] }

function withMore(record: RunRecord, more: Partial<RunRecord>): RunRecord {
  return { ...record, ...more, started: [...record.started, ...(more.started ?? [])] }
}

/** The word by which bubblewrap's processes of one run are known. */
export function runMark(id: string): string {
  return `portcullis-${id}`
}

/** Takes away what runs left whose watcher is no more. Never what belongs to somebody who still runs. */
export function sweepLeftovers(state: string): void {
  for (const name of recordsIn(state)) {
    const path = join(state, name)
    const record = readRecord(path)
    if (record === null) takeEmpty(path)
    if (record === null || isAlive(record.owner)) continue
    for (const identity of record.started) if (isAlive(identity)) killQuietly(identity.pid)
    for (const group of record.groups) for (const pid of pidsIn(group)) killQuietly(pid)
    // One that lost its parent before it could ask to die with it waits for ever, and stands in no book.
    for (const pid of processesWith(runMark(record.id), 'bwrap')) killQuietly(pid)
    takeAway(state, path, record)
  }
}

const MINUTE_MS = 60_000

/** The first line takes no time to write: a book without one belongs to nobody. */
function takeEmpty(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found && Date.now() - found.mtimeMs > MINUTE_MS) rmSync(path, { force: true })
}

function takeAway(state: string, path: string, record: RunRecord): void {
  const isGone = removeGroupsPatiently(record.groups)
  rmSync(join(state, record.id), { recursive: true, force: true })
  rmSync(path, { force: true })
  // Another run may stand on the same mount points: taken away from under it, they would protect nothing any more.
  const inUse = standingMountPoints(state)
  for (const point of record.mountPoints.toReversed()) if (!inUse.has(point)) removeMountPoint(point)
  // A group that still holds a dying process is for the next sweep.
  if (!isGone) writeFileSync(path, `${JSON.stringify({ ...record, mountPoints: [] })}\n`, { mode: 0o600 })
}

const PATIENCE_MS = 1000

function removeGroupsPatiently(groups: readonly string[]): boolean {
  const end = performance.now() + PATIENCE_MS
  while (!removeGroups(groups)) {
    if (performance.now() > end) return false
    for (const group of groups) for (const pid of pidsIn(group)) killQuietly(pid)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  }
  return true
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // Gone already is what was wanted.
    if (systemCode(error) !== 'ESRCH') throw error
  }
}

function recordsIn(folder: string): readonly string[] {
  return namesIn(folder).filter(name => name.endsWith('.json'))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

/** Null for one that was taken away meanwhile, or is no record. A last line without its end was never acted on. */
function readRecord(path: string): RunRecord | null {
  try {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    if (lines.length === 0) return null
    return lines.map(line => JSON.parse(line) as Partial<RunRecord>).reduce(withMore, empty)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return null
    throw error
  }
}

/** Works in a folder by its descriptor: whoever owns it could swap it for a link between a look and a step. */
function inFolder<T>(path: string, work: (at: string) => T): T {
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    return work(`/proc/self/fd/${folder}/${basename(path)}`)
  } finally {
    closeSync(folder)
  }
}

function makeMountPoint(path: string): void {
  try {
    inFolder(path, at => mkdirSync(at, 0o755))
  } catch (error) {
    // Made by another run between the look and now: it is in the book, too, and the last one takes it away.
    if (systemCode(error) === 'EEXIST') return
    throw refused(
      `\`${shown(path)}\` cannot be protected: ${systemCode(error) ?? 'unknown fault'} where a folder was a moment ago`,
      'run it again once nothing else changes the folder, and check who may write it',
      error,
    )
  }
}

/** Only what is still an empty folder was ours alone. */
function removeMountPoint(path: string): void {
  try {
    inFolder(path, at => rmdirSync(at))
  } catch (error) {
    // Gone, replaced by something of somebody's, or no longer empty: not ours to take.
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'ENOTEMPTY', 'EEXIST', 'EACCES'].includes(systemCode(error) ?? ''))
      throw error
  }
}

/** The mount points of runs that still last. */
export function standingMountPoints(folder: string): ReadonlySet<string> {
  return new Set(recordsIn(folder).flatMap(name => readRecord(join(folder, name))?.mountPoints ?? []))
}
