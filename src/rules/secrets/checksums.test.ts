import { expect, test } from 'vitest'
import { checksums, crc32 } from './checksums.ts'
import { createSecretEngine } from './engine.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

test('CRC-32 gives the check value of its standard', () => {
  expect(crc32('123456789')).toBe(0xcbf43926)
})

test('a checksum that holds makes a token certain; one that does not leaves it likely', () => {
  const body = 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0'
  let rest = crc32(body)
  let digits = ''
  for (; rest > 0; rest = Math.floor(rest / 62)) digits = BASE62[rest % 62] + digits
  const valid = body + digits.padStart(6, '0')
  const invalid = `${body}zzzzz1`
  expect(checksums['crc32-base62'](valid)).toBe(true)
  const engine = createSecretEngine({
    placeholder: kind => `<masked:${kind}:00000000>`,
    minimumGrade: 'likely',
  })
  for (const prefix of ['ghp', 'npm']) {
    expect(engine.scan(`${prefix}_${valid}`).map(({ grade }) => grade)).toEqual(['certain'])
    expect(engine.scan(`${prefix}_${invalid}`).map(({ grade }) => grade)).toEqual(['likely'])
  }
})
