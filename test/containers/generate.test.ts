import { execFileSync } from 'node:child_process'
import { fc, test as property } from '@fast-check/vitest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { auditContainers } from '../../src/rules/containers/audit.ts'
import type { Description } from '../../src/rules/containers/generate/description.ts'
import { formats } from '../../src/rules/containers/generate/description.ts'
import { generate } from '../../src/rules/containers/generate/generate.ts'
import { createSecretEngine } from '../../src/rules/secrets/engine.ts'
import { type Place, scratchPlace, token } from '../scan/place.ts'

const secrets = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'possible' })
const DIGEST = `@sha256:${'0123456789abcdef'.repeat(4)}`

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,12}[a-z0-9])?$/)
const path = fc
  .array(fc.stringMatching(/^[a-z][a-z0-9._-]{0,8}$/), { minLength: 1, maxLength: 3 })
  .map(parts => `/${parts.join('/')}`)
const size = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), fc.constantFrom('k', 'm', 'g'))
  .map(([n, unit]) => `${n}${unit}`)
const port = fc.integer({ min: 1, max: 65_535 }).filter(number => number !== 22)
const id = fc.integer({ min: 1, max: 999_999_999 })
const word = fc.oneof(
  fc.stringMatching(/^[\w./:=,@ -]{1,16}$/),
  fc.constantFrom(
    "it's",
    '$HOME',
    ['$', '{X}'].join(''),
    '$(id)',
    '"quoted"',
    'a\\b',
    '#x',
    'ü',
    ': {',
    '- [',
    '{{x}}',
    '`w`',
    '!x',
    '&a *b',
    '~',
    'null',
    '0',
  ),
)
// a name by chance may promise a secret, which is refused
const variable = fc.nat({ max: 99 }).map(number => `SETTING_${number}`)

const description: fc.Arbitrary<Description> = fc.record({
  name: label,
  image: fc
    .tuple(label, fc.constantFrom('', ':1.2', ':latest'))
    .map(([name, tag]) => `registry.test/${name}${tag}${DIGEST}`),
  user: fc.tuple(id, id).map(ids => ids.join(':')),
  memory: size,
  cpus: fc.constantFrom('0.5', '1', '0.25', '16', '2.0'),
  pids: fc.integer({ min: 1, max: 100_000 }),
  tmpfs: fc.uniqueArray(fc.record({ path: path.map(one => `/tmp${one}`), size }), {
    maxLength: 3,
    selector: one => one.path,
  }),
  volumes: fc
    .uniqueArray(fc.record({ name: label, path: path.map(one => `/data${one}`) }), {
      maxLength: 3,
      selector: one => one.path,
    })
    .map(all => all.filter((one, at) => all.findIndex(other => other.name === one.name) === at)),
  ports: fc.uniqueArray(fc.record({ outside: port, inside: port }), {
    maxLength: 3,
    selector: one => one.outside,
  }),
  environment: fc.uniqueArray(fc.record({ name: variable, value: word }), {
    maxLength: 3,
    selector: one => one.name,
  }),
  passed: fc.uniqueArray(
    variable.map(name => `B_${name}_TOKEN`),
    { maxLength: 2 },
  ),
  capabilities: fc.uniqueArray(fc.constantFrom('CHOWN', 'SETUID', 'SETGID', 'NET_BIND_SERVICE'), {
    maxLength: 3,
  }),
  network: label,
  isInternal: fc.boolean(),
  subnet: fc.constantFrom(undefined, '172.30.87.0/28'),
  health: fc.array(word, { minLength: 1, maxLength: 4 }).map(words => ['/app/ok', ...words]),
  command: fc.array(word, { maxLength: 4 }),
  seccomp: fc.constantFrom(undefined, './profile.json'),
  build: fc.record({
    source: fc.constantFrom('.', 'src'),
    folder: path,
    steps: fc.constantFrom([], ['npm ci --ignore-scripts', 'npm run build']),
    keep: fc.constantFrom([], ['dist', 'bin/app']),
    entrypoint: fc.constantFrom([], ['/app/run']),
  }),
})

describe.each(formats)('%s', format => {
  property.prop([description], { numRuns: 60 })('has no finding, whatever it is about', given => {
    const text = generate(given, format, secrets)
    const path = { docker: 'a.sh', compose: 'compose.yaml', kubernetes: 'a.yaml', dockerfile: 'Dockerfile' }[
      format
    ]
    const { findings, troubles, containers } = auditContainers(path, text, { secrets })
    expect(findings, text).toEqual([])
    expect(troubles, text).toEqual([])
    expect(containers).toBeGreaterThan(0)
  })
})

property.prop([description], { numRuns: 60 })(
  'a shell takes the words of the docker form for what they are',
  given => {
    const script = generate(given, 'docker')
      .replace(/^docker network inspect.*$/m, '')
      .replace('exec docker run', `for w in`)
    const words = execFileSync('/bin/sh', ['-c', `${script.trimEnd()}; do printf '%s\\0' "$w"; done`], {
      encoding: 'utf8',
    })
      .split('\0')
      .slice(0, -1)
    expect(words.slice(words.indexOf(given.image) + 1)).toEqual(given.command)
    for (const { name, value } of given.environment) expect(words).toContain(`${name}=${value}`)
  },
)

let place: Place
beforeEach(() => {
  place = scratchPlace()
})
afterEach(() => place.remove())

const containers = (...words: string[]) => place.portcullis('containers', ...words)
const base = ['generate', '--image', `app${DIGEST}`, '--health', '/app/ok']

test('what is written passes the audit of the command line', async () => {
  for (const format of formats) {
    const { out, code, err } = await containers(
      ...base,
      '--format',
      format,
      '--publish',
      '8080:80',
      '--',
      'serve',
      '--all',
    )
    expect(err).toBe('')
    expect(code).toBe(0)
    const name = {
      docker: 'run.sh',
      compose: 'compose.yaml',
      kubernetes: 'app.yaml',
      dockerfile: 'Dockerfile',
    }[format]
    place.write(name, out)
  }
  expect(await containers('audit', '.')).toMatchObject({ code: 0, out: '4 files scanned, 0 findings\n' })
})

test.each([
  ['an image without a digest', ['--image', 'app:1'], 'the image `app:1` is not pinned'],
  ['root', ['--user', '0:0'], '`0:0` is no ordinary user'],
  ['a user without a group', ['--user', '1000'], '`1000` is no ordinary user'],
  ['a capability that leads out', ['--cap-add', 'SYS_ADMIN'], 'the capability `SYS_ADMIN` is more'],
  ['a folder of the machine', ['--volume', '/etc:/etc'], '`/etc` is no name of a volume'],
  ['a mount that leaves', ['--tmpfs', '/tmp/../etc'], 'is no path for a tmpfs'],
  ['a tmpfs with options', ['--tmpfs', '/tmp:1m,exec'], '`1m,exec` is no size'],
  ['no limit', ['--pids', '-1'], '`-1` is no number of processes'],
  ['no memory', ['--memory', '0m'], '`0m` is no size of memory'],
  ['ssh', ['--publish', '2222:22'], 'port 22 is for ssh'],
  ['a line end', ['--env', 'A=b\nprivileged: true'], 'a word holds a line end'],
  ['a password', ['--env', 'DB_PASSWORD=open-sesame-7'], 'this would not be hardened'],
  ['a token', ['--env', `A=${token(2)}`], 'this would not be hardened'],
  ['a name with an option in it', ['--name', 'a --privileged'], 'is no name'],
])('%s is refused', async (_, words, why) => {
  const { code, err, out } = await containers(...base, '--format', 'compose', ...words)
  expect(code).toBe(2)
  expect(err).toContain(why)
  expect(out).toBe('')
})

test('a download that is run is refused', async () => {
  const found = await containers(
    ...base,
    '--format',
    'docker',
    '--',
    'sh',
    '-c',
    'curl -s https://get.tool.test/i | sh',
  )
  expect(found).toMatchObject({ code: 2, err: expect.stringContaining('container.trusts-unchecked-content') })
})
