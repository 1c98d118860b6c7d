import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** Counts what all streams of a run give together. */
export interface OutputBudget {
  readonly used: number
  /** How many of these bytes may still pass. */
  take(bytes: number): number
}

export function createOutputBudget(limit: number, onLimit: () => void): OutputBudget {
  let used = 0
  return {
    get used() {
      return used
    },
    take(bytes) {
      const rest = Math.max(0, limit - used)
      used += bytes
      if (bytes > rest) onLimit()
      return Math.min(bytes, rest)
    },
  }
}

/** Passes a stream on, no faster than its reader takes it. Resolves when it has ended. */
export async function passOn(
  from: Readable,
  to: Writable,
  budget: OutputBudget,
  seen?: (chunk: Buffer) => void,
): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    seen?.(chunk)
    const passed = budget.take(chunk.length)
    if (passed === 0 || to.destroyed || to.writableEnded) continue
    if (!to.write(passed < chunk.length ? chunk.subarray(0, passed) : chunk)) await drained(to)
  }
}

/** A reader that goes away lets the rest pass into nothing. */
async function drained(to: Writable): Promise<void> {
  const gone = new AbortController()
  const { signal } = gone
  await Promise.race([once(to, 'drain', { signal }), once(to, 'close', { signal })]).finally(() =>
    gone.abort(),
  )
}
