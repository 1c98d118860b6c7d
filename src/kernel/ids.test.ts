import { describe, expect, test } from 'vitest'
import { createIdSource } from './ids.ts'
import { systemRandom } from './random.ts'

describe('ids', () => {
  test('are the prefix and a ULID, sort by time and do not repeat', () => {
    let now = 1_700_000_000_000
    const next = createIdSource({ now: () => now, monotonic: () => 0 }, systemRandom)
    const ids = Array.from({ length: 2000 }, () => {
      now += 1
      return next('dec')
    })
    for (const id of ids) expect(id).toMatch(/^dec_[0-9A-HJKMNP-TV-Z]{26}$/)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('hold the time in their first ten digits', () => {
    const zero = createIdSource({ now: () => 0, monotonic: () => 0 }, bytes => bytes.fill(0))
    expect(zero('x')).toBe(`x_${'0'.repeat(26)}`)
    const largest = createIdSource({ now: () => 2 ** 48 - 1, monotonic: () => 0 }, bytes => bytes.fill(255))
    expect(largest('x')).toBe(`x_7${'Z'.repeat(25)}`)
  })
})
