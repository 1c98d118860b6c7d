import { afterEach, describe, expect, test } from 'vitest'
import { errorBody } from '../standin/model.ts'
import {
  CLIENT_KEY,
  denying,
  post,
  question,
  type Setting,
  type Stage,
  setStage,
  UPSTREAM_KEY,
  until,
} from './support.ts'

const SECRET = 'TOY-ABCDEFGH1234'
const MASKED = '<masked:toy:1234>'

let stage: Stage
afterEach(() => stage.close())

async function on(setting: Setting = {}) {
  stage = await setStage(setting)
  return stage
}

describe('a plain conversation', () => {
  test('passes through, and the answer carries the decision’s id and the time of each layer', async () => {
    await on({ script: () => ({ text: 'hi', usage: { inputTokens: 5, outputTokens: 6 } }) })
    const { data, response } = await stage.sdk().messages.create(question).withResponse()
    expect(data.content).toEqual([{ type: 'text', text: 'hi' }])
    expect(response.headers.get('request-id')).toMatch(/^dec_[0-9A-Z]{26}$/)
    expect(response.headers.get('x-upstream-request-id')).toBe('req_standin0')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    const timing = response.headers.get('server-timing')
    for (const layer of [
      'network',
      'authentication',
      'authorization',
      'validation',
      'execution',
      'monitoring',
    ]) {
      expect(timing).toMatch(new RegExp(`${layer};dur=[0-9.]+`))
    }
    await until(() => stage.events.length > 0)
    expect(stage.events[0]).toMatchObject({
      event: 'request.completed',
      result: 'success',
      user: 'tester',
      metadata: {
        status: 200,
        scanned: 'full',
        usage: { input_tokens: 5, output_tokens: 6 },
        stopReason: 'end_turn',
      },
    })
  })

  test('arrives byte for byte, odd spacing, escapes and unknown fields included', async () => {
    await on()
    const body =
      ' {\n "unknown" : {"a":[1.50,-2e+3,null,true]},\t"model":"claude-standin","max_tokens":1,' +
      '"metadata":{"user_id":"{\\"device_id\\":\\"x\\"}"},"messages":[ {"role":"user","content":"\\u0041\\/ \\ud83d\\ude00 é 😀"} ,' +
      '{"role":"assistant","content":[{"type":"new_kind","words":"x"}]}] , "system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]}\n'
    const { status } = await post(stage, body, { path: '/v1/messages?beta=true' })
    expect(status).toBe(200)
    expect(stage.model.requests[0]?.path).toBe('/v1/messages?beta=true')
    expect(stage.model.requests[0]?.body.equals(Buffer.from(body))).toBe(true)
  })

  test('anthropic headers and unknown ones pass, those of our own leg do not', async () => {
    await on()
    await post(stage, JSON.stringify(question), {
      headers: {
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'one,two',
        'x-new-thing': 'kept',
        'x-forwarded-for': '203.0.113.9',
        cookie: 'a=b',
        'accept-encoding': 'gzip',
      },
    })
    const { headers } = stage.model.requests[0]!
    expect(headers).toMatchObject({
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'one,two',
      'x-new-thing': 'kept',
      'accept-encoding': 'identity',
    })
    expect(headers['x-forwarded-for']).toBeUndefined()
    expect(headers['cookie']).toBeUndefined()
    expect(stage.questions[0]?.context.network.forwardedFor).toBe('203.0.113.9')
  })

  test('count_tokens and models pass the same guard', async () => {
    await on()
    expect(await stage.sdk().messages.countTokens(question)).toMatchObject({ input_tokens: 42 })
    expect((await stage.sdk().models.list({ limit: 1000 })).data).toHaveLength(1)
    expect(stage.questions.map(({ action }) => action)).toEqual(['model:invoke', 'model:list'])
    expect(stage.model.requests[1]?.path).toBe('/v1/models?limit=1000')
  })

  test('probes and health are answered here', async () => {
    await on()
    for (const path of ['/', '/api/hello']) {
      expect((await fetch(stage.url + path, { method: 'HEAD' })).status).toBe(200)
    }
    expect(await (await fetch(`${stage.url}/healthz`)).json()).toEqual({ status: 'ok' })
    expect(await (await fetch(`${stage.url}/readyz`)).json()).toEqual({ status: 'ready' })
    expect(stage.model.requests).toHaveLength(0)
  })
})

describe('credentials', () => {
  test('in mode local the client’s own login passes untouched', async () => {
    await on()
    await stage.sdk().messages.create(question)
    await stage.sdk({ apiKey: null, authToken: 'own-token' }).messages.create(question)
    expect(stage.model.requests[0]?.headers['x-api-key']).toBeUndefined()
    expect(stage.model.requests[0]?.headers.authorization).toBe('Bearer made-up-login')
    expect(stage.model.requests[1]?.headers.authorization).toBe('Bearer own-token')
  })

  test('a client without a login gets ours', async () => {
    await on()
    await post(stage, JSON.stringify(question))
    expect(stage.model.requests[0]?.headers['x-api-key']).toBe(UPSTREAM_KEY)
  })

  test.each(['x-api-key', 'authorization'])('a client key in %s is replaced by ours', async header => {
    await on({ config: { authentication: { mode: 'required' } } })
    const value = header === 'authorization' ? `Bearer ${CLIENT_KEY}` : CLIENT_KEY
    const { status } = await post(stage, JSON.stringify(question), { headers: { [header]: value } })
    expect(status).toBe(200)
    const { headers } = stage.model.requests[0]!
    expect(headers['x-api-key']).toBe(UPSTREAM_KEY)
    expect(headers.authorization).toBeUndefined()
    expect(JSON.stringify(stage.model.requests[0]?.rawHeaders)).not.toContain('pcl_')
  })

  test('in mode required a stranger gets 401 and nothing goes upstream', async () => {
    await on({ config: { authentication: { mode: 'required' } } })
    const refused = stage.sdk().messages.create(question)
    await expect(refused).rejects.toMatchObject({ status: 401, type: 'authentication_error' })
    expect(stage.model.requests).toHaveLength(0)
  })

  test('a client key is never sent on when we have no key of our own', async () => {
    await on({ upstreamKey: null })
    const { status, text } = await post(stage, JSON.stringify(question), {
      headers: { 'x-api-key': CLIENT_KEY },
    })
    expect(status).toBe(500)
    expect(text).toContain('the gate has no key for the upstream')
    expect(stage.model.requests).toHaveLength(0)
  })
})

describe('secrets on their way to the model', () => {
  test('are masked in place, every other byte unchanged', async () => {
    await on()
    const body = (word: string) =>
      `{"model":"claude-standin", "max_tokens":5,"system":"key ${word}","messages":[{"role":"user","content":[{"type":"text","text":"a ${word}\\u0021"},{"type":"tool_result","tool_use_id":"toolu_1","content":"${word}"}]},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_2","name":"Bash","input":{"command":"echo ${word}"}}]}],"tools":[{"name":"Bash","description":"d ${word}","input_schema":{"type":"object"}}]}`
    await post(stage, body(SECRET))
    expect(stage.model.requests[0]?.body.toString()).toBe(body(MASKED).replace('\\u0021', '!'))
    await until(() => stage.events.length > 0)
    expect(stage.events[0]?.metadata['maskedInRequest']).toEqual({ 'secret.toy': 5 })
  })

  test('written with JSON escapes are seen all the same', async () => {
    await on()
    await post(stage, `{"model":"m","messages":[{"role":"user","content":"\\u0054OY-ABCDEFGH1234"}]}`)
    expect(stage.model.requests[0]?.json).toMatchObject({ messages: [{ content: MASKED }] })
  })

  test('have the same placeholder on every turn, and a turn asks the guard about new text only', async () => {
    await on()
    const first = { role: 'user' as const, content: `use ${SECRET}` }
    const sdk = stage.sdk()
    await sdk.messages.create({ ...question, messages: [first] })
    const answer = { role: 'assistant' as const, content: 'done' }
    const next = { role: 'user' as const, content: 'and now' }
    await sdk.messages.create({ ...question, messages: [first, answer, next] })
    for (const { json } of stage.model.requests) {
      expect(json).toMatchObject({
        messages: expect.arrayContaining([{ role: 'user', content: `use ${MASKED}` }]),
      })
    }
    const texts = stage.questions.map(({ resource }) => resource.texts.map(({ text }) => text))
    expect(texts).toEqual([[`use ${SECRET}`], ['done', 'and now']])
    expect(stage.gateway.stats().scanMemory).toMatchObject({ entries: 3, hits: 1 })
  })

  test('are refused in mode block with a message the client shows, again and again', async () => {
    await on({ config: { validation: { secrets: { mode: 'block' } } } })
    for (let turn = 0; turn < 2; turn++) {
      const body = JSON.stringify({ ...question, messages: [{ role: 'user', content: SECRET }] })
      const { status, headers, text } = await post(stage, body)
      expect(status).toBe(451)
      expect(headers.get('x-should-retry')).toBe('false')
      expect(JSON.parse(text)).toMatchObject({ type: 'error', error: { type: 'permission_error' } })
      expect(text).toContain('the text holds a secret; take the secret out')
      expect(text).toContain(`portcullis explain ${headers.get('request-id')}`)
      expect(text).not.toContain(SECRET)
    }
    expect(stage.model.requests).toHaveLength(0)
  })

  test('a reload makes the memory forget, so what was masked before is refused now', async () => {
    await on({ config: { validation: { secrets: { mode: 'observe' } } } })
    const ask = () =>
      post(stage, JSON.stringify({ ...question, messages: [{ role: 'user', content: SECRET }] }))
    await ask()
    await ask()
    expect(stage.questions.map(({ resource }) => resource.texts.length)).toEqual([1, 0])
    stage.gateway.reload(stage.config)
    await ask()
    expect(stage.questions.at(-1)?.resource.texts).toHaveLength(1)
  })

  test('thinking is shown to the guard but its bytes stay, because a signature covers them', async () => {
    await on()
    const body = `{"model":"m","messages":[{"role":"assistant","content":[{"signature":"${'c2ln'.repeat(20)}","thinking":"${SECRET}","type":"thinking"}]}]}`
    await post(stage, body)
    expect(stage.questions[0]?.resource.texts.map(({ text }) => text)).toEqual([SECRET])
    expect(stage.model.requests[0]?.body.toString()).toBe(body)
  })
})

describe('refusals', () => {
  test.each([
    ['network', 'network.address-blocked', 403, 'permission_error'],
    ['network', 'network.rate-limited', 429, 'rate_limit_error'],
    ['authorization', 'authorization.not-granted', 403, 'permission_error'],
    ['validation', 'validation.could-not-scan', 451, 'permission_error'],
    ['execution', 'execution.unknown-obligation', 451, 'permission_error'],
  ] as const)('of %s with %s is %i', async (layer, code, status, type) => {
    await on({ layers: { [layer]: denying(layer, code, 7) } })
    const { status: got, headers, text } = await post(stage, JSON.stringify(question))
    expect(got).toBe(status)
    expect(JSON.parse(text)).toMatchObject({ error: { type } })
    expect(headers.get('retry-after')).toBe('7')
    expect(headers.get('server-timing')).toContain(`${layer};dur=`)
    expect(stage.model.requests).toHaveLength(0)
  })

  test('a layer that throws is a 500 and nothing passes', async () => {
    const validation = {
      name: 'validation' as const,
      check() {
        throw new Error('broken')
      },
    }
    await on({ layers: { validation } })
    expect((await post(stage, JSON.stringify(question))).status).toBe(500)
    expect(stage.model.requests).toHaveLength(0)
  })

  test('an obligation this point cannot discharge is a refusal', async () => {
    const execution = {
      name: 'execution' as const,
      check: () => ({ kind: 'pass' as const, obligations: [{ type: 'sandbox' as const, profile: 'p' }] }),
    }
    await on({ layers: { execution } })
    const { status, text } = await post(stage, JSON.stringify(question))
    expect(status).toBe(451)
    expect(text).toContain('cannot discharge the obligation `sandbox`')
    expect(stage.model.requests).toHaveLength(0)
  })

  test('a mask the engine does not cover is a refusal', async () => {
    const findings = [
      {
        rule: 'other.rule',
        threat: 'KEY-EXP-001' as const,
        grade: 'certain' as const,
        severity: 'deny' as const,
        message: 'seen by another rule',
        span: { leaf: 0, start: 0, end: 5 },
      },
    ]
    const validation = {
      name: 'validation' as const,
      check: () => ({ kind: 'pass' as const, obligations: [{ type: 'mask' as const, findings }] }),
    }
    await on({ layers: { validation } })
    expect((await post(stage, JSON.stringify(question))).status).toBe(451)
    expect(stage.model.requests).toHaveLength(0)
  })

  test('an allow that cannot be recorded becomes a 503 and its answer never arrives', async () => {
    const monitor = {
      name: 'monitoring' as const,
      async record() {
        await new Promise(resolve => setTimeout(resolve, 50))
        throw new Error('disk full')
      },
    }
    await on({ monitor, script: () => ({ text: 'must not arrive' }) })
    const { status, text } = await post(stage, JSON.stringify(question))
    expect(status).toBe(503)
    expect(text).not.toContain('must not arrive')
    expect(text).toContain('could not be recorded')
  })

  test('are told as a turn of the model where configured, streamed or not', async () => {
    await on({
      config: { gateway: { block: 'assistant-turn' } },
      layers: { validation: denying('validation', 'validation.secret-found') },
    }).catch(() => {})
    const plain = await stage.sdk().messages.create(question)
    const streamed = await stage.sdk().messages.stream(question).finalMessage()
    for (const { content } of [plain, streamed]) {
      expect(content[0]).toMatchObject({ text: expect.stringContaining('Portcullis refused this request') })
    }
    expect(stage.model.requests).toHaveLength(0)
  })
})

describe('an upstream in trouble', () => {
  test.each([400, 401, 429, 500, 529])('its %i passes word for word', async status => {
    await on({ script: () => ({ fault: `error-${status}` }) })
    const got = await post(stage, JSON.stringify(question))
    expect(got.status).toBe(status)
    expect(got.text).toBe(errorBody(status))
    if (status === 429) expect(got.headers.get('retry-after')).toBe('1')
  })

  test('that is not there is a 502', async () => {
    await on({ upstreamUrl: 'http://127.0.0.1:9' })
    const refused = await post(stage, JSON.stringify(question))
    expect(refused.status).toBe(502)
    expect(refused.text).toContain('cannot be reached (ECONNREFUSED)')
  })

  test('that falls silent is a 504', async () => {
    stage = await setStage({ script: () => ({ fault: 'hang' }) })
    stage.gateway.reload({
      ...stage.config,
      gateway: { ...stage.config.gateway, upstreamTimeoutSeconds: 0.3 },
    })
    expect((await post(stage, JSON.stringify(question))).status).toBe(504)
  })

  test.each([
    ['drop', 'broke'],
    ['html-200', 'not a Messages API reply'],
  ] as const)('fault %s before the first byte is a 502', async (fault, words) => {
    await on({ script: () => ({ fault }) })
    const { status, text } = await post(stage, JSON.stringify(question))
    expect(status).toBe(502)
    expect(text).toContain(words)
  })

  test('a JSON answer that is not JSON is not passed on', async () => {
    await on({ script: () => ({ raw: ['{"content":[{"text":"', SECRET, '"'] }) })
    const { status, text } = await post(stage, JSON.stringify(question))
    expect(status).toBe(502)
    expect(text).not.toContain(SECRET)
  })

  test('plain HTTP beyond loopback is refused when the gateway is made', async () => {
    stage = await setStage()
    const config = {
      ...stage.config.gateway,
      upstream: { ...stage.config.gateway.upstream, url: 'http://192.0.2.1' },
    }
    expect(() => stage.gateway.reload({ ...stage.config, gateway: config })).toThrow(
      expect.objectContaining({ code: 'config.invalid' }),
    )
  })
})

describe('secrets in an answer', () => {
  test('are masked in its text and in the input of tools', async () => {
    await on({
      script: () => ({
        text: `it is ${SECRET}`,
        toolUses: [{ name: 'Bash', input: { command: `echo ${SECRET}` } }],
      }),
    })
    const session = { headers: { 'x-claude-code-session-id': 'session-1' } }
    const { content } = await stage.sdk().messages.create(question, session)
    expect(content[0]).toMatchObject({ text: `it is ${MASKED}` })
    expect(content[1]).toMatchObject({ input: { command: `echo ${MASKED}` } })
    await until(() => stage.events.length > 0)
    expect(stage.events[0]?.metadata['maskedInReply']).toEqual({ 'secret.toy': 2 })
    expect(stage.asked).toEqual([['session-1', 'toolu_standin0x0']])
  })

  test('stay in mode observe, and are noted', async () => {
    await on({
      config: { validation: { secrets: { mode: 'observe' } } },
      script: () => ({ text: `it is ${SECRET}` }),
    })
    const { content } = await stage.sdk().messages.create(question)
    expect(content[0]).toMatchObject({ text: `it is ${SECRET}` })
    await until(() => stage.events.length > 0)
    expect(stage.events[0]?.metadata['notedInReply']).toEqual({ 'secret.toy': 1 })
  })
})
