import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { configSchema } from '../../src/config/schema.ts'
import { createValidationLayer } from '../../src/guard/validation/validation.ts'
import { createSecretEngine } from '../../src/rules/secrets/engine.ts'
import { question, type Setting, type Stage, setStage, until } from './support.ts'

// Made at run time, so that no scanner of this repository takes it for a leak.
const token = `glpat-${randomBytes(15).toString('hex').slice(0, 20)}`
const privateKey = `-----BEGIN ${'PRIVATE'} KEY-----\n${randomBytes(120).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${'PRIVATE'} KEY-----`
const engine = createSecretEngine({ placeholder: kind => `<masked:${kind}:0000>`, minimumGrade: 'likely' })
const MASKED = '<masked:gitlab-pat:0000>'
const ask = { ...question, stream: true as const }

let stage: Stage
afterEach(() => stage.close())

async function on(setting: Setting = {}) {
  stage = await setStage({ ...setting, engine })
  return stage
}

describe('with the real engine', () => {
  test.each([1, 5, 6, 7, 15, 25])('a token cut after %i characters is masked on both ways', async cut => {
    const pieces = [token.slice(0, cut), token.slice(cut)]
    const fragments = [`{"command":"curl -H 'PRIVATE-TOKEN: ${pieces[0]}`, `${pieces[1]}' x","n":1}`]
    await on({
      script: () => ({
        text: ['it is ', ...pieces, ' , yes'],
        toolUses: [{ name: 'Bash', input: {}, fragments }],
      }),
    })
    const messages = [{ role: 'user' as const, content: `my token is ${token} ok` }]
    const { content } = await stage
      .sdk()
      .messages.stream({ ...ask, messages })
      .finalMessage()
    expect(content[0]).toMatchObject({ text: `it is ${MASKED} , yes` })
    expect(content[1]).toMatchObject({ input: { command: `curl -H 'PRIVATE-TOKEN: ${MASKED}' x`, n: 1 } })
    expect(stage.model.requests[0]?.json).toMatchObject({
      messages: [{ content: `my token is ${MASKED} ok` }],
    })
    await until(() => stage.events.length > 0)
    expect(JSON.stringify(stage.events)).not.toContain(token)
  })

  test('a private key over many deltas is masked whole', async () => {
    const pieces = privateKey.match(/[\s\S]{1,9}/g) ?? []
    await on({ script: () => ({ text: ['here:\n', ...pieces, '\ndone'] }) })
    const { content } = await stage.sdk().messages.stream(ask).finalMessage()
    expect(content[0]).toMatchObject({
      text: expect.stringMatching(/^here:\n<masked:private-key:0000>\n?\ndone$/),
    })
  })

  test('a kind that is only observed passes both ways, another beside it is masked', async () => {
    const other = `npm_${randomBytes(27).toString('hex').slice(0, 36)}`
    const validation = { secrets: { rules: { 'secret.gitlab-pat': 'observe' } } }
    await on({
      config: { validation },
      layers: {
        validation: createValidationLayer(configSchema.parse({ validation }), {
          engine,
          view: { realPath: path => path, caseInsensitive: false },
          own: [],
        }),
      },
      script: () => ({ text: ['seen ', token.slice(0, 9), `${token.slice(9)} and `, other, '.'] }),
    })
    const messages = [{ role: 'user' as const, content: `both ${token} and ${other}.` }]
    const { content } = await stage
      .sdk()
      .messages.stream({ ...ask, messages })
      .finalMessage()
    expect(content[0]).toMatchObject({ text: `seen ${token} and <masked:npm-token:0000>.` })
    expect(stage.model.requests[0]?.json).toMatchObject({
      messages: [{ content: `both ${token} and <masked:npm-token:0000>.` }],
    })
    await until(() => stage.events.length > 0)
    expect(stage.events[0]?.metadata).toMatchObject({
      maskedInReply: { 'secret.npm-token': 1 },
      notedInReply: { 'secret.gitlab-pat': 1 },
    })
  })

  test('ordinary prose is never held back by more than the open token', async () => {
    const gate = Promise.withResolvers<void>()
    await on({
      script: () => ({
        text: ['The gate is open. ', 'More'],
        beforeDelta: i => (i === 1 ? gate.promise : undefined),
      }),
    })
    let seen = ''
    for await (const event of await stage.sdk().messages.create(ask)) {
      if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') continue
      seen += event.delta.text
      if (seen.startsWith('The gate is')) gate.resolve()
    }
    expect(seen).toBe('The gate is open. More')
  })
})
