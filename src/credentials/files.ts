import { randomBytes } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PortcullisError, systemCode } from '../kernel/errors.ts'

const OTHERS = 0o077

/** A private file is small by nature; a larger one is a mistake or a trap. */
const LARGEST_BYTES = 16 * 1024 * 1024

/**
 * The bytes of a file that holds secrets, or null when there is none.
 * Throws `file.insecure` when the file or its folder is open to others, `file.unreadable` when it cannot be read.
 */
export async function readPrivateFile(path: string): Promise<Buffer<ArrayBuffer> | null> {
  return readPrivateFileSync(path)
}

/** `readPrivateFile` for callers that cannot wait. */
export function readPrivateFileSync(path: string): Buffer<ArrayBuffer> | null {
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
  const temporary = await writeTemporary(path, content)
  try {
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw unwritable(path, error)
  }
  await syncFolder(dirname(path))
}

/** Like `writePrivateFile`, but never replaces: false when the file is already there. Of two racing callers one gets true. */
export async function createPrivateFile(path: string, content: string | Uint8Array): Promise<boolean> {
  const temporary = await writeTemporary(path, content)
  try {
    await link(temporary, path)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw unwritable(path, error)
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(path))
  return true
}

/** Makes a folder (and its parents) with mode 0700; throws `file.insecure` when it exists and is open to others. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unwritable(path, error)
  }
  const stats = statSync(path)
  if (!stats.isDirectory()) throw unreadable(path, 'it is not a folder')
  refuseIfOpenToOthers(path, stats, '700')
}

async function writeTemporary(path: string, content: string | Uint8Array): Promise<string> {
  await ensurePrivateFolder(dirname(path))
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    await rm(temporary, { force: true })
    throw unwritable(path, error)
  }
  return temporary
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function openOrNull(path: string): number | null {
  try {
    // Non-blocking, so that a FIFO in the file's place cannot hang the gate.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw unreadable(path, code ?? 'unknown fault', error)
  }
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

function unwritable(path: string, cause: unknown): PortcullisError {
  return new PortcullisError(
    'file.unreadable',
    `\`${path}\` cannot be written: ${systemCode(cause) ?? 'unknown fault'}`,
    'check the owner of its folder and the free space of the disk',
    cause,
  )
}
