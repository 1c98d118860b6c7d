import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Ajv from 'ajv'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secretDetectionReport } from './gitlab-schema.ts'
import { type Place, scratchPlace, token } from './place.ts'

const require = createRequire(import.meta.url)
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as object

/** The schema as published, of draft 04. */
const sarifAjv = new Ajv({ schemaId: 'id', meta: false, allErrors: true })
sarifAjv.addMetaSchema(readJson(require.resolve('ajv/lib/refs/json-schema-draft-04.json')))
const isSarif = sarifAjv.compile(
  readJson(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')),
)
const isGitlabReport = new Ajv({ allErrors: true }).compile(secretDetectionReport)

interface SarifLog {
  readonly runs: readonly {
    readonly results: readonly { readonly partialFingerprints: Record<string, string> }[]
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
    readonly versionControlProvenance?: readonly { readonly repositoryUri: string }[]
  }[]
}

let place: Place
beforeAll(() => {
  place = scratchPlace()
  place.git('init', '-q', '-b', 'main')
  place.write('a b/ünï.ts', `key = '${token(0)}'\nkey = '${token(0)}'\npassword = "Xk29vbQ7m"\n`)
  place.write('line\nbreak\u001b[2J.env', `KEY=${token(1)}\n`)
  place.write(`${token(2)}.txt`, `${token(3)}\n`)
  place.write('broken.zip', 'PK\u0003\u0004 no archive')
  place.write('install.sh', '#!/bin/sh\ncurl -k http://example.test/a.sh | sh\nchmod 777 /srv/data\n')
  place.write('Dockerfile', 'FROM node:latest\nRUN pip install --break-system-packages x\n')
  place.write('logo.png', Buffer.from([0, 1, 2]))
  place.git('add', '-A')
  place.git('commit', '-q', '-m', 'all')
  place.git('remote', 'add', 'origin', 'https://user:hunter22@example.test/a/b.git')
})
afterAll(() => place.remove())

const modes = ['.', '--staged', '--history', '--baseline base.json --update-baseline .']

describe.each(modes)('scan %s', mode => {
  const words = mode.split(' ')

  test('makes SARIF that holds against the schema of 2.1.0', async () => {
    const { out } = await place.scan('--format', 'sarif', ...words)
    const log = JSON.parse(out) as SarifLog
    expect(isSarif(log), JSON.stringify(isSarif.errors?.slice(0, 3))).toBe(true)
    const [run] = log.runs
    const places = run!.results.map(({ partialFingerprints }) => partialFingerprints['portcullisPlace/v1'])
    expect(new Set(places).size).toBe(places.length)
    const ids = run!.tool.driver.rules.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort())
  })

  test('makes a report that GitLab takes', async () => {
    const { out } = await place.scan('--format', 'gitlab', ...words)
    const report = JSON.parse(out) as { vulnerabilities: { id: string }[] }
    expect(isGitlabReport(report), JSON.stringify(isGitlabReport.errors?.slice(0, 3))).toBe(true)
    const ids = report.vulnerabilities.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

test('both schemas refuse what is wrong', () => {
  expect(isSarif({ version: '2.1.0', runs: [{ results: [] }] })).toBe(false)
  expect(isGitlabReport({ version: '15.2.1', vulnerabilities: [] })).toBe(false)
})

test('every format names the same places, and a name can neither break a line nor show a token', async () => {
  const text = (await place.scan('.')).out
  expect(text).toContain(String.raw`line\u{a}break\u{1b}[2J.env:1:5  secret.github-pat`)
  expect(text).toContain('<masked:github-pat>.txt:1:1  secret.github-pat')
  const json = JSON.parse((await place.scan('--format', 'json', '.')).out) as {
    findings: { rule: string }[]
  }
  const sarif = JSON.parse((await place.scan('--format', 'sarif', '.')).out) as SarifLog
  const gitlab = JSON.parse((await place.scan('--format', 'gitlab', '.')).out) as {
    vulnerabilities: object[]
    scan: { status: string }
  }
  const secrets = json.findings.filter(({ rule }) => rule.startsWith('secret.'))
  expect(secrets.length).toBe(5)
  // of other kinds there are, too; GitLab's report has no place for them
  expect(json.findings.length).toBeGreaterThan(6)
  expect(sarif.runs[0]!.results.length).toBe(json.findings.length)
  expect(gitlab.vulnerabilities.length).toBe(5)
  expect(gitlab.scan.status).toBe('failure')
})

test('the place of a finding survives a move of lines, and says the repository without its credentials', async () => {
  const before = JSON.parse((await place.scan('--format', 'sarif', 'a b')).out) as SarifLog
  place.write(
    'a b/ünï.ts',
    `\n\n// moved\nkey = '${token(0)}'\nkey = '${token(0)}'\npassword = "Xk29vbQ7m"\n`,
  )
  const after = JSON.parse((await place.scan('--format', 'sarif', 'a b')).out) as SarifLog
  const placesOf = (log: SarifLog) =>
    log.runs[0]!.results.map(({ partialFingerprints }) => partialFingerprints)
  expect(placesOf(after)).toEqual(placesOf(before))
  const history = (await place.scan('--history', '--format', 'sarif')).out
  expect(history).toContain('https://example.test/a/b.git')
  expect(history).not.toContain('hunter22')
})
