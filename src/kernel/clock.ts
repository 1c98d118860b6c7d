/** Time, handed in so that a test can hold it. */
export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. */
  now(): number
  /** A clock that never goes back, in milliseconds with fractions. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
