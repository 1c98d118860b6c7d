import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Outcome } from '../enforcement/scan/outcome.ts'
import { showProgress } from './scan-progress.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const outcome: Outcome = { findings: [], skipped: [], files: 1, bytes: 2_000_000, allowed: 0 }

function onTerminal(isTTY: boolean, use: (progress: ReturnType<typeof showProgress>) => void): string {
  let shown = ''
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      shown += chunk
      done()
    },
  })
  use(showProgress({ stderr: Object.assign(sink, { isTTY }) }))
  return shown
}

test('a long scan says how far it is, at most ten times a second, and takes the line away at its end', () => {
  const shown = onTerminal(true, progress => {
    progress.expect(4)
    progress.add(outcome)
    vi.advanceTimersByTime(1000)
    progress.add(outcome)
    progress.add(outcome)
    progress.end()
  })
  expect(shown).toBe('\r\u001b[K[==========          ] 2 of 4, 4 MB, 4 MB/s, 0 found\r\u001b[K')
})

test('without a total it counts files', () => {
  const shown = onTerminal(true, progress => {
    vi.advanceTimersByTime(500)
    progress.add(outcome)
  })
  expect(shown).toContain('1 files, 2 MB, 4 MB/s')
})

test('a short scan shows nothing, and on a pipe none does', () => {
  const scan = (progress: ReturnType<typeof showProgress>) => {
    progress.add(outcome)
    progress.end()
  }
  expect(onTerminal(true, scan)).toBe('')
  expect(
    onTerminal(false, progress => {
      vi.advanceTimersByTime(5000)
      scan(progress)
    }),
  ).toBe('')
})
