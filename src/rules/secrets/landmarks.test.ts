import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBytes } from './bytes.ts'
import { defineLandmarks, isBehind } from './landmarks.ts'
import { beginScan } from './scan.ts'

const servers = defineLandmarks(['host=', 'server='], 20)
const exact = defineLandmarks(['login '], 20, true)

const scanOf = (text: string) => beginScan(readBytes(text, 0), true)

describe('a landmark', () => {
  test('stands whole before a place, and near it', () => {
    const text = 'Host=db;password=x'
    expect(isBehind(scanOf(text), servers, 8)).toBe(true)
    expect(isBehind(scanOf(text), servers, 4)).toBe(false)
    expect(isBehind(scanOf(`host=${' '.repeat(16)}`), servers, 21)).toBe(false)
    expect(isBehind(scanOf('login x'), exact, 7)).toBe(true)
    expect(isBehind(scanOf('LOGIN x'), exact, 7)).toBe(false)
  })

  test('is found whatever was asked before', () => {
    const texts = fc
      .array(fc.constantFrom('host=', 'Server=', 'ser', 'ver=', 'ho', ' ', ';x', 'é'), { maxLength: 40 })
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(texts, fc.array(fc.nat(120), { maxLength: 20 }), (text, places) => {
        const scan = scanOf(text)
        for (const place of places) {
          const at = Math.min(place, text.length)
          const before = text.slice(Math.max(0, at - 20), at).toLowerCase()
          expect(isBehind(scan, servers, at)).toBe(before.includes('host=') || before.includes('server='))
        }
      }),
    )
  })
})
