import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildWordTable, type FoundWords, findWords, followWords, noWords } from './words.ts'

const table = buildWordTable(
  ['key', 'newrelic', 'box', 'smartsheet', '8x8', 'token', 'npm'],
  word => word !== 'key',
)

function wordsIn(text: string, from = 0, to = text.length): string[] {
  const found = noWords()
  findWords(table, Buffer.from(`${text}\u0000`), from, to, found)
  return list(found)
}

function list(found: FoundWords): string[] {
  return Array.from(
    { length: found.count },
    (_, index) => `${table.words[found.words[index]!]}@${found.starts[index]}-${found.ends[index]}`,
  )
}

describe('words', () => {
  test('are found in either case, at humps, and over one separator', () => {
    expect(wordsIn('Key newRelicKey NEW_RELIC_KEY')).toEqual([
      'key@0-3',
      'newrelic@4-12',
      'key@12-15',
      'newrelic@16-25',
      'key@26-29',
    ])
    expect(wordsIn('new relic, new-relic, new  relic')).toEqual(['newrelic@0-9', 'newrelic@11-20'])
    expect(wordsIn('8x8, \u001b[31mkey')).toEqual(['8x8@0-3', 'key@10-13'])
  })

  test('end where no letter follows; long ones of a provider go on', () => {
    expect(wordsIn('boxing keyboard boxKey box2 smartsheets')).toEqual([
      'box@16-19',
      'key@19-22',
      'box@23-26',
      'smartsheet@28-38',
    ])
    expect(wordsIn('monkey inbox')).toEqual([])
  })

  test('of another word may be the rest', () => {
    expect(wordsIn('NPMTOKEN=')).toEqual(['token@3-8'])
  })

  test('lie wholly between the two places', () => {
    expect(wordsIn('box key box', 0, 10)).toEqual(['box@0-3', 'key@4-7'])
    expect(wordsIn('xbox', 1)).toEqual([])
  })
})

describe('words of stretches that follow each other', () => {
  const pieces = [
    'key',
    'Token',
    'NPM',
    'npmtoken',
    'box',
    'new',
    'relic',
    ' ',
    '_',
    '.',
    '\n',
    's',
    'x9',
    'KEYS',
    '8x8',
    'smartsheets',
    '\\n',
    '31m',
  ]

  test('are those that each stretch alone holds', () => {
    const texts = fc
      .array(fc.constantFrom(...pieces), { minLength: 10, maxLength: 120 })
      .map(parts => parts.join(''))
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 90 })), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(texts, steps, (text, moves) => {
        const bytes = Buffer.from(`${text}\u0000\u0000`)
        const followed = noWords()
        const alone = noWords()
        let to = 0
        for (const [step, window] of moves) {
          to = Math.min(text.length, to + step)
          const from = Math.max(0, to - window)
          followWords(table, bytes, from, to, followed)
          findWords(table, bytes, from, to, alone)
          expect(list(followed)).toEqual(list(alone))
        }
      }),
      { numRuns: 500 },
    )
  })
})
