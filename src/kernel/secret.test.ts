import { inspect } from 'node:util'
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { Secret } from './secret.ts'

describe('a Secret', () => {
  const text = 'correct horse battery staple'
  const secret = new Secret(text)

  test('prints `[redacted]` wherever text is made of it', () => {
    const shown = [
      String(secret),
      `${secret}`,
      secret.toString(),
      JSON.stringify(secret),
      JSON.stringify({ nested: [secret] }),
      inspect(secret),
      inspect({ secret }, { depth: 5, showHidden: true }),
      Object.entries(secret).join(),
      new Error(`failed with ${secret}`).message,
    ]
    for (const one of shown) expect(one).not.toContain('horse')
    expect(String(secret)).toBe('[redacted]')
    expect(JSON.stringify({ secret })).toBe('{"secret":"[redacted]"}')
  })

  test('shows its text to `reveal()` alone', () => {
    expect(secret.reveal()).toBe(text)
    expect(secret.length).toBe(text.length)
    expect(structuredClone({ ...secret })).toEqual({})
  })

  property.prop([fc.string({ minLength: 12, maxLength: 80 })])('never leaks any text', value => {
    const shown = inspect(new Secret(value), { showHidden: true }) + JSON.stringify([new Secret(value)])
    expect(shown).not.toContain(value)
  })
})
