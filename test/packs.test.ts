import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSecretEngine, secretKinds } from '../src/rules/secrets/engine.ts'
import { internalNetworkPack } from '../src/rules/secrets/packs/internal-network/pack.ts'
import { personalDataPack } from '../src/rules/secrets/packs/personal-data/pack.ts'

interface Case {
  readonly text: readonly string[]
  readonly rules: readonly string[]
  readonly why: string
}

const options = {
  placeholder: (kind: string) => `<masked:${kind}:7f3a9c21>`,
  minimumGrade: 'likely',
} as const
const packs = { 'personal-data': personalDataPack(), 'internal-network': internalNetworkPack() }
const plain = createSecretEngine(options)

/** Ways a text is dressed on its way; what is found bare must be found in each. */
const dresses: Record<string, (text: string) => string> = {
  'a sentence': text => `please use ${text} for now`,
  'a line of JSON': text => JSON.stringify({ text: `first\n${text}\nlast` }),
  'JSON in JSON': text => JSON.stringify({ text: JSON.stringify({ text: `first\n${text}\nlast` }) }),
  'a query': text => `/x?value=${encodeURIComponent(`\n${text}`)}&y=1`,
  base64: text => `data: ${Buffer.from(`this is it: ${text} and more`).toString('base64')}`,
  hex: text => `data: ${Buffer.from(`this is it: ${text} and more`).toString('hex')}`,
}

describe.each(Object.entries(packs))('the pack %s', (name, pack) => {
  const engine = createSecretEngine({ ...options, packs: [pack] })
  const cases = readFileSync(new URL(`./cases/packs/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line, index) => ({ ...(JSON.parse(line) as Case), line: index + 1 }))
  const found = (text: string) =>
    engine
      .scan(text)
      .filter(({ grade, dataClass }) => grade !== 'possible' && dataClass !== 'secret')
      .map(({ rule }) => rule)

  test.each(cases)('line $line: $why', ({ text: parts, rules }) => {
    const text = parts.join('')
    expect(found(text)).toEqual(rules)
    if (rules.length > 0) expect(engine.mayHoldSecret(new TextEncoder().encode(text))).toBe(true)
    const whole = engine.mask(text)
    expect(whole.text.includes('<masked:')).toBe(whole.findings.some(({ grade }) => grade !== 'possible'))
    expect(engine.mask(whole.text).text).toBe(whole.text)
    for (const cuts of [[...text].map((_, at) => at), ...[...text].map((_, at) => [at])])
      expect(streamed(text, cuts)).toBe(whole.text)
  })

  function streamed(text: string, cuts: readonly number[]): string {
    const masker = engine.stream()
    const pieces = [...cuts, text.length].map((cut, at, all) => text.slice(at === 0 ? 0 : all[at - 1], cut))
    return pieces.map(piece => masker.push(piece)).join('') + masker.end()
  }

  test.each(cases.filter(({ rules }) => rules.length > 0))('line $line in every dress: $why', entry => {
    const text = entry.text.join('')
    for (const [dress, wrap] of Object.entries(dresses))
      expect(found(wrap(text)), dress).toEqual(expect.arrayContaining([...entry.rules]))
  })

  test('is found by its class, and not at all without the pack', () => {
    const dataClass = name === 'personal-data' ? 'confidential' : 'internal'
    for (const { text: parts, rules } of cases) {
      const text = parts.join('')
      const findings = engine.scan(text).filter(({ rule }) => !rule.startsWith('secret.'))
      expect(new Set(findings.map(finding => finding.dataClass))).toEqual(
        new Set(findings.length > 0 ? [dataClass] : []),
      )
      for (const { rule } of plain.scan(text)) expect(rule.startsWith('secret.'), rules.join()).toBe(true)
    }
  })

  test('has kinds of its own that every one of its rules stands for', () => {
    expect(pack.kinds.filter(kind => secretKinds.includes(kind))).toEqual([])
    const seen = new Set(cases.flatMap(({ rules }) => rules))
    expect(new Set(pack.kinds.map(kind => kind.replace('-', '.')))).toEqual(seen)
  })
})

test('a stream with both packs gives what masking the whole gives, wherever it is cut', () => {
  const engine = createSecretEngine({ ...options, packs: Object.values(packs) })
  const samples = ['personal-data', 'internal-network'].flatMap(name =>
    readFileSync(new URL(`./cases/packs/${name}.jsonl`, import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as Case).text.join('')),
  )
  const glue = [
    '',
    ' ',
    '\n',
    '-',
    '.',
    '+',
    '@',
    '://',
    '(',
    '\\n',
    '4',
    '12 ',
    'DE',
    'tel ',
    '"',
    ', ',
    'é',
    '😀',
  ]
  const texts = fc
    .array(fc.oneof(fc.constantFrom(...samples), fc.constantFrom(...glue)), { maxLength: 10 })
    .map(parts => parts.join(''))
  fc.assert(
    fc.property(texts, fc.array(fc.nat(400), { maxLength: 6 }), (text, places) => {
      const cuts = [...new Set(places.map(place => place % (text.length + 1)))].sort((a, b) => a - b)
      const masker = engine.stream()
      const pieces = [...cuts, text.length].map((cut, at, all) => text.slice(at === 0 ? 0 : all[at - 1], cut))
      expect(pieces.map(piece => masker.push(piece)).join('') + masker.end()).toBe(engine.mask(text).text)
    }),
    { numRuns: 3_000 },
  )
})

test('own endings of host names are internal, too', () => {
  const engine = createSecretEngine({ ...options, packs: [internalNetworkPack(['acme.io', '.Firma.DE'])] })
  const hosts = (text: string) => engine.scan(text).map(({ start, end }) => text.slice(start, end))
  expect(hosts('git.acme.io, wiki.firma.de and www.acme.iot')).toEqual(['git.acme.io', 'wiki.firma.de'])
  expect(plain.scan('git.acme.io')).toEqual([])
})
