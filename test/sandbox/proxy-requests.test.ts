import { fc, test as property } from '@fast-check/vitest'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  CHUNKED,
  openLine,
  openStage,
  PUBLIC,
  requestsWith,
  type Stage,
  say,
  socksMessages,
  statusOf,
} from './proxy-stage.ts'

let stage: Stage
let requests: ReturnType<typeof requestsWith>
beforeAll(async () => {
  stage = await openStage({
    allow: ['api.example.com', '*.wild.example.org', '10.1.2.3:8080'],
    limits: { headMs: 400 },
  })
  requests = requestsWith(stage.token)
})
afterEach(() => stage.forget())
afterAll(() => stage.close())

describe('one connection', () => {
  test('a second request on it is judged anew', async () => {
    const line = await openLine(stage)
    line.send(requests.get('http://api.example.com/one'))
    await line.until(/ok$/)
    line.send(requests.get('http://a.wild.example.org/two'))
    await line.until(/ok.*ok$/s)
    line.send(requests.get('http://evil.test/three'))
    expect(await line.closed()).toMatch(/ok.*ok.*403 Forbidden/s)
    expect(stage.dialled).toEqual([`${PUBLIC}:80`, `${PUBLIC}:80`])
    expect(stage.refusals).toMatchObject([{ host: 'evil.test', reason: 'proxy.host-not-allowed' }])
  })

  test('the token is asked for with every request', async () => {
    const line = await openLine(stage)
    line.send(requests.get('http://api.example.com/one'))
    await line.until(/ok$/)
    line.send(requests.get('http://api.example.com/two').replace(requests.auth, ''))
    expect(await line.closed()).toMatch(/ok.*407 Proxy/s)
    expect(stage.received).toHaveLength(1)
  })

  test('what is sent behind a refused CONNECT is not looked at', async () => {
    const line = await openLine(stage)
    line.send(
      requests.connectTo('evil.test:443') +
        requests.get('http://api.example.com/') +
        requests.connectTo('api.example.com:443'),
    )
    const text = await line.closed()
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(stage.refusals).toHaveLength(1)
    expect(stage.dialled).toEqual([])
  })

  test('what is sent behind a refused request is not looked at', async () => {
    const line = await openLine(stage)
    line.send(requests.get('http://evil.test/') + requests.get('http://api.example.com/'))
    expect((await line.closed()).match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(stage.dialled).toEqual([])
  })

  test('requests that do not wait for the answer are refused', async () => {
    const line = await openLine(stage)
    line.send(requests.get('http://api.example.com/').repeat(20))
    await line.closed()
    expect(stage.dialled.length).toBeLessThanOrEqual(1)
    expect(stage.refusals.map(refusal => refusal.reason)).toEqual(['proxy.malformed-request'])
  })

  test('what is sent behind an allowed CONNECT goes into the tunnel, as bytes', async () => {
    const line = await openLine(stage)
    line.send(`${requests.connectTo('api.example.com:443')}first`)
    await line.until(/first$/)
    line.send('CONNECT evil.test:443 HTTP/1.0\r\n')
    await line.until(/evil\.test/)
    line.socket.destroy()
    expect(stage.received).toEqual(['firstCONNECT evil.test:443 HTTP/1.0\r\n'])
    expect(stage.refusals).toEqual([])
  })

  test('whose client has ended is served to its end', async () => {
    for (const raw of [
      `${requests.connectTo('api.example.com:443')}early`,
      requests.get('http://api.example.com/'),
    ]) {
      const line = await openLine(stage)
      line.send(raw)
      line.socket.end()
      expect(await line.closed()).toMatch(/200 .*(?:early|ok)$/s)
    }
  })

  test('a CONNECT goes where its request line says, whatever its Host says', async () => {
    const withHost = (target: string, header: string) =>
      requests.connectTo(target).replace(`Host: ${target}`, `Host: ${header}`)
    expect(statusOf(await say(stage, withHost('evil.test:443', 'api.example.com:443')))).toBe(403)
    expect(stage.dialled).toEqual([])
    expect(statusOf(await say(stage, withHost('api.example.com:443', 'evil.test:443')))).toBe(200)
    expect(stage.resolved).toEqual(['api.example.com'])
  })
})

describe('a request that passes', () => {
  const sent = () => stage.received[0]!

  test('is built anew: Host from its target, nothing of our leg, nothing named in Connection', async () => {
    await say(
      stage,
      requests
        .get(
          'http://API.example.com:80/x?y=%20',
          'Connection: X-Hop, Authorization\r\nX-Hop: 1\r\nProxy-Connection: keep-alive\r\nKeep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\nX-Kept: v\r\nAuthorization: Basic eA==\r\n',
        )
        .replace('Host: api.example.com', 'Host: evil.test'),
    )
    expect(sent()).toBe(
      'GET /x?y=%20 HTTP/1.1\r\nHost: api.example.com\r\nX-Kept: v\r\nAuthorization: Basic eA==\r\nVia: 1.1 portcullis\r\nConnection: close\r\n\r\n',
    )
  })

  test('an upgrade stays a plain request', async () => {
    await say(
      stage,
      requests.get(
        'http://api.example.com/',
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n',
      ),
    )
    expect(sent()).not.toMatch(/upgrade/i)
  })

  test('never carries the token', async () => {
    await say(stage, requests.get('http://api.example.com/', 'Connection: Proxy-Authorization\r\n'))
    expect(sent()).not.toMatch(/proxy-authorization/i)
    expect(sent()).not.toContain(stage.token)
  })

  test('keeps a port that is not 80 in Host', async () => {
    await say(stage, requests.get('http://10.1.2.3:8080/'))
    expect(sent()).toContain('Host: 10.1.2.3:8080\r\n')
    expect(stage.dialled).toEqual(['10.1.2.3:8080'])
  })

  test.each<[string, [string, string], RegExp]>([
    ['with a length', ['Content-Length: 5\r\n', 'hello'], /Content-Length: 5\r\n.*\r\n\r\nhello$/s],
    [
      'in chunks',
      [CHUNKED, '5\r\nhello\r\n0\r\n\r\n'],
      /Transfer-Encoding: chunked\r\n.*\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/s,
    ],
    [
      'in chunks with an extension',
      [CHUNKED, '5;a=b\r\nhello\r\n0\r\nX-Trailer: y\r\n\r\n'],
      /\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/,
    ],
    ['none', ['', ''], /Content-Length: 0\r\n/],
  ])('keeps its body: %s', async (_, sentBody, expected) => {
    await say(stage, requests.post(...sentBody))
    await expect.poll(sent).toMatch(expected)
  })

  test('is asked to continue by the proxy, once it is allowed', async () => {
    const line = await openLine(stage)
    line.send(requests.post('Expect: 100-continue\r\nContent-Length: 5\r\n', ''))
    await line.until(/^HTTP\/1\.1 100 Continue/)
    line.send('hello')
    await line.until(/200 OK/)
    await expect.poll(sent).toMatch(/hello$/)
    expect(sent()).not.toMatch(/expect/i)
    line.socket.destroy()

    const refused = await openLine(stage)
    refused.send(
      requests.post('Expect: 100-continue\r\nContent-Length: 5\r\n', '').replace('//api.', '//evil.'),
    )
    expect(await refused.closed()).toMatch(/^HTTP\/1\.1 403/)
  })

  test('broken chunks amid the body end both sides', async () => {
    const line = await openLine(stage)
    line.send(requests.post(CHUNKED, '5\r\nhelloXX'))
    await line.closed()
    await expect.poll(stage.openUpstreams).toBe(0)
    expect(stage.received.join()).not.toContain('\r\n0\r\n')
    expect(stage.refusals.map(refusal => refusal.reason)).toEqual(['proxy.malformed-request'])
  })
})

describe('a request that was tampered with anywhere', () => {
  const change = fc.record({
    place: fc.nat(),
    cut: fc.integer({ min: 0, max: 3 }),
    put: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom(
        '\r\n',
        '\0',
        '@evil.test',
        'http://evil.test/',
        'Host: evil.test\r\n',
        ':22',
        '.',
        '%',
      ),
    ),
  })
  const changes = fc.array(change, { minLength: 1, maxLength: 3 })
  const tamper = (bytes: Buffer, list: readonly { place: number; cut: number; put: string }[]) =>
    list.reduce((whole, { place, cut, put }) => {
      const at = place % (whole.length + 1)
      return Buffer.concat([whole.subarray(0, at), Buffer.from(put, 'latin1'), whole.subarray(at + cut)])
    }, bytes)

  async function leadsNowhereElse(bytes: Buffer): Promise<void> {
    stage.forget()
    const line = await openLine(stage)
    line.send(bytes)
    line.socket.end()
    await line.closed()
    for (const target of stage.dialled)
      expect([`${PUBLIC}:80`, `${PUBLIC}:443`, '10.1.2.3:8080']).toContain(target)
    for (const name of stage.resolved) expect(name).toMatch(/^api\.example\.com$|\.wild\.example\.org$/)
    expect(stage.received.join()).not.toContain(stage.token)
    expect(JSON.stringify(stage.refusals)).not.toContain(stage.token)
  }

  property.prop([fc.constantFrom('connect', 'get', 'post'), changes], { numRuns: 100, endOnFailure: true })(
    'over HTTP leads nowhere that is not listed',
    async (kind, list) => {
      const whole = {
        connect: requests.connectTo('api.example.com:443'),
        get: requests.get('http://a.wild.example.org/x'),
        post: requests.post(CHUNKED, '5\r\nhello\r\n0\r\n\r\n'),
      }[kind]!
      await leadsNowhereElse(tamper(Buffer.from(whole), list))
    },
  )

  property.prop([changes], { numRuns: 100, endOnFailure: true })(
    'over SOCKS5 leads nowhere that is not listed',
    async list => {
      await leadsNowhereElse(tamper(Buffer.concat(socksMessages({ token: stage.token })), list))
    },
  )
})
