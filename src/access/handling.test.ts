import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dataClasses, strictestOf } from './data-class.ts'
import { type Handling, handlingOf } from './handling.ts'

const page = new URL('../../docs/classification.md', import.meta.url)

const words: { readonly [Field in keyof Handling]: (value: Handling[Field]) => string } = {
  towardsModel: value => (value === 'mask' ? 'masked' : 'not looked for, unless configured'),
  inRecords: value => value.replace('-', ' '),
  inExports: value => value.replace('-', ' '),
  atRest: value =>
    ({ placeholder: 'its placeholder only', encrypted: 'encrypted', 'private-file': 'files with mode 0600' })[
      value
    ],
  retentionDays: value =>
    value === null ? 'as the journal' : value === 0 ? 'never stored' : `${value} days`,
}

/** The table of the page, made from what the program does. */
function handlingTable(): string {
  const rows = dataClasses.map(name => {
    const { towardsModel, inRecords, inExports, atRest, retentionDays } = handlingOf(name)
    const cells = [
      words.towardsModel(towardsModel),
      words.inRecords(inRecords),
      words.inExports(inExports),
      words.atRest(atRest),
      words.retentionDays(retentionDays),
    ]
    return `| ${name} | ${cells.join(' | ')} |`
  })
  return `| class | towards a model | in records and logs | in reports and exports | at rest | searchable for |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}`
}

test('docs/classification.md shows the handling that the program applies', () => {
  expect(readFileSync(page, 'utf8')).toContain(handlingTable())
})

test('each class is handled at least as strictly as the next', () => {
  const strictness = dataClasses.map(name => {
    const { towardsModel, inRecords, inExports, atRest, retentionDays } = handlingOf(name)
    return [
      towardsModel === 'mask' ? 0 : 1,
      inRecords === 'masked' ? 0 : 1,
      inExports === 'masked' ? 0 : 1,
      ['placeholder', 'encrypted', 'private-file'].indexOf(atRest),
      retentionDays ?? Number.POSITIVE_INFINITY,
    ]
  })
  for (let at = 1; at < strictness.length; at++)
    for (const [field, value] of strictness[at]!.entries())
      expect(value).toBeGreaterThanOrEqual(strictness[at - 1]![field]!)
})

test('the strictest of many classes counts; what holds nothing is public', () => {
  expect(strictestOf(['public', 'confidential', 'internal'])).toBe('confidential')
  expect(strictestOf(['internal', 'secret'])).toBe('secret')
  expect(strictestOf([])).toBe('public')
})
