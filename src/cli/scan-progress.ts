import type { Outcome } from '../enforcement/scan/outcome.ts'
import type { Terminal } from './terminal.ts'

const EVERY_MS = 100
/** What ends sooner shows nothing. */
const PATIENCE_MS = 300

export interface Progress {
  add(done: Outcome): void
  end(): void
}

/** A line about a long scan, on a terminal only. */
export function showProgress({ stderr }: Terminal): Progress {
  const begun = performance.now()
  let shown = begun + PATIENCE_MS - EVERY_MS
  let isShown = false
  let files = 0
  let bytes = 0
  let findings = 0
  return {
    add(done) {
      files += done.files
      bytes += done.bytes
      findings += done.findings.length
      const now = performance.now()
      if (!stderr.isTTY || now < shown + EVERY_MS) return
      shown = now
      isShown = true
      const rate = (bytes / 1e6 / ((now - begun) / 1000)).toFixed(0)
      stderr.write(
        `\r\u001b[K${files} files, ${(bytes / 1e6).toFixed(0)} MB, ${rate} MB/s, ${findings} found`,
      )
    },
    end() {
      if (isShown) stderr.write('\r\u001b[K')
    },
  }
}
