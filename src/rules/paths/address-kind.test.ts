import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { type AddressKind, addressKind } from './address-kind.ts'

describe('the kind of an address', () => {
  test.each<[AddressKind, readonly string[]]>([
    [
      'public',
      [
        '1.1.1.1',
        '172.32.0.1',
        '2606:4700::1',
        '64:ff9b::101:101',
        '2002:101:101::1',
        '::ffff:1.1.1.1',
        '2001:4860::8888',
      ],
    ],
    [
      'local',
      [
        '127.0.0.1',
        '127.9.9.9',
        '0.0.0.0',
        '::',
        '::1',
        '::ffff:127.0.0.1',
        '::ffff:7f00:1',
        '64:ff9b::7f00:1',
        '2002:7f00:1::',
      ],
    ],
    [
      'private',
      [
        '10.0.0.1',
        '172.16.0.1',
        '192.168.0.1',
        '100.64.0.1',
        '198.18.0.1',
        '0.0.0.1',
        '224.0.0.1',
        '255.255.255.255',
        '::a00:1',
        'fc00::1',
        'fec0::1',
        'ff02::1',
        '64:ff9b:1::1',
      ],
    ],
    ['link-local', ['169.254.0.1', 'fe80::1', 'febf::1', '::ffff:169.254.0.1']],
    [
      'metadata',
      [
        '169.254.169.254',
        '169.254.170.2',
        '100.100.100.200',
        '168.63.129.16',
        '192.0.0.192',
        'fd00:ec2::254',
        '::ffff:a9fe:a9fe',
        '64:ff9b::169.254.169.254',
        '2002:a9fe:a9fe::',
        '2606:4700::5efe:169.254.169.254',
      ],
    ],
    [
      'reserved',
      [
        '192.0.2.1',
        '198.51.100.1',
        '203.0.113.1',
        '192.88.99.1',
        '2001:db8::1',
        '2001::1',
        '2001:20::1',
        '3fff::1',
        '100::1',
        '4000::1',
        '5f00::1',
      ],
    ],
    ['private', ['', 'x', '1.2.3', '1.2.3.256', '1:2:3', '1:2:3:4:5:6:7:8:9', '1::2::3']],
  ])('%s', (kind, addresses) => {
    for (const address of addresses) expect([address, addressKind(address)]).toEqual([address, kind])
  })

  test.prop([fc.ipV4()])('is that of the v4 address inside', address => {
    const hex = address.split('.').map(octet => Number(octet).toString(16).padStart(2, '0'))
    const groups = `${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`
    const kind = addressKind(address)
    for (const carrier of [
      `::ffff:${address}`,
      `::ffff:${groups}`,
      `::ffff:0:${groups}`,
      `64:ff9b::${groups}`,
      `2002:${groups}::1`,
    ])
      expect(addressKind(carrier)).toBe(kind)
  })

  test.prop([fc.ipV6()])('is told for every v6 address, however it is written', address => {
    expect(['public', 'local', 'private', 'link-local', 'metadata', 'reserved']).toContain(
      addressKind(address),
    )
  })
})
