import fc from 'fast-check'
import { expect, test } from 'vitest'
import { charset, isByteIn } from './charsets.ts'
import { findRuns, RUN_SHORTEST } from './runs.ts'

function runsOneByOne(bytes: Uint8Array, from: number, to: number): number[] {
  const runs: number[] = []
  for (let begin = from; begin < to; ) {
    let end = begin
    while (end < to && isByteIn(bytes[end]!, charset.R)) end++
    if (end - begin >= RUN_SHORTEST) runs.push(begin, end)
    begin = end + 1
  }
  return runs
}

test('a byte is of a run exactly when it is of the set', () => {
  const bytes = Uint8Array.from({ length: 256 * 40 }, (_, at) => (at % 40 === 20 ? Math.floor(at / 40) : 65))
  expect(findRuns(bytes, 0, bytes.length)).toEqual(runsOneByOne(bytes, 0, bytes.length))
})

test('finds what a search byte by byte finds, from any place to any other', () => {
  const piece = fc
    .tuple(fc.nat(40), fc.constantFrom(32, 0, 61, 0x80, 0x82))
    .map(([size, gap]) => [...Array(size).fill(65), gap])
  const texts = fc.array(piece, { maxLength: 40 }).map(pieces => Uint8Array.from(pieces.flat()))
  fc.assert(
    fc.property(texts, fc.nat(100), fc.nat(100), (bytes, skipped, left) => {
      const from = Math.min(skipped, bytes.length)
      const to = Math.max(from, bytes.length - left)
      expect(findRuns(bytes, from, to)).toEqual(runsOneByOne(bytes, from, to))
    }),
  )
})

test('runs go on where what is looked at in one go ends', () => {
  for (let before = 16_360; before < 16_400; before++) {
    const bytes = new Uint8Array(40_000).fill(32)
    bytes.fill(65, before, before + 20)
    bytes.fill(65, 30_000)
    expect(findRuns(bytes, 0, bytes.length)).toEqual([before, before + 20, 30_000, 40_000])
  }
})
