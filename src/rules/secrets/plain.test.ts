import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { Secret } from '../../kernel/secret.ts'
import { buildAutomaton } from './automaton.ts'
import { createSecretEngine } from './engine.ts'
import { createPlainCheck } from './plain.ts'
import { report, type Trigger } from './scan.ts'

const triggers: Trigger[] = [
  {
    literal: 'ghp_',
    exact: true,
    inspect: (scan, start, end) => report(scan, 'token', 'certain', start, end),
  },
  {
    literal: 'password',
    exact: false,
    inspect(scan, start, end) {
      if (scan.text[end] === '=') report(scan, 'password', 'likely', start, end)
    },
  },
]
const isPlain = createPlainCheck({
  triggers,
  automaton: buildAutomaton(triggers.map(({ literal }) => literal)),
})

test.each([
  ['the gate passes every request', true],
  ['', true],
  ['a'.repeat(23), true],
  ['a'.repeat(24), false],
  ['say ghp_', false],
  ['say GHP_', true],
  ['a password', true],
  ['a password and PASSWORD=', false],
  ['50%', false],
  ['a\\n', false],
  ['caf\u00e9', false],
  ['\u200b', false],
  ['word '.repeat(1_000), false],
])('%j is plain: %s', (text, plain) => {
  expect(isPlain(text)).toBe(plain)
})

const known = 'correct horse battery'
const engine = createSecretEngine({
  placeholder: kind => `[${kind}]`,
  minimumGrade: 'possible',
  knownSecrets: [new Secret(known)],
})
const pieces = fc.constantFrom(
  'the gate ',
  'password',
  '=',
  ': ',
  '"',
  `ghp_${'aB3'.repeat(12)}`,
  'AKIA',
  'Zq7Rm2Xw9Tk4Vb8N',
  known,
  known.slice(0, 9),
  '\\x41',
  '%41',
  '-----BEGIN ',
  '\n',
)

// A long neighbour in the same text always takes the slow way, so both must agree.
test.prop([fc.array(fc.oneof(pieces, fc.string({ maxLength: 12 })), { maxLength: 12 })], { numRuns: 2_000 })(
  'a text is judged as the same text with so much before it that it is scanned',
  parts => {
    const text = parts.join('')
    const filler = '. '.repeat(2_500)
    const found = engine.scan(text).map(({ rule, start, end }) => ({ rule, start, end }))
    const slow = engine
      .scan(filler + text)
      .map(({ rule, start, end }) => ({ rule, start: start - filler.length, end: end - filler.length }))
    expect(found).toEqual(slow)
  },
)
