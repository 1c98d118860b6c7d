import { expect, test } from 'vitest'
import { createSecretEngine } from './engine.ts'

/** Puts in place of a secret what is as long, so that the output tells how much is held. */
const engine = createSecretEngine({
  placeholder: (_kind, secret) => '*'.repeat(secret.length),
  minimumGrade: 'likely',
})

const token = ['gh', 'p_', 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0zAbC1d'].join('')
const repeated = (text: string) => text.repeat(Math.ceil(60_000 / text.length))

function streamed(text: string, size: number): { joined: string; mostHeld: number } {
  const masker = engine.stream()
  let joined = ''
  let mostHeld = 0
  for (let at = 0; at < text.length; at += size) {
    joined += masker.push(text.slice(at, at + size))
    mostHeld = Math.max(mostHeld, Math.min(text.length, at + size) - joined.length)
  }
  return { joined: joined + masker.end(), mostHeld }
}

// Blocks of escapes and runs of base64 are not cut by a stream: where they overlapped for ever, all was held back for ever.
test.each([
  ['tokens between escapes', `${token}\\n`],
  ['base64 between characters nobody sees', `${'aGVsbG8gd29ybGQgdGhp'.repeat(2)}\ufeff\ufeff`],
  ['escaped slashes in base64', `${'iVBORw0KGgoAAAANSUhEUgAA'.repeat(2)}\\/`],
  ['percent escapes', 'abc%41'],
  ['one run without an end', 'QUJD'],
])('a stream holds back little of %s', (_name, part) => {
  const text = repeated(part)
  const { joined, mostHeld } = streamed(text, 400)
  expect(mostHeld).toBeLessThan(12_000)
  expect(joined === engine.mask(text).text).toBe(true)
})

test('a stream holds back a key that never ends for 64 KB, and no longer', () => {
  const text = `-----BEGIN RSA ${'PRIVATE'} KEY-----\n${repeated(`${'MIIEpAIBAAKCAQEAx7Zq9Lw3'.repeat(2)}\n`).repeat(3)}`
  expect(streamed(text, 400).mostHeld).toBeLessThan(74_000)
})
