import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { finishLine, isChain, lineHead, scanLine } from './line.ts'

const CHAIN = 'ab'.repeat(32)
const TIME = Date.UTC(2026, 0, 31, 8, 0, 0, 7)

function lineWith(metadata: Record<string, never> | object = {}): string {
  const head = lineHead(
    {
      level: 'info',
      component: 'guard',
      event: 'decision.allow',
      user: 'alice',
      result: 'allow',
      metadata: metadata as Record<string, never>,
      sourceAddress: '127.0.0.1',
    },
    TIME,
  )
  return finishLine(head, 7, CHAIN)
}

/** What is wrong, or the sequence number and chain. */
function scan(text: string | Buffer) {
  const bytes = Buffer.from(text)
  const line = scanLine(bytes, 0, bytes.length)
  return typeof line === 'string'
    ? line
    : { seq: line.seq, chain: bytes.toString('latin1', line.chainAt, line.chainAt + 64) }
}

describe('a line of the journal', () => {
  it('holds the required keys in their order', () => {
    expect(lineWith({ a: 1 })).toBe(
      `{"timestamp":"2026-01-31T08:00:00.007Z","level":"info","component":"guard","event":"decision.allow","user":"alice","result":"allow","metadata":{"a":1},"sourceAddress":"127.0.0.1","seq":7,"chain":"${CHAIN}"}`,
    )
  })

  property.prop([
    fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 6 }), { maxKeys: 60 }),
  ])('is accepted whatever the metadata holds, and gives back its place', metadata => {
    expect(scan(lineWith(metadata))).toEqual({ seq: 7, chain: CHAIN })
  })
})

describe('the chain', () => {
  it('is compared in place with a hash', () => {
    const bytes = Buffer.from(lineWith())
    const line = scanLine(bytes, 0, bytes.length)
    if (typeof line === 'string') throw new Error(line)
    expect(isChain(bytes, line.chainAt, Buffer.from(CHAIN, 'hex'))).toBe(true)
    expect(isChain(bytes, line.chainAt, Buffer.from(CHAIN, 'hex').fill(0, 31))).toBe(false)
    expect(isChain(bytes, line.chainAt, Buffer.alloc(32))).toBe(false)
  })
})

describe('what the scanner refuses', () => {
  const good = lineWith({ a: 1, b: [true, null, 'x'] })
  const cases: [string, string | Buffer, RegExp][] = [
    ['a byte order mark', `\ufeff${good}`, /byte order mark/],
    ['a carriage return', `${good}\r`, /carriage return/],
    ['a blank line', '', /blank line/],
    ['a trailing space', `${good} `, /trailing space/],
    ['a NUL in text', good.replace('alice', 'al\0ce'), /NUL/],
    ['a NUL between', good.replace('"a":1', '"a":\0'), /NUL/],
    ['a raw control character', good.replace('alice', 'al\u0007ce'), /control character/],
    ['a duplicate key', good.replace('"a":1', '"a":1,"a":2'), /duplicate key/],
    ['a duplicate key behind an escape', good.replace('"a":1', '"a":1,"\\u0061":2'), /needless escape/],
    [
      'another key order',
      good.replace('"level":"info","component":"guard"', '"component":"guard","level":"info"'),
      /`level` is not where/,
    ],
    ['a top-level key twice', good.replace('"user"', '"level":"info","user"'), /`user` is not where/],
    ['an extra key', good.replace(/}$/, ',"x":1}'), /after `chain`/],
    ['white space inside', good.replace('"a":1', '"a": 1'), /compact JSON/],
    ['something behind the object', `${good}{}`, /after `chain`/],
    ['a missing key', good.replace('"user":"alice",', ''), /`user` is not where/],
    ['metadata that is no object', good.replace(/"metadata":\{[^}]*\}/, '"metadata":[]'), /not an object/],
    ['a number with a leading zero', good.replace('"a":1', '"a":01'), /compact JSON/],
    ['a fractional seq', good.replace('"seq":7', '"seq":7.5'), /whole number/],
    ['a seq in another notation', good.replace('"seq":7', '"seq":7e2'), /whole number/],
    ['a negative seq', good.replace('"seq":7', '"seq":-7'), /whole number/],
    ['a short chain', good.replace(CHAIN, 'ab'), /SHA-256/],
    ['a cut line', good.slice(0, -20), /text that does not end/],
    ['an unknown escape', good.replace('alice', 'al\\xce'), /unknown escape/],
    ['deep nesting', lineWith({ a: JSON.parse('['.repeat(80) + ']'.repeat(80)) }), /nested too deeply/],
  ]
  it.each(cases)('%s', (_name, line, message) => {
    expect(scan(line)).toMatch(message)
  })

  it.each([
    '2026-01-31 08:00:00.007Z',
    '2026-13-01T08:00:00.000Z',
    '2026-02-30T08:00:00.000Z',
    '2026-01-31T24:00:00.000Z',
    '2026-01-31T08:00:60.000Z',
    '2026-01-31T08:00:00.000+00:00',
    '2026-01-31T08:00:00Z',
    'yesterday',
  ])('the timestamp %s', timestamp => {
    expect(scan(good.replace('2026-01-31T08:00:00.007Z', timestamp))).toMatch(/RFC 3339/)
  })

  it('a line with very many keys, duplicates found among them, in linear time', () => {
    const keys = Array.from({ length: 40_000 }, (_, at) => `"key${at}":1`).join(',')
    const started = performance.now()
    expect(scan(good.replace('"a":1', keys))).toEqual({ seq: 7, chain: CHAIN })
    expect(scan(good.replace('"a":1', `${keys},"key0":1`))).toMatch(/duplicate key/)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
