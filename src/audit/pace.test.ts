import { expect, test } from 'vitest'
import { createPace } from './pace.ts'

/** A clock that stands still unless told, so that only a real wait takes real time. */
function createClock() {
  let time = 0
  return {
    now: () => time,
    monotonic: () => time,
    pass(milliseconds: number) {
      time += milliseconds
    },
  }
}

async function waits(pace: ReturnType<typeof createPace>): Promise<boolean> {
  let isReady = false
  const ready = pace.ready().then(() => {
    isReady = true
  })
  await new Promise(resolve => setImmediate(resolve))
  const hasWaited = !isReady
  await ready
  return hasWaited
}

test('commits close together wait for company once that is seen to come', async () => {
  const clock = createClock()
  const pace = createPace(clock)
  expect(await waits(pace)).toBe(false)
  pace.took(1)
  expect(await waits(pace)).toBe(false)
  clock.pass(100)
  await pace.ready()
  pace.took(2)
  expect(await waits(pace)).toBe(true)
  pace.took(5)
  expect(await waits(pace)).toBe(true)
})

test('a lone caller is delayed once and then left alone for a while', async () => {
  const clock = createClock()
  const pace = createPace(clock)
  clock.pass(100)
  await pace.ready()
  pace.took(1)
  expect(await waits(pace)).toBe(true)
  pace.took(1)
  for (let commit = 0; commit < 20; commit++) {
    expect(await waits(pace)).toBe(false)
    pace.took(1)
  }
  clock.pass(99.5)
  await pace.ready()
  pace.took(1)
  clock.pass(0.6)
  expect(await waits(pace)).toBe(true)
})

test('commits far apart, and large ones, never wait', async () => {
  const clock = createClock()
  const pace = createPace(clock)
  for (let commit = 0; commit < 20; commit++) {
    clock.pass(10)
    expect(await waits(pace)).toBe(false)
    pace.took(1)
  }
  clock.pass(100)
  for (let commit = 0; commit < 20; commit++) {
    expect(await waits(pace)).toBe(false)
    pace.took(64)
  }
})
