import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RefusalReason } from '../../src/enforcement/exec/proxy/refusal.ts'
import { openLine, openStage, type Stage, socksMessages } from './proxy-stage.ts'

const allow = [
  'api.example.com',
  '*.wild.example.org',
  'xn--bcher-kva.example.com',
  '127.0.0.1:18080',
  '[2606:4700::1111]:443',
]

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ allow, limits: { headMs: 400 } })
})
afterEach(() => stage.forget())
afterAll(() => stage.close())

describe('an attack over SOCKS5 is refused, and its nearest neighbour is served', () => {
  type Parts = Omit<Parameters<typeof socksMessages>[0], 'token'> & { readonly token?: string }
  const [success, notAllowed, unreadable] = [0, 2, 8]
  const v6 = (...groups: number[]) => Uint8Array.from(groups.flatMap(group => [group >> 8, group & 255]))

  /** The reply to the request, or the last bytes that came before. */
  async function ask(parts: Parts): Promise<number[]> {
    const line = await openLine(stage)
    for (const message of socksMessages({ token: stage.token, ...parts })) line.send(message)
    const text = await line.until(/^(?:.{2}(?:.{12}|.[^\0]$)|.\xff)$/s)
    line.socket.destroy()
    return [...Buffer.from(text, 'latin1')]
  }
  const replyOf = (bytes: number[]) => bytes[5]

  test.each<[string, Parts, Parts, RefusalReason, number]>([
    ['a NUL in the name', { host: 'evil.test\0.api.example.com' }, {}, 'proxy.malformed-host', unreadable],
    ['a NUL behind the name', { host: 'api.example.com\0' }, {}, 'proxy.malformed-host', unreadable],
    ['a line break', { host: 'api.example.com\r\nX: y' }, {}, 'proxy.malformed-host', unreadable],
    ['a user', { host: 'api.example.com@evil.test' }, {}, 'proxy.malformed-host', unreadable],
    ['a port in the name', { host: 'api.example.com:443' }, {}, 'proxy.malformed-host', unreadable],
    ['an empty name', { host: '' }, {}, 'proxy.malformed-host', unreadable],
    [
      'a name in UTF-8',
      { host: 'bücher.example.com' },
      { host: 'xn--bcher-kva.example.com' },
      'proxy.malformed-host',
      unreadable,
    ],
    [
      'a Kelvin sign for a k',
      { host: '\u212a.wild.example.org' },
      { host: 'k.wild.example.org' },
      'proxy.malformed-host',
      unreadable,
    ],
    [
      'v6 in brackets as a name',
      { host: '[2606:4700::1111]' },
      { host: '2606:4700::1111' },
      'proxy.malformed-host',
      unreadable,
    ],
    [
      'a number as a name',
      { host: '2130706433', port: 18_080 },
      { host: '127.0.0.1', port: 18_080 },
      'proxy.malformed-host',
      unreadable,
    ],
    ['a host nobody listed', { host: 'evil.test' }, {}, 'proxy.host-not-allowed', notAllowed],
    ['a port nobody listed', { port: 8443 }, { port: 80 }, 'proxy.port-not-allowed', notAllowed],
    ['port 25', { port: 25 }, {}, 'proxy.port-blocked', notAllowed],
    ['port 0', { port: 0 }, {}, 'proxy.malformed-port', 1],
    [
      'the domain of a wildcard',
      { host: 'wild.example.org' },
      { host: 'a.wild.example.org' },
      'proxy.host-not-allowed',
      notAllowed,
    ],
    [
      'v4 loopback',
      { type: 1, host: Uint8Array.of(127, 0, 0, 2), port: 18_080 },
      { type: 1, host: Uint8Array.of(127, 0, 0, 1), port: 18_080 },
      'proxy.address-not-allowed',
      notAllowed,
    ],
    [
      'v6 loopback',
      { type: 4, host: v6(0, 0, 0, 0, 0, 0, 0, 1), port: 18_080 },
      { type: 4, host: v6(0x2606, 0x4700, 0, 0, 0, 0, 0, 0x1111) },
      'proxy.address-not-allowed',
      notAllowed,
    ],
    [
      'v4-mapped metadata',
      { type: 4, host: v6(0, 0, 0, 0, 0, 0xffff, 0xa9fe, 0xa9fe), port: 80 },
      { type: 4, host: v6(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1), port: 18_080 },
      'proxy.address-not-allowed',
      notAllowed,
    ],
    ['an unknown kind of address', { type: 2, host: 'abcd' }, {}, 'proxy.malformed-host', unreadable],
    ['BIND', { command: 2 }, {}, 'proxy.command-not-allowed', 7],
    ['UDP', { command: 3 }, {}, 'proxy.command-not-allowed', 7],
    ['another version in the request', { version: 4 }, {}, 'proxy.malformed-request', 1],
    ['a reserved byte', { reserved: 1 }, {}, 'proxy.malformed-request', 1],
  ])('%s', async (_, attack, nearest, reason, reply) => {
    expect(replyOf(await ask(attack))).toBe(reply)
    expect(stage.refusals.map(refusal => [refusal.reason, refusal.protocol])).toEqual([[reason, 'socks5']])
    expect(stage.dialled).toEqual([])
    stage.forget()
    expect(replyOf(await ask(nearest))).toBe(success)
    expect(stage.refusals).toEqual([])
    expect(stage.dialled).toHaveLength(1)
  })

  test.each<[string, Parts, RefusalReason, number[]]>([
    ['a wrong token', { token: '0'.repeat(48) }, 'proxy.token-wrong', [5, 2, 1, 1]],
    ['an empty token', { token: '' }, 'proxy.token-wrong', [5, 2, 1, 1]],
    ['another user', { user: 'root' }, 'proxy.token-wrong', [5, 2, 1, 1]],
    ['another version of the login', { subversion: 2 }, 'proxy.malformed-request', [5, 2, 1, 1]],
    ['no login offered', { methods: [0] }, 'proxy.token-missing', [5, 0xff]],
    ['GSSAPI alone', { methods: [1] }, 'proxy.token-missing', [5, 0xff]],
    ['no method at all', { methods: [] }, 'proxy.token-missing', [5, 0xff]],
  ])('%s', async (_, attack, reason, answer) => {
    expect(await ask(attack)).toEqual(answer)
    expect(stage.refusals.map(refusal => refusal.reason)).toEqual([reason])
    expect(stage.dialled).toEqual([])
    stage.forget()
    expect(replyOf(await ask({ methods: [0, 1, 2] }))).toBe(success)
    expect(stage.refusals).toEqual([])
  })

  test('SOCKS4 gets its own refusal', async () => {
    const line = await openLine(stage)
    line.send(Buffer.of(4, 1, 1, 187, 127, 0, 0, 1, 0))
    expect([...Buffer.from(await line.closed(), 'latin1')]).toEqual([0, 0x5b, 0, 0, 0, 0, 0, 0])
    expect(stage.refusals.map(refusal => refusal.reason)).toEqual(['proxy.protocol-not-allowed'])
  })

  test('bytes sent along with the request are the first of the tunnel', async () => {
    const line = await openLine(stage)
    line.send(Buffer.concat([...socksMessages({ token: stage.token }), Buffer.from('early')]))
    expect((await line.until(/early$/)).length).toBe(2 + 2 + 10 + 5)
    line.socket.end()
    await line.closed()
    expect(stage.received).toEqual(['early'])
  })

  test('who has sent all at once, and ended, is answered', async () => {
    const line = await openLine(stage)
    line.send(Buffer.concat([...socksMessages({ token: stage.token }), Buffer.from('early')]))
    line.socket.end()
    expect(await line.closed()).toMatch(/early$/)
    expect(stage.received).toEqual(['early'])
  })

  test('a message that ends in its middle keeps nothing turning', async () => {
    const whole = Buffer.concat(socksMessages({ token: stage.token }))
    for (let length = 1; length < whole.length; length += 3) {
      const line = await openLine(stage)
      line.send(whole.subarray(0, length))
      line.socket.end()
      await line.closed()
    }
    expect([stage.dialled, stage.refusals]).toEqual([[], []])
  })

  test('a login that comes byte by byte is read, one that stops is cut off', async () => {
    const line = await openLine(stage)
    for (const byte of Buffer.concat(socksMessages({ token: stage.token }))) line.send(Buffer.of(byte))
    await line.until(/^.{14}$/s)
    line.socket.destroy()
    const slow = await openLine(stage)
    slow.send(Buffer.of(5, 1, 2))
    await slow.closed()
    expect(stage.refusals.map(refusal => refusal.reason)).toEqual(['proxy.too-slow'])
  })
})
