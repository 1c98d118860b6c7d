import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDocument, stringify } from 'yaml'
import { aligned, joined, reportInFile, sliceOf } from './passage.ts'
import { readYaml } from './yaml-file.ts'

const ignore = () => {}

describe('a passage says where its characters stand', () => {
  test('in every way YAML has to write a text', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'Z', '9', ' ', '\n', '"', "'", ':', '#', '\\', '$', '\t', 'é'),
      maxLength: 60,
    })
    const type = fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED')
    fc.assert(
      fc.property(text, type, (value, defaultStringType) => {
        const source = stringify({ before: 'x', run: value, after: 1 }, { defaultStringType, lineWidth: 30 })
        // a few folded texts do not come back from the library as they were
        fc.pre(parseDocument(source).get('run') === value)
        const file = readYaml(source, ignore)!
        const scalar = file.get(file.roots[0], 'run')!
        const passage = file.passage(scalar)
        expect(passage.text).toBe(value)
        let last = -1
        for (let at = 0; at < value.length; at++) {
          const place = passage.toFile(at)
          expect(place).toBeGreaterThanOrEqual(last)
          expect(place).toBeLessThanOrEqual(source.length)
          last = place
          // letters are never escaped, so each stands where it is said to stand
          if (/[aZ9$]/.test(value[at]!)) expect(source[place], JSON.stringify(source)).toBe(value[at])
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('in JSON with its escapes', () => {
    const source = '{"run": "a\\n\\u0041\\"b\\\\c"}'
    const passage = aligned('a\nA"b\\c', source, 9, source.length - 1, 'backslash')
    expect([...'abc'].map(letter => source[passage.toFile(passage.text.indexOf(letter))])).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  test('when it is joined of pieces', () => {
    const passage = joined([
      { text: 'ab', start: 10 },
      { text: '', start: 20 },
      { text: 'cd', start: 30 },
    ])
    expect([0, 1, 2, 3].map(passage.toFile)).toEqual([10, 11, 30, 31])
  })
})

describe('what is seen in a passage', () => {
  const seen: object[] = []
  const sighting = { rule: 'r', message: 'm' }

  test('is carried to the file with its fix', () => {
    const report = reportInFile(found => seen.push(found), sliceOf('0123456789', 4, 8))
    report({ ...sighting, start: 1, end: 3, fix: { start: 1, end: 3, replacement: 'x' } })
    expect(seen.pop()).toEqual({ ...sighting, start: 5, end: 7, fix: { start: 5, end: 7, replacement: 'x' } })
  })

  test('loses a fix whose text does not stand there in one piece', () => {
    const passage = joined([
      { text: 'ab', start: 10 },
      { text: 'cd', start: 30 },
    ])
    reportInFile(
      found => seen.push(found),
      passage,
    )({ ...sighting, start: 1, end: 3, fix: { start: 1, end: 3, replacement: 'x' } })
    expect(seen.pop()).toEqual({ ...sighting, start: 11, end: 31 })
  })
})
