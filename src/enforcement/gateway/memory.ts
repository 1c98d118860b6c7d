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
 * INVARIANT: an entry is the outcome under the present policy; whoever changes policy or engine calls `forget`.
 * Keys carry a generation, so that a request that began under the old policy cannot leave its outcome behind afterwards.
 */
export interface ScanMemory {
  keyOf(bytes: Buffer, unit: Unit): string
  recall(key: string): Remembered | undefined
  keep(key: string, outcome: Remembered): void
  forget(): void
  readonly stats: { readonly entries: number; readonly hits: number; readonly misses: number }
}

export function createScanMemory(capacity: number): ScanMemory {
  const entries = new Map<string, Remembered>()
  let generation = 0
  let hits = 0
  let misses = 0
  return {
    // SHA-256, because a caller who could find a collision could pass a secret off as scanned.
    keyOf: (bytes, unit) =>
      `${generation}:${unit.kind}:${hash('sha256', bytes.subarray(unit.start, unit.end), 'base64url')}`,
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
    forget() {
      generation++
      entries.clear()
    },
    get stats() {
      return { entries: entries.size, hits, misses }
    },
  }
}
