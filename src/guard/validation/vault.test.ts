import { describe, expect, it } from 'vitest'
import { Secret } from '../../kernel/secret.ts'
import { createSecretVault } from './vault.ts'

/** Two secrets of one length share a placeholder. */
const vault = () =>
  createSecretVault((kind, secret) => `<masked:${kind}:${secret.length}>`, {
    sessions: 2,
    secrets: 2,
    length: 100,
  })

function text(found: ReturnType<ReturnType<typeof vault>['find']>): string | undefined {
  return found instanceof Secret ? found.reveal() : found
}

describe('the vault', () => {
  it('knows in one session what was masked there, and in another nothing of it', () => {
    const kept = vault()
    kept.learn('ann 1', 'test', 'sesame')
    expect(text(kept.find('ann 1', '<masked:test:6>'))).toBe('sesame')
    expect(kept.find('ann 2', '<masked:test:6>')).toBeUndefined()
    expect(kept.find('bob 1', '<masked:test:6>')).toBeUndefined()
  })

  it('gives neither of two secrets that share a placeholder, not even when one comes again', () => {
    const kept = vault()
    for (const secret of ['sesame', 'sesame', 'simsim', 'sesame']) kept.learn('s', 'test', secret)
    expect(kept.find('s', '<masked:test:6>')).toBe('ambiguous')
  })

  it('is bounded in sessions, secrets and their length', () => {
    const kept = vault()
    for (const secret of ['a', 'bb', 'ccc']) kept.learn('s', 'test', secret)
    expect([1, 2, 3].map(size => text(kept.find('s', `<masked:test:${size}>`)))).toEqual([
      undefined,
      'bb',
      'ccc',
    ])
    kept.learn('s', 'test', 'x'.repeat(101))
    expect(kept.find('s', '<masked:test:101>')).toBeUndefined()
    kept.learn('t', 'test', 'a')
    kept.learn('u', 'test', 'a')
    expect(kept.find('s', '<masked:test:2>')).toBeUndefined()
  })

  it('shows no secret when it is printed', () => {
    const kept = vault()
    kept.learn('s', 'test', 'sesame')
    expect(JSON.stringify(kept.find('s', '<masked:test:6>'))).not.toContain('sesame')
  })
})
