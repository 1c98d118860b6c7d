import { describe, expect, test } from 'vitest'
import { readComments } from './allow.ts'

const RULE = 'secret.github-pat'

/** Whether the line that holds `HERE` is allowed. */
function allows(text: string, rule = RULE): boolean {
  const lines = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.push(at + 1)
  const line = text.slice(0, text.indexOf('HERE')).split('\n').length - 1
  return readComments(text, lines)(line, rule)
}

describe('a line is left to its author by', () => {
  test.each([
    'HERE // portcullis:allow',
    `HERE # portcullis:allow ${RULE}`,
    `HERE # portcullis:allow secret.jwt, ${RULE} as it is public`,
    'HERE /* portcullis:allow */',
    '<!-- portcullis:allow-next-line -->\nHERE',
    'HERE # gitleaks:allow',
    'HERE # trufflehog:ignore',
    'HERE  # pragma: allowlist secret',
    '# pragma: allowlist nextline secret\nHERE',
    'HERE // secretlint-disable-line',
    'HERE // secretlint-disable-line @secretlint/secretlint-rule-github -- it is a fake',
    '// secretlint-disable-next-line\nHERE',
    '/* secretlint-disable */\na\nHERE\n/* secretlint-enable */',
    '/* secretlint-disable @secretlint/secretlint-rule-github */\nHERE',
    '/* secretlint-disable */\n/* secretlint-enable */\n/* secretlint-disable */\nHERE',
  ])('%j', text => {
    expect(allows(text)).toBe(true)
  })
})

describe('a line is not left to its author by', () => {
  test.each([
    'HERE',
    '// portcullis:allow\nHERE',
    'HERE\n// portcullis:allow',
    'HERE # portcullis:allow secret.jwt',
    'HERE # portcullis:allowed',
    'HERE # portcullis:allow-next-line',
    'portcullis:allow-next-line\n\nHERE',
    'HERE # gitleaks:allowance',
    'HERE # pragma: allowlist nextline secret',
    '// secretlint-disable-line\nHERE',
    'HERE // secretlint-disable-line @secretlint/secretlint-rule-slack',
    '/* secretlint-disable */\n/* secretlint-enable */\nHERE',
    'HERE\n/* secretlint-disable */',
    '/* secretlint-disable @secretlint/secretlint-rule-aws */\nHERE',
  ])('%j', text => {
    expect(allows(text)).toBe(false)
  })
})

test('names of rules of other tools stand for ours of that name', () => {
  const privateKey = 'HERE // secretlint-disable-line @secretlint/secretlint-rule-privatekey'
  expect(allows(privateKey, 'secret.private-key')).toBe(true)
  expect(allows(privateKey)).toBe(false)
})

test('a line or a text full of comments costs no more than it is long', () => {
  const begun = performance.now()
  const line = '# portcullis:allow secret.jwt '.repeat(50_000)
  const isAllowed = readComments(`${line}\n${'secretlint-disable x\n'.repeat(50_000)}`, [0, line.length + 1])
  for (let at = 0; at < 1_000; at++) expect(isAllowed(0, RULE)).toBe(false)
  expect(performance.now() - begun).toBeLessThan(5_000)
})
