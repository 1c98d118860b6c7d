import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { portcullis } from './service/process.ts'

const root = join(import.meta.dirname, '..')
const place = mkdtempSync(join(tmpdir(), 'portcullis-own-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** What git keeps: what else lies in a checkout is nobody's script. */
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter(Boolean)
const read = (path: string) => readFileSync(join(root, path), 'utf8')

async function scanned(paths: readonly string[], cwd: string) {
  const args = [
    'scan',
    '--json',
    '--only',
    'configuration',
    '--no-allow-comments',
    '--exclude',
    '*.test.ts',
    ...paths,
  ]
  const { stdout } = await portcullis(args, { cwd })
  const { findings } = JSON.parse(stdout) as {
    findings: readonly { path: string; line: number; rule: string; severity: string }[]
  }
  return findings
    .filter(({ severity }) => severity !== 'note')
    .map(({ path, line, rule }) => `${path}:${line} ${rule}`)
}

describe('the project’s own scripts obey the rules for scripts', () => {
  const folders = [
    '.ci',
    'Makefile',
    'action.yml',
    'bench',
    'bin',
    'build',
    'ci',
    'portcullis',
    'src',
    'package.json',
  ]

  // Tests make bad files on purpose.
  test('temporary files, downloads, packages, modes: nothing is found, and nothing is excused', async () => {
    expect(await scanned(folders, root)).toEqual([])
  }, 60_000)

  // The nearest habits that are refused, so that an empty list means something.
  test.each([
    ['.ci/run', 'curl -k https://example.com/tool -o "$dir/tool"', 'configuration.skips-certificate-check'],
    ['.ci/run', 'curl -fsSL https://example.com/install | sh', 'configuration.runs-downloaded-text'],
    ['.ci/run', 'echo done > /tmp/portcullis.log', 'configuration.uses-predictable-temporary-file'],
    ['.ci/run', 'pip install --break-system-packages x', 'configuration.breaks-system-packages'],
    ['Makefile', 'x:\n\tchmod 777 dist', 'configuration.makes-world-writable'],
    ['build/x.ts', `writeFileSync('/tmp/portcullis', '')`, 'configuration.uses-predictable-temporary-file'],
  ])('in %s, `%s` would be found', async (path, line, rule) => {
    const file = join(place, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(
      file,
      `${tracked.includes(path) ? read(path) : "import { writeFileSync } from 'node:fs'\n"}\n${line}\n`,
    )
    expect(await scanned([path], place)).toContainEqual(expect.stringContaining(rule))
  })

  test('shell scripts stop at the first fault', () => {
    const scripts = tracked.filter(path => /^#!\S*\/(?:env )?(?:ba|da)?sh\b/.test(read(path).slice(0, 80)))
    expect(scripts).toEqual(expect.arrayContaining(['.ci/run', 'portcullis', 'bin/portcullis-hook']))
    // The hook answers with a deny whatever fails, so that it must not stop.
    for (const path of scripts.filter(script => script !== 'bin/portcullis-hook'))
      expect(read(path), path).toMatch(/^set -eu/m)
  })
})

describe('packages', () => {
  interface Locked {
    readonly version: string
    readonly integrity?: string
    readonly hasInstallScript?: boolean
    readonly os?: readonly string[]
    readonly cpu?: readonly string[]
    readonly libc?: readonly string[]
  }
  const locked = Object.entries(
    (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages,
  ).filter(([path]) => path !== '')

  test('each one is compared with a hash that we keep, for every platform', () => {
    expect(
      locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
    ).toEqual([])
  })

  test('are installed as they are locked, and only the project’s own Node runs a script for it', () => {
    expect(read('Makefile')).toMatch(/^\tnpm ci /m)
    expect(read('Makefile')).not.toMatch(/npm (?:install|i) |npx /)
    expect(locked.filter(([, each]) => each.hasInstallScript).map(([path]) => path)).toEqual([
      'node_modules/node',
    ])
  })

  test('versions are exact', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >
    for (const version of Object.values({ ...dependencies, ...devDependencies }))
      expect(version).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/)
  })

  test('what there is for Linux on x64 there is for Linux on arm64', () => {
    const forLinux = (cpu: string) =>
      locked
        .filter(([, each]) => each.os?.includes('linux') && each.cpu?.includes(cpu))
        .map(([path]) => path.replace(cpu, ''))
    expect(forLinux('x64').length).toBeGreaterThan(3)
    expect(forLinux('arm64')).toEqual(expect.arrayContaining(forLinux('x64')))
  })
})

test('no script or source knows one processor alone', () => {
  const sources = tracked.filter(path =>
    /^(?:\.ci|bench|bin|build|ci|src)\/|^Makefile$|^portcullis$/.test(path),
  )
  const oneSided = sources.filter(path => {
    const text = read(path)
    return /\bx64\b|x86_64|amd64/i.test(text) && !/arm64|aarch64/i.test(text)
  })
  // The plan of the sandbox falls back to one where none was found, and is then not carried out.
  const isExpected = (path: string) => path.endsWith('.test.ts') || path === 'src/enforcement/exec/plan.ts'
  expect(oneSided.filter(path => !isExpected(path))).toEqual([])
})
