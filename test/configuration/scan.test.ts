import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Ajv from 'ajv'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Place, scratchPlace, token } from '../scan/place.ts'

const require = createRequire(import.meta.url)
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as object
const ajv = new Ajv({ schemaId: 'id', meta: false, allErrors: true })
ajv.addMetaSchema(readJson(require.resolve('ajv/lib/refs/json-schema-draft-04.json')))
const isSarif = ajv.compile(
  readJson(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')),
)

let place: Place
beforeEach(() => {
  place = scratchPlace()
})
afterEach(() => place.remove())

const rulesIn = (out: string) =>
  (JSON.parse(out) as { findings: { rule: string }[] }).findings.map(({ rule }) => rule)

test('an unsafe script is found beside a secret, and its excerpt does not show the secret', async () => {
  place.write('setup.sh', `curl -k -H "X: ${token(0)}" https://host.test/x\n`)
  const { out, code } = await place.scan('.')
  expect(code).toBe(1)
  expect(out).toMatch(/^setup\.sh:1:6 {2}configuration\.skips-certificate-check {2}error$/m)
  expect(out).toMatch(/^setup\.sh:1:\d+ {2}secret\.github-pat/m)
  expect(out).not.toContain(token(0))
})

test('--only looks for one of both, and refuses what makes no sense', async () => {
  place.write('setup.sh', `TOKEN=${token(0)}\nchmod 777 a\n`)
  expect(rulesIn((await place.scan('--only', 'secrets', '--json', '.')).out)).toEqual(['secret.github-pat'])
  expect(rulesIn((await place.scan('--only', 'configuration', '--json', '.')).out)).toEqual([
    'configuration.makes-world-writable',
  ])
  expect(await place.scan('--only', 'weather', '.')).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no subject `weather`'),
  })
  expect(await place.scan('--only', 'configuration', '--history')).toMatchObject({ code: 2 })
})

test('a comment allows a line, for the rule it names', async () => {
  place.write('a.sh', 'chmod 777 a # portcullis:allow configuration.makes-world-writable\n')
  expect((await place.scan('.')).code).toBe(0)
  expect((await place.scan('--no-allow-comments', '.')).code).toBe(1)
  place.write('a.sh', 'chmod 777 a # portcullis:allow configuration.skips-certificate-check\n')
  expect((await place.scan('.')).code).toBe(1)
})

test('advice alone ends with 0, a warning with 1, what could not be read with 3', async () => {
  place.write('Dockerfile', 'FROM node:20.1\n')
  const advice = await place.scan('.')
  expect(advice.out).toContain('configuration.uses-unpinned-image  note')
  expect(advice.code).toBe(0)
  place.write('Dockerfile', 'FROM node\n')
  expect((await place.scan('.')).code).toBe(1)
  place.write('Dockerfile', 'FROM scratch\n')
  place.write('.gitlab-ci.yml', 'a: [\n')
  const broken = await place.scan('.')
  expect(broken.out).toContain('.gitlab-ci.yml: skipped, not read as configuration: this is no YAML')
  expect(broken.code).toBe(3)
})

test('SARIF holds against its schema and proposes a fix that can be put in', async () => {
  place.write(
    '.github/workflows/a.yml',
    'on: push\njobs:\n  a:\n    steps:\n      - run: |\n          echo a\n          curl -sk https://host.test/a\n',
  )
  const { out } = await place.scan('--format', 'sarif', '.')
  const log = JSON.parse(out) as {
    runs: {
      tool: { driver: { rules: { id: string; shortDescription: { text: string } }[] } }
      results: {
        ruleId: string
        level: string
        fixes: {
          artifactChanges: {
            replacements: {
              deletedRegion: { startLine: number; startColumn: number; endLine: number; endColumn: number }
              insertedContent: { text: string }
            }[]
          }[]
        }[]
      }[]
    }[]
  }
  expect(isSarif(log), JSON.stringify(isSarif.errors?.slice(0, 3))).toBe(true)
  const [run] = log.runs
  expect(run!.tool.driver.rules).toMatchObject([
    { shortDescription: { text: 'Is the certificate of the other side left unchecked?' } },
  ])
  const [result] = run!.results
  expect(result).toMatchObject({ ruleId: 'configuration.skips-certificate-check', level: 'error' })
  const { deletedRegion, insertedContent } = result!.fixes[0]!.artifactChanges[0]!.replacements[0]!
  const lines = readFileSync(join(place.folder, '.github/workflows/a.yml'), 'utf8').split('\n')
  const line = lines[deletedRegion.startLine - 1]!
  lines[deletedRegion.startLine - 1] =
    line.slice(0, deletedRegion.startColumn - 1) +
    insertedContent.text +
    line.slice(deletedRegion.endColumn - 1)
  expect(lines[6]).toBe('          curl -s https://host.test/a')
  place.write('.github/workflows/a.yml', lines.join('\n'))
  expect((await place.scan('.')).code).toBe(0)
})

test('a report for GitLab is of its own type when nothing but configuration was looked for', async () => {
  place.write('a.sh', 'chmod 777 a\n')
  const report = async (...words: string[]) =>
    JSON.parse((await place.scan('--format', 'gitlab', ...words, '.')).out) as {
      scan: { type: string; messages: { value: string }[] }
      vulnerabilities: object[]
    }
  const own = await report('--only', 'configuration')
  expect(own.scan.type).toBe('sast')
  expect(own.vulnerabilities).toMatchObject([
    { severity: 'Medium', location: { file: 'a.sh', start_line: 1, end_line: 1 } },
  ])
  const both = await report()
  expect(both.scan.type).toBe('secret_detection')
  expect(both.vulnerabilities).toEqual([])
  expect(both.scan.messages[0]!.value).toContain('1 findings that are no secrets are left out')
})

test('a baseline holds findings of scripts by what their lines say', async () => {
  place.write('a.sh', 'chmod 777 a\n')
  expect((await place.scan('--baseline', 'base.json', '--update-baseline', '.')).code).toBe(0)
  place.write('a.sh', '# moved\nchmod 777 a\n')
  expect((await place.scan('--baseline', 'base.json', '.')).code).toBe(0)
  place.write('a.sh', 'chmod 777 a\nchmod 777 b\n')
  expect((await place.scan('--baseline', 'base.json', '.')).code).toBe(1)
})

test('what is staged is read, what the history held once is not', async () => {
  place.git('init', '-q', '-b', 'main')
  place.write('a.sh', 'chmod 777 a\n')
  place.git('add', '-A')
  expect((await place.scan('--staged')).code).toBe(1)
  place.git('commit', '-q', '-m', 'a')
  expect((await place.scan('--history')).code).toBe(0)
})
