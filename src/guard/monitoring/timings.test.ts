import { fc, test as property } from '@fast-check/vitest'
import { expect, it } from 'vitest'
import { createLayerTimings } from './timings.ts'

property.prop([fc.array(fc.integer({ min: 1, max: 30_000_000 }), { minLength: 1, maxLength: 300 })])(
  'percentiles are never below the true value and at most 9.1 % above it',
  values => {
    const timings = createLayerTimings()
    for (const value of values) timings.record('validation', value)
    const [statistics] = timings.snapshot()
    const sorted = values.toSorted((a, b) => a - b)
    for (const [name, part] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      const exact = sorted[Math.ceil(values.length * part) - 1]!
      expect(statistics![name]).toBeGreaterThanOrEqual(exact * 0.9999999)
      expect(statistics![name]).toBeLessThanOrEqual(exact * 1.091)
    }
    expect(statistics).toMatchObject({ step: 'validation', count: values.length, max: sorted.at(-1) })
  },
)

it.each([
  ['authentication', 10],
  ['authorization', 5],
  ['validation', 20],
  ['encryption', 50],
  ['total', 100],
] as const)('advises on %s past %i ms and not before', (step, threshold) => {
  const timings = createLayerTimings()
  timings.record(step, threshold * 1000)
  expect(timings.snapshot()[0]!.advice).toBeUndefined()
  for (let i = 0; i < 100; i++) timings.record(step, threshold * 1000 + 1)
  expect(timings.snapshot()[0]!.advice).toMatch(/^[a-z`].{20,}[^.]$/)
})

it('says nothing about steps that never ran', () => {
  expect(createLayerTimings().snapshot()).toEqual([])
})

it('exports histograms whose buckets grow to the count', () => {
  const timings = createLayerTimings()
  for (const value of [0, 1, 3, 1000, 60_000_000]) timings.record('network', value)
  const text = timings.toPrometheus()
  const counts = [...text.matchAll(/_bucket\{layer="network",le="([^"]+)"\} (\d+)/g)].map(
    ([, bound, count]) => [Number(bound === '+Inf' ? Infinity : bound), Number(count)] as const,
  )
  expect(counts[0]).toEqual([0.000001, 2])
  expect(counts.find(([bound]) => bound === 0.000004)![1]).toBe(3)
  expect(counts.find(([bound]) => bound > 0.001)![1]).toBe(4)
  expect(counts.at(-1)).toEqual([Infinity, 5])
  for (let i = 1; i < counts.length; i++) {
    expect(counts[i]![0]).toBeGreaterThan(counts[i - 1]![0])
    expect(counts[i]![1]).toBeGreaterThanOrEqual(counts[i - 1]![1])
  }
  expect(text).toContain('portcullis_layer_duration_seconds_count{layer="network"} 5\n')
  expect(text).toContain('portcullis_layer_duration_seconds_sum{layer="network"} 60.001004\n')
})
