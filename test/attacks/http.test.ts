import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { question, raw } from '../gateway/support.ts'
import { type Fortress, raiseFortress } from './support.ts'

const body = JSON.stringify(question)
const length = `Content-Length: ${body.length}`
const te = 'Transfer-Encoding: chunked'

let fortress: Fortress
beforeAll(async () => {
  fortress = await raiseFortress({ gateway: { headersTimeoutSeconds: 0.6, bodyTimeoutSeconds: 0.6 } })
})
afterAll(() => fortress.close())

function head(...lines: string[]): string {
  const first = ['POST /v1/messages HTTP/1.1', 'Host: localhost', 'Content-Type: application/json']
  return `${[...first, ...lines].join('\r\n')}\r\n\r\n`
}

function chunk(text: string, extension = ''): string {
  return `${Buffer.byteLength(text, 'latin1').toString(16)}${extension}\r\n${text}\r\n`
}

const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`
const asBody = (text: string) => head(`Content-Length: ${Buffer.byteLength(text, 'latin1')}`) + text
const withContent = (content: string) =>
  asBody(`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":${content}}]}`)

const attacks: Record<string, string | string[]> = {
  'ten thousand header lines': head(length, ...Array.from({ length: 10_000 }, () => 'X: a')) + body,
  'ten thousand empty names': head(length, ...Array.from({ length: 2_000 }, () => ': a')) + body,
  'a header name with a byte above ASCII': head(length, 'X\xff: a') + body,
  'a header name with a bracket': head(length, 'X(: a') + body,
  'a header name with a quote': head(length, '"X": a') + body,
  'a header value with DEL': head(length, 'x-api-key: a\x7fb') + body,
  'a length after a NUL': head('Content-Length: 5\0') + body,
  'Content-Length with spaces inside': head('Content-Length: 1 0') + body,
  Content_Length: head('Content_Length: 5') + body,
  'TE: xchunked': head('Transfer-Encoding: xchunked') + chunk(body) + chunk(''),
  'TE: chunked twice in one line': head('Transfer-Encoding: chunked, chunked') + chunk(body) + chunk(''),
  'TE: quoted': head('Transfer-Encoding: "chunked"') + chunk(body) + chunk(''),
  'TE: with a parameter': head('Transfer-Encoding: chunked;q=1') + chunk(body) + chunk(''),
  'TE: empty': `${head('Transfer-Encoding:')}${body}`,
  'TE: with a leading comma': head('Transfer-Encoding: ,chunked') + chunk(body) + chunk(''),
  'TE: on a folded line': head('Transfer-Encoding:\r\n chunked') + chunk(body) + chunk(''),
  'trailers with a length': `${head(te)}${chunk(body)}0\r\nContent-Length: 3\r\n\r\n`,
  'a chunk size with an underscore': `${head(te)}1_0\r\n`,
  'a chunk size with 0x': `${head(te)}0x10\r\n`,
  'a chunk size with a space before': `${head(te)} 5\r\nhello\r\n0\r\n\r\n`,
  'a chunk that ends in LF alone': `${head(te)}5\r\nhello\n0\r\n\r\n`,
  'an extension with a bare LF': head(te) + chunk(body, ';a\nb') + chunk(''),
  'an extension with a CR': head(te) + chunk(body, ';a\rb') + chunk(''),
  'HTTP/0.9': 'POST /v1/messages\r\n\r\n',
  'HTTP/0.9 with a body': `POST /v1/messages\n\n${body}`,
  'HTTP/2.0 in the request line': head(length).replace('HTTP/1.1', 'HTTP/2.0') + body,
  'an HTTP/2 preface with a frame': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00',
  'a request line of a megabyte': `POST /v1/messages?${'a'.repeat(1_000_000)} HTTP/1.1\r\n\r\n`,
  'a query of percent signs':
    head(length).replace('/v1/messages', `/v1/messages?${'%'.repeat(3_000)}`) + body,
  'an escaped second model': asBody('{"model":"m","mod\\u0065l":"n","messages":[]}'),
  'an escaped second content': asBody(
    '{"model":"m","messages":[{"role":"user","content":"a","\\u0063ontent":"b"}]}',
  ),
  'a second key in a tool schema': asBody(
    '{"model":"m","tools":[{"name":"a","n\\u0061me":"b"}],"messages":[]}',
  ),
  'a second key in metadata': asBody(
    '{"model":"m","metadata":{"user_id":"aaaaaaaaaaaaaa","user_\\u0069d":"bbbb"},"messages":[]}',
  ),
  'nesting of 100,000': withContent(nested(100_000)),
  'nesting in metadata': asBody(`{"model":"m","metadata":${nested(10_000)}}`),
  'a number of a million digits as max_tokens': asBody(`{"model":"m","max_tokens":${'9'.repeat(1_000_000)}}`),
  'max_tokens of 1e999': asBody('{"model":"m","max_tokens":1e999}'),
  'negative max_tokens': asBody('{"model":"m","max_tokens":-1}'),
  'a byte order mark': asBody('\xef\xbb\xbf{"model":"m"}'),
  'overlong UTF-8': withContent('"\xc0\xae"'),
  'an overlong quote': withContent('"\xc0\xa2"'),
  'surrogates in UTF-8': withContent('"\xed\xa0\x80"'),
  'UTF-8 beyond Unicode': withContent('"\xf5\x80\x80\x80"'),
  'UTF-16': asBody([...'{"model":"m"}'].map(unit => `${unit}\0`).join('')),
  'a raw NUL in a string': withContent('"a\0b"'),
  'a raw NUL behind the object': asBody('{"model":"m","messages":[]}\0'),
  'a vertical tab as white space': asBody('{"model":\x0b"m"}'),
  'hexadecimal numbers': asBody('{"model":"m","temperature":0x1}'),
  'a plus before a number': asBody('{"model":"m","temperature":+1}'),
  Infinity: asBody('{"model":"m","temperature":Infinity}'),
  'a number that ends in a point': asBody('{"model":"m","temperature":1.}'),
}

describe('an attack on HTTP or JSON', () => {
  test.each(Object.keys(attacks))('%s is refused and never reaches the model', async name => {
    fortress.model.requests.length = 0
    const answer = await raw(fortress.port, attacks[name]!)
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(answer).not.toMatch(/HTTP\/1\.1 [235]\d\d/)
    expect(fortress.model.requests).toHaveLength(0)
    await expect.poll(() => fortress.gateway.stats().bodyBytesInFlight).toBe(0)
  })

  const end = 'Connection: close'
  const harmless: Record<string, string> = {
    'chunk extensions':
      head(te, end) + chunk(body, ';name=value') + chunk('').replace('0\r\n\r\n', '0;last\r\n\r\n'),
    trailers: `${head(te, 'Trailer: x-api-key', end)}${chunk(body)}0\r\nx-api-key: evil\r\nHost: evil\r\n\r\n`,
    'a body of many chunks of one byte':
      head(te, end) + [...body].map(byte => chunk(byte)).join('') + chunk(''),
    'a NUL as an escape': withContent('"a\\u0000b"').replace('\r\n\r\n', `\r\n${end}\r\n\r\n`),
    'a lone surrogate as an escape': withContent('"a\\ud800b"').replace('\r\n\r\n', `\r\n${end}\r\n\r\n`),
    'a number of a thousand digits': asBody(
      `{"model":"m","temperature":${'1'.repeat(1_000)},"messages":[]}`,
    ).replace('\r\n\r\n', `\r\n${end}\r\n\r\n`),
  }
  test.each(Object.keys(harmless))('%s are carried to the model as they mean', async name => {
    fortress.model.requests.length = 0
    const answer = await raw(fortress.port, harmless[name]!)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    const [request] = fortress.model.requests
    expect(fortress.model.requests).toHaveLength(1)
    expect(request!.headers['x-api-key']).not.toBe('evil')
    expect(request!.headers['transfer-encoding']).toBeUndefined()
    expect(Number(request!.headers['content-length'])).toBe(request!.body.length)
  })

  test('100-continue asked for again and again, without ever sending, holds nothing for long', async () => {
    const sockets = await flood(40, head('Content-Length: 100000', 'Expect: 100-continue'))
    await expect.poll(() => fortress.gateway.stats().bodyBytesInFlight).toBe(0)
    for (const socket of sockets) socket.destroy()
  })

  test('a request behind a refused one on the same connection is not served', async () => {
    fortress.model.requests.length = 0
    const good = head(length) + body
    for (const bad of [
      asBody('{').replace('POST', 'PUT'),
      head(te, length),
      'garbage\r\n\r\n',
      head('Content-Length: 99999999999'),
    ]) {
      const answer = await raw(fortress.port, bad + good)
      expect(answer).not.toMatch(/HTTP\/1\.1 200/)
    }
    expect(fortress.model.requests).toHaveLength(0)
  })

  test('a hundred connections that drip their headers do not keep an honest client out, and are cut', async () => {
    const sockets = await flood(100, 'POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n')
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('X: a\r\n')
    }, 50)
    const started = performance.now()
    expect(await raw(fortress.port, head(length, 'Connection: close') + body)).toMatch(/^HTTP\/1\.1 200 /)
    expect(performance.now() - started).toBeLessThan(700)
    await expect
      .poll(() => sockets.every(socket => socket.destroyed || socket.readableEnded), { timeout: 5_000 })
      .toBe(true)
    clearInterval(drip)
    for (const socket of sockets) socket.destroy()
  })
})

async function flood(count: number, bytes: string): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ port: fortress.port, host: '127.0.0.1' })
      socket.on('error', () => {})
      socket.resume()
      await once(socket, 'connect')
      socket.write(bytes)
      return socket
    }),
  )
}
