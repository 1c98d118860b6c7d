import type { Clock } from '../../kernel/clock.ts'

export interface GcraOptions {
  readonly perMinute: number
  /** Requests admitted at once. */
  readonly burst: number
  readonly clock: Clock
  /** Subjects told apart at a time; the rest share a fixed number of buckets. */
  readonly maxSubjects?: number
}

/** The generic cell rate algorithm: never more than `burst` plus `perMinute` a minute for one subject, in any stretch of time. */
export interface Gcra {
  /** 0 when admitted, else the milliseconds until the next one can be. A refusal costs the subject nothing. */
  take(subject: string): number
  /** Subjects remembered just now. */
  readonly size: number
}

const MAX_SUBJECTS = 50_000
const SHARED_BUCKETS = 1024
/** Old entries looked at for each request, so that sweeping never takes a pause. */
const SWEPT_PER_TAKE = 2

export function createGcra({ perMinute, burst, clock, maxSubjects = MAX_SUBJECTS }: GcraOptions): Gcra {
  if (!(perMinute > 0)) throw new TypeError('perMinute must be above 0')
  if (!(burst >= 1)) throw new TypeError('burst must be at least 1')
  // Counted in whole units of 1/perMinute ms, because fractions of a millisecond add up to a request lost or won.
  const interval = 60_000
  const tolerance = interval * (Math.floor(burst) - 1)
  /** When each subject's bucket will be full again (the theoretical arrival time), the longest untouched first. */
  const arrivals = new Map<string, number>()
  // A flood of made-up subjects must not buy memory, nor push out, and so refill, the bucket of a real one:
  // what does not fit shares buckets, which only ever admits less.
  const shared = new Float64Array(SHARED_BUCKETS).fill(Number.NEGATIVE_INFINITY)

  function sweep(now: number): void {
    let left = SWEPT_PER_TAKE
    for (const [subject, arrival] of arrivals) {
      if (left-- === 0 || arrival > now) return
      // INVARIANT: only full buckets are forgotten, so forgetting admits nothing more.
      arrivals.delete(subject)
    }
  }

  return {
    take(subject) {
      const now = Math.floor(clock.monotonic() * perMinute)
      sweep(now)
      const bucket = bucketOf(subject)
      // A subject that gets its own bucket starts with what it used of the shared one.
      const arrival = Math.max(arrivals.get(subject) ?? shared[bucket]!, now)
      const wait = arrival - tolerance - now
      if (wait > 0) return wait / perMinute
      const next = arrival + interval
      if (arrivals.delete(subject) || arrivals.size < maxSubjects) arrivals.set(subject, next)
      else shared[bucket] = next
      return 0
    },

    get size() {
      return arrivals.size
    },
  }
}

/** FNV-1a. */
function bucketOf(subject: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < subject.length; i++) hash = Math.imul(hash ^ subject.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % SHARED_BUCKETS
}
