import { fc, test as propertyTest } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../access/decision.ts'
import type { AccessRequest, Context, EnforcementPointName } from '../../access/request.ts'
import { type Config, configSchema } from '../../config/schema.ts'
import type { Deliberation } from '../layer.ts'
import { createNetworkLayer } from './network.ts'
import { createRateLimiter } from './rate-limiter.ts'

let time = 0
const clock = { now: () => time, monotonic: () => time }

function asked(network: Partial<Context['network']>, point: EnforcementPointName = 'gateway'): Deliberation {
  const request: AccessRequest = {
    id: 'dec_1',
    point,
    action: 'model:invoke',
    resource: { type: 'model', id: 'm', texts: [], stream: false },
    context: { time: 0, network: { address: '127.0.0.1', local: false, encrypted: false, ...network } },
    credentials: {},
  }
  return { request, principal: null, permission: null, findings: [], obligations: [], affirmed: false }
}

function layer(network: Partial<Config['network']>, mode: Config['authentication']['mode'] = 'local') {
  const config = configSchema.parse({ network, authentication: { mode } })
  const built = createNetworkLayer(config, { clock })
  return (given: Partial<Context['network']>, point?: EnforcementPointName) =>
    built.check(asked(given, point)) as Verdict
}

function code(verdict: Verdict): string {
  return verdict.kind === 'deny' ? verdict.reasons[0].code : verdict.kind
}

const https = { encrypted: true }
const proxy = { trustedProxies: ['127.0.0.1', '10.0.0.0/8'] }

describe('transport', () => {
  test('plain HTTP is served on loopback and refused from elsewhere', () => {
    const check = layer({})
    expect(code(check({ address: '127.0.0.1', local: true }))).toBe('pass')
    expect(code(check({ address: '::1', local: true }))).toBe('pass')
    expect(code(check({ address: '::ffff:127.0.0.1', local: true }))).toBe('pass')
    expect(code(check({ address: '192.0.2.1' }))).toBe('network.insecure-transport')
    expect(code(check({ address: '::ffff:192.0.2.1' }))).toBe('network.insecure-transport')
    expect(code(check({ address: '192.0.2.1', ...https }))).toBe('pass')
  })

  test('a peer that claims HTTPS by header is believed only when it is a proxy', () => {
    const claim = { forwardedProto: 'https', forwardedFor: '192.0.2.1' }
    expect(code(layer({})({ address: '198.51.100.1', ...claim }))).toBe('network.insecure-transport')
    expect(code(layer(proxy)({ address: '10.0.0.1', ...claim }))).toBe('pass')
    expect(code(layer(proxy)({ address: '10.0.0.1', ...claim, forwardedProto: 'http' }))).toBe(
      'network.insecure-transport',
    )
  })

  test('a proxy that does not say how its client came is not taken for HTTPS', () => {
    expect(code(layer(proxy)({ address: '10.0.0.1', ...https, forwardedFor: '192.0.2.1' }))).toBe(
      'network.insecure-transport',
    )
  })

  test('one plain leg makes the whole way plain', () => {
    const forwardedFor = '192.0.2.1, 10.0.0.2'
    const check = layer(proxy)
    expect(code(check({ address: '10.0.0.1', forwardedFor, forwardedProto: 'https, https' }))).toBe('pass')
    expect(code(check({ address: '10.0.0.1', forwardedFor, forwardedProto: 'http, https' }))).toBe(
      'network.insecure-transport',
    )
    expect(code(check({ address: '10.0.0.1', forwardedFor, forwardedProto: 'https, wss' }))).toBe(
      'network.malformed-request',
    )
  })

  test('a unix socket or call in process has no address and passes; a stranger without one does not', () => {
    const check = layer({ allow: ['192.0.2.1'] })
    expect(code(check({ address: '', local: true }, 'hooks'))).toBe('pass')
    expect(code(check({ address: '', local: false }))).toBe('network.malformed-request')
    expect(code(check({ address: '127.1', local: false, ...https }))).toBe('network.malformed-request')
  })
})

describe('address lists', () => {
  test('block wins over allow, in every spelling', () => {
    const check = layer({ allow: ['192.0.2.0/24'], block: ['192.0.2.66', '2001:db8:bad::/48'] })
    expect(code(check({ address: '192.0.2.1', ...https }))).toBe('pass')
    expect(code(check({ address: '192.0.2.66', ...https }))).toBe('network.address-blocked')
    expect(code(check({ address: '::ffff:192.0.2.66', ...https }))).toBe('network.address-blocked')
    expect(code(check({ address: '::ffff:c000:242', ...https }))).toBe('network.address-blocked')
    expect(code(check({ address: '2001:db8:bad::1', ...https }))).toBe('network.address-blocked')
    expect(code(check({ address: '198.51.100.1', ...https }))).toBe('network.address-not-allowed')
  })

  test('a zone does not get an address past the list', () => {
    const check = layer({ block: ['fe80::/10'] })
    expect(code(check({ address: 'fe80::1%eth0', ...https }))).toBe('network.address-blocked')
  })

  test('a blocked proxy stays blocked, whomever it speaks for', () => {
    const check = layer({ ...proxy, block: ['10.0.0.9'] })
    const forwarded = { forwardedFor: '192.0.2.1', forwardedProto: 'https' }
    expect(code(check({ address: '10.0.0.9', ...forwarded }))).toBe('network.address-blocked')
    expect(code(check({ address: '10.0.0.8', ...forwarded }))).toBe('pass')
  })

  test.each([
    ['network.allow', { allow: ['nonsense'] }],
    ['network.block', { block: ['10.0.0.0/99'] }],
    ['network.trustedProxies', { trustedProxies: ['0.0.0.0/0'] }],
  ])('a bad %s stops the start and names the key', (key, network) => {
    const config = { ...configSchema.parse({}), network: { ...configSchema.parse({}).network, ...network } }
    expect(() => createNetworkLayer(config, { clock })).toThrow(
      expect.objectContaining({ code: 'config.invalid', message: expect.stringContaining(`${key}[0]`) }),
    )
  })
})

describe('forwarded addresses', () => {
  const forwardedProto = 'https'

  test('a spoofed header changes nothing: not the block list, not the allow list, not the rate', () => {
    const check = layer({
      block: ['192.0.2.66'],
      allow: ['198.51.100.0/24'],
      rateLimit: { requestsPerMinute: 2 },
    })
    const from = (forwardedFor?: string) =>
      code(check({ address: '198.51.100.1', ...https, ...(forwardedFor && { forwardedFor }) }))
    expect(from('192.0.2.66')).toBe('pass')
    expect(from('10.0.0.1, 127.0.0.1')).toBe('pass')
    expect(from('203.0.113.1')).toBe('network.rate-limited')
    const stranger = check({ address: '192.0.2.7', ...https, forwardedFor: '198.51.100.1' })
    expect(code(stranger)).toBe('network.address-not-allowed')
  })

  test('a header that was not believed is noted', () => {
    const verdict = layer({})({ address: '127.0.0.1', local: true, forwardedFor: '192.0.2.1' })
    expect(verdict).toMatchObject({
      kind: 'pass',
      findings: [{ rule: 'network.unlisted-proxy', severity: 'note' }],
    })
  })

  test('the sender behind a proxy is noted for the record', () => {
    const verdict = layer(proxy)({ address: '10.0.0.1', forwardedFor: '192.0.2.1', forwardedProto })
    const message = 'sent by `192.0.2.1` through the proxy `10.0.0.1`'
    expect(verdict).toMatchObject({ kind: 'pass', findings: [{ rule: 'network.forwarded', message }] })
  })

  test('the list is walked from the right: what the sender put on its left is not believed', () => {
    const check = layer({ ...proxy, block: ['192.0.2.66'] })
    const from = (forwardedFor: string) => code(check({ address: '10.0.0.1', forwardedFor, forwardedProto }))
    expect(from('192.0.2.66')).toBe('network.address-blocked')
    expect(from('198.51.100.1, 192.0.2.66')).toBe('network.address-blocked')
    expect(from('198.51.100.1, 192.0.2.66, 10.0.0.2, 127.0.0.1')).toBe('network.address-blocked')
    expect(from('192.0.2.66, 198.51.100.1')).toBe('pass')
    expect(from('::ffff:192.0.2.66')).toBe('network.address-blocked')
    expect(from('[::ffff:192.0.2.66]:443')).toBe('network.address-blocked')
    expect(from('192.0.2.66:4711')).toBe('network.address-blocked')
  })

  test('a sender that claims loopback through a proxy is not taken for local transport', () => {
    const check = layer(proxy)
    expect(
      code(check({ address: '10.0.0.1', forwardedFor: '127.0.0.1, 192.0.2.1', forwardedProto: 'http' })),
    ).toBe('network.insecure-transport')
  })

  test.each([
    '',
    ',',
    '192.0.2.1,',
    'unknown',
    '_hidden',
    '127.1',
    '0177.0.0.1',
    '192.0.2.1 192.0.2.2',
    '[192.0.2.1]',
    '[::1',
  ])('from a proxy, `%s` is refused rather than guessed at', forwardedFor => {
    const verdict = layer(proxy)({ address: '10.0.0.1', forwardedFor, forwardedProto })
    expect(code(verdict)).toBe('network.malformed-request')
  })

  test('a list longer than any chain of proxies is refused', () => {
    const forwardedFor = new Array(300).fill('1.1.1.1').join(',')
    const verdict = layer(proxy)({ address: '10.0.0.1', forwardedFor, forwardedProto })
    expect(code(verdict)).toBe('network.malformed-request')
  })

  propertyTest.prop([fc.array(fc.ipV4()), fc.ipV4()])(
    'whatever a sender claims, the address its proxy saw is the one judged',
    (claims, real) => {
      fc.pre(!real.startsWith('10.') && real !== '127.0.0.1')
      const check = layer({ ...proxy, block: [real] })
      const forwardedFor = [...claims, real].join(', ')
      expect(code(check({ address: '10.0.0.1', forwardedFor, forwardedProto }))).toBe(
        'network.address-blocked',
      )
    },
  )

  propertyTest.prop([fc.string({ unit: 'binary' }), fc.string()])(
    'no header makes the layer fail',
    (forwardedFor, proto) => {
      const check = layer(proxy)
      expect(['deny', 'pass']).toContain(
        check({ address: '10.0.0.1', forwardedFor, forwardedProto: proto }).kind,
      )
    },
  )
})

describe('rate', () => {
  const remote = { address: '192.0.2.1', ...https }

  test('is 60 a minute in mode required, off in mode local, and what the file says otherwise', () => {
    const passes = (check: ReturnType<typeof layer>) => {
      let count = 0
      while (count < 500 && check(remote).kind === 'pass') count++
      return count
    }
    expect(passes(layer({}, 'required'))).toBe(60)
    expect(passes(layer({}, 'local'))).toBe(500)
    expect(passes(layer({ rateLimit: { requestsPerMinute: 7 } }, 'local'))).toBe(7)
    expect(passes(layer({ rateLimit: { requestsPerMinute: 100, burst: 5 } }, 'local'))).toBe(5)
    expect(passes(layer({ rateLimit: { requestsPerMinute: 0 } }, 'required'))).toBe(500)
  })

  test('says in whole seconds when to come back, and keeps its word', () => {
    const check = layer({ rateLimit: { requestsPerMinute: 40, burst: 1 } })
    check(remote)
    expect(check(remote)).toMatchObject({
      kind: 'deny',
      retryAfter: 2,
      reasons: [{ code: 'network.rate-limited', threat: 'DOS-001' }],
    })
    time += 2000
    expect(code(check(remote))).toBe('pass')
  })

  test('counts a v6 /64 as one sender and each v4 address as one', () => {
    const check = layer({ rateLimit: { requestsPerMinute: 1 } })
    expect(code(check({ ...remote, address: '2001:db8::1' }))).toBe('pass')
    expect(code(check({ ...remote, address: '2001:db8::ffff' }))).toBe('network.rate-limited')
    expect(code(check({ ...remote, address: '2001:db8:0:1::1' }))).toBe('pass')
    expect(code(check({ ...remote, address: '192.0.2.10' }))).toBe('pass')
    expect(code(check({ ...remote, address: '192.0.2.11' }))).toBe('pass')
    expect(code(check({ ...remote, address: '::ffff:192.0.2.11' }))).toBe('network.rate-limited')
  })

  test('does not stop the hooks of this machine, but its gateway clients', () => {
    const check = layer({ rateLimit: { requestsPerMinute: 1 } })
    for (let i = 0; i < 5; i++)
      expect(code(check({ address: '127.0.0.1', local: true }, 'hooks'))).toBe('pass')
    expect(code(check({ address: '127.0.0.1', local: true }))).toBe('pass')
    expect(code(check({ address: '127.0.0.1', local: true }))).toBe('network.rate-limited')
  })

  test('a blocked address is told so and uses nothing up', () => {
    const config = configSchema.parse({
      network: { block: ['192.0.2.1'], rateLimit: { requestsPerMinute: 1 } },
    })
    const limiter = createRateLimiter(config, clock)!
    const built = createNetworkLayer(config, { clock, limiter })
    for (let i = 0; i < 3; i++)
      expect(code(built.check(asked(remote)) as Verdict)).toBe('network.address-blocked')
    expect(limiter.size).toBe(0)
  })
})
