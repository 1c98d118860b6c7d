import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { post, question, type Stage, setStage, until } from '../gateway/support.ts'

const SECRET = 'TOY-ABCDEFGH1234'
const message = JSON.stringify({ type: 'message', content: [{ type: 'text', text: `it is ${SECRET}` }] })

let stage: Stage | undefined
let upstream: Server | undefined
const sockets = new Set<Socket>()
afterEach(async () => {
  await stage?.close()
  for (const socket of sockets) socket.destroy()
  upstream?.close()
  stage = undefined
  upstream = undefined
})

/** An upstream that answers every request on a connection with the given bytes, whatever they are. */
async function behind(
  answer: string | Buffer,
  { closes = true, config = {} } = {},
): Promise<{ stage: Stage; hits: () => number }> {
  let hits = 0
  upstream = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    let seen = ''
    socket.on('data', chunk => {
      seen += chunk.toString('latin1')
      if (!seen.includes('\r\n\r\n') || !seen.endsWith('}')) return
      seen = ''
      hits++
      socket.write(answer)
      if (closes) socket.end()
    })
  })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  stage = await setStage({
    upstreamUrl: `http://127.0.0.1:${port}`,
    config: { gateway: { upstreamTimeoutSeconds: 1, ...config } },
  })
  return { stage, hits: () => hits }
}

function http(status: string, headers: string[], body: string | Buffer = ''): Buffer {
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status}\r\n${headers.map(line => `${line}\r\n`).join('')}\r\n`),
    Buffer.from(body),
  ])
}

const type = 'Content-Type: application/json'
const ok = http('200 OK', [type, `Content-Length: ${message.length}`], message)
const zipped = gzipSync(message)

const hostile: Record<string, Buffer> = {
  'gzip though identity was asked': http(
    '200 OK',
    [type, 'Content-Encoding: gzip', `Content-Length: ${zipped.length}`],
    zipped,
  ),
  'gzip that is not said': http('200 OK', [type, `Content-Length: ${zipped.length}`], zipped),
  'two content encodings': http(
    '200 OK',
    [type, 'Content-Encoding: identity', 'Content-Encoding: gzip', `Content-Length: ${zipped.length}`],
    zipped,
  ),
  'gzip as a transfer encoding': http('200 OK', [type, 'Transfer-Encoding: gzip'], zipped),
  'a redirect': http(
    '302 Found',
    ['Location: http://127.0.0.1:1/', type, `Content-Length: ${message.length}`],
    message,
  ),
  'a redirect that keeps the method': http('307 Temporary Redirect', [
    'Location: /v1/other',
    'Content-Length: 0',
  ]),
  'status 204': http('204 No Content', [type]),
  'status 304': http('304 Not Modified', [type]),
  'status 101': http('101 Switching Protocols', ['Connection: upgrade', 'Upgrade: h2c'], message),
  'a content length that is too large': http('200 OK', [type, 'Content-Length: 9999'], message),
  'a content length that is too small': http(
    '200 OK',
    [type, `Content-Length: ${message.length - 5}`],
    message,
  ),
  'two content lengths': http(
    '200 OK',
    [type, `Content-Length: ${message.length}`, 'Content-Length: 3'],
    message,
  ),
  'a length and chunks': http(
    '200 OK',
    [type, 'Content-Length: 5', 'Transfer-Encoding: chunked'],
    `${message.length.toString(16)}\r\n${message}\r\n0\r\n\r\n`,
  ),
  'HTTP/0.9': Buffer.from(message),
  'an HTTP/2 preface': Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  'text that is no JSON': http(
    '200 OK',
    ['Content-Type: text/plain', `Content-Length: ${message.length}`],
    message,
  ),
  'no content type': http('200 OK', [`Content-Length: ${message.length}`], message),
  'JSON with a byte order mark': http(
    '200 OK',
    [type, `Content-Length: ${message.length + 3}`],
    `\ufeff${message}`,
  ),
  'JSON with a key twice': http(
    '200 OK',
    [type, 'Connection: close'],
    `{"content":[],"content":[{"type":"text","text":"${SECRET}"}]}`,
  ),
  'JSON with a key twice, once escaped': http(
    '200 OK',
    [type, 'Connection: close'],
    `{"content":[],"c\\u006fntent":[{"type":"text","text":"${SECRET}"}]}`,
  ),
  'a header of a megabyte': http(
    '200 OK',
    [type, `X: ${'a'.repeat(1_000_000)}`, `Content-Length: ${message.length}`],
    message,
  ),
}

describe('an upstream that answers with', () => {
  test.each(Object.keys(hostile))('%s is followed nowhere and brings no secret past the scan', async name => {
    const { stage, hits } = await behind(hostile[name]!)
    const { status, text } = await post(stage, JSON.stringify(question))
    expect(text).not.toContain(SECRET)
    expect(status).toBeGreaterThanOrEqual(500)
    expect(JSON.parse(text)).toMatchObject({ type: 'error' })
    expect(hits()).toBe(1)
    expect(stage.gateway.stats().bodyBytesInFlight).toBe(0)
  })

  test('a second answer nobody asked for does not give it to the next client', async () => {
    const { stage } = await behind(
      Buffer.concat([ok, http('200 OK', [type, 'Content-Length: 27'], '{"type":"message","evil":1}')]),
      { closes: false },
    )
    const first = await post(stage, JSON.stringify(question))
    expect(first.text).not.toContain('evil')
    const second = await post(stage, JSON.stringify(question))
    expect(second.text).not.toContain('evil')
  })

  test.each([102, 103])('status %i first is still answered', async status => {
    const { stage } = await behind(Buffer.concat([http(`${status} Early`, ['X-Early: 1']), ok]))
    const { status: final, text } = await post(stage, JSON.stringify(question))
    expect(final).toBe(200)
    expect(text).not.toContain(SECRET)
  })
})

describe('answers that are held whole', () => {
  test('count towards the bytes in flight, and give them back', async () => {
    const large = JSON.stringify({ type: 'message', content: [{ type: 'text', text: 'x '.repeat(100_000) }] })
    const answer = http('200 OK', [type, `Content-Length: ${large.length}`], large)
    const { stage } = await behind(answer, { config: { maxInFlightMb: 0.1 } })
    const refused = await post(stage, JSON.stringify(question))
    expect(refused.status).toBe(503)
    expect(JSON.parse(refused.text)).toMatchObject({ error: { type: 'overloaded_error' } })
    await until(() => stage.gateway.stats().bodyBytesInFlight === 0)
  })

  test('are counted while they are held', async () => {
    const start = http('200 OK', [type, 'Content-Length: 60000'], `{"a":"${'x'.repeat(50_000)}`)
    const { stage } = await behind(start, { closes: false })
    const asking = post(stage, JSON.stringify(question))
    await until(() => stage.gateway.stats().bodyBytesInFlight > 50_000)
    expect((await asking).status).toBe(504)
    await until(() => stage.gateway.stats().bodyBytesInFlight === 0)
  })
})

describe('a stream', () => {
  const start = 'event: message_start\ndata: {"type":"message_start","message":{"usage":{}}}\n\n'
  const block =
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
  const delta = (text: string) =>
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}\n\n`
  const stop =
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'
  const whole = start + block + delta('it is TOY-ABC') + delta('DEFGH1234 yes') + stop

  const shapes: Record<string, string[]> = {
    'line ends of CR only': [whole.replaceAll('\n', '\r')],
    'line ends of CRLF, cut between': whole.replaceAll('\n', '\r\n').split(/(?<=\r)/),
    'one byte at a time': [...whole],
    'data in several lines': [whole.replaceAll('data: {"type"', 'data: {\ndata: "type"')],
    'id and retry fields with the secret': [`${start + block}id: ${SECRET}\nretry: 1\n${delta('x')}${stop}`],
    'a comment with the secret': [`${start}: ${SECRET}\n\n${block}${delta('x')}${stop}`],
    'an unknown field with the secret': [
      `${start}note: ${SECRET}\n\n${block}note: ${SECRET}\n${delta('x')}${stop}`,
    ],
    'an unknown event': [
      `${start}event: news\ndata: {"type":"news","deep":{"text":"${SECRET}"}}\n\n${block}${delta('x')}${stop}`,
    ],
    'an unknown delta': [
      `${start}${block}event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"new_delta","words":"${SECRET}"}}\n\n${stop}`,
    ],
    'an unknown key': [`${start}event: news\ndata: {"type":"news","${SECRET}":1}\n\n${block}${stop}`],
    'a ping with words': [`${start}event: ping\ndata: {"type":"ping","text":"${SECRET}"}\n\n${block}${stop}`],
    'a secret in the first event': [
      `event: message_start\ndata: {"type":"message_start","message":{"id":"${SECRET}","model":"${SECRET}","usage":{}}}\n\n${block}${stop}`,
    ],
    'escapes in the text': [
      start +
        block +
        delta([...SECRET].map(unit => `\\u00${unit.charCodeAt(0).toString(16)}`).join('')) +
        stop,
    ],
    'a secret as its name': [`${start}event: ${SECRET}\ndata: {"type":"${SECRET}"}\n\n${block}${stop}`],
    'a delta for a block that was never begun': [start + delta(SECRET) + stop],
    'the secret over two blocks of one index': [
      start + block + delta('TOY-ABC') + block + delta('DEFGH1234') + stop,
    ],
    'an index that changes its type': [
      start + block + delta('TOY-ABC').replace('"index":0', '"index":0.0') + delta('DEFGH1234') + stop,
    ],
  }

  test.each(Object.keys(shapes))('with %s brings no secret to the client', async name => {
    stage = await setStage({ script: () => ({ raw: shapes[name]! }) })
    const { status, text } = await post(stage, JSON.stringify({ ...question, stream: true }))
    expect([200, 502]).toContain(status)
    const words = [...text.matchAll(/"(?:text|words)":"((?:[^"\\]|\\.)*)"/g)]
      .map(match => JSON.parse(`"${match[1]}"`))
      .join('')
    expect(text).not.toContain(SECRET)
    expect(words).not.toContain(SECRET)
  })

  test.each([
    'line ends of CR only',
    'line ends of CRLF, cut between',
    'one byte at a time',
    'data in several lines',
  ])('with %s is served whole', async name => {
    stage = await setStage({ script: () => ({ raw: shapes[name]! }) })
    const { text } = await post(stage, JSON.stringify({ ...question, stream: true }))
    expect(text).toContain('<masked:toy:1234> yes')
    expect(text).toContain('message_stop')
    expect(text).not.toContain('event: error')
  })
})
