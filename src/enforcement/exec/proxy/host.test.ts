import { isIP } from 'node:net'
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { formatAuthority, parseAuthority, parseHost, parsePort } from './host.ts'

describe('a host', () => {
  test.each<[string, string]>([
    ['example.com', 'example.com'],
    ['EXAMPLE.Com', 'example.com'],
    ['a', 'a'],
    ['3com.example', '3com.example'],
    ['r3---sn-x.example', 'r3---sn-x.example'],
    ['1.2.3.4.example', '1.2.3.4.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['10.0.0.1', '10.0.0.1'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0::1', '2001:db8::1'],
  ])('`%s` is read as `%s`', (text, expected) => {
    expect(parseHost(text)?.text).toBe(expected)
  })

  test.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '-a',
    'a-',
    'a_b',
    'a b',
    'a\0',
    'a\r\nb',
    'a%2e',
    'a@b',
    'a/b',
    'b\u00fccher',
    'a:1',
  ])('%j is none', text => {
    expect(parseHost(text)).toBeUndefined()
  })

  test.prop([
    fc.oneof(fc.string({ unit: 'binary' }), fc.domain(), fc.ipV4Extended(), fc.ipV6(), fc.webAuthority()),
  ])('is what a URL parser reads, or nothing', text => {
    const host = parseHost(text)
    if (!host) return
    const shown = host.text.includes(':') ? `[${host.text}]` : host.text
    const read = new URL(`http://${shown}/`).hostname
    // Node writes a few v6 addresses with dots.
    expect(parseHost(read.startsWith('[') ? read.slice(1, -1) : read)).toEqual(host)
    expect(host.kind).toBe(isIP(host.text) === 0 ? 'name' : 'address')
    expect(parseHost(host.text)).toEqual(host)
  })

  test.prop([
    fc.domain(),
    fc.nat(),
    fc.constantFrom(...'\0\t\r\n %@/\\?#:_,;[]*"<>^`{|}~\u0130\u212a\uff0e\u3002'),
  ])('holds no other character anywhere', (name, place, character) => {
    const at = place % (name.length + 1)
    expect(parseHost(name.slice(0, at) + character + name.slice(at))).toBeUndefined()
  })

  const spelled = fc
    .nat(0xffff_ffff)
    .chain(value =>
      fc.constantFrom(
        String(value),
        `0x${value.toString(16)}`,
        `0${value.toString(8)}`,
        `0X${value.toString(16)}`,
      ),
    )
  test.prop([fc.array(spelled, { minLength: 1, maxLength: 5 })])(
    'is no number, but for four in decimal',
    parts => {
      const text = parts.join('.')
      expect(parseHost(text) === undefined).toBe(isIP(text) === 0)
    },
  )
})

describe('a port', () => {
  test.prop([fc.integer({ min: 1, max: 65_535 })])('in decimal is read', port => {
    expect(parsePort(String(port))).toBe(port)
  })

  test.prop([fc.string()])('is a number in decimal or nothing', text => {
    const port = parsePort(text)
    if (port !== undefined) expect(String(port)).toBe(text)
  })

  test.each([
    '',
    '0',
    '65536',
    '00443',
    '+443',
    '-1',
    '0x1bb',
    '4e2',
    '443 ',
    ' 443',
    '4_43',
    '\u0664\u0664\u0663',
  ])('%j is none', text => {
    expect(parsePort(text)).toBeUndefined()
  })
})

describe('an authority', () => {
  test.prop([fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 })])(
    'is written as it is read',
    (text, port) => {
      const host = parseHost(text)
      fc.pre(host !== undefined)
      const target = { host: host!, port }
      expect(parseAuthority(formatAuthority(target))).toEqual(target)
    },
  )

  test.prop([fc.string({ unit: 'binary' })])('is read or refused, never an error', text => {
    const read = parseAuthority(text, 80)
    if (typeof read !== 'string') expect(parseAuthority(formatAuthority(read))).toEqual(read)
  })

  test('needs a port where none is usual', () => {
    expect(parseAuthority('a.example')).toBe('malformed-port')
    expect(parseAuthority('a.example', 80)).toMatchObject({ port: 80 })
    expect(parseAuthority('a.example:', 80)).toBe('malformed-port')
  })
})
