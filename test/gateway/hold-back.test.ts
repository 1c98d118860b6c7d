import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { newReplyFacts } from '../../src/enforcement/gateway/reply.ts'
import { createReplyStream } from '../../src/enforcement/gateway/reply-stream.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { createSecretEngine } from '../../src/rules/secrets/engine.ts'
import { githubToken } from '../clients/made-up.ts'
import { type Reply, renderEvents } from '../standin/reply.ts'

// What leaves of a stream, looked at after every event: for every place where two deltas, or two chunks, may meet.

const known = 'Tr0ub4dor&3 "und" Zw3i'
const engine = createSecretEngine({
  placeholder: kind => `<masked:${kind}:0123abcd>`,
  minimumGrade: 'likely',
  knownSecrets: [new Secret(known)],
})

/** Made at run time, and the same in each run. */
const letters = (name: string, length: number) =>
  createHash('sha512').update(name).digest('base64').replace(/[+/=]/g, '').repeat(3).slice(0, length)

const privateKey = `-----BEGIN ${'PRIVATE'} KEY-----\n${letters('pem', 128).replace(/.{64}/g, '$&\n')}-----END ${'PRIVATE'} KEY-----`

/** A secret, how much of its beginning names it and tells nothing, and the words around it. */
const secrets: readonly (readonly [
  name: string,
  secret: string,
  literal: number,
  before: string,
  after: string,
])[] = [
  ['a token', githubToken, 4, 'the key is ', ''],
  ['a token at a line start', `glpat-${letters('gl', 20)}`, 6, 'keys:\n', '\n'],
  ['a private key', privateKey, 27, 'here:\n', '\n'],
  ['a password in an address', letters('url', 18), 0, 'db = postgres://ann:', '@db.example/x'],
  ['an assignment', letters('assigned', 24), 0, 'DB_PASSWORD="', '"'],
  ['a known value', known, 0, 'say ', '.'],
]

const end = ' 🔑 and so on.'

interface Outcome {
  /** Joined text of the first block, and joined JSON of the tool's input, after each event. */
  readonly texts: string[]
  readonly inputs: string[]
  readonly all: string
  readonly facts: ReturnType<typeof newReplyFacts>
}

function through(chunks: readonly (string | Buffer)[]): Outcome {
  const facts = newReplyFacts()
  const stream = createReplyStream({ engine, facts, maxEventBytes: 1 << 20 })
  const texts: string[] = []
  const inputs: string[] = []
  let all = ''
  const take = (pieces: readonly Buffer[]) => {
    all += Buffer.concat(pieces).toString()
    const deltas = all
      .split('\n')
      .filter(line => line.startsWith('data: {"type":"content_block_delta"'))
      .map(line => JSON.parse(line.slice(6)).delta)
    texts.push(deltas.map(({ text }) => text ?? '').join(''))
    inputs.push(deltas.map(({ partial_json }) => partial_json ?? '').join(''))
  }
  for (const chunk of chunks) take(stream.push(Buffer.from(chunk)))
  take(stream.end().rest)
  return { texts, inputs, all, facts }
}

const events = (reply: Reply) => renderEvents(reply, 'claude-standin', 0).map(({ text }) => text)
const halves = (text: string, cut: number) => [text.slice(0, cut), text.slice(cut)]
const namesOf = (text: string) =>
  [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name).filter(name => name !== 'content_block_delta')

describe.each(secrets)('%s', (_name, secret, literal, before, after) => {
  const text = before + secret + after + end
  const masked = engine.mask(text).text
  const head = secret.slice(0, literal + 4)

  test('is masked when it comes whole', () => {
    expect(masked).not.toContain(head)
    expect(masked.startsWith(before)).toBe(true)
    expect(masked).toContain('🔑 and so on.')
  })

  test('cut anywhere, no more than its name leaves, and the whole is masked as if it had come whole', () => {
    for (let cut = 0; cut <= text.length; cut++) {
      const { texts } = through(events({ text: halves(text, cut) }))
      for (const seen of texts) expect(seen.includes(head), `cut at ${cut}: ${seen.length}`).toBe(false)
      expect(texts.at(-1)).toBe(masked)
    }
  })

  test('one character at a time', () => {
    const { texts } = through(events({ text: Array.from(text) }))
    for (const seen of texts) expect(seen.includes(head)).toBe(false)
    expect(texts.at(-1)).toBe(masked)
  })

  test('in the input of a tool, cut anywhere, escapes included', () => {
    const input = { note: text, n: [1, true] }
    const json = JSON.stringify(input)
    for (let cut = 0; cut <= json.length; cut++) {
      const use = { name: 'Note', input, fragments: halves(json, cut) }
      const { inputs } = through(events({ toolUses: [use] }))
      // As the client would read it, or as far as it has come.
      for (const seen of inputs) expect(unescaped(seen).includes(head), `cut at ${cut}`).toBe(false)
      expect(JSON.parse(inputs.at(-1)!)).toEqual({ ...input, note: masked })
    }
  })

  test('the chunks of the connection play no part', () => {
    const whole = Buffer.from(events({ text: halves(text, before.length + 3) }).join(''))
    const expected = through([whole]).all
    for (let cut = 1; cut < whole.length; cut++) {
      const { all } = through([whole.subarray(0, cut), whole.subarray(cut)])
      expect(all === expected, `cut at ${cut}`).toBe(true)
    }
  })

  test('a stream that breaks off anywhere has let out no more than its name', () => {
    const all = events({ text: Array.from(text) })
    for (let kept = 0; kept < all.length; kept++) {
      const facts = newReplyFacts()
      const stream = createReplyStream({ engine, facts, maxEventBytes: 1 << 20 })
      const pieces = all.slice(0, kept).flatMap(event => stream.push(Buffer.from(event)))
      const { rest, isComplete } = stream.end()
      expect(isComplete).toBe(false)
      const seen = [
        ...Buffer.concat([...pieces, ...rest])
          .toString()
          .matchAll(/"text":("(?:[^"\\]|\\.)*")/g),
      ]
      expect(
        seen
          .map(([, one]) => JSON.parse(one!))
          .join('')
          .includes(head),
      ).toBe(false)
    }
  })
})

/** The text of JSON that may end anywhere. */
function unescaped(json: string): string {
  const whole = json.replace(/\\(?:u[0-9a-f]{0,3})?$/i, '')
  return whole.replace(/\\(u[0-9a-f]{4}|.)/gi, one => JSON.parse(`"${one}"`))
}

describe('what is clean', () => {
  const clean: Reply = {
    thinking: 'a thought 🙂 with key = value and ghp_ in it',
    text: ['Use `ghp_` tokens: ', 'never "paste" them.\n', '🙂🙂 -----BEGIN is a head', '; password: none'],
    toolUses: [{ name: 'Bash', input: { command: 'echo "a\\tb" \u2028 🙂', n: 1 } }],
    usage: { inputTokens: 12, outputTokens: 34 },
  }
  const whole = events(clean).join('')

  test('says the same, with every other event byte for byte and in its order', () => {
    for (let cut = 1; cut < whole.length; cut += 7) {
      const bytes = Buffer.from(whole)
      const { all, texts, inputs, facts } = through([bytes.subarray(0, cut), bytes.subarray(cut)])
      expect(texts.at(-1)).toBe((clean.text as string[]).join(''))
      expect(JSON.parse(inputs.at(-1)!)).toEqual(clean.toolUses![0]!.input)
      expect(namesOf(all)).toEqual(namesOf(whole))
      const others = (text: string) =>
        text.split('\n\n').filter(event => !/"(?:text|input_json)_delta"/.test(event))
      expect(others(all)).toEqual(others(whole))
      expect(facts.usage).toMatchObject({ input_tokens: 12, output_tokens: 34 })
      expect(facts.masked).toEqual([])
    }
  })

  test('signatures, citations and the blocks of server tools pass as they came', () => {
    const sse = (type: string, fields: object) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
    const citation = { type: 'char_location', cited_text: 'as said', document_index: 0, start_char_index: 1 }
    const stream = [
      sse('message_start', { message: { id: 'msg_1', content: [], usage: { input_tokens: 1 } } }),
      sse('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      sse('content_block_delta', { index: 0, delta: { type: 'citations_delta', citation } }),
      sse('content_block_stop', { index: 0 }),
      sse('content_block_start', {
        index: 1,
        content_block: { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
      }),
      sse('content_block_delta', {
        index: 1,
        delta: { type: 'input_json_delta', partial_json: '{"query":"a b"}' },
      }),
      sse('content_block_stop', { index: 1 }),
      sse('message_stop', {}),
    ].join('')
    expect(through([stream]).all).toBe(stream)
  })

  test('a secret in a citation or in the input of a server tool is masked', () => {
    const sse = (type: string, fields: object) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
    const citation = { type: 'char_location', cited_text: `as ${githubToken} said` }
    const block = { type: 'web_search_tool_result', content: [{ title: githubToken }] }
    const { all } = through([
      sse('content_block_delta', { index: 0, delta: { type: 'citations_delta', citation } }),
      sse('content_block_start', { index: 1, content_block: block }),
      sse('content_block_delta', {
        index: 2,
        delta: { type: 'input_json_delta', partial_json: `{"query":"${githubToken.slice(0, 9)}` },
      }),
      sse('content_block_delta', {
        index: 2,
        delta: { type: 'input_json_delta', partial_json: `${githubToken.slice(9)}"}` },
      }),
      sse('message_stop', {}),
    ])
    expect(all).not.toContain(githubToken.slice(0, 8))
    expect(all.match(/<masked:github-pat:0123abcd>/g)).toHaveLength(3)
  })
})

test('of ordinary prose less than a word is held back', () => {
  const prose =
    'The gate asks the guard before anything happens, and writes down what was decided (see `decide.ts`). '
  const pieces = prose.repeat(5).match(/.{1,4}/gs)!
  const { texts } = through(events({ text: pieces }))
  let given = 0
  const held = pieces.map((piece, index) => {
    given += piece.length
    // Three events come before the first delta.
    return given - texts[index + 3]!.length
  })
  const inOrder = held.toSorted((a, b) => a - b)
  expect(inOrder[Math.floor(inOrder.length / 2)]).toBeLessThan(8)
  expect(inOrder.at(-1)).toBeLessThan(24)
})
