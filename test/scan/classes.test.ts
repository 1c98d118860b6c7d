import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Place, scratchPlace, token } from './place.ts'

let place: Place
beforeEach(() => {
  place = scratchPlace()
})
afterEach(() => place.remove())

test('data of other classes is found when asked for, and every finding says its class', async () => {
  place.write('a.txt', `key ${token()}\nmail ana@acme.io\nhost db-1.eu.internal\n`)
  const plain = await place.scan('.')
  expect(plain.out).toContain('a.txt:1:5  secret.github-pat  likely  secret\n')
  expect(plain.out).toContain('1 secret found')
  expect(plain.out).not.toMatch(/personal|internal/)

  const all = await place.scan('.', '--classes', 'confidential,internal')
  expect(all.out).toContain(
    'a.txt:2:6  personal.email  likely  confidential\n    mail <masked:personal.email>\n',
  )
  // what is internal may be shown: the report stays inside
  expect(all.out).toContain('a.txt:3:6  internal.host  likely  internal\n    host db-1.eu.internal\n')
  expect(all.out).toContain('1 secret found, 2 other findings')

  const { out } = await place.scan('.', '--classes', 'internal', '--format', 'json')
  const { findings } = JSON.parse(out) as { findings: { rule: string; class: string }[] }
  expect(findings.map(finding => [finding.rule, finding.class])).toEqual([
    ['secret.github-pat', 'secret'],
    ['internal.host', 'internal'],
  ])
})

test('a class that is none is refused with the ones that are', async () => {
  const { code, err } = await place.scan('.', '--classes', 'privat')
  expect(code).toBe(2)
  expect(err).toContain('there is no class `privat` to look for')
  expect(err).toContain('use confidential or internal')
})
