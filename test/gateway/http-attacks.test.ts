import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { post, question, raw, type Stage, setStage, until } from './support.ts'

const body = JSON.stringify(question)
const json = 'Content-Type: application/json'
const length = `Content-Length: ${body.length}`

function head(...lines: string[]): string {
  return `${['POST /v1/messages HTTP/1.1', 'Host: gate', ...lines].join('\r\n')}\r\n\r\n`
}

function chunked(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`
}

const smuggled = `GET /v1/models HTTP/1.1\r\nHost: gate\r\nX: ${'a'.repeat(4)}\r\n\r\n`
const te = 'Transfer-Encoding: chunked'

/** Each gets a 4xx in JSON or a closed socket, and nothing of it reaches the model. */
const attacks: Record<string, string | string[]> = {
  'CL.TE': `${head(json, 'Content-Length: 6', te)}0\r\n\r\nG${smuggled}`,
  'TE.CL': head(json, te, 'Content-Length: 4') + chunked(body),
  'TE.TE, second obfuscated': head(json, te, 'Transfer-Encoding: x') + chunked(body),
  'TE.TE, the same twice': head(json, te, te) + chunked(body),
  'TE in a list': head(json, 'Transfer-Encoding: gzip, chunked') + chunked(body),
  'TE identity': head(json, 'Transfer-Encoding: identity') + body,
  'TE with a tab before the colon': head(json, 'Transfer-Encoding\t: chunked') + chunked(body),
  'TE with a space before the colon': head(json, 'Transfer-Encoding : chunked') + chunked(body),
  'TE with a vertical tab': head(json, 'Transfer-Encoding: \x0bchunked') + chunked(body),
  'TE in HTTP/1.0': head(json, te).replace('HTTP/1.1', 'HTTP/1.0') + chunked(body),
  'two equal Content-Lengths': head(json, length, length) + body,
  'two different Content-Lengths': head(json, length, 'Content-Length: 3') + body,
  'Content-Length in a list': head(json, `Content-Length: ${body.length}, ${body.length}`) + body,
  'negative Content-Length': head(json, 'Content-Length: -1') + body,
  'Content-Length with a plus': head(json, `Content-Length: +${body.length}`) + body,
  'hexadecimal Content-Length': head(json, 'Content-Length: 0x40') + body,
  'Content-Length beyond 64 bits': head(json, 'Content-Length: 99999999999999999999999') + body,
  'chunk size that is not hexadecimal': `${head(json, te)}zz\r\n${body}\r\n0\r\n\r\n`,
  'chunk size with a sign': `${head(json, te)}-5\r\n${body}\r\n0\r\n\r\n`,
  'chunk size beyond 64 bits': `${head(json, te)}fffffffffffffffff\r\n${body}\r\n0\r\n\r\n`,
  'chunk longer than its size': `${head(json, te)}2\r\n${body}\r\n0\r\n\r\n`,
  'chunk lines with bare LF': `${head(json, te)}${body.length.toString(16)}\n${body}\n0\n\n`,
  'chunk extension flood': `${head(json, te)}1;${'a'.repeat(20_000)}\r\n{\r\n0\r\n\r\n`,
  'NUL in a header value': head(json, length, 'X: a\0b') + body,
  'NUL in a header name': head(json, length, 'X\0: a') + body,
  'bare CR in a header value': head(json, length, 'X: a\rY: b') + body,
  'folded header': head(json, length, 'X: a\r\n b') + body,
  'folded first header': `POST /v1/messages HTTP/1.1\r\n Host: gate\r\n${json}\r\n${length}\r\n\r\n${body}`,
  'header without a colon': head(json, length, 'nonsense') + body,
  'header with an empty name': head(json, length, ': x') + body,
  'no Host': head(json, length).replace('Host: gate\r\n', '') + body,
  'two Hosts': head('Host: evil', json, length) + body,
  'Host with a path': head(json, length).replace('gate', 'gate/evil') + body,
  'DNS rebinding': head(json, length).replace('gate', 'evil.example.com') + body,
  'DNS rebinding with a port': head(json, length).replace('gate', 'a.evil.example:8787') + body,
  'a page of another site': head(json, length, 'Sec-Fetch-Site: cross-site') + body,
  'two credentials of one kind': head(json, length, 'x-api-key: a', 'x-api-key: b') + body,
  'two content types': head(json, json, length) + body,
  'absolute URI': head(json, length).replace('/v1/messages', 'http://evil/v1/messages') + body,
  'absolute URI without a scheme': head(json, length).replace('/v1/messages', '//evil/v1/messages') + body,
  'dots in the path': head(json, length).replace('/v1/messages', '/v1/../v1/messages') + body,
  'escaped dots in the path': head(json, length).replace('/v1/messages', '/v1/%2e%2e/v1/messages') + body,
  'escaped slash': head(json, length).replace('/v1/messages', '/v1%2fmessages') + body,
  'path parameters': head(json, length).replace('/v1/messages', '/v1/messages;x=1') + body,
  'backslash in the path': head(json, length).replace('/v1/messages', '\\v1\\messages') + body,
  'fragment in the target': head(json, length).replace('/v1/messages', '/v1/messages#x') + body,
  'bytes beyond ASCII in the target': head(json, length).replace('/v1/messages', '/v1/messages?\xff') + body,
  'unknown path': head(json, length).replace('/v1/messages', '/v1/files') + body,
  'a path in capitals': head(json, length).replace('/v1/messages', '/V1/MESSAGES') + body,
  'GET with a body': `GET /v1/models HTTP/1.1\r\nHost: gate\r\nContent-Length: 5\r\n\r\nhello`,
  'wrong method': head(json, length).replace('POST', 'PUT') + body,
  'unknown method': head(json, length).replace('POST', 'SMUGGLE') + body,
  CONNECT: 'CONNECT evil:443 HTTP/1.1\r\nHost: evil\r\n\r\n',
  'upgrade to h2c':
    head(json, length, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: A') + body,
  'upgrade to websocket': head(json, length, 'Connection: Upgrade', 'Upgrade: websocket') + body,
  'HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/0.9': 'GET /v1/models\r\n\r\n',
  'HTTP/1.2': head(json, length).replace('HTTP/1.1', 'HTTP/1.2') + body,
  'TLS hello on the plain port': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'garbage instead of HTTP': '\x00\xff\xfe garbage \r\n\r\n',
  'unknown expectation': head(json, length, 'Expect: 200-maybe') + body,
  'compressed body': head(json, length, 'Content-Encoding: gzip') + body,
  'body of another type': head('Content-Type: text/plain', length) + body,
  'JSON in another charset': head('Content-Type: application/json; charset=utf-16', length) + body,
  'no type': head(length) + body,
  'no length': head(json),
  'headers too large': head(json, length, `X: ${'a'.repeat(40_000)}`) + body,
  'too many headers': head(json, length, ...Array.from({ length: 150 }, (_, i) => `X-${i}: a`)) + body,
}

describe('an attack on HTTP', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await setStage()
  })
  afterAll(() => stage.close())

  test.each(Object.entries(attacks))('%s is refused and never reaches the model', async (_name, bytes) => {
    const answer = await raw(stage.port, bytes)
    if (answer !== '') {
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
      const [headers, content] = [
        answer.slice(0, answer.indexOf('\r\n\r\n')),
        answer.slice(answer.indexOf('\r\n\r\n') + 4),
      ]
      expect(headers.toLowerCase()).toContain('content-type: application/json')
      expect(headers.toLowerCase()).toContain('request-id: ')
      const end = content.indexOf('}HTTP/1.1 ')
      expect(JSON.parse(end < 0 ? content : content.slice(0, end + 1))).toMatchObject({
        type: 'error',
        error: {},
      })
    }
    expect(answer).not.toMatch(/HTTP\/1\.1 [23]\d\d/)
    expect(stage.model.requests).toHaveLength(0)
    expect(stage.questions).toHaveLength(0)
    await until(() => stage.gateway.stats().bodyBytesInFlight === 0)
  })

  test('the same request without the attack is served, whole or chunked', async () => {
    expect(await raw(stage.port, head(json, length, 'Connection: close') + body)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await raw(stage.port, head(json, te, 'Connection: close') + chunked(body))).toMatch(
      /^HTTP\/1\.1 200 /,
    )
    expect(stage.model.requests).toHaveLength(2)
  })

  test.each(['127.0.0.1:8787', 'localhost', '[::1]:8787', 'gate', 'host.docker.internal:8787', '192.0.2.7'])(
    'the Host `%s` is served',
    async host => {
      const bytes = head(json, length, 'Connection: close').replace('gate', host) + body
      expect(await raw(stage.port, bytes)).toMatch(/^HTTP\/1\.1 200 /)
    },
  )

  test('refusals leave a line in the log', () => {
    const refused = stage.events.filter(({ event }) => event === 'request.refused')
    expect(refused.length).toBeGreaterThan(40)
    expect(refused[0]).toMatchObject({ result: 'deny', user: 'anonymous', sourceAddress: '127.0.0.1' })
  })
})

describe('bodies', () => {
  let stage: Stage
  afterEach(() => stage.close())

  test.each([
    ['duplicate keys', '{"model":"m","model":"n"}', 'appears twice'],
    ['duplicate keys, one escaped', '{"model":"m","m\\u006fdel":"n"}', 'appears twice'],
    [
      'duplicate keys in a message',
      '{"model":"m","messages":[{"role":"user","content":"a","content":"b"}]}',
      'appears twice',
    ],
    ['something after the object', '{"model":"m"} x', 'something follows'],
    ['two objects', '{"model":"m"}{"model":"n"}', 'something follows'],
    ['a list', '[1]', 'not a JSON object'],
    ['a byte order mark', '\ufeff{"model":"m"}', 'byte order mark'],
    ['not JSON', 'hello', 'not a JSON object'],
    ['cut short', '{"model":"m","messages":[{"role":', 'does not close'],
    ['a trailing comma', '{"model":"m",}', 'key is missing'],
    [
      'a trailing comma in a message',
      '{"model":"m","messages":[{"role":"user","content":"a",}]}',
      'key is missing',
    ],
    ['a comment', '{"model":"m"/**/}', 'comma is missing'],
    ['single quotes', "{'model':'m'}", 'key is missing'],
    ['NaN', '{"model":"m","temperature":NaN}', 'neither a number nor a literal'],
    ['a control character in a string', '{"model":"a\u0001b"}', 'control character'],
    ['a bad escape', '{"model":"m","messages":[{"role":"user","content":"\\x41"}]}', 'bad escape'],
    [
      'brackets that do not match',
      '{"model":"m","messages":[{"role":"user","content":[}]}',
      'a comma is missing',
    ],
    ['a model that is not a string', '{"model":1}', '`model` is not a string'],
    ['no model', '{"messages":[]}', '`model` is missing'],
    ['stream that is not a boolean', '{"model":"m","stream":"true"}', '`stream` is not a boolean'],
    [
      'max_tokens that is not a number',
      '{"model":"m","max_tokens":"5"}',
      '`max_tokens` is not a whole number',
    ],
    ['messages that are not a list', '{"model":"m","messages":{}}', '`messages` is not a list'],
    ['a message that is not an object', '{"model":"m","messages":["a"]}', 'is not an object'],
    [
      'deep nesting',
      `{"model":"m","messages":[{"content":${'['.repeat(5_000)}${']'.repeat(5_000)}}]}`,
      'nesting is deeper',
    ],
    [
      'deep nesting in an unknown field',
      `{"model":"m","x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
      'nesting is deeper',
    ],
  ])('with %s are a 400 in JSON and never reach the model', async (_name, bytes, words) => {
    stage = await setStage()
    const { status, text } = await post(stage, bytes)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ error: { type: 'invalid_request_error' } })
    expect(text).toContain(words)
    expect(stage.model.requests).toHaveLength(0)
  })

  test('that are not UTF-8 are a 400', async () => {
    stage = await setStage()
    const bytes = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')])
    const { status, text } = await post(stage, bytes)
    expect(status).toBe(400)
    expect(text).toContain('not valid UTF-8')
    expect(stage.model.requests).toHaveLength(0)
  })

  const small = { gateway: { maxBodyMb: 0.01 } }
  const big = JSON.stringify({ ...question, messages: [{ role: 'user', content: 'x'.repeat(20_000) }] })

  test('beyond the limit are a 413, declared or chunked', async () => {
    stage = await setStage({ config: small })
    const declared = await post(stage, big)
    expect(declared.status).toBe(413)
    expect(JSON.parse(declared.text)).toMatchObject({ error: { type: 'request_too_large' } })
    expect(await raw(stage.port, head(json, te) + chunked(big))).toMatch(/^HTTP\/1\.1 413 /)
    expect(stage.model.requests).toHaveLength(0)
    expect(stage.gateway.stats().bodyBytesInFlight).toBe(0)
  })

  test('that do not fit the budget of all bodies in flight are a 503, and fit again later', async () => {
    const gate = Promise.withResolvers<void>()
    stage = await setStage({
      config: { gateway: { maxInFlightMb: 0.03 } },
      script: async ({ turn }) => {
        if (turn === 0) await gate.promise
        return { text: 'ok' }
      },
    })
    const first = post(stage, big)
    await until(() => stage.model.requests.length === 1)
    expect(stage.gateway.stats().bodyBytesInFlight).toBe(big.length)
    const second = await post(stage, big)
    expect(second.status).toBe(503)
    expect(JSON.parse(second.text)).toMatchObject({ error: { type: 'overloaded_error' } })
    expect(second.headers.get('retry-after')).toBe('1')
    gate.resolve()
    expect((await first).status).toBe(200)
    await until(() => stage.gateway.stats().bodyBytesInFlight === 0)
    expect((await post(stage, big)).status).toBe(200)
  })

  test('are asked for with 100-continue only after the headers were judged', async () => {
    stage = await setStage({ config: small })
    const expectation = 'Expect: 100-continue'
    const refused = await raw(stage.port, head(json, 'Content-Length: 999999', expectation))
    expect(refused).toMatch(/^HTTP\/1\.1 413 /)
    const served = await raw(stage.port, [head(json, length, expectation, 'Connection: close'), body], {
      pauseMs: 50,
    })
    expect(served).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  })
})

describe('slow and rude clients', () => {
  let stage: Stage
  afterEach(() => stage.close())

  test('one that drips its headers is cut with 408', async () => {
    stage = await setStage({ config: { gateway: { headersTimeoutSeconds: 0.3 } } })
    const drips = Array.from({ length: 40 }, (_, i) =>
      i === 0 ? 'POST /v1/messages HTTP/1.1\r\n' : `X-${i}: a\r\n`,
    )
    const answer = await raw(stage.port, drips, { pauseMs: 30 })
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain('did not arrive in time')
  })

  test('one that drips its body is cut with 408 and its bytes are given back', async () => {
    stage = await setStage({ config: { gateway: { bodyTimeoutSeconds: 0.2 } } })
    const answer = await raw(stage.port, [head(json, 'Content-Length: 1000'), ...Array(20).fill('{')], {
      pauseMs: 30,
    })
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(stage.gateway.stats().bodyBytesInFlight).toBe(0)
    expect(stage.model.requests).toHaveLength(0)
  })

  test('one that closes its half before the body is whole is cut', async () => {
    stage = await setStage()
    const answer = await raw(stage.port, head(json, 'Content-Length: 1000') + body, { halfClose: true })
    expect(answer === '' || answer.startsWith('HTTP/1.1 400')).toBe(true)
    expect(stage.model.requests).toHaveLength(0)
    await until(() => stage.gateway.stats().bodyBytesInFlight === 0)
  })

  test('one that closes its half while the model speaks is cut, and so is the model', async () => {
    stage = await setStage({ script: () => ({ text: Array(500).fill('a '), delayMs: 10 }) })
    const streaming = JSON.stringify({ ...question, stream: true })
    await raw(stage.port, head(json, `Content-Length: ${streaming.length}`) + streaming, {
      pauseMs: 60,
      halfClose: true,
      silenceMs: 200,
    })
    await until(() => stage.model.requests[0]?.aborted === true)
  })

  test('garbage after a good request closes the connection and is no second request', async () => {
    stage = await setStage()
    const answer = await raw(stage.port, `${head(json, length)}${body}\0\0garbage\r\n\r\n`)
    expect(answer.match(/HTTP\/1\.1 /g)?.length ?? 0).toBeLessThanOrEqual(1)
    expect(stage.model.requests.length).toBeLessThanOrEqual(1)
  })

  test('good requests in a pipeline are answered in their order', async () => {
    stage = await setStage({ script: ({ turn }) => ({ text: `answer ${turn}` }) })
    const one = head(json, length) + body
    const answer = await raw(stage.port, one + one, { silenceMs: 400 })
    expect(answer.indexOf('answer 0')).toBeGreaterThan(0)
    expect(answer.indexOf('answer 1')).toBeGreaterThan(answer.indexOf('answer 0'))
  })
})
