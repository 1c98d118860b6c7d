import { hash } from 'node:crypto'
import type { Unit } from './body.ts'

/** A replacement of bytes; offsets count from the start of the unit. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly replacement: Buffer
}

/** What was found out about one unit: nothing to do, or the edits that mask it. */
export interface Remembered {
  readonly edits: readonly Edit[]
  /** Rules whose findings the edits mask, one entry a finding. */
  readonly rules: readonly string[]
}

/**
 * Remembers scanned units by their bytes, so that a turn of a conversation costs what is new in it.
 * INVARIANT: an entry is the outcome under one policy. Whoever changes policy or engine makes a new memory, and a request
 * keeps the one it began with, so that it cannot leave the outcome of the old policy behind for the new.
 */
export interface ScanMemory {
  keyOf(bytes: Buffer, unit: Unit): string
  recall(key: string): Remembered | undefined
  keep(key: string, outcome: Remembered): void
  readonly stats: { readonly entries: number; readonly hits: number; readonly misses: number }
}

export function createScanMemory(capacity: number): ScanMemory {
  const entries = new Map<string, Remembered>()
  let hits = 0
  let misses = 0
  return {
    // SHA-256, because a caller who could find a collision could pass a secret off as scanned.
    keyOf: (bytes, unit) =>
      `${unit.kind}:${hash('sha256', bytes.subarray(unit.start, unit.end), 'base64url')}`,
    recall(key) {
      const found = entries.get(key)
      if (!found) {
        misses++
        return undefined
      }
      hits++
      entries.delete(key)
      entries.set(key, found)
      return found
    },
    keep(key, outcome) {
      entries.set(key, outcome)
      if (entries.size <= capacity) return
      const oldest = entries.keys().next()
      if (!oldest.done) entries.delete(oldest.value)
    },
    get stats() {
      return { entries: entries.size, hits, misses }
    },
  }
}
