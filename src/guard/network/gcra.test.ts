import { fc, test as propertyTest } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { createGcra } from './gcra.ts'

function held() {
  let time = 0
  const clock = { now: () => time, monotonic: () => time }
  const pass = (ms: number) => {
    time += ms
  }
  return { clock, pass, now: () => time }
}

describe('gcra', () => {
  test('admits a burst, then one an interval, and says how long to wait', () => {
    const { clock, pass } = held()
    const gcra = createGcra({ perMinute: 60, burst: 3, clock })
    expect([1, 2, 3].map(() => gcra.take('a'))).toEqual([0, 0, 0])
    expect(gcra.take('a')).toBe(1000)
    pass(999)
    expect(gcra.take('a')).toBe(1)
    pass(1)
    expect(gcra.take('a')).toBe(0)
    expect(gcra.take('a')).toBe(1000)
  })

  test('a refusal costs nothing, so hammering does not push the next admission away', () => {
    const { clock, pass } = held()
    const gcra = createGcra({ perMinute: 60, burst: 1, clock })
    gcra.take('a')
    for (let i = 0; i < 1000; i++) gcra.take('a')
    pass(1000)
    expect(gcra.take('a')).toBe(0)
  })

  test('subjects do not touch each other, whatever they are called', () => {
    const { clock } = held()
    const gcra = createGcra({ perMinute: 60, burst: 1, clock })
    for (const subject of ['a', 'b', '__proto__', 'constructor', '']) {
      expect(gcra.take(subject)).toBe(0)
      expect(gcra.take(subject)).toBeGreaterThan(0)
    }
  })

  test('a million made-up subjects take bounded memory and refill nobody', () => {
    const { clock } = held()
    const gcra = createGcra({ perMinute: 60, burst: 1, clock, maxSubjects: 100 })
    expect(gcra.take('victim')).toBe(0)
    let admitted = 0
    for (let i = 0; i < 1_000_000; i++) if (gcra.take(`made-up ${i}`) === 0) admitted++
    expect(gcra.size).toBeLessThanOrEqual(100)
    expect(admitted).toBeLessThanOrEqual(100 + 1024)
    expect(gcra.take('victim')).toBeGreaterThan(0)
  })

  test('idle subjects are forgotten', () => {
    const { clock, pass } = held()
    const gcra = createGcra({ perMinute: 60, burst: 10, clock })
    for (let i = 0; i < 1000; i++) gcra.take(`old ${i}`)
    pass(60_000)
    for (let i = 0; i < 600; i++) gcra.take('new')
    expect(gcra.size).toBe(1)
  })

  test.each([
    [0, 1],
    [-1, 1],
    [Number.NaN, 1],
    [60, 0],
    [60, Number.NaN],
  ])('perMinute %d with burst %d is a mistake', (perMinute, burst) => {
    expect(() => createGcra({ perMinute, burst, clock: held().clock })).toThrow(TypeError)
  })

  const steps = fc.array(
    fc.record({ wait: fc.nat({ max: 5000 }), subject: fc.constantFrom('a', 'b', 'c', 'd', 'e') }),
    { maxLength: 300 },
  )

  propertyTest.prop([
    fc.integer({ min: 1, max: 6000 }),
    fc.integer({ min: 1, max: 50 }),
    steps,
    fc.integer({ min: 0, max: 5 }),
  ])(
    'never admits more than burst and rate allow in any stretch of time, however few subjects fit',
    (perMinute, burst, taken, maxSubjects) => {
      const { clock, pass, now } = held()
      const gcra = createGcra({ perMinute, burst, clock, maxSubjects })
      const admitted = new Map<string, number[]>()
      for (const { wait, subject } of taken) {
        pass(wait)
        if (gcra.take(subject) === 0) admitted.set(subject, [...(admitted.get(subject) ?? []), now()])
      }
      for (const times of admitted.values()) {
        for (const [first, from] of times.entries()) {
          for (let last = first; last < times.length; last++) {
            const most = burst + ((times[last]! - from) * perMinute) / 60_000
            expect(last - first + 1).toBeLessThanOrEqual(most + 1e-6)
          }
        }
      }
    },
  )

  propertyTest.prop([fc.integer({ min: 1, max: 6000 }), fc.integer({ min: 1, max: 50 }), steps])(
    'waiting as long as it says is enough, and waiting less is not',
    (perMinute, burst, taken) => {
      const { clock, pass } = held()
      const gcra = createGcra({ perMinute, burst, clock })
      for (const { wait, subject } of taken) {
        pass(wait)
        const left = gcra.take(subject)
        if (left === 0) continue
        pass(left / 2)
        expect(gcra.take(subject)).toBeGreaterThan(0)
        pass(left / 2 + 1e-6)
        expect(gcra.take(subject)).toBe(0)
      }
    },
  )

  propertyTest.prop([steps])('a higher rate never admits less', taken => {
    const slow = held()
    const less = createGcra({ perMinute: 30, burst: 5, clock: slow.clock })
    const more = createGcra({ perMinute: 90, burst: 5, clock: slow.clock })
    let fewer = 0
    let larger = 0
    for (const { wait, subject } of taken) {
      slow.pass(wait)
      if (less.take(subject) === 0) fewer++
      if (more.take(subject) === 0) larger++
    }
    expect(larger).toBeGreaterThanOrEqual(fewer)
  })
})
