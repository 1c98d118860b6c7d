import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../kernel/clock.ts'

/** When a commit should wait a moment for company: a sync costs as much processor time as a whole decision. */
export interface Pace {
  /** Resolves when the next commit may begin. */
  ready(): Promise<void>
  /** Tells how many records the commit took. */
  took(count: number): void
}

const GAP_MS = 2
/** A group of fewer was not worth the wait: whoever appends waits for each record before the next. */
const WORTH = 3
/** So many come together by themselves. */
const PLENTY = 16
const PROBE_MS = 100

/** Spaces commits out while that is seen to make larger groups; a lone caller is delayed once in a tenth of a second at most. */
export function createPace(clock: Clock): Pace {
  let began = Number.NEGATIVE_INFINITY
  let lastCount = 0
  let isWorthIt = false
  let hasWaited = false
  let probeFrom = clock.monotonic() + PROBE_MS

  return {
    async ready() {
      const now = clock.monotonic()
      const isClose = now - began < GAP_MS && lastCount < PLENTY
      hasWaited = isClose && (isWorthIt || now >= probeFrom)
      if (hasWaited) await sleep(GAP_MS)
      began = clock.monotonic()
    },
    took(count) {
      lastCount = count
      if (!hasWaited) return
      isWorthIt = count >= WORTH
      if (!isWorthIt) probeFrom = began + PROBE_MS
    },
  }
}
