import { isIP } from 'node:net'
import { fc, test as propertyTest } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { createAddressSet, createProxySet, normalAddress, senderOf } from './addresses.ts'

describe('addresses', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:0a00:0001', '10.0.0.1'],
    ['0:0:0:0:0:ffff:a00:1', '10.0.0.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
  ])('`%s` is `%s`', (text, normal) => expect(normalAddress(text)).toBe(normal))

  test.each([
    '127.1',
    '0177.0.0.1',
    '2130706433',
    '0x7f.0.0.1',
    '127.0.0.1 ',
    '127.0.0.1/8',
    '[::1]',
    'localhost',
    '',
    '::ffff:999.0.0.1',
    '1.2.3.4%eth0',
    `fe80::1%${'x'.repeat(100)}`,
  ])('`%s` is no address', text => expect(normalAddress(text)).toBeNull())

  test('one sender has one v4 address but a whole v6 /64', () => {
    expect(senderOf('203.0.113.7')).toBe('203.0.113.7')
    expect(senderOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(senderOf('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64')
    expect(senderOf('2001:db8::9')).toBe('2001:db8:0:0::/64')
    expect(senderOf('::1')).toBe(senderOf('::2'))
    expect(senderOf('2001:db8:1:3::9')).not.toBe(senderOf('2001:db8:1:2::9'))
  })

  test('a set holds v4 in any spelling, and its neighbours not', () => {
    const set = createAddressSet(['10.0.0.0/8', '2001:db8::/32', '203.0.113.7', '::ffff:192.0.2.0/120'], 'k')
    const has = (text: string) => set.has(normalAddress(text)!)
    for (const inside of ['10.1.2.3', '::ffff:10.0.0.1', '2001:db8::5', '203.0.113.7', '192.0.2.9']) {
      expect(has(inside)).toBe(true)
    }
    for (const outside of ['11.0.0.1', '::ffff:11.0.0.1', '2001:db9::5', '203.0.113.8', '192.0.3.9']) {
      expect(has(outside)).toBe(false)
    }
  })

  test('a wide v6 range does not take in v4 by way of its mapped spelling', () => {
    const set = createAddressSet(['::/16'], 'k')
    expect(set.has('192.0.2.1')).toBe(false)
    expect(set.has('::1')).toBe(true)
  })

  test.each([
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0/8',
    '127.1',
    '0177.0.0.1',
    '::/129',
    'fe80::1%eth0',
    '',
    'all',
    '10.0.0.0/8/8',
  ])('the range `%s` is refused and its place named', text => {
    expect(() => createAddressSet(['10.0.0.1', text], 'network.allow')).toThrow(
      expect.objectContaining({
        code: 'config.invalid',
        message: expect.stringContaining('network.allow[1]'),
      }),
    )
  })

  test.each(['0.0.0.0/0', '::/0', '10.0.0.0/7', '::ffff:0.0.0.0/8', '::ffff:0:0/96', '::ffff:a00:0/103'])(
    'proxies may not be `%s`',
    text => {
      expect(() => createProxySet([text], 'network.trustedProxies')).toThrow(
        expect.objectContaining({
          code: 'config.invalid',
          message: expect.stringContaining('claim any address'),
        }),
      )
    },
  )

  propertyTest.prop([fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())])(
    'what is normal is an address, stays itself, and never a mapped one',
    text => {
      const normal = normalAddress(text)
      if (normal === null) return
      expect(isIP(normal)).not.toBe(0)
      expect(normalAddress(normal)).toBe(normal)
      expect(normal.startsWith('::ffff:') && normal.includes('.')).toBe(false)
      expect(() => senderOf(normal)).not.toThrow()
    },
  )
})
