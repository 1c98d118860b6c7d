import { describe, expect, test } from 'vitest'
import { alternativesOf } from './alternatives.ts'

describe('what a search glob stands for', () => {
  test.each([
    ['*.ts', ['*.ts']],
    ['{.env,*.ts}', ['.env', '*.ts', '{.env,*.ts}']],
    ['{.env}', ['.env', '{.env}']],
    ['a/{b,c{d,e}}/f', ['a/b/f', 'a/cd/f', 'a/ce/f']],
    ['[.]env', ['.env']],
    ['.[de]nv', ['.dnv', '.env']],
    ['.[a-z]nv', ['.?nv']],
    ['@(.env|x)', ['.env', 'x']],
    ['+(.)env', ['.env']],
    ['?(a|.env)', ['a', '.env', '']],
    ['*env', ['*env', '.*env']],
    ['src/?env', ['src/?env', 'src/.env']],
    ['*', ['*']],
    ['*.{env,ts}', ['.env', '.ts']],
    ['*.json', ['*.json']],
  ])('%s', (glob, expected) => {
    expect(alternativesOf(glob)).toEqual(expect.arrayContaining(expected))
  })

  test('too many are told', () => {
    expect(alternativesOf('{a,b}'.repeat(12))).toBeNull()
    expect(alternativesOf(`{${'a,'.repeat(5_000)}b}`)).toBeNull()
  })

  test('time grows with the text', () => {
    const started = performance.now()
    for (const text of ['{', '@(', '[', '{a,']) alternativesOf(text.repeat(1_000))
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})
