import { describe, expect, test } from 'vitest'
import { within } from '../../src/config/time-limit.ts'
import { createSecretEngine } from '../../src/rules/secrets/engine.ts'
import { createRuleCompiler, type UserRule } from '../../src/rules/secrets/user-rules.ts'
import { createUserRules } from '../../src/rules/secrets/user-rules-windows.ts'

// Rules of one's own with the real time limit.

function engineWith(...rules: readonly UserRule[]) {
  return createSecretEngine({
    placeholder: kind => `<masked:${kind}:0a1b2c3d>`,
    minimumGrade: 'likely',
    userRules: createUserRules(rules.map(createRuleCompiler()), within),
  })
}

const endless: UserRule = { id: 'endless', regex: 'acme(?:a+)+!', keywords: ['acme'] }
const honest: UserRule = { id: 'honest', regex: 'acme-([0-9]{6})', keywords: ['acme'] }
const hostile = `acme${'a'.repeat(60)} `

describe('an expression that never ends', () => {
  test('is stopped; its window counts as a secret, what other rules find there stands', () => {
    const found = engineWith(endless).scan(hostile)
    expect(found.map(({ rule }) => rule)).toEqual(['secret.unscanned'])
    const both = engineWith(endless, honest).mask(`acme-123456 ${hostile}`).text
    expect(both).not.toContain('123456')
  })

  test('costs a bounded time however often its keyword stands there, and leaves no part of it clean', () => {
    const text = `${hostile}${'words. '.repeat(600)}`.repeat(12)
    const started = performance.now()
    const found = engineWith(endless).scan(text)
    expect(performance.now() - started).toBeLessThan(5_000)
    for (let at = text.indexOf('acme'); at >= 0; at = text.indexOf('acme', at + 1))
      expect(found.some(({ start, end }) => start <= at && at + 4 <= end)).toBe(true)
  })

  test('costs nothing where its keyword is not', () => {
    expect(engineWith(endless).scan('a'.repeat(4_000))).toEqual([])
  })
})

test('an ordinary rule is not stopped on a large text', () => {
  const text = `acme-123456 ${'words and more words. '.repeat(50)}`.repeat(500)
  const found = engineWith(honest).scan(text)
  expect(found).toHaveLength(500)
  expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(['secret.user-honest']))
})
