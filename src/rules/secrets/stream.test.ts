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

test.each([
  [
    'prose with a path in it',
    'the file is C:\\new\\table.txt and it holds what was written there before we came to look at it. ',
  ],
  ['a line of formulas', '$\\nabla \\times \\beta = x$ and so on\n'],
])('a stream holds back about a line of %s', (_name, part) => {
  const { joined, mostHeld } = streamed(repeated(part), 4)
  expect(mostHeld).toBeLessThan(140)
  expect(joined === repeated(part)).toBe(true)
})

test('a stream holds back a key that never ends for 64 KB, and no longer', () => {
  const text = `-----BEGIN RSA ${'PRIVATE'} KEY-----\n${repeated(`${'MIIEpAIBAAKCAQEAx7Zq9Lw3'.repeat(2)}\n`).repeat(3)}`
  expect(streamed(text, 400).mostHeld).toBeLessThan(74_000)
})

test('a line of a key that comes in two pieces is no word of prose: the key goes on', () => {
  const line = 'MIIEpAIBAAKCAQEAx7Zq9Lw3MIIEpAIBAAKCAQEAx7Zq9Lw3'
  const broken = `${line.slice(0, 30)}\none two three four five six seven eight\n${line}`
  const text = `-----BEGIN EC ${'PRIVATE'} KEY-----\n${line}\n${broken}\n${line}\n-----END EC ${'PRIVATE'} KEY-----\n`
  const whole = engine.mask(text).text
  expect(whole).not.toContain(line.slice(0, 8))
  const cuts = Array.from({ length: text.length - 1 }, (_, index) => index + 1)
  const differing = cuts.filter(cut => {
    const masker = engine.stream()
    return masker.push(text.slice(0, cut)) + masker.push(text.slice(cut)) + masker.end() !== whole
  })
  expect(differing).toEqual([])
})

test('a megabyte of values behind a dot is looked at once, not back to its beginning at every value', () => {
  const text = ' a.9fc2163e3f665fbea96b6190eca15dc2 '.repeat(28_000)
  const before = process.threadCpuUsage()
  engine.scan(text)
  const { user, system } = process.threadCpuUsage(before)
  expect((user + system) / 1_000).toBeLessThan(3_000)
})
