import { request as httpRequest } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { renderEvents } from '../standin/reply.ts'
import { post, question, type Setting, type Stage, setStage, until } from './support.ts'

const SECRET = 'TOY-ABCDEFGH1234'
const MASKED = '<masked:toy:1234>'
const ask = { ...question, stream: true as const }

let stage: Stage
afterEach(() => stage.close())

async function on(setting: Setting = {}) {
  stage = await setStage(setting)
  return stage
}

const observe = { validation: { secrets: { mode: 'observe' } } }

function wholeStream(reply: Parameters<typeof renderEvents>[0]): string {
  return renderEvents(reply, 'claude-standin', 0)
    .map(({ text }) => text)
    .join('')
}

/** Reads a stream without a client library. */
async function streamText(): Promise<string> {
  return (await post(stage, JSON.stringify(ask))).text
}

describe('a stream', () => {
  test('is passed on as it comes: the first delta arrives before the last has left the model', async () => {
    const gate = Promise.withResolvers<void>()
    await on({
      script: () => ({
        text: ['one ', 'two ', 'three'],
        beforeDelta: i => (i === 2 ? gate.promise : undefined),
      }),
    })
    const seen: string[] = []
    for await (const event of await stage.sdk().messages.create(ask)) {
      if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') continue
      seen.push(event.delta.text)
      if (seen.length === 2) gate.resolve()
    }
    expect(seen).toEqual(['one ', 'two ', 'three'])
  })

  test('without a secret arrives byte for byte, pings, comments and unknown events included', async () => {
    const pieces = [
      ': a comment\n\n',
      wholeStream({
        text: ['é😀', ' b'],
        thinking: 'hm',
        toolUses: [{ name: 'T', input: { a: 'é"\\' } }],
      }).replace(
        'event: message_stop',
        'event: brand_new\r\ndata: {"type":"brand_new",\r\ndata:  "x":1}\r\n\r\nevent: message_stop',
      ),
    ]
    await on({ script: () => ({ raw: pieces }) })
    expect(await streamText()).toBe(pieces.join(''))
    await until(() => stage.events.length > 0)
    expect(stage.events[0]?.metadata).toMatchObject({ scanned: 'full', stopReason: 'tool_use' })
  })

  test('is the same whatever the borders of the chunks', async () => {
    const bytes = Buffer.from(wholeStream({ text: [`é ${SECRET}`, ' 😀'] }))
    const single = Array.from(bytes, byte => Buffer.from([byte]))
    await on({ script: ({ turn }) => ({ raw: turn === 0 ? [bytes] : single, delayMs: 0 }) })
    const whole = await streamText()
    expect(whole).toContain(MASKED)
    expect(await streamText()).toBe(whole)
  })

  test('head arrives before the first event when the model takes its time', async () => {
    const gate = Promise.withResolvers<void>()
    await on({ script: () => ({ raw: ['x'], beforeDelta: () => gate.promise }) })
    const response = await fetch(`${stage.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ask),
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    gate.resolve()
    await response.text()
  })
})

describe('a secret in a stream', () => {
  const cuts = Array.from({ length: SECRET.length - 1 }, (_, i) => i + 1)

  test.each(cuts)('cut after %i characters is masked in text and in the input of a tool', async cut => {
    const [head, tail] = [SECRET.slice(0, cut), SECRET.slice(cut)]
    const fragments = ['', `{"command":"echo ${head}`, `${tail} \\u0021","n":[1,true]}`]
    const input = { command: `echo ${SECRET} !`, n: [1, true] }
    await on({
      script: () => ({
        text: ['see ', head, tail, ' there'],
        toolUses: [{ name: 'Bash', input, fragments }],
      }),
    })
    const { content } = await stage.sdk().messages.stream(ask).finalMessage()
    expect(content[0]).toMatchObject({ text: `see ${MASKED} there` })
    expect(content[1]).toMatchObject({ input: { command: `echo ${MASKED} !`, n: [1, true] } })
    await until(() => stage.events.length > 0)
    expect(stage.events[0]?.metadata).toMatchObject({ maskedInReply: { 'secret.toy': 2 }, scanned: 'full' })
  })

  test('spelled with escapes in a tool’s input is masked, and other strings keep their spelling', async () => {
    const json = '{"keep":"\\u0041\\/","command":"\\u0054OY-ABCDEFGH1234"}'
    await on({
      script: () => ({ toolUses: [{ name: 'Bash', input: {}, fragments: json.match(/.{1,3}/g)! }] }),
    })
    const text = await streamText()
    const joined = [...text.matchAll(/^data: (.*input_json_delta.*)$/gm)]
      .map(([, data]) => JSON.parse(data!).delta.partial_json)
      .join('')
    expect(joined).toBe(`{"keep":"\\u0041\\/","command":"${MASKED}"}`)
  })

  test('at the very end is released masked before the block stops', async () => {
    await on({ script: () => ({ text: ['ends with ', SECRET] }) })
    const text = await streamText()
    expect(text).not.toContain(SECRET)
    expect(text.indexOf(MASKED)).toBeLessThan(text.indexOf('content_block_stop'))
  })

  test('in thinking is noted but not edited', async () => {
    await on({ script: () => ({ thinking: `hm ${SECRET}`, text: 'x' }) })
    expect(await streamText()).toContain(SECRET)
    await until(() => stage.events.length > 0)
    expect(stage.events[0]?.metadata).toMatchObject({ notedInReply: { 'secret.toy': 1 }, maskedInReply: {} })
  })

  test('in mode observe is only noted, byte for byte', async () => {
    await on({ config: observe, script: () => ({ text: ['TOY-ABCD', 'EFGH1234'] }) })
    expect(await streamText()).toBe(wholeStream({ text: ['TOY-ABCD', 'EFGH1234'] }))
    await until(() => stage.events.length > 0)
    expect(stage.events[0]?.metadata).toMatchObject({ notedInReply: { 'secret.toy': 1 } })
  })

  test('given with the start of a block, or in a block of an unknown kind, is masked', async () => {
    const start = (block: object) =>
      `event: content_block_start\ndata: ${JSON.stringify({ type: 'content_block_start', index: 0, content_block: block })}\n\n`
    const stop = 'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    const end = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    await on({
      script: () => ({
        raw: [
          start({ type: 'text', text: SECRET }),
          stop,
          start({ type: 'new', words: [SECRET] }),
          stop,
          end,
        ],
      }),
    })
    const text = await streamText()
    expect(text).not.toContain(SECRET)
    expect(text.split(MASKED)).toHaveLength(3)
  })
})

describe('a stream that goes wrong', () => {
  test.each([
    ['cut-stream', 'the connection to the upstream broke'],
    ['unterminated', 'did not end'],
    ['malformed-sse', 'cannot be read'],
  ] as const)('%s ends with an error event and is recorded as partly scanned', async (fault, words) => {
    // The pause lets the head leave before the fault; without one the fault would be a plain 502.
    await on({ script: () => ({ text: ['a', 'b'], fault, delayMs: 30 }) })
    const text = await streamText()
    expect(text).toMatch(/event: error\ndata: \{"type":"error"[^\n]*\n\n$/)
    expect(text).toContain(words)
    await until(() => stage.events.length > 0)
    expect(stage.events[0]).toMatchObject({
      event: 'request.failed',
      result: 'failure',
      metadata: { scanned: 'partial' },
    })
  })

  test('half a secret that was held back is dropped', async () => {
    await on({ script: () => ({ text: ['TOY-ABCDEF', 'x'], fault: 'cut-stream' }) })
    expect(await streamText()).not.toContain('TOY-ABCDEF')
  })

  test('a tool’s input that is not JSON does not carry text past the scan', async () => {
    await on({ script: () => ({ toolUses: [{ name: 'T', input: {}, fragments: [`{${SECRET}`] }] }) })
    const text = await streamText()
    expect(text).not.toContain(SECRET)
    expect(text).toContain('the input of a tool is not JSON')
  })

  test('an error event of the upstream passes word for word', async () => {
    await on({ script: () => ({ text: ['a'], fault: 'error-event' }) })
    expect(await streamText()).toContain('"message":"stand-in says 529"')
  })
})

describe('a client that goes away', () => {
  test('closes the upstream within 50 ms, and the log says so', async () => {
    let sent = 0
    await on({
      script: () => ({ text: Array(2_000).fill('word '), delayMs: 5, beforeDelta: () => void sent++ }),
    })
    const stream = stage.sdk().messages.stream(ask)
    stream.done().catch(() => {})
    await until(() => sent > 3)
    const aborted = performance.now()
    stream.abort()
    await until(() => stage.model.requests[0]?.aborted === true)
    expect(performance.now() - aborted).toBeLessThan(50)
    await until(() => stage.events.length > 0)
    expect(stage.events[0]).toMatchObject({ event: 'request.aborted', metadata: { scanned: 'partial' } })
    expect(stage.gateway.stats()).toMatchObject({ active: 0, bodyBytesInFlight: 0 })
  })

  test('before the answer began closes the upstream too', async () => {
    await on({ script: () => ({ fault: 'hang' }) })
    const controller = new AbortController()
    const going = stage
      .sdk()
      .messages.create(question, { signal: controller.signal })
      .catch(() => {})
    await until(() => stage.model.requests.length === 1)
    controller.abort()
    await going
    await until(() => stage.model.openConnections() === 0)
    await until(() => stage.events.length > 0)
    expect(stage.events[0]).toMatchObject({ event: 'request.aborted' })
  })

  test('and one that does not read slows the upstream down instead of filling memory', async () => {
    const big = 'x'.repeat(64 * 1024)
    let sent = 0
    await on({ script: () => ({ text: Array(2_000).fill(big), beforeDelta: () => void sent++ }) })
    const request = httpRequest(`${stage.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
    request.on('response', response => response.pause())
    request.on('error', () => {})
    request.end(JSON.stringify(ask))
    await until(() => sent > 5)
    let before = -1
    while (before !== sent) {
      before = sent
      await new Promise(resolve => setTimeout(resolve, 300))
    }
    expect(sent).toBeLessThan(600)
    request.destroy()
    await until(() => stage.model.requests[0]?.aborted === true)
  })
})
