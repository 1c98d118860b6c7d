import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { PortcullisError, systemCode } from '../kernel/errors.ts'

const OTHERS = 0o077

/** A private file is small by nature; a larger one is a mistake or a trap. */
const LARGEST_BYTES = 16 * 1024 * 1024

const syncFile = promisify(fsync)

/**
 * The bytes of a file that holds secrets, or null when there is none.
 * Throws `file.insecure` when it is a link or when it or its folder is open to others, `file.unreadable` when it cannot be read.
 */
export function readPrivateFile(path: string): Buffer<ArrayBuffer> | null {
  const descriptor = openOrNull(path)
  if (descriptor === null) return null
  try {
    // The open file is judged, not the name: a name can be swapped between a look and a read.
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw unreadable(path, 'it is not a regular file')
    if (stats.size > LARGEST_BYTES) throw unreadable(path, 'it is too large to hold a secret')
    refuseIfOpenToOthers(path, stats, '600')
    // A folder others may write to lets them replace the file, whatever its mode.
    refuseIfOpenToOthers(dirname(path), statSync(dirname(path)), '700')
    return Buffer.from(readFileSync(descriptor))
  } finally {
    closeSync(descriptor)
  }
}

/** Replaces a file that holds secrets, 0600, whole or not at all, durable when it resolves. The folder must be private. */
export async function writePrivateFile(path: string, content: string | Uint8Array): Promise<void> {
  ensurePrivateFolder(dirname(path))
  const draft = draftOf(path)
  try {
    const descriptor = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(descriptor, content)
      // Only the sync is slow enough to be worth another thread.
      await syncFile(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(draft, path)
    syncFolder(dirname(path))
  } catch (error) {
    throw unwritable(path, error)
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * Makes a file that holds secrets, 0600 and durable, but never replaces one: false when it is already there.
 * Linked into place, so that nobody reads half of it and of two racing processes one gets true.
 */
export function createPrivateFile(path: string, content: string | Uint8Array): boolean {
  ensurePrivateFolder(dirname(path))
  const draft = draftOf(path)
  try {
    writeFileSync(draft, content, { mode: 0o600, flag: 'wx', flush: true })
    linkSync(draft, path)
    syncFolder(dirname(path))
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw unwritable(path, error)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Makes a folder (and its parents) with mode 0700; throws `file.insecure` when it exists and is open to others. */
export function ensurePrivateFolder(path: string): void {
  try {
    if (mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(path, 0o700)
  } catch (error) {
    throw unwritable(path, error)
  }
  const stats = statSync(path)
  if (!stats.isDirectory()) throw unreadable(path, 'it is not a folder')
  refuseIfOpenToOthers(path, stats, '700')
}

/** A name of its own for each draft; opened exclusively, so that one somebody laid there is refused. */
function draftOf(path: string): string {
  return `${path}.${process.pid}-${process.hrtime.bigint().toString(36)}.tmp`
}

function syncFolder(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function openOrNull(path: string): number | null {
  try {
    // Non-blocking, so that a FIFO in the file's place cannot hang the gate.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    if (isLink(path)) throw insecureLink(path)
    throw unreadable(path, code ?? 'unknown fault', error)
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

/** A link where a secret should be could point at anybody's file. */
function insecureLink(path: string): PortcullisError {
  return new PortcullisError(
    'file.insecure',
    `\`${path}\` is a link`,
    'put the file itself there, or remove the link',
  )
}

function refuseIfOpenToOthers(path: string, stats: Stats, mode: '600' | '700'): void {
  const user = process.geteuid?.()
  if (user === undefined) return // Windows has no such modes; WSL has.
  if (stats.uid !== user && stats.uid !== 0) {
    throw new PortcullisError(
      'file.insecure',
      `\`${path}\` belongs to another user (uid ${stats.uid})`,
      `run \`chown ${user} '${path}'\` if it is yours, or remove it`,
    )
  }
  if ((stats.mode & OTHERS) === 0) return
  const kind = mode === '700' ? 'folder' : 'file'
  throw new PortcullisError(
    'file.insecure',
    `the ${kind} \`${path}\` is open to others (mode ${(stats.mode & 0o7777).toString(8).padStart(4, '0')})`,
    `run \`chmod ${mode} '${path}'\`, and replace the secret if others could have read it`,
  )
}

function unreadable(path: string, why: string, cause?: unknown): PortcullisError {
  return new PortcullisError(
    'file.unreadable',
    `\`${path}\` cannot be read: ${why}`,
    'check that it is a file and that its owner is the user who runs portcullis',
    cause,
  )
}

/** Why a place takes no file, and what helps. */
const obstacles: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'free disk space and try again'],
  EDQUOT: ['the disk quota is used up', 'free disk space and try again'],
  EROFS: ['its disk is read-only', 'mount it writable, or name another place with --data or PORTCULLIS_HOME'],
}

function unwritable(path: string, cause: unknown): PortcullisError {
  const code = systemCode(cause) ?? 'unknown fault'
  const [why, remedy] = obstacles[code] ?? [code, 'check the owner and mode of its folder']
  return new PortcullisError('file.unreadable', `\`${path}\` cannot be written: ${why}`, remedy, cause)
}
