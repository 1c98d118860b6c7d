import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { findJsonFault, parseJsonFile } from './json-fault.ts'

test.each([
  ['{"a": 1,}', 1, 9],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
  ['{"a": tru}', 1, 7],
  ['{"a": "x\ny"}', 1, 7],
  ['[1, 2', 1, 6],
  ['{"a": 01}', 1, 8],
  ['{} {}', 1, 4],
  ['', 1, 1],
  ['{"a":1,\n"a":2}', 2, 1],
  ['{"a":1,"\\u0061":2}', 1, 8],
  ["{'a': 1}", 1, 2],
  ['\ufeff{}', 1, 1],
])('%j goes wrong at line %i, column %i', (text, line, column) => {
  expect(findJsonFault(text)).toMatchObject({ line, column })
})

test('a fault is told with file and place, never with the text', () => {
  const parse = () => parseJsonFile('{"key": "hush', '/x/settings.json')
  expect(parse).toThrow(expect.objectContaining({ code: 'init.conflict' }))
  expect(parse).toThrow('`/x/settings.json` line 1, column 9')
  expect(parse).not.toThrow('hush')
})

property.prop([fc.json()])('what JSON.stringify writes is read', text => {
  expect(findJsonFault(text)).toBeNull()
  expect(parseJsonFile(text, 'f')).toEqual(JSON.parse(text))
})

property.prop([fc.json(), fc.nat(), fc.string({ maxLength: 3 })], { numRuns: 2_000 })(
  'no fault is seen where JSON.parse succeeds, and none missed where it fails',
  (json, position, noise) => {
    const at = position % (json.length + 1)
    const text = json.slice(0, at) + noise + json.slice(at)
    const fault = findJsonFault(text)
    let parses = true
    try {
      JSON.parse(text)
    } catch {
      parses = false
    }
    if (fault === null) expect(parses).toBe(true)
    else if (!fault.problem.includes('twice')) expect(parses).toBe(false)
  },
)
