import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ensurePrivateFolder } from '../../config/private-files.ts'
import { systemCode } from '../../kernel/errors.ts'
import { pidsIn, removeGroups } from './limits/control-groups.ts'
import type { ProtectedPath } from './places.ts'
import { identityOf, isAlive, type ProcessIdentity } from './processes.ts'

/** What one run made outside of itself, written down before it is made, so that whoever comes next can take it away. */
interface RunRecord {
  readonly id: string
  /** The process that watches the run. */
  readonly owner: ProcessIdentity
  /** The sandbox, once it was started. */
  readonly sandbox?: ProcessIdentity
  readonly groups: readonly string[]
  readonly mountPoints: readonly string[]
}

/** The book of one run. */
export interface RunBook {
  /** Writes the sandbox's own process down. */
  started(pid: number): void
  grouped(folders: readonly string[]): void
  /** Takes everything away that the run made, and the record last. */
  close(): void
}

/** Opens the book of a run and makes its mount points. */
export function openRunBook(folder: string, id: string, mountPoints: readonly ProtectedPath[]): RunBook {
  ensurePrivateFolder(folder)
  const path = join(folder, `${id}.json`)
  let record: RunRecord = {
    id,
    owner: identityOf(process.pid)!,
    groups: [],
    mountPoints: mountPoints.map(point => point.path),
  }
  const write = (next: RunRecord) => {
    record = next
    writeFileSync(path, JSON.stringify(record), { mode: 0o600 })
  }
  write(record)
  try {
    for (const point of mountPoints) makeMountPoint(point)
  } catch (error) {
    takeAway(folder, path, record)
    throw error
  }
  return {
    started(pid) {
      const sandbox = identityOf(pid)
      if (sandbox) write({ ...record, sandbox })
    },
    grouped: groups => write({ ...record, groups }),
    close: () => takeAway(folder, path, record),
  }
}

/** Takes away what runs left whose watcher is no more. Never what belongs to somebody who still runs. */
export function sweepLeftovers(folder: string): void {
  for (const name of recordsIn(folder)) {
    const path = join(folder, name)
    const record = readRecord(path)
    if (record === null || isAlive(record.owner)) continue
    if (record.sandbox && isAlive(record.sandbox)) killQuietly(record.sandbox.pid)
    for (const group of record.groups) for (const pid of pidsIn(group)) killQuietly(pid)
    takeAway(folder, path, record)
  }
}

function takeAway(folder: string, path: string, record: RunRecord): void {
  const isGone = removeGroupsPatiently(record.groups)
  // Of its proxy; whoever was killed could not take it along.
  rmSync(join(folder, `${record.id}.sock`), { force: true })
  rmSync(path, { force: true })
  // Another run may stand on the same mount points: taken away from under it, they would protect nothing any more.
  const inUse = new Set(recordsIn(folder).flatMap(name => readRecord(join(folder, name))?.mountPoints ?? []))
  for (const point of record.mountPoints.toReversed()) if (!inUse.has(point)) removeMountPoint(point)
  // A group that still holds a dying process is for the next sweep.
  if (!isGone) writeFileSync(path, JSON.stringify({ ...record, mountPoints: [] }), { mode: 0o600 })
}

const PATIENCE_MS = 200

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
  try {
    return readdirSync(folder).filter(name => name.endsWith('.json'))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

/** Null for one that was taken away meanwhile, or is half written. */
function readRecord(path: string): RunRecord | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RunRecord
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

function makeMountPoint({ path, state }: ProtectedPath): void {
  inFolder(path, at => {
    try {
      if (state === 'missing-directory') mkdirSync(at, 0o755)
      else closeSync(openSync(at, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o644))
    } catch (error) {
      // Made by another run between the look and now: it is in the book, too, and the last one takes it away.
      if (systemCode(error) !== 'EEXIST') throw error
    }
  })
}

/** Only what is still empty was ours alone. */
function removeMountPoint(path: string): void {
  try {
    inFolder(path, at => {
      const file = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      try {
        const found = fstatSync(file)
        if (found.isDirectory()) rmdirSync(at)
        else if (found.isFile() && found.size === 0) unlinkSync(at)
      } finally {
        closeSync(file)
      }
    })
  } catch (error) {
    // Gone, replaced by something of somebody's, or no longer empty: not ours to take.
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'ENOTEMPTY', 'EEXIST', 'EACCES'].includes(systemCode(error) ?? ''))
      throw error
  }
}
