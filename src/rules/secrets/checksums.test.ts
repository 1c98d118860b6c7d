import { expect, test } from 'vitest'
import { checksums, crc32 } from './checksums.ts'
import { createSecretEngine } from './engine.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const engine = createSecretEngine({
  placeholder: kind => `<masked:${kind}:00000000>`,
  minimumGrade: 'likely',
})
const grades = (text: string) => engine.scan(text).map(({ grade }) => grade)

test('CRC-32 gives the check value of its standard', () => {
  expect(crc32('123456789')).toBe(0xcbf43926)
})

function inBase62(value: number): string {
  let digits = ''
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62)) digits = BASE62[rest % 62] + digits
  return digits.padStart(6, '0')
}

const body = 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0'
const hex = '3fa9c2d1e4b5a6978812fe34cd56ab78'

/** In hex, the low byte first. */
function reversed(value: number): string {
  const digits = value.toString(16).padStart(8, '0')
  return digits.replace(/(..)(..)(..)(..)/, '$4$3$2$1')
}

/** Each kind's token made as its provider makes it, and the same with another ending. */
const made: Record<string, [string, string]> = {
  'GitHub and npm': [`ghp_${body}${inBase62(crc32(body))}`, `npm_${body}zzzzz1`],
  Vercel: [
    `vcp_${body}${body.slice(0, 20)}${inBase62(crc32(body + body.slice(0, 20)))}`,
    `vcp_${body}${body.slice(0, 20)}zzzzz1`,
  ],
  GitLab: routable(`glpat-${body}.01.0w`),
  Cloudflare: ended('cfut_', `${body}${body.slice(0, 10)}`, ''),
  Zuplo: ended('zpka_', hex, '_'),
  Grafana: [`glsa_${body}aB_${reversed(crc32(`glsa_${body}aB`))}`, `glsa_${body}aB_0badc0de`],
  'Grafana Cloud': [
    `glc_${Buffer.from(JSON.stringify({ o: '1', n: 'a name of some length', k: body })).toString('base64')}`,
    `glc_${body}${body}`,
  ],
}

function routable(head: string): [string, string] {
  return [`${head}${crc32(head).toString(36).padStart(7, '0')}`, `${head}0zzzzzz`]
}

function ended(literal: string, rest: string, joint: string): [string, string] {
  return [
    `${literal}${rest}${joint}${crc32(rest).toString(16).padStart(8, '0')}`,
    `${literal}${rest}${joint}0badc0de`,
  ]
}

test.each(Object.entries(made))(
  '%s: a checksum that holds makes certain, another leaves likely',
  (_, tokens) => {
    const [valid, invalid] = tokens
    expect(grades(valid)).toEqual(['certain'])
    expect(grades(invalid)).toEqual(['likely'])
  },
)

test('a checksum that cannot be read does not hold', () => {
  for (const holds of Object.values(checksums)) expect(holds('', '')).toBe(false)
})
