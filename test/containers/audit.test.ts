import { chmodSync, chownSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import Ajv from 'ajv'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { containerRules } from '../../src/rules/containers/catalogue.ts'
import { containerRulesPage } from '../../src/rules/containers/page.ts'
import { register } from '../../src/rules/threats/register.ts'
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

const audit = (...words: string[]) => place.portcullis('containers', 'audit', ...words)
const DIGEST = `@sha256:${'ab'.repeat(32)}`

test('every rule has its number, question, reason, remedy and references, and its threat names it', () => {
  const rules = Object.entries(containerRules)
  expect(rules.map(([, { number }]) => number)).toEqual(Array.from({ length: 19 }, (_, at) => at + 1))
  for (const [id, { question, why, remedy, references, threat }] of rules) {
    expect(question, id).toMatch(/^(?:Is|Are|Does|May|Can) .*\?$/)
    expect(why, id).toMatch(/^[A-Z`].*\.$/)
    expect(remedy, id).toMatch(/^[a-z`].*[^.]$/)
    expect(references.length, id).toBeGreaterThan(0)
    expect(register[threat].detection.rules, id).toContain('container.')
  }
})

test('the reference page is the one the rules make', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference/container-rules.md'), 'utf8')
  expect(page, 'write it anew: portcullis containers rules > docs/reference/container-rules.md').toBe(
    containerRulesPage(),
  )
})

test('files are told by name and content, findings stand in the file they come from', async () => {
  place.write(
    'app/compose.yaml',
    'services:\n  web:\n    extends: {file: ../base.yml, service: base}\n    image: x\n',
  )
  place.write('base.yml', 'services:\n  base:\n    image: x\n    # for now\n    privileged: true\n')
  place.write('notes.yaml', 'a: 1\n')
  place.write('pod.json', '{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"a","image":"x"}]}}')
  place.write('run.sh', 'docker run --pid=host x\n')
  const { out, code } = await audit('--severity', 'error', '.')
  expect(code).toBe(1)
  expect(out).toMatch(/^base\.yml:5:17 {2}container\.is-privileged {2}error$/m)
  expect(out).toMatch(/^run\.sh:1:12 {2}container\.shares-host-namespace {2}error$/m)
  expect(out.match(/is-privileged/g)).toHaveLength(1)
  expect(out).toContain('4 files scanned, 2 findings')
})

test('a command line is judged without being run', async () => {
  const found = await audit('--run', '--', 'docker', 'run', '--privileged', `nginx${DIGEST}`)
  expect(found).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^<command>:1:12 {2}container\.is-privileged/m),
  })
  expect(await audit('--run', '--', 'ls', '-l')).toMatchObject({
    code: 3,
    out: expect.stringContaining('<command>: skipped, line 1: this is no command that makes a container'),
  })
  expect(await audit('--run')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--run needs a command line'),
  })
})

test('the secure example of each rule has no finding', async () => {
  const words =
    `docker run --rm --read-only --tmpfs /tmp:noexec,nosuid,nodev,size=100m --security-opt=no-new-privileges --cap-drop ALL --cap-add CHOWN --cap-add SETGID --cap-add SETUID --memory=1g --cpus=0.5 --pids-limit=128 --user 1001:1001 --network ai-network tools${DIGEST}`.split(
      ' ',
    )
  expect(await audit('--run', '--', ...words)).toMatchObject({ code: 0, out: '1 file scanned, 0 findings\n' })
  const without = words.filter(word => word !== '--read-only')
  expect(await audit('--run', '--', ...without)).toMatchObject({ code: 1 })
})

test('what the sandbox writes for docker has no finding', async () => {
  // root never runs a command of the sandbox as itself: it takes the owner of the folder
  if (process.getuid?.() === 0) {
    chmodSync(dirname(place.folder), 0o755)
    chownSync(place.folder, 65_534, 65_534)
  }
  const emitted = await place.portcullis(
    'exec',
    '--emit',
    'docker',
    '--allow-weaker',
    '--image',
    `a${DIGEST}`,
    '--',
    'true',
  )
  expect(emitted.code, emitted.err).toBe(0)
  place.write('sandbox.sh', emitted.out)
  expect(await audit('sandbox.sh')).toMatchObject({ code: 0, out: '1 file scanned, 0 findings\n' })
})

test('what cannot be read is named, with 3 when nothing was found', async () => {
  place.write('chart.yaml', 'apiVersion: v1\nkind: Pod\nspec:\n  {{- if .Values.a }}\n  containers: []\n')
  expect(await audit('.')).toMatchObject({
    code: 3,
    out: expect.stringContaining('chart.yaml: skipped, line 4: this is no YAML'),
  })
  place.write('chart.yaml', 'a: b\n')
  expect(await audit('chart.yaml')).toMatchObject({
    code: 3,
    out: expect.stringContaining('chart.yaml: skipped, line 1: it is no Dockerfile, compose file'),
  })
  expect(await audit('.')).toMatchObject({ code: 0 })
  place.write('run.sh', '\n')
  expect(await audit('run.sh')).toMatchObject({ code: 3 })
  expect(await audit('nowhere')).toMatchObject({ code: 2 })
})

test.each([
  ['an unknown option', 'a.sh', 'docker run --sandboxed x\n', 'the option `sandboxed` is not known here'],
  [
    'a key that stands twice',
    'compose.yml',
    'services:\n  a:\n    image: x\n    image: y\n',
    '`image` stands twice',
  ],
  [
    'a file that is not there',
    'compose.yml',
    'services:\n  a:\n    extends: {file: b.yml, service: a}\n',
    'could not be read',
  ],
  ['an unknown instruction', 'Dockerfile', 'FROM x\nRUNN make\n', 'there is no instruction `RUNN`'],
  [
    'a here-document without an end',
    'Dockerfile',
    'FROM x\nRUN <<EOF\nmake\n',
    'the here-document `EOF` has no end',
  ],
  [
    'services that extend each other',
    'compose.yml',
    'services:\n  a: {extends: b}\n  b: {extends: a}\n',
    'without end',
  ],
  [
    'a file that includes itself elsewhere',
    'compose.yml',
    'include: [gone.yml]\nservices: {}\n',
    'could not be read',
  ],
  ['a map that holds itself', 'compose.yml', 'services: &s\n  a: {x-b: *s}\n', 'it holds itself'],
])('%s is told', async (_, name, text, why) => {
  place.write(name, text)
  expect((await audit('--json', name)).out).toContain(JSON.stringify(why).slice(1, -1))
})

test('a secret in the settings is found and not shown', async () => {
  place.write(
    'compose.yaml',
    `services:\n  a:\n    image: x\n    environment:\n      KEY: ${token(1)}\n      DB_PASSWORD: open-sesame-7\n`,
  )
  const { out } = await audit('compose.yaml')
  expect(out).toContain('container.holds-secret')
  expect(out).not.toContain('open-sesame-7')
})

test('a comment allows its line', async () => {
  place.write('Dockerfile', `FROM x${DIGEST}\n# portcullis:allow-next-line container.runs-as-root\nUSER 0\n`)
  const allowed = await audit('--severity', 'warning', 'Dockerfile')
  expect(allowed).toMatchObject({ code: 0, out: expect.stringContaining('1 allowed by a comment') })
})

test('SARIF holds against its schema', async () => {
  place.write('compose.yaml', 'services:\n  a:\n    image: x\n    privileged: true\n')
  const { out } = await audit('--format', 'sarif', '.')
  const log = JSON.parse(out) as { runs: { results: { ruleId: string; level: string }[] }[] }
  expect(isSarif(log), JSON.stringify(isSarif.errors?.slice(0, 3))).toBe(true)
  expect(log.runs[0]!.results).toContainEqual(
    expect.objectContaining({ ruleId: 'container.is-privileged', level: 'error' }),
  )
})

const before = `# our services
services:
  web: # the front
    image: x${DIGEST}   # pinned
    security_opt:
      - label:type:x

  worker: {image: y, privileged: true}
`

test('--fix writes what is safe, keeps the rest as it was, and does so once', async () => {
  place.write('compose.yaml', before)
  const dry = await audit('--fix', '--dry-run', 'compose.yaml')
  expect(dry.out).toContain('+      - no-new-privileges:true')
  expect(readFileSync(join(place.folder, 'compose.yaml'), 'utf8')).toBe(before)
  await audit('--fix', 'compose.yaml')
  const after = readFileSync(join(place.folder, 'compose.yaml'), 'utf8')
  const kept = after.split('\n').filter(line => before.split('\n').includes(line))
  expect(kept.join('\n')).toBe(before)
  expect(after).toContain(
    "    logging:\n      driver: json-file\n      options:\n        max-size: 10m\n        max-file: '3'\n    pids_limit: 512\n",
  )
  expect(after).toContain('      - no-new-privileges:true\n      - label:type:x\n')
  await audit('--fix', 'compose.yaml')
  expect(readFileSync(join(place.folder, 'compose.yaml'), 'utf8')).toBe(after)
})

test('--fix mends manifests and scripts, too', async () => {
  place.write(
    'pod.yaml',
    'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a # first\n      image: x\n',
  )
  place.write('run.sh', '#!/bin/sh\ndocker run -d x\n')
  place.write('Dockerfile', 'FROM x\nRUN curl -k https://host.test/a\n')
  await audit('--fix', '.')
  const read = (name: string) => readFileSync(join(place.folder, name), 'utf8')
  expect(read('pod.yaml')).toBe(
    'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - securityContext:\n        seccompProfile:\n          type: RuntimeDefault\n        allowPrivilegeEscalation: false\n      name: a # first\n      image: x\n',
  )
  expect(read('run.sh')).toContain('docker run --')
  expect(read('run.sh')).toContain('--security-opt=no-new-privileges:true')
  expect(read('Dockerfile')).toBe('FROM x\nRUN curl https://host.test/a\n')
})

test('--fix leaves a list that is merged in alone', async () => {
  const text =
    'x-a: &a\n  security_opt: [label:type:x]\n  logging: {driver: json-file}\nservices:\n  web:\n    <<: *a\n    image: x\n    pids_limit: 9\n'
  place.write('compose.yaml', text)
  await audit('--fix', 'compose.yaml')
  expect(readFileSync(join(place.folder, 'compose.yaml'), 'utf8')).toBe(text)
})

test('a long file of many documents is read to its end, and mended at the right place', async () => {
  const pod = (name: string) =>
    `---\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: ${name}\n      image: x\n`
  place.write(
    'pods.yaml',
    Array.from({ length: 2_000 }, (_, at) => pod(`p${at}`))
      .join('')
      .replace(/$/, `${pod('last')}      securityContext: {privileged: true}\n`),
  )
  const { out } = await audit('--severity', 'error', 'pods.yaml')
  expect(out).toMatch(/^pods\.yaml:14008:37 {2}container\.is-privileged {2}error$/m)
  place.write('pods.yaml', `# ${'x'.repeat(100_000)}\n${pod('a')}${pod('b')}`)
  await audit('--fix', 'pods.yaml')
  expect(
    readFileSync(join(place.folder, 'pods.yaml'), 'utf8').match(/ {4}- securityContext:\n/g),
  ).toHaveLength(2)
})
