import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { systemRandom } from '../kernel/random.ts'
import { Secret } from '../kernel/secret.ts'
import { createFingerprint, createPlaceholder, loadOrCreateKeyFile } from './placeholder.ts'

const folder = mkdtempSync(join(tmpdir(), 'portcullis-placeholder-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

const one = new Secret(Buffer.alloc(32, 1).toString('base64url'))
const two = new Secret(Buffer.alloc(32, 2).toString('base64url'))

test('a placeholder is stable under its key and differs by secret, kind and key', () => {
  const make = createPlaceholder(one)
  expect(make('github-pat', 'a')).toMatch(/^<masked:github-pat:[0-9a-f]{8}>$/)
  expect(createPlaceholder(one)('github-pat', 'a')).toBe(make('github-pat', 'a'))
  expect(make('github-pat', 'b')).not.toBe(make('github-pat', 'a'))
  expect(make('jwt', 'a').slice(-9)).not.toBe(make('github-pat', 'a').slice(-9))
  expect(createPlaceholder(two)('github-pat', 'a')).not.toBe(make('github-pat', 'a'))
})

test('a fingerprint does not show in a placeholder', () => {
  const print = createFingerprint(one)('github-pat', 'a')
  expect(print).toMatch(/^[0-9a-f]{32}$/)
  expect(createPlaceholder(one)('github-pat', 'a')).not.toContain(print.slice(0, 8))
})

test('the key file is made once, 0600 in 0700, and read again', () => {
  const path = join(folder, 'keys', 'placeholder.key')
  const made = loadOrCreateKeyFile(path, systemRandom)
  expect(loadOrCreateKeyFile(path, systemRandom).reveal()).toBe(made.reveal())
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700)
})

test('a key others can read, a link and a broken key are refused with the remedy', () => {
  const open = join(folder, 'open.key')
  loadOrCreateKeyFile(open, systemRandom)
  chmodSync(open, 0o644)
  expect(() => loadOrCreateKeyFile(open, systemRandom)).toThrowError(
    expect.objectContaining({ code: 'file.insecure', remedy: expect.stringContaining('chmod 600') }),
  )
  const link = join(folder, 'link.key')
  symlinkSync(open, link)
  expect(() => loadOrCreateKeyFile(link, systemRandom)).toThrowError(
    expect.objectContaining({ code: 'file.insecure' }),
  )
  const broken = join(folder, 'broken.key')
  writeFileSync(broken, 'short', { mode: 0o600 })
  expect(() => loadOrCreateKeyFile(broken, systemRandom)).toThrowError(
    expect.objectContaining({ code: 'file.unreadable' }),
  )
})
