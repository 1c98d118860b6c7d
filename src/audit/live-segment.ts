import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PortcullisError, systemCode } from '../kernel/errors.ts'
import { segmentName, syncFolder } from './folder.ts'
import { syncData, writeFully } from './write.ts'

/** The segment being written. Only bytes whose sync has returned count. */
export interface LiveSegment {
  readonly first: number
  readonly path: string
  /** Durable bytes. */
  readonly bytes: number
  /** Resolves when all of `lines` is durable. When it rejects none of them is in the file, or the next write will take them out first. */
  write(lines: Buffer): Promise<void>
  /** Throws when the file's name no longer leads to this file, or the file has shrunk. */
  check(): void
  close(): void
}

/** Opens the segment that begins with record `first`, `bytes` long; makes it when it is new. */
export function openLiveSegment(folder: string, first: number, bytes: number): LiveSegment {
  const path = join(folder, segmentName(first))
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  const identity = fstatSync(descriptor)
  if (identity.size !== bytes) {
    closeSync(descriptor)
    throw writeFailed(`segment \`${path}\` is not as long as it was`, 'run `portcullis audit verify`')
  }
  if (bytes === 0) syncFolder(folder)
  let durable = bytes
  let unclean = false

  /** Takes out what a failed write left. After a failed sync the kernel may have dropped pages, so this syncs anew. */
  function rollBack(): void {
    ftruncateSync(descriptor, durable)
    fdatasyncSync(descriptor)
    unclean = false
  }

  function check(): void {
    const named = statSync(path, { throwIfNoEntry: false })
    if (named?.ino !== identity.ino || named.dev !== identity.dev) {
      throw writeFailed(
        `the live segment \`${path}\` was deleted or replaced`,
        'stop Portcullis, run `portcullis audit verify` and restore the folder; nothing is allowed until then',
      )
    }
    if (named.size < durable) {
      throw writeFailed(`the live segment \`${path}\` was cut`, 'run `portcullis audit verify`')
    }
  }

  return {
    first,
    path,
    get bytes() {
      return durable
    },
    async write(lines) {
      if (unclean) rollBack()
      unclean = true
      try {
        writeFully(descriptor, lines, durable)
        await syncData(descriptor)
      } catch (error) {
        // Should this fail too, `unclean` stays set and the next write begins with it.
        attempt(rollBack)
        throw error
      }
      unclean = false
      check()
      durable += lines.length
    },
    check,
    close: () => closeSync(descriptor),
  }
}

function attempt(action: () => void): void {
  try {
    action()
  } catch {
    // The fault that led here is the one to report.
  }
}

/** The fault every append that cannot be made durable rejects with. */
export function writeFailed(message: string, remedy: string, cause?: unknown): PortcullisError {
  return new PortcullisError('audit.write-failed', message, remedy, cause)
}

/** Whether the disk (or the quota) has no room left. */
export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}
