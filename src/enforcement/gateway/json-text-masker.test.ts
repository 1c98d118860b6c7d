import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { SecretFinding, StreamMasker } from '../../rules/secrets/types.ts'
import { createJsonTextMasker } from './json-text-masker.ts'

/** Masks `Q` followed by three digits, holding back an unfinished one. */
function digitMasker(): StreamMasker {
  let all = ''
  let held = ''
  const replace = (text: string) => text.replace(/Q\d{3}/g, '<"mask">')
  return {
    push(piece) {
      all += piece
      held += piece
      const open = /Q\d{0,2}$/.exec(held)?.index ?? held.length
      const safe = replace(held.slice(0, open))
      held = held.slice(open)
      return safe
    },
    end() {
      const safe = replace(held)
      held = ''
      return safe
    },
    get findings(): SecretFinding[] {
      return [...all.matchAll(/Q\d{3}/g)].map(({ index }) => ({
        rule: 'secret.test',
        threat: 'KEY-EXP-001',
        grade: 'certain',
        severity: 'deny',
        dataClass: 'secret' as const,
        message: 'a test secret',
        start: index,
        end: index + 4,
      }))
    },
  }
}

function mask(fragments: readonly string[]) {
  const masker = createJsonTextMasker(digitMasker)
  const text = fragments.map(fragment => masker.push(fragment)).join('') + masker.end()
  return { text, findings: masker.findings.length }
}

/** The same mask on the parsed value: what the streamed text has to mean. */
function maskTree(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/Q\d{3}/g, '<"mask">')
  if (Array.isArray(value)) return value.map(maskTree)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [maskTree(key), maskTree(inner)]))
}

describe('the input of a tool', () => {
  test('keeps its spelling where nothing is found', () => {
    const odd = '{ "a\\u0041" :\t["\\/x\\n", 1e5, null] }'
    expect(mask([odd]).text).toBe(odd)
    expect(mask(odd.split('')).text).toBe(odd)
  })

  test('has a secret masked that is spelled with escapes or cut anywhere', () => {
    expect(mask(['{"a":"\\u0051', '12', '3"}'])).toEqual({ text: '{"a":"<\\"mask\\">"}', findings: 1 })
  })

  test('cut short by a token limit gives up what was held', () => {
    expect(mask(['{"a":"Q12']).text).toBe('{"a":"Q12')
    expect(mask(['{"a":"x\\u00']).text).toBe('{"a":"x\\u00')
  })

  test.each(['{Q123}', '{"a":Q123}', '{"a":"b"} // Q123', '{"a":"\\x51"}', '{"a":"\\u00zz"}'])(
    '%s is refused, because text outside strings would pass unseen',
    text => {
      expect(() => mask([text])).toThrow('the input of a tool')
    },
  )
})

const word = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('Q123', 'xQ12', 'Q1234', '\\', '"', '😀Q999é'),
)
/** No backslash: V8 14.6 reads `{"a":1,"\\"":2}` as if its second key were a backslash once it has seen such a key there. */
const key = word.filter(text => !text.includes('\\'))
const tree = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value

property.prop([
  tree,
  fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 20 }),
  fc.boolean(),
])(
  'cut anywhere means what masking the parsed value means, and nothing changes without a finding',
  (value, sizes, escapes) => {
    const plain = JSON.stringify(value)
    const text = escapes ? plain.replace(/[Q\u0080-\uffff]/g, escapeUnit) : plain
    const fragments: string[] = []
    let at = 0
    for (let i = 0; at < text.length; i++) {
      const size = sizes[i % sizes.length]!
      fragments.push(text.slice(at, at + size))
      at += size
    }
    const masked = mask(fragments)
    expect(JSON.parse(masked.text)).toEqual(maskTree(value))
    if (masked.findings === 0) expect(masked.text).toBe(text)
  },
)

test('a fragment may be as long as the text', () => {
  const text = JSON.stringify({ text: 'a few words '.repeat(40_000) })
  expect(mask([text])).toEqual({ text, findings: 0 })
})

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
