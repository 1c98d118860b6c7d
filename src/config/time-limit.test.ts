import { expect, test } from 'vitest'
import { within } from './time-limit.ts'

test('work that ends in time has been done', () => {
  let done = 0
  expect(within(1_000, () => void done++)).toBe(true)
  expect(done).toBe(1)
})

test('an expression that goes back and forth without an end is stopped, and nothing stays behind', () => {
  const started = performance.now()
  expect(within(20, () => void /(a+)+$/.exec(`${'a'.repeat(40)}!`))).toBe(false)
  expect(performance.now() - started).toBeLessThan(2_000)
  expect(within(1_000, () => {})).toBe(true)
  expect(Object.getOwnPropertySymbols(globalThis).map(String)).not.toContain(
    'Symbol(portcullis.time-limit.work)',
  )
})

test('a loop without an end is stopped, and what stands behind it is not done', () => {
  let after = false
  const stopped = within(20, () => {
    for (;;) if (Math.random() > 2) break
    after = true
  })
  expect([stopped, after]).toEqual([false, false])
})

test('a fault of the work is the caller’s', () => {
  expect(() =>
    within(1_000, () => {
      throw new TypeError('wrong')
    }),
  ).toThrow(new TypeError('wrong'))
})

test('work within work keeps its own limit', () => {
  const outcomes: boolean[] = []
  within(1_000, () => {
    outcomes.push(within(20, () => void /(a+)+$/.exec(`${'a'.repeat(40)}!`)))
    outcomes.push(within(1_000, () => {}))
  })
  expect(outcomes).toEqual([false, true])
})
