import type { Outcome } from '../enforcement/scan/outcome.ts'
import type { Terminal } from './terminal.ts'

const EVERY_MS = 100
/** What ends sooner shows nothing. */
const PATIENCE_MS = 300
const BAR = 20

export interface Progress {
  add(done: Outcome): void
  /** So many are to come. */
  expect(total: number): void
  end(): void
}

/** A line about a long scan, on a terminal only; with a bar where it is known how much there is. */
export function showProgress({ stderr }: Pick<Terminal, 'stderr'>): Progress {
  const begun = performance.now()
  let next = begun + PATIENCE_MS
  let isShown = false
  let total: number | undefined
  let done = 0
  let bytes = 0
  let findings = 0

  function line(seconds: number): string {
    const megabytes = bytes / 1e6
    const share = total === undefined ? undefined : Math.min(1, done / Math.max(1, total))
    const filled = Math.round((share ?? 0) * BAR)
    const head =
      share === undefined
        ? `${done} files`
        : `[${'='.repeat(filled)}${' '.repeat(BAR - filled)}] ${done} of ${total}`
    return `${head}, ${megabytes.toFixed(0)} MB, ${(megabytes / seconds).toFixed(0)} MB/s, ${findings} found`
  }

  return {
    add(outcome) {
      done++
      bytes += outcome.bytes
      findings += outcome.findings.length
      const now = performance.now()
      if (!stderr.isTTY || now < next) return
      next = now + EVERY_MS
      isShown = true
      stderr.write(`\r\u001b[K${line((now - begun) / 1000)}`)
    },
    expect(outcomes) {
      total = outcomes
    },
    end() {
      if (isShown) stderr.write('\r\u001b[K')
    },
  }
}
