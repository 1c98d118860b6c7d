import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asShellVariables, expressionsIn, readExpression } from './expressions.ts'

describe('the sources of an expression', () => {
  test.each<[string, readonly string[]]>([
    ['github.event.issue.title', ['github.event.issue.title']],
    ["GitHub['Event'].Issue . title", ['github.event.issue.title']],
    ['github.event.commits[0].message', ['github.event.commits.*.message']],
    ["github.event.issue.title == 'a'", []],
    ["a.b == 'x' && c.d || e.f", ['c.d', 'e.f']],
    ['!a.b', []],
    ["contains(a.b, 'x')", []],
    ["format('{0} {1}', a.b, c.d)", ['a.b', 'c.d']],
    ['fromJSON(toJSON(a.b)).c', ['a.b.c']],
    ["'github.event.issue.title'", []],
    ["'it''s' || a.b", ['a.b']],
    ['(a.b)', ['a.b']],
  ])('%s', (code, sources) => {
    expect(readExpression(code).sources).toEqual(sources)
  })

  test('of what is no expression are all its names', () => {
    expect(readExpression(') a b').sources).toEqual(expect.arrayContaining(['a', 'b']))
  })
})

test('a brace in a text does not end an expression', () => {
  const text = `echo $${"{{ format('}}', a.b) }}"} c`
  expect(expressionsIn(text).map(({ start, end }) => text.slice(start, end))).toEqual([
    `$${"{{ format('}}', a.b) }}"}`,
  ])
})

test('no text ends the reader, and shell variables take the same room', () => {
  const text = fc.string({
    unit: fc.constantFrom('${{', '}}', "'", '(', ')', '[', ']', '.', 'a', '!', '&&', ' ', '*'),
    maxLength: 200,
  })
  fc.assert(
    fc.property(text, code => {
      readExpression(code)
      expect(asShellVariables(code).length).toBe(code.length)
    }),
    { numRuns: 2_000 },
  )
})
