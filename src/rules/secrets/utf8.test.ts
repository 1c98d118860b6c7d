import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readUtf8 } from './utf8.ts'

test('reads what UTF-8 holds, with the place of each character', () => {
  const { text, places } = readUtf8(Buffer.from('añ密z'))
  expect(text).toBe('añ密z')
  expect([...places.subarray(0, 5)]).toEqual([0, 1, 3, 6, 7])
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab\u00e9\u0416\u4e2d\uffee') }), source => {
      expect(readUtf8(Buffer.from(source)).text).toBe(source)
    }),
  )
})

test.each([
  ['a lead without a follower', [0xc3, 0x41], '\u00c3A'],
  ['a follower alone', [0xb1], '\u00b1'],
  ['a longer form than needed', [0xe0, 0x80, 0x80], '\u00e0\u0080\u0080'],
  ['half of a pair', [0xed, 0xa0, 0x80], '\u00ed\u00a0\u0080'],
  ['an end inside', [0xe4, 0xb8], '\u00e4\u00b8'],
])('%s stands for itself', (_, bytes, text) => {
  expect(readUtf8(Uint8Array.from(bytes)).text).toBe(text)
})
