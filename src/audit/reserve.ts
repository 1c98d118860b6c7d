import { statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RESERVE } from './folder.ts'
import { isDiskFull } from './live-segment.ts'
import { removeIfThere } from './write.ts'

const RESERVE_BYTES = 256 * 1024

/** Disk space kept so that refusals can still be recorded when the disk is full. */
export interface Reserve {
  /** Gives the space back to the disk; false when there is none to give. */
  release(): boolean
  /** Takes the space again if there is ample room; true when it is held afterwards. */
  take(): boolean
}

export function createReserve(folder: string): Reserve {
  const path = join(folder, RESERVE)
  const isHeld = () => statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES
  return {
    release() {
      if (!isHeld()) return false
      removeIfThere(path)
      return true
    },
    take() {
      if (isHeld()) return true
      const { bavail, bsize } = statfsSync(folder)
      if (bavail * bsize < 2 * RESERVE_BYTES) return false
      return writeReserve(path)
    },
  }
}

/** Real bytes, not a hole: a sparse file reserves nothing. */
function writeReserve(path: string): boolean {
  try {
    writeFileSync(path, Buffer.alloc(RESERVE_BYTES), { mode: 0o600 })
    return true
  } catch (error) {
    removeIfThere(path)
    if (isDiskFull(error)) return false
    throw error
  }
}
