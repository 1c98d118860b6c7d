import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../access/finding.ts'
import type { SecretEngine, SecretFinding } from '../../rules/secrets/types.ts'
import { readMessagesBody } from './body.ts'
import { inspect } from './inspect.ts'
import { MalformedJson } from './json-bytes.ts'
import { createScanMemory } from './memory.ts'

/** As long as the API's are. */
const seal = 'c2ln'.repeat(20)

const scan = (text: string): SecretFinding[] =>
  [...text.matchAll(/Q\d{3}/g)].map(({ index }) => ({
    rule: 'secret.test',
    threat: 'KEY-EXP-001',
    grade: 'certain',
    severity: 'deny',
    dataClass: 'secret' as const,
    message: 'a test secret',
    start: index,
    end: index + 4,
  }))
const replace = (text: string) => text.replace(/Q\d{3}/g, '<"é">')
const engine: SecretEngine = {
  scan,
  mask: text => ({ text: replace(text), findings: scan(text) }),
  mayHoldSecret: () => true,
  masks: () => true,
  sparing: () => engine,
  stream: () => {
    throw new Error('not used here')
  },
}

function maskBody(text: string, memory = createScanMemory(1_000)) {
  const bytes = Buffer.from(text)
  const inspection = inspect(bytes, readMessagesBody(bytes).units, memory, engine)
  const findings: Finding[] = inspection.texts.flatMap((leaf, index) =>
    scan(leaf.text).map(({ start, end, ...seen }) => ({ ...seen, span: { leaf: index, start, end } })),
  )
  const discharged = inspection.discharge(findings)
  discharged?.remember()
  return { texts: inspection.texts, body: discharged?.body.toString() ?? null, masked: discharged?.masked }
}

const textsOf = (body: string) => maskBody(body).texts.map(({ text, where }) => `${where}: ${text}`)

describe('the text of a request', () => {
  test('is what a model reads or wrote, each with its place', () => {
    const body = {
      model: 'm',
      system: [{ type: 'text', text: 'sys', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        { role: 'user', content: 'plain' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: seal },
            { type: 'redacted_thinking', data: seal },
            {
              type: 'tool_use',
              id: 'toolu_1',
              name: 'Bash',
              input: { command: 'ls', id: 'kept', a_rather_long_key: 1 },
            },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'out' }] },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgoQ123' } },
            { type: 'document', source: { data: 'a text file', media_type: 'text/plain', type: 'text' } },
            { type: 'brand_new', unknown: 'seen too' },
          ],
        },
      ],
      tools: [{ name: 'Bash', description: 'runs', input_schema: { type: 'object' } }],
      metadata: { user_id: 'somebody' },
    }
    expect(textsOf(JSON.stringify(body))).toEqual([
      'system[0].text: sys',
      'messages[0].content: plain',
      'messages[1].content[0].thinking: hm',
      'messages[1].content[2].name: Bash',
      'messages[1].content[2].input.command: ls',
      'messages[1].content[2].input.id: kept',
      'messages[1].content[2].input key: a_rather_long_key',
      'messages[2].content[0].content[0].text: out',
      'messages[2].content[2].source.data: a text file',
      'messages[2].content[3].unknown: seen too',
      'tools[0].name: Bash',
      'tools[0].description: runs',
      'tools[0].input_schema.type: object',
      'metadata.user_id: somebody',
    ])
  })

  test('a second `type` cannot hide text as base64', () => {
    const body = '{"model":"m","messages":[{"content":[{"type":"base64","data":"Q123","type":"text"}]}]}'
    expect(() => maskBody(body)).toThrow('a key appears twice')
  })

  test('in a key of a tool’s input is masked like a value', () => {
    const body = '{"model":"m","messages":[{"content":[{"type":"tool_use","input":{"a long key Q123":1}}]}]}'
    expect(maskBody(body).body).toContain('{"a long key <\\"é\\">":1}')
  })

  test('seen before is not asked about again and is masked the same', () => {
    const memory = createScanMemory(1_000)
    const old = '{"role":"user","content":"Q123"}'
    const first = maskBody(`{"model":"m","messages":[${old}]}`, memory)
    const second = maskBody(`{"messages":[ ${old} ,{"content":"Q456"}],"model":"n"}`, memory)
    expect(first.texts).toHaveLength(1)
    expect(second.texts.map(({ text }) => text)).toEqual(['Q456'])
    expect(second.body).toBe(
      '{"messages":[ {"role":"user","content":"<\\"é\\">"} ,{"content":"<\\"é\\">"}],"model":"n"}',
    )
    expect(second.masked).toEqual(['secret.test', 'secret.test'])
  })

  test('the memory keeps to its size and drops what was used longest ago', () => {
    const memory = createScanMemory(2)
    for (const key of ['a', 'b']) memory.keep(key, { edits: [], rules: [] })
    memory.recall('a')
    memory.keep('c', { edits: [], rules: [] })
    expect(['a', 'b', 'c'].map(key => memory.recall(key) !== undefined)).toEqual([true, false, true])
  })

  test('a mask that leaves the secret standing is no discharge', () => {
    const lazy = { ...engine, mask: (text: string) => ({ text: `${text}!`, findings: scan(text) }) }
    const bytes = Buffer.from('{"model":"m","messages":[{"content":"Q123"}]}')
    const inspection = inspect(bytes, readMessagesBody(bytes).units, createScanMemory(9), lazy)
    const [{ start, end, ...seen }] = scan('Q123') as [SecretFinding]
    expect(inspection.discharge([{ ...seen, span: { leaf: 0, start, end } }])).toBeNull()
  })
})

const word = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('Q123', 'xQ12', 'aQ999é', '\\"Q100'))
const key = fc.constantFrom('text', 'content', 'other', 'Q123 in a key', 'unknown', 'words')
const block = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    word,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value
const messages = fc.array(fc.dictionary(key, block, { maxKeys: 3, noNullPrototype: true }), { maxLength: 4 })

function maskTree(value: unknown): unknown {
  if (typeof value === 'string') return replace(value)
  if (Array.isArray(value)) return value.map(maskTree)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [replace(name), maskTree(inner)]))
}

property.prop([messages, fc.constantFrom(undefined, 1, '\t')])(
  'masking bytes means what masking the parsed value means, on the first turn and from memory',
  (list, indent) => {
    const memory = createScanMemory(1_000)
    const text = JSON.stringify({ model: 'm', messages: list }, null, indent)
    const first = maskBody(text, memory)
    expect(JSON.parse(first.body!)).toEqual({
      model: 'm',
      messages: maskTree(JSON.parse(JSON.stringify(list))),
    })
    const second = maskBody(text, memory)
    expect(second.body).toBe(first.body)
    expect(second.texts).toHaveLength(0)
    if (first.masked?.length === 0) expect(first.body).toBe(text)
  },
)

property.prop([
  messages,
  fc.nat(),
  fc.constantFrom('', '"', '}', ']', ',', ':', '\\', '0', 'x', '\u0001', '{'),
])('what is accepted is what JSON.parse accepts, after any one byte is changed', (list, at, change) => {
  const text = JSON.stringify({ model: 'm', messages: list })
  const position = at % text.length
  const mutant = text.slice(0, position) + change + text.slice(position + 1)
  const isJson = parses(mutant)
  const accepted = accepts(mutant)
  if (accepted) expect(isJson).toBe(true)
  if (mutant === text) expect(accepted).toBe(true)
})

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function accepts(text: string): boolean {
  try {
    maskBody(text)
    return true
  } catch (error) {
    if (error instanceof MalformedJson) return false
    throw error
  }
}
