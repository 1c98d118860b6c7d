import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import type { FindingOptions } from './findings.ts'
import { locateAll } from './findings.ts'
import { emptyOutcome, type Outcome } from './outcome.ts'
import { scanWindows } from './windows.ts'

const body = 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0zAbC1d'
const token = ['gh', 'p_', body].join('')
const options: FindingOptions = {
  engine: createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'possible' }),
  fingerprint: undefined,
  honoursComments: true,
}

function inPieces(text: string, cuts: readonly number[]): Outcome {
  const outcome = emptyOutcome()
  const bytes = Buffer.from(text)
  const scan = scanWindows('big.txt', 'utf8', options, outcome, 1)
  let at = 0
  for (const cut of [...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    scan.push(bytes.subarray(at, cut))
    at = cut
  }
  scan.end()
  return outcome
}

function whole(text: string): Outcome {
  const outcome = emptyOutcome()
  const secrets = options.engine.scan(text)
  locateAll(secrets, secrets, { path: 'big.txt', text, line: 0, column: 0 }, options, outcome)
  return outcome
}

const piece = fc.oneof(
  fc.constantFrom(token, `key = '${token}'`, 'password = "Xk29vbQ7m#Lp2"', '\n', ' ', 'ü😀', '"'),
  fc.constantFrom(`${token} // portcullis:allow`, JSON.stringify({ a: `\n${token}` }), 'x'.repeat(90)),
  fc.string({ maxLength: 12 }),
)

property.prop([fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 4 })])(
  'a text in pieces gives what the whole gives: the places, excerpts and what is allowed',
  (pieces, cuts) => {
    // a token that clings to a word is none
    const text = pieces.join(' ')
    const got = inPieces(text, cuts)
    const wanted = whole(text)
    expect(got.findings).toEqual(wanted.findings)
    expect(got.allowed).toBe(wanted.allowed)
    expect(JSON.stringify(got)).not.toContain(body.slice(4, 12))
  },
)

test('the line and column are right after much text was forgotten', () => {
  const outcome = emptyOutcome()
  const scan = scanWindows('big.txt', 'utf8', options, outcome)
  for (let at = 0; at < 40; at++) scan.push(Buffer.from('a line of text\n'.repeat(10_000)))
  scan.push(Buffer.from(`and a key ${token.slice(0, 20)}`))
  scan.push(Buffer.from(`${token.slice(20)}\n`))
  scan.push(Buffer.from('a line of text\n'.repeat(10_000)))
  scan.end()
  expect(outcome.findings).toMatchObject([{ line: 400_001, column: 11, endColumn: 51 }])
  expect(outcome.findings[0]!.excerpt).toBe('and a key <masked:github-pat>')
})
