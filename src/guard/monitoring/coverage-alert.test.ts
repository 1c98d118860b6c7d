import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { AuditEvent } from '../../audit/event.ts'
import { createCoverage } from './coverage.ts'
import { watchCoverage } from './coverage-alert.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

function setup(append?: () => Promise<number>) {
  const records: AuditEvent[] = []
  const faults: unknown[] = []
  const coverage = createCoverage({
    clock: { now: () => Date.now(), monotonic: () => Date.now() },
    graceMs: 30_000,
  })
  const stop = watchCoverage({
    coverage,
    audit: {
      async append(event) {
        await append?.()
        records.push(event)
        return 0
      },
    },
    mask: text => text.replace('hush', '<masked>'),
    onFault: fault => faults.push(fault),
  })
  return { coverage, records, faults, stop }
}

it('records a call no hook saw once, after the grace time', async () => {
  const { coverage, records } = setup()
  coverage.asked('session-hush', 'toolu_1')
  coverage.asked('session-hush', 'toolu_2')
  coverage.seen('session-hush', 'toolu_2')
  await vi.advanceTimersByTimeAsync(29_999)
  expect(records).toEqual([])
  await vi.advanceTimersByTimeAsync(120_000)
  expect(records).toHaveLength(1)
  expect(records[0]).toMatchObject({
    event: 'coverage.gap',
    level: 'warn',
    metadata: { session: 'session-<masked>', toolUseId: 'toolu_1', askedAt: '1970-01-01T00:00:00.000Z' },
  })
})

it('a thousand gaps make five events, and the last one counts the rest', async () => {
  const { coverage, records } = setup()
  for (let i = 0; i < 1000; i++) coverage.asked('s', `toolu_${i}`)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(records).toHaveLength(5)
  expect(records[4]?.metadata).toMatchObject({ more: 995 })
})

it('stops when told, and says when it cannot record', async () => {
  const { coverage, records, faults, stop } = setup(() => Promise.reject(new Error('full')))
  coverage.asked('s', 'toolu_1')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(faults).toHaveLength(1)
  stop()
  coverage.asked('s', 'toolu_2')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(records).toEqual([])
  expect(faults).toHaveLength(1)
})
