import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { decode, type Encoding, encodingOf, wholeCharacters } from './encoding.ts'

function encode(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf16be') return Buffer.from(text, 'utf16le').swap16()
  return Buffer.from(text, encoding === 'binary' ? 'latin1' : encoding)
}

describe('the encoding of', () => {
  test.each<[string, Buffer, Encoding, number]>([
    ['plain text', Buffer.from('const a = 1\n'), 'utf8', 0],
    ['an empty file', Buffer.alloc(0), 'utf8', 0],
    ['text with a mark', Buffer.from('\ufeffa', 'utf8'), 'utf8', 3],
    ['UTF-16 with a mark', Buffer.from('\ufeffa', 'utf16le'), 'utf16le', 2],
    ['UTF-16 of the other order', Buffer.from('\ufeffa', 'utf16le').swap16(), 'utf16be', 2],
    ['UTF-16 without a mark', encode('key = value', 'utf16le'), 'utf16le', 0],
    ['UTF-16 of the other order without one', encode('key = value', 'utf16be'), 'utf16be', 0],
    ['an image', Buffer.from([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13]), 'binary', 0],
    ['zeros', Buffer.alloc(100), 'binary', 0],
    ['text with one NUL', Buffer.from('a\0b is text'), 'binary', 0],
  ])('%s is told', (_, bytes, encoding, mark) => {
    expect(encodingOf(bytes)).toEqual({ encoding, mark })
  })
})

const encodings: readonly Encoding[] = ['utf8', 'utf16le', 'utf16be']

property.prop([fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom(...encodings), fc.nat()])(
  'text cut anywhere is decoded as the whole',
  (text, encoding, cut) => {
    const bytes = encode(text, encoding)
    const at = cut % (bytes.length + 1)
    const whole = wholeCharacters(bytes.subarray(0, at), encoding)
    expect(whole).toBeLessThanOrEqual(at)
    const parts = [bytes.subarray(0, whole), bytes.subarray(whole)]
    expect(parts.map(part => decode(part, encoding)).join('')).toBe(decode(bytes, encoding))
    expect(at - whole).toBeLessThan(4)
  },
)
