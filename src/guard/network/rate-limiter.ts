import type { Config } from '../../config/schema.ts'
import type { Clock } from '../../kernel/clock.ts'
import { createGcra, type Gcra } from './gcra.ts'

const DEFAULT_PER_MINUTE = 60

/**
 * The limiter of `network.rateLimit`, or null where it is off (the default in mode `local`).
 * One limiter serves two layers: this layer takes for `address:…`, authentication for `key:…` once it knows the key.
 */
export function createRateLimiter({ network, authentication }: Config, clock: Clock): Gcra | null {
  const fallback = authentication.mode === 'required' ? DEFAULT_PER_MINUTE : 0
  const perMinute = network.rateLimit.requestsPerMinute ?? fallback
  if (perMinute === 0) return null
  return createGcra({ perMinute, burst: network.rateLimit.burst ?? perMinute, clock })
}
