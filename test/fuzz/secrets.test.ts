import { expect, it } from 'vitest'
import { makeCase, readSecretCorpus } from './secret-cases.ts'
import { examineSecrets } from './secret-examine.ts'

const corpus = readSecretCorpus()

// How long a look takes is measured by `make fuzz-secrets`; here other tests share the machine.
it('finds nothing in two thousand made-up texts with secrets', { timeout: 120_000 }, () => {
  const faults: string[] = []
  let planted = 0
  for (let iteration = 0; iteration < 2_000; iteration++) {
    const made = makeCase(corpus, 7, iteration)
    planted += made.planted.length
    const fault = examineSecrets(made, iteration)
    if (fault !== null) faults.push(`--seed 7 --at ${iteration}: ${fault}`)
  }
  expect(faults).toEqual([])
  expect(planted).toBeGreaterThan(1_000)
})

it('makes the same text of the same seed and iteration, and others of others', () => {
  expect(makeCase(corpus, 7, 42)).toEqual(makeCase(corpus, 7, 42))
  const texts = new Set(Array.from({ length: 300 }, (_, iteration) => makeCase(corpus, 7, iteration).text))
  expect(texts.size).toBeGreaterThan(280)
  expect(makeCase(corpus, 8, 42).text).not.toBe(makeCase(corpus, 7, 42).text)
})

it('sees a token that shows', () => {
  const token = ['gh', 'p_', 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0zAbC1d'].join('')
  const hidden = { text: ` ${token} `, planted: [{ token, literal: 4 }], pieces: [` ${token} `] }
  expect(examineSecrets(hidden, 0)).toBeNull()
  expect(examineSecrets({ ...hidden, text: `${token}x ${token}` }, 0)).toBe('ghp_… shows')
})
