import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { run } from '../main.ts'

const base = mkdtempSync(join(tmpdir(), 'portcullis-scan-'))
afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }))

const body = 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0zAbC1d'
const token = ['gh', 'p_', body].join('')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(base, 'case-'))
})

function write(name: string, content: string | Buffer): void {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), content)
}

async function portcullis(argv: readonly string[], pieces: readonly string[] = [], cwd = folder) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const chunks: Buffer[] = []
  const errors: Buffer[] = []
  stdout.on('data', chunk => chunks.push(chunk as Buffer))
  stderr.on('data', chunk => errors.push(chunk as Buffer))
  const env = {
    PATH: process.env['PATH'],
    PORTCULLIS_HOME: join(base, 'home'),
    HOME: base,
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const stdin = Readable.from(pieces.map(piece => Buffer.from(piece)))
  const code = await run(argv, { stdin, stdout, stderr, env, cwd, exitCode: 0 })
  await new Promise(resolve => setImmediate(resolve))
  const out = Buffer.concat(chunks).toString('utf8')
  const err = Buffer.concat(errors).toString('utf8')
  expect(out + err).not.toContain(body.slice(4, 20))
  return { code, out, err, pieces: chunks.map(String) }
}

test('names the place, rule and grade of a secret in a file, and exits 1', async () => {
  write('src/app.ts', `const a = 1\nconst key = '${token}'\n`)
  write('src/clean.ts', 'const a = 1\n')
  const { code, out } = await portcullis(['scan', '.'])
  expect(code).toBe(1)
  expect(out).toContain('src/app.ts:2:14  secret.github-pat  likely')
  expect(out).toContain("const key = '<masked:github-pat>'")
  expect(out).toContain('2 files scanned, 1 secret found')
})

test('clean files exit 0; .git and node_modules are left out, binary files said', async () => {
  write('a.txt', 'nothing here\n')
  write('.git/config', token)
  write('node_modules/x/index.js', token)
  write('logo.png', Buffer.from([137, 80, 78, 71, 0, 0, 1]))
  const { code, out } = await portcullis(['scan', '.'])
  expect(code).toBe(0)
  expect(out).toContain('logo.png: skipped, binary')
  expect(out).toContain(
    '1 file scanned, 0 secrets found, 1 skipped, 1 .git left out, 1 node_modules left out',
  )
})

test('a token in UTF-16, beyond a broken byte and behind a byte order mark is found', async () => {
  write('wide.txt', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`key ${token}\n`, 'utf16le')]))
  write('broken.txt', Buffer.concat([Buffer.from([0xff, 0x20, 0xc3]), Buffer.from(token)]))
  const { code, out } = await portcullis(['scan', '.'])
  expect(code).toBe(1)
  expect(out.match(/secret\.github-pat/g)?.length).toBe(2)
})

test.skipIf(process.getuid?.() === 0)('a file that cannot be read exits 3', async () => {
  write('a.txt', 'x')
  chmodSync(join(folder, 'a.txt'), 0)
  const { code, out } = await portcullis(['scan', '.'])
  expect(code).toBe(3)
  expect(out).toContain('a.txt: skipped, cannot be read (EACCES)')
})

test.each([
  [['scan', 'missing.txt'], 'cannot look at `missing.txt`'],
  [['scan', '--format', 'xml', '.'], 'there is no format `xml`'],
  [['scan', '--history', '.'], 'exclude each other'],
  [['scan', '--since', 'yesterday', '.'], 'are about the history'],
  [['scan', '--archive-depth', 'many', '.'], 'is no depth of archives'],
  [['scan', '--staged', '.'], 'exclude each other'],
  [['scan', '--update-baseline', '.'], 'needs a file'],
  [['scan', '--baseline', 'none.json', '.'], 'cannot read the baseline'],
])('%j is refused with exit 2', async (argv, message) => {
  const { code, err } = await portcullis(argv)
  expect(code).toBe(2)
  expect(err).toContain(message)
})

test('a line that allows it is left out', async () => {
  write('a.ts', `const key = '${token}' // portcullis:allow\n`)
  expect((await portcullis(['scan', 'a.ts'])).code).toBe(0)
})

test('JSON and SARIF hold the place and never the secret', async () => {
  write('a b.ts', `\nkey = '${token}'\n`)
  const json = JSON.parse((await portcullis(['scan', '--format', 'json', '.'])).out)
  expect(json.findings[0]).toMatchObject({ path: 'a b.ts', line: 2, column: 8, rule: 'secret.github-pat' })
  const sarif = JSON.parse((await portcullis(['scan', '--format', 'sarif', '.'])).out)
  expect(sarif.version).toBe('2.1.0')
  const [sarifRun] = sarif.runs
  expect(sarifRun.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(['secret.github-pat'])
  expect(sarifRun.results[0]).toMatchObject({
    ruleId: 'secret.github-pat',
    ruleIndex: 0,
    level: 'error',
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: 'a%20b.ts' }, region: { startLine: 2, startColumn: 8 } },
      },
    ],
  })
})

test('a baseline leaves out what it holds and nothing else, and shows no plain hash', async () => {
  write('a.ts', `key = '${token}'\n`)
  expect((await portcullis(['scan', '--baseline', 'base.json', '--update-baseline', 'a.ts'])).code).toBe(0)
  const again = await portcullis(['scan', '--baseline', 'base.json', 'a.ts'])
  expect(again.code).toBe(0)
  expect(again.out).toContain('1 in the baseline')
  write('b.ts', `other = '${token.slice(0, -1)}e'\n`)
  expect((await portcullis(['scan', '--baseline', 'base.json', 'a.ts', 'b.ts'])).code).toBe(1)
  const stored = JSON.parse(readFileSync(join(folder, 'base.json'), 'utf8'))
  writeFileSync(join(folder, 'base.json'), JSON.stringify({ ...stored, key: '0'.repeat(16) }))
  const foreign = await portcullis(['scan', '--baseline', 'base.json', 'a.ts'])
  expect(foreign.code).toBe(2)
  expect(foreign.err).toContain('made with another key')
})

test('what is staged is scanned, not what lies in the folder', async () => {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: base, GIT_CONFIG_NOSYSTEM: '1' },
    })
  git('init', '-q')
  write('ünï code.ts', `key = '${token}'\n`)
  git('add', '.')
  write('ünï code.ts', 'clean again\n')
  write('unstaged.ts', token)
  const { code, out } = await portcullis(['scan', '--staged'])
  expect(code).toBe(1)
  expect(out).toContain('ünï code.ts:1:8  secret.github-pat')
  expect(out).toContain('1 file scanned, 1 secret found')
})

test('--staged outside a repository says so and exits 3', async () => {
  const { code, err } = await portcullis(['scan', '--staged'])
  expect(code).toBe(3)
  expect(err).toContain('git could not find a repository')
})

test('stdin is scanned when no path is named', async () => {
  const { code, out } = await portcullis(['scan'], ['a\nb ', token, '\n'])
  expect(code).toBe(1)
  expect(out).toContain('<stdin>:2:3  secret.github-pat')
})

test('--jsonl answers each line with offsets', async () => {
  const lines = [JSON.stringify({ id: 'x', text: `é ${token}` }), JSON.stringify({ id: 2, text: 'clean' })]
  const { code, out } = await portcullis(['scan', '--jsonl'], [lines.join('\n')])
  expect(code).toBe(1)
  expect(
    out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
  ).toEqual([
    { id: 'x', findings: [{ rule: 'secret.github-pat', grade: 'likely', start: 2, end: 42 }] },
    { id: 2, findings: [] },
  ])
})

test('mask copies stdin, masked, as it arrives', async () => {
  const { code, out, pieces } = await portcullis(
    ['mask'],
    ['begin ', token.slice(0, 9), `${token.slice(9)} end é`, '\n'],
  )
  expect(code).toBe(0)
  expect(out).toMatch(/^begin <masked:github-pat:[0-9a-f]{8}> end é\n$/)
  expect(pieces.length).toBeGreaterThan(1)
})

test('mask never splits a character that arrives in two pieces', async () => {
  const bytes = Buffer.from('prefix 😀 end')
  const stdin = [bytes.subarray(0, 9), bytes.subarray(9)]
  const stdout = new PassThrough()
  const chunks: Buffer[] = []
  stdout.on('data', chunk => chunks.push(chunk as Buffer))
  const env = { PORTCULLIS_HOME: join(base, 'home') }
  await run(['mask'], {
    stdin: Readable.from(stdin),
    stdout,
    stderr: new PassThrough(),
    env,
    cwd: folder,
    exitCode: 0,
  })
  await new Promise(resolve => setImmediate(resolve))
  expect(Buffer.concat(chunks).toString('utf8')).toBe('prefix 😀 end')
})

test('mask --jsonl keeps the number of chunks, and the same secret its placeholder', async () => {
  const chunks = ['a ', token.slice(0, 2), token.slice(2, 20), token.slice(20), ' b ', token]
  const { code, out } = await portcullis(
    ['mask', '--jsonl'],
    [`${JSON.stringify({ id: 7, chunks })}\n{"id":8,"chunks":[]}\n`],
  )
  expect(code).toBe(0)
  const [first, second] = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { id: number; chunks: string[] })
  expect(first?.chunks.length).toBe(chunks.length)
  expect(first?.chunks.join('')).toMatch(/^a (<masked:github-pat:[0-9a-f]{8}>) b \1$/)
  expect(second).toEqual({ id: 8, chunks: [] })
})
