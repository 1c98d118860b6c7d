import {
  closeSync,
  fdatasync,
  fsyncSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { systemCode } from '../kernel/errors.ts'
import { syncFolder } from './folder.ts'

/** Resolves once everything written to the descriptor is on the disk. */
export const syncData = promisify(fdatasync)

/** Writes all of `bytes` at `position`; a short write is followed by another until the disk says why. */
export function writeFully(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done)
  }
}

/** Puts `content` in the place of `path` as one step: a reader sees the old or the new whole, also after a power cut. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const beside = `${path}.new-${process.pid}`
  removeIfThere(beside)
  const descriptor = openSync(beside, 'wx', 0o600)
  try {
    writeFileSync(descriptor, content)
    // Only the sync is slow enough to be worth another thread.
    await syncData(descriptor)
  } catch (error) {
    removeIfThere(beside)
    throw error
  } finally {
    closeSync(descriptor)
  }
  renameSync(beside, path)
}

/** Makes a new file that must not exist yet, durable with its name. */
export function createFile(path: string, content: string | Uint8Array): void {
  const descriptor = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(descriptor, content)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  syncFolder(dirname(path))
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
