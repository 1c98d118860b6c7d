import fc from 'fast-check'
import { expect, test } from 'vitest'
import { narrow } from './narrow.ts'

const BEYOND = 0x80
const UNSEEN = 0x81

function byteOf(code: number): number {
  if (code > 0 && code < 128) return code
  const unseen =
    [0, 0xad, 0x34f, 0x180e, 0xfeff].includes(code) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2060 && code <= 0x2064)
  return unseen ? UNSEEN : BEYOND
}

function expectNarrowed(text: string): void {
  const bytes = new Uint8Array(text.length + 2).fill(7)
  const expected = Array.from({ length: text.length }, (_, at) => byteOf(text.charCodeAt(at)))
  expect(narrow(text, bytes, 1)).toBe(expected.includes(UNSEEN))
  expect([...bytes]).toEqual([7, ...expected, 7])
}

test('every UTF-16 code has its byte, wherever in a vector it stands', () => {
  const codes = Array.from({ length: 65_536 }, (_, code) => String.fromCharCode(code))
  expectNarrowed(codes.join(''))
  for (let code = 0; code < 65_536; code += 7) expectNarrowed(`${'x'.repeat(code % 33)}${codes[code]}`)
})

test('texts of any length and mixture come out whole', () => {
  const unit = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('a', 'é', '\0', '\u200b') },
    fc.nat(0xffff).map(code => String.fromCharCode(code)),
  )
  fc.assert(fc.property(fc.string({ unit, maxLength: 200 }), expectNarrowed))
  for (const length of [8_191, 8_192, 8_193, 16_384, 20_000]) expectNarrowed('é'.padStart(length, 'ab\u2060'))
})
