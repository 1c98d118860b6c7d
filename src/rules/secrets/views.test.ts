import { describe, expect, test } from 'vitest'
import { createSecretEngine } from './engine.ts'

const engine = createSecretEngine({
  placeholder: kind => `<masked:${kind}:00000000>`,
  minimumGrade: 'likely',
})
const token = ['gh', 'p_', 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0zAbC1d'].join('')
const line = `export X=${token} # done`
const wide = (text: string) => Buffer.from(text, 'utf16le')
const hex = (character: string) => character.charCodeAt(0).toString(16)

function wrap(text: string, width: number, lineEnd: string): string {
  return (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(lineEnd)
}

/** Ways to write a text so that its letters do not stand side by side. */
const spellings: Record<string, string> = {
  'UTF-16 read as bytes': wide(line).toString('latin1'),
  'UTF-16 of the other order read as bytes': wide(line).swap16().toString('latin1'),
  'UTF-16 in base64': wide(line).toString('base64'),
  'UTF-16 in hexadecimal digits': wide(line).toString('hex'),
  'escapes of two digits': [...line].map(character => `\\x${hex(character)}`).join(''),
  'escapes of four digits': [...line].map(character => `\\u00${hex(character)}`).join(''),
  'character references of HTML': [...line].map(character => `&#${character.charCodeAt(0)};`).join(''),
  'character references in hexadecimal': [...line].map(character => `&#x${hex(character)};`).join(''),
  'names of characters': `T&equals;&quot;${token.replace('_', '&lowbar;')}&quot;`,
  'percent escapes in base64': Buffer.from(
    [...line].map(character => `%${hex(character)}`).join(''),
  ).toString('base64'),
  'base64 in lines': wrap(
    Buffer.from(`${'some words before it '.repeat(9)}${line}`).toString('base64'),
    76,
    '\n',
  ),
  'base64 in short indented lines': wrap(
    Buffer.from(`${'some words '.repeat(9)}${line}`).toString('base64'),
    64,
    '\r\n    ',
  ),
  'base64 in lines in JSON': JSON.stringify(
    wrap(Buffer.from(`${'words '.repeat(9)}${line}`).toString('base64'), 64, '\n'),
  ),
  'hexadecimal digits in lines': wrap(Buffer.from(`${'words '.repeat(9)}${line}`).toString('hex'), 60, '\n'),
  'base64 in base64': Buffer.from(Buffer.from(line).toString('base64')).toString('base64'),
  'zero widths between': [...line].join('\u200b'),
}

describe.each(Object.entries(spellings))('%s', (_name, text) => {
  test('hides no secret, whole or in pieces', () => {
    const { text: masked, findings } = engine.mask(text)
    expect(findings.map(({ rule }) => rule)).toEqual(['secret.github-pat'])
    expect(engine.scan(masked)).toEqual([])
    const masker = engine.stream()
    const pieces = [...text].map(character => masker.push(character))
    expect(pieces.join('') + masker.end()).toBe(masked)
    expect(engine.mayHoldSecret(Buffer.from(text))).toBe(true)
  })
})

test.each([
  'a && b',
  'x?a=1&amp;b=2',
  '&#;',
  '&#99999999;',
  'AT&T; &bogus;',
  'a\0b',
  'caf\u00e9 \u200b',
  '\\x4',
  '\\xzz',
  '%4',
  'the \u{1f600}\u200d\u{1f600} family',
])('there is nothing in %j', text => {
  expect(engine.mask(text)).toEqual({ text, findings: [] })
})

const json = (text: string) => JSON.stringify({ text: `first\n${text}\nlast` })

/** Several words make these: a rule must see all of them, and where their line begins. */
describe.each([
  ['the flag of a program', 'mysql -u root -p', 'Z4nzibar9', ' shop < dump.sql'],
  ['a word in single quotes', "sshpass -p '", 'Gr4nite!Orbit', "' ssh ops@10.0.0.4"],
  ['the setting of a router', 'username admin password 7 ', '064E426B2BC17BE37B', ''],
  ['a setting whose value is in the next line', '- name: DB_PASSWORD\n  value: ', 'Zx9kkQ2w', ''],
  ['an argument', 'client.basicAuth("ana", "', 'Zx9kkQ2w', '")'],
])('%s', (_name, before, secret, after) => {
  const text = before + secret + after
  test.each([
    ['JSON', json(text)],
    ['JSON in JSON', json(json(text))],
    ['an address', `https://api.test/?v=${encodeURIComponent(`first\n${text}\nlast`)}&y=1`],
  ])('is seen in %s, whole or in pieces', (_dress, dressed) => {
    const { text: masked } = engine.mask(dressed)
    expect(masked).not.toContain(secret)
    const masker = engine.stream()
    const pieces = [...dressed].map(character => masker.push(character))
    expect(pieces.join('') + masker.end()).toBe(masked)
  })
  test('is nothing without its value', () => {
    const empty = json(before + after)
    expect(engine.mask(empty).text).toBe(empty)
  })
})

const diff = (text: string) => `@@ -1 +1 @@\n-old\n${text.replace(/^/gm, '+')}\n`

/** The mark of a diff and the letter of `\\n` are no part of the line that they stand before. */
describe.each([
  ['a setting of a container file', 'ENV API_SECRET ', 'nuWlCEdgC5qmjbCMMmiXZWZpkjGrM2Ts', ''],
  ['a setting of redis', 'requirepass ', 'PdxE399po7Lwnx1phSZE', ''],
  ['a block of YAML', 'password: |\n  ', 'Zx9kkQ2w', '\n'],
  ['a default of Terraform', 'variable "db_password" {\n  type = string\n  default = "', 'Zx9kkQ2w', '"\n}'],
  ['base64', '', Buffer.from(`service=x\nvalue is ${token}\nend`).toString('base64'), ''],
])('%s', (_name, before, secret, after) => {
  const text = before + secret + after
  const rulesIn = (dressed: string) => engine.scan(dressed).map(({ rule }) => rule)
  test.each([
    ['a diff', diff(text)],
    ['JSON in JSON', json(json(text))],
  ])('is the same in %s, whole or in pieces', (_dress, dressed) => {
    expect(rulesIn(text)).toHaveLength(1)
    expect(rulesIn(dressed)).toEqual(rulesIn(text))
    const masker = engine.stream()
    const pieces = [...dressed].map(character => masker.push(character))
    expect(pieces.join('') + masker.end()).toBe(engine.mask(dressed).text)
  })
})

test.each([
  ['checksums', `${'00c6c6ff8fdd90a42b8976dfc4ca6a9f'.repeat(2)}  ./docs/sentry-token.md\n`.repeat(2)],
  [
    'a lock file',
    `name = "digitalocean-token"\nchecksum = "${'00c6c6ff8fdd90a42b8976dfc4ca6a9f'.repeat(2)}"`,
  ],
])('%s are no secrets in JSON or a diff', (_name, text) => {
  for (const dressed of [diff(text), json(text), json(json(text))])
    expect(engine.mask(dressed).text).toBe(dressed)
})

test('base64 in lines is read as one in a diff, too', () => {
  const lines = wrap(Buffer.from(`${'words '.repeat(9)}${line} and on`).toString('base64'), 64, '\n')
  expect(engine.scan(diff(`${lines}\n`)).map(({ rule }) => rule)).toEqual(['secret.github-pat'])
})
