import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RefusalReason } from '../../src/enforcement/exec/proxy/refusal.ts'
import {
  authorization,
  CHUNKED,
  openStage,
  PUBLIC,
  requestsWith,
  type Stage,
  say,
  statusOf,
} from './proxy-stage.ts'

const allow = [
  'api.example.com',
  'other.example.com:443',
  '*.wild.example.org',
  'registry.example.net:8443',
  'xn--bcher-kva.example.com',
  'inside.example.com',
  '10.1.2.3:8080',
  '127.0.0.1:18080',
  '[2606:4700::1111]:443',
]

let stage: Stage
let requests: ReturnType<typeof requestsWith>
beforeAll(async () => {
  stage = await openStage({ allow, limits: { headMs: 400 } })
  requests = requestsWith(stage.token)
})
afterEach(() => stage.forget())
afterAll(() => stage.close())

// The rows are read before there is a token.
const auth = () => requests.auth
const connectTo = (...parts: Parameters<typeof requests.connectTo>) => requests.connectTo(...parts)
const get = (...parts: Parameters<typeof requests.get>) => requests.get(...parts)
const post = (...parts: Parameters<typeof requests.post>) => requests.post(...parts)

interface Attack {
  readonly what: string
  /** Made when the test runs, because the token is. */
  readonly attack: () => string
  readonly nearest: () => string
  readonly reason: RefusalReason
  readonly status: number
}

const row = (
  what: string,
  attack: () => string,
  nearest: () => string,
  reason: RefusalReason,
  status = 400,
): Attack => ({ what, attack, nearest, reason, status })

const host = (what: string, text: string, nearest = 'api.example.com') =>
  row(
    what,
    () => connectTo(`${text}:443`),
    () => connectTo(`${nearest}:443`),
    'proxy.malformed-host',
  )

const unread = (what: string, text: string) =>
  row(
    what,
    () => connectTo(`${text}:443`),
    () => connectTo('api.example.com:443'),
    'proxy.malformed-request',
  )

const listed = (
  what: string,
  text: string,
  nearest: string,
  reason: RefusalReason = 'proxy.host-not-allowed',
) =>
  row(
    what,
    () => connectTo(text),
    () => connectTo(nearest),
    reason,
    403,
  )

const port = (what: string, text: string, reason: RefusalReason = 'proxy.malformed-port', status = 400) =>
  row(
    what,
    () => connectTo(`api.example.com${text}`),
    () => connectTo('api.example.com:443'),
    reason,
    status,
  )

const body = (what: string, framing: string, text: string, nearest: [string, string]) =>
  row(
    what,
    () => post(framing, text),
    () => post(...nearest),
    'proxy.malformed-request',
  )

const fiveLong: [string, string] = ['Content-Length: 5\r\n', 'hello']
const inChunks: [string, string] = [CHUNKED, '5\r\nhello\r\n0\r\n\r\n']

const attacks: readonly Attack[] = [
  unread('a NUL in the host', 'evil.test\0.api.example.com'),
  unread('a line break in the host', 'api.example.com\r\nX-Evil: 1\r\n'),
  unread('a bare line feed in the host', 'api.example.com\nX-Evil: 1'),
  unread('a space in the host', 'api.example.com evil.test'),
  unread('a tab in the host', 'api.example.com\tevil.test'),
  unread('a byte beyond ASCII', 'api.ex\u00e4mple.com'),
  host('a user before the host', 'api.example.com@evil.test'),
  host('a user and a password', 'user:api.example.com@evil.test'),
  host('a percent-encoded NUL', 'evil.test%00.api.example.com'),
  host('a percent-encoded dot', 'api%2eexample.com'),
  host('a dot at the end', 'api.example.com.'),
  host('a dot at the start', '.api.example.com'),
  host('two dots', 'api..example.com'),
  host('a hyphen at the start of a label', '-api.example.com'),
  host('a hyphen at the end of a label', 'api-.example.com'),
  host('an underscore', 'api_1.example.com'),
  unread('a backslash', 'evil.test\\.api.example.com'),
  host('a slash', 'evil.test/.api.example.com'),
  host('a question mark', 'evil.test?.api.example.com'),
  unread('a hash', 'evil.test#.api.example.com'),
  host('a comma', 'api.example.com,evil.test'),
  host('a semicolon', 'api.example.com;evil.test'),
  host('an asterisk', '*.wild.example.org', 'a.wild.example.org'),
  host(
    'a label that is too long',
    `${'a'.repeat(64)}.wild.example.org`,
    `${'a'.repeat(63)}.wild.example.org`,
  ),
  host(
    'a name that is too long',
    `${'a.'.repeat(120)}wild.example.org`,
    `${'a.'.repeat(110)}wild.example.org`,
  ),
  host('no host', '', 'api.example.com'),
  host('two numbers for an address', '127.1'),
  host('a hexadecimal number', '0x7f.1'),
  host('one hexadecimal number', '0x7f000001'),
  host('one decimal number', '2130706433'),
  host('an octal number', '0177.0.0.1'),
  host('an address with leading zeros', '127.000.000.001'),
  host('a number that is too large', '127.0.0.256'),
  host('a hexadecimal last label', 'api.example.0x1'),
  host('an address with a dot at the end', '127.0.0.1.'),
  host('v6 without brackets', '2606:4700::1111', '[2606:4700::1111]'),
  host('v6 with a zone', '[2606:4700::1111%lo]', '[2606:4700::1111]'),
  host('v6 with an encoded zone', '[2606:4700::1111%25lo]', '[2606:4700::1111]'),
  host('v4 in brackets', '[10.1.2.3]', '[2606:4700::1111]'),
  host('a name in brackets', '[api.example.com]', 'api.example.com'),
  host('text behind the brackets', '[2606:4700::1111]x', '[2606:4700::1111]'),
  host('brackets that do not end', '[2606:4700::1111', '[2606:4700::1111]'),
  row(
    'a whole URL',
    () => connectTo('http://api.example.com:443'),
    () => connectTo('api.example.com:443'),
    'proxy.malformed-port',
  ),

  listed('a host nobody listed', 'evil.test:443', 'api.example.com:443'),
  listed('a listed name as the front of another', 'api.example.com.evil.test:443', 'api.example.com:443'),
  listed('a listed name as the end of another', 'evilapi.example.com:443', 'API.Example.COM:443'),
  listed('a parent of a listed name', 'example.com:443', 'api.example.com:443'),
  listed('a child of a listed name', 'x.api.example.com:443', 'api.example.com:443'),
  listed('the domain of a wildcard itself', 'wild.example.org:443', 'a.wild.example.org:443'),
  listed('a name that ends like a wildcard', 'evilwild.example.org:443', 'a.b.wild.example.org:443'),
  listed('the wildcard with more behind it', 'a.wild.example.org.evil.test:443', 'A.Wild.Example.Org:443'),
  listed('a look-alike in punycode', 'xn--pi-7kc.example.com:443', 'xn--bcher-kva.example.com:443'),
  listed('an address of a listed name', `${PUBLIC}:443`, 'api.example.com:443', 'proxy.address-not-allowed'),
  listed('loopback with another port', '127.0.0.1:18081', '127.0.0.1:18080', 'proxy.port-not-allowed'),
  listed('another loopback address', '127.0.0.2:18080', '127.0.0.1:18080', 'proxy.address-not-allowed'),
  listed('loopback over v6', '[::1]:18080', '127.0.0.1:18080', 'proxy.address-not-allowed'),
  listed('the name of loopback', 'localhost:18080', '127.0.0.1:18080'),
  listed('the metadata service', '169.254.169.254:80', '10.1.2.3:8080', 'proxy.address-not-allowed'),
  listed('metadata as v4-mapped', '[::ffff:a9fe:a9fe]:80', '10.1.2.3:8080', 'proxy.address-not-allowed'),
  listed('a neighbour of a listed address', '10.1.2.4:8080', '10.1.2.3:8080', 'proxy.address-not-allowed'),
  listed('zero', '0.0.0.0:18080', '127.0.0.1:18080', 'proxy.address-not-allowed'),
  listed(
    'NAT64 of a listed address',
    '[64:ff9b::a01:203]:8080',
    '10.1.2.3:8080',
    'proxy.address-not-allowed',
  ),

  port('a port nobody listed', ':8443', 'proxy.port-not-allowed', 403),
  port('port 22', ':22', 'proxy.port-blocked', 403),
  port('the port of a database', ':6379', 'proxy.port-blocked', 403),
  port('no port', ''),
  port('an empty port', ':'),
  port('port 0', ':0'),
  port('a port beyond 65535', ':65536'),
  port('a port that wraps around to 443', ':65979'),
  port('a port with a sign', ':+443'),
  port('a negative port', ':-443'),
  port('a port with leading zeros', ':00443'),
  port('a hexadecimal port', ':0x1bb'),
  port('a port with an exponent', ':443e0'),
  port('two ports', ':443:80'),
  port('a port with a path', ':443/x'),
  port('a port with a user behind it', ':443@evil.test', 'proxy.malformed-host'),
  listed(
    '443 where another port is listed',
    'registry.example.net:443',
    'registry.example.net:8443',
    'proxy.port-not-allowed',
  ),
  listed('80 where 443 is listed', 'other.example.com:80', 'other.example.com:443', 'proxy.port-not-allowed'),

  row(
    'https in absolute form',
    () => get('https://api.example.com/'),
    () => get('http://api.example.com/'),
    'proxy.scheme-not-allowed',
  ),
  row(
    'ftp',
    () => get('ftp://api.example.com/'),
    () => get('HTTP://api.example.com/'),
    'proxy.scheme-not-allowed',
  ),
  row(
    'file',
    () => get('file:///etc/passwd'),
    () => get('http://api.example.com'),
    'proxy.scheme-not-allowed',
  ),
  row(
    'ws',
    () => get('ws://api.example.com/'),
    () => get('http://api.example.com?a=b'),
    'proxy.scheme-not-allowed',
  ),
  row(
    'origin form',
    () => get('/etc'),
    () => get('http://api.example.com/etc'),
    'proxy.malformed-request',
  ),
  row(
    'no slashes behind the scheme',
    () => get('http:api.example.com/'),
    () => get('http://api.example.com/'),
    'proxy.malformed-request',
  ),
  row(
    'one slash',
    () => get('http:/api.example.com/'),
    () => get('http://api.example.com/'),
    'proxy.malformed-request',
  ),
  row(
    'three slashes',
    () => get('http:///api.example.com/'),
    () => get('http://api.example.com//x'),
    'proxy.malformed-host',
  ),
  row(
    'a backslash as a slash',
    () => get('http://evil.test\\@api.example.com/'),
    () => get('http://api.example.com/@evil.test'),
    'proxy.malformed-request',
  ),
  row(
    'a user in the URL',
    () => get('http://api.example.com@evil.test/'),
    () => get('http://api.example.com/?@evil.test'),
    'proxy.malformed-host',
  ),
  row(
    'a fragment',
    () => get('http://api.example.com/#@evil.test'),
    () => get('http://api.example.com/%23'),
    'proxy.malformed-request',
  ),
  row(
    'a number for an address in a URL',
    () => get('http://2130706433/'),
    () => get('http://127.0.0.1:18080/'),
    'proxy.malformed-host',
  ),
  row(
    'a host nobody listed in a URL',
    () => get('http://evil.test/'),
    () => get('http://api.example.com/'),
    'proxy.host-not-allowed',
    403,
  ),
  row(
    'a port nobody listed in a URL',
    () => get('http://api.example.com:8080/'),
    () => get('http://api.example.com:80/'),
    'proxy.port-not-allowed',
    403,
  ),
  row(
    'asterisk form',
    () => get('*').replace('GET', 'OPTIONS'),
    () => get('http://api.example.com').replace('GET', 'OPTIONS'),
    'proxy.malformed-request',
  ),

  body('a length and an encoding', `Content-Length: 5\r\n${CHUNKED}`, '0\r\n\r\n', inChunks),
  body('an encoding and a length', `${CHUNKED}Content-Length: 5\r\n`, '0\r\n\r\n', inChunks),
  body('two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n', 'hello', fiveLong),
  body('the same length twice', 'Content-Length: 5\r\nContent-Length: 5\r\n', 'hello', fiveLong),
  body('a list of lengths', 'Content-Length: 5, 5\r\n', 'hello', fiveLong),
  body('a length with a sign', 'Content-Length: +5\r\n', 'hello', fiveLong),
  body('a negative length', 'Content-Length: -5\r\n', 'hello', fiveLong),
  body('a hexadecimal length', 'Content-Length: 0x5\r\n', 'hello', fiveLong),
  body('a length beyond counting', 'Content-Length: 99999999999999999999\r\n', 'hello', fiveLong),
  body('an empty length', 'Content-Length:\r\n', 'hello', fiveLong),
  body('a space before the colon', 'Content-Length : 5\r\n', 'hello', fiveLong),
  body('an unknown encoding', 'Transfer-Encoding: xchunked\r\n', '0\r\n\r\n', inChunks),
  body('chunked, then another', 'Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n', inChunks),
  body('another, then chunked', 'Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n', inChunks),
  body('two encodings', `Transfer-Encoding: identity\r\n${CHUNKED}`, '0\r\n\r\n', inChunks),
  body('chunked twice', CHUNKED + CHUNKED, '0\r\n\r\n', inChunks),
  body('a vertical tab before the encoding', 'Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n', inChunks),
  body('a quoted encoding', 'Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n', inChunks),
  body('a folded encoding', 'Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n', inChunks),
  body('a folded line', 'X-A: b\r\n c\r\nContent-Length: 5\r\n', 'hello', fiveLong),
  body('a bare line feed after a header', 'X-A: b\nContent-Length: 5\r\n', 'hello', fiveLong),
  body('a bare carriage return in a header', 'X-A: b\rContent-Length: 5\r\n', 'hello', fiveLong),
  body('a NUL in a header', 'X-A: b\0c\r\nContent-Length: 5\r\n', 'hello', fiveLong),
  body('a header without a name', ': b\r\nContent-Length: 5\r\n', 'hello', fiveLong),
  body('a line that is no header', 'what is this\r\nContent-Length: 5\r\n', 'hello', fiveLong),
  body('two Host headers', 'Host: evil.test\r\nContent-Length: 5\r\n', 'hello', fiveLong),
  body('an expectation nobody knows', 'Expect: evil\r\nContent-Length: 5\r\n', 'hello', fiveLong),
  row(
    'a body of CONNECT',
    () => connectTo('api.example.com:443', 'Content-Length: 5\r\n'),
    () => connectTo('api.example.com:443'),
    'proxy.malformed-request',
  ),
  row(
    'chunks of CONNECT',
    () => connectTo('api.example.com:443', CHUNKED),
    () => connectTo('api.example.com:443'),
    'proxy.malformed-request',
  ),
  row(
    'an encoding in HTTP/1.0',
    () => post(CHUNKED, '0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'),
    () => post(...fiveLong).replace('HTTP/1.1', 'HTTP/1.0'),
    'proxy.malformed-request',
  ),
  row(
    'no Host in HTTP/1.1',
    () => get('http://api.example.com/').replace('Host: api.example.com\r\n', ''),
    () =>
      get('http://api.example.com/').replace('Host: api.example.com\r\n', '').replace('HTTP/1.1', 'HTTP/1.0'),
    'proxy.malformed-request',
  ),
  row(
    'HTTP/0.9',
    () => 'GET http://api.example.com/\r\n\r\n',
    () => get('http://api.example.com/'),
    'proxy.malformed-request',
  ),
  row(
    'HTTP/1.2',
    () => get('http://api.example.com/').replace('1.1', '1.2'),
    () => get('http://api.example.com/'),
    'proxy.malformed-request',
  ),
  row(
    'a bare line feed after the request line',
    () => connectTo('api.example.com:443').replace('\r\n', '\n'),
    () => connectTo('api.example.com:443'),
    'proxy.malformed-request',
  ),
  row(
    'a method in lower case',
    () => `g${get('http://api.example.com/').slice(1)}`,
    () => get('http://api.example.com/'),
    'proxy.protocol-not-allowed',
  ),
  row(
    'HTTP/2 without TLS',
    () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    () => get('http://api.example.com/'),
    'proxy.protocol-not-allowed',
  ),
  row(
    'TLS to the proxy',
    () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    () => get('http://api.example.com/'),
    'proxy.protocol-not-allowed',
  ),
  row(
    'a head that is too large',
    () => get('http://api.example.com/', `X-A: ${'a'.repeat(17_000)}\r\n`),
    () => get('http://api.example.com/', `X-A: ${'a'.repeat(15_000)}\r\n`),
    'proxy.too-large',
    431,
  ),
  row(
    'an address that is too long',
    () => get(`http://api.example.com/${'a'.repeat(17_000)}`),
    () => get(`http://api.example.com/${'a'.repeat(15_000)}`),
    'proxy.too-large',
    431,
  ),
  row(
    'too many headers',
    () => get('http://api.example.com/', 'A: b\r\n'.repeat(120)),
    () => get('http://api.example.com/', 'A: b\r\n'.repeat(90)),
    'proxy.too-large',
    431,
  ),
  row(
    'a request that does not end',
    () => get('http://api.example.com/').slice(0, -2),
    () => get('http://api.example.com/'),
    'proxy.too-slow',
    408,
  ),

  row(
    'no token',
    () => connectTo('api.example.com:443').replace(auth(), ''),
    () => connectTo('api.example.com:443'),
    'proxy.token-missing',
    407,
  ),
  row(
    'no token in a URL',
    () => get('http://api.example.com/').replace(auth(), ''),
    () => get('http://api.example.com/'),
    'proxy.token-missing',
    407,
  ),
  row(
    'a wrong token',
    () => connectTo('api.example.com:443').replace(auth(), authorization('0'.repeat(48))),
    () => connectTo('api.example.com:443'),
    'proxy.token-wrong',
    407,
  ),
  row(
    'a token cut short',
    () => connectTo('api.example.com:443').replace(auth(), authorization(stage.token.slice(0, -1))),
    () => connectTo('api.example.com:443'),
    'proxy.token-wrong',
    407,
  ),
  row(
    'a token with more behind it',
    () => connectTo('api.example.com:443').replace(auth(), authorization(`${stage.token}\0`)),
    () => connectTo('api.example.com:443'),
    'proxy.token-wrong',
    407,
  ),
  row(
    'a token in upper case',
    () => connectTo('api.example.com:443').replace(auth(), authorization(stage.token.toUpperCase())),
    () => connectTo('api.example.com:443'),
    'proxy.token-wrong',
    407,
  ),
  row(
    'another user',
    () => connectTo('api.example.com:443').replace(auth(), authorization(stage.token, 'root')),
    () => connectTo('api.example.com:443'),
    'proxy.token-wrong',
    407,
  ),
  row(
    'another scheme',
    () => connectTo('api.example.com:443').replace('Basic', 'Bearer'),
    () => connectTo('api.example.com:443').replace('Basic', 'basic'),
    'proxy.token-wrong',
    407,
  ),
  row(
    'two tokens',
    () => connectTo('api.example.com:443', authorization('x')),
    () => connectTo('api.example.com:443'),
    'proxy.token-wrong',
    407,
  ),
  row(
    'the token as the own login',
    () => get('http://api.example.com/').replace('Proxy-Authorization', 'Authorization'),
    () => get('http://api.example.com/', 'Authorization: Basic eA==\r\n'),
    'proxy.token-missing',
    407,
  ),
]

describe('an attack over HTTP is refused, and its nearest neighbour is served', () => {
  test.each(attacks)('$what', async ({ attack, nearest, reason, status }) => {
    const answer = await say(stage, attack())
    expect(stage.refusals.map(refusal => refusal.reason)).toEqual([reason])
    expect(statusOf(answer)).toBe(status)
    expect(answer).toContain(`x-portcullis-reason: ${reason}\r\n`)
    expect(answer).toContain(`(${reason})`)
    expect([stage.dialled, stage.received]).toEqual([[], []])
    expect(JSON.stringify(stage.refusals)).not.toContain(stage.token)
    stage.forget()

    expect(statusOf(await say(stage, nearest()))).toBe(200)
    expect(stage.refusals).toEqual([])
    expect(stage.dialled).toHaveLength(1)
  })

  test('there are enough of them', () => {
    expect(attacks.length).toBeGreaterThanOrEqual(60)
    expect(new Set(attacks.map(({ what }) => what)).size).toBe(attacks.length)
  })
})
