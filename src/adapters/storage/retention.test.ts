import { expect, test } from 'vitest'
import { handlingOf } from '../../access/handling.ts'
import { enforceRetention } from './retention.ts'
import type { RetentionLimit } from './store.ts'

const now = Date.UTC(2026, 10, 27)
const daysOf = (dataClass: Parameters<typeof handlingOf>[0]) => handlingOf(dataClass).retentionDays

test('asks at once for what each class keeps, and nothing of what is kept for ever', async () => {
  const asked: (readonly RetentionLimit[])[] = []
  const stop = enforceRetention({
    store: {
      prune: async limits => {
        asked.push(limits)
        return 0
      },
    },
    daysOf,
    clock: { now: () => now },
    onFault: () => expect.unreachable(),
  })
  await stop()
  expect(asked).toEqual([
    [
      { dataClass: 'secret', before: '2026-11-27T00:00:00.000Z' },
      { dataClass: 'confidential', before: '2026-08-29T00:00:00.000Z' },
      { dataClass: 'internal', before: '2025-11-27T00:00:00.000Z' },
    ],
  ])
})

test('a store that fails is told of and asked again at the next turn', async () => {
  const faults: unknown[] = []
  let turns = 0
  let third = () => {}
  const reached = new Promise<void>(resolve => {
    third = resolve
  })
  const stop = enforceRetention({
    store: {
      prune: async () => {
        if (++turns === 3) third()
        throw new Error(`turn ${turns}`)
      },
    },
    daysOf,
    clock: { now: () => now },
    onFault: error => faults.push(error),
    everyMs: 1,
  })
  await reached
  await stop()
  expect(faults.slice(0, 3).map(String)).toEqual(['Error: turn 1', 'Error: turn 2', 'Error: turn 3'])
})
