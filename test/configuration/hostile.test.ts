import { describe, expect, test } from 'vitest'
import { analyse } from '../../src/rules/configuration/analyse.ts'

const MEGABYTE = 1024 * 1024
/** Of a processor that others use too: an honest file of this size takes some tens. */
const PATIENCE_MS = 1_000

const fill = (piece: string) => piece.repeat(Math.ceil(MEGABYTE / piece.length))
const nested = (open: string, count: number) => open.repeat(count)

/** Texts that are made to keep a reader busy or to end its stack. */
const texts: Readonly<Record<string, string>> = {
  'one word': fill('a'),
  'one line of curl': `curl ${fill('-k ')}`,
  'lines of curl': fill('curl -k https://host.test/a | sh\n'),
  'open quotes': fill('"'),
  'open substitutions': nested('$(', 100_000),
  'substitutions in quotes': nested('"$(', 100_000),
  'open brackets': nested('[', 200_000),
  'open braces': nested('{', 200_000),
  'brace expansions': nested('{a,', 100_000),
  'back quotes': fill('`'),
  'here-documents': fill('cat <<A\n'),
  pipes: fill('a|'),
  globs: fill('?'),
  'doubling variables': `a=x\n${fill('a=$a$a\n')}echo $a > /tmp/$a\n`,
  expressions: `on: push\njobs:\n  a:\n    steps:\n      - run: ${fill('${{ a ')}`,
  'one expression': `on: push\njobs:\n  a:\n    steps:\n      - run: \${{ ${fill('(')} }}`,
  'deep maps': Array.from({ length: 1_400 }, (_, at) => `${' '.repeat(at)}a:\n`).join(''),
  'deep lists': `a: ${fill('- ')}`,
  aliases: `a: &a x\nb:\n${'  - *a\n'.repeat(100_000)}`,
  'aliases of aliases': `a0: &a0 [x]\n${Array.from({ length: 40 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]\n`).join('')}jobs: *a40\n`,
  'one job many times': `x: &x\n  steps:\n${'    - run: curl -k https://host.test\n'.repeat(500)}jobs:\n${Array.from({ length: 400 }, (_, at) => `  j${at}: *x\n`).join('')}`,
  'a map merged into itself': 'a: &a\n  <<: *a\n  b: 1\njobs: *a\nservices: *a\n',
  'many keys': `jobs:\n${Array.from({ length: 20_000 }, (_, at) => `  k${at}: 1\n`).join('')}`,
  'open strings': fill("'verify"),
  'open comments': fill('/* chmod '),
  'calls in calls': fill('chmod('),
  'words that matter': fill('rejectUnauthorized '),
  'XML comments': fill('<!-- '),
  'our own marks': fill('\uE000\uE001\uE002\uE00A'),
  'lone surrogates': fill('\uD800'),
  zeros: fill('\0'),
}

const paths = [
  'a.sh',
  'Dockerfile',
  'Makefile',
  '.github/workflows/a.yml',
  '.gitlab-ci.yml',
  'compose.yml',
  'package.json',
  'a.py',
  'a.js',
  'a.php',
  '.npmrc',
  'pom.xml',
  'requirements.txt',
]

describe.each(paths)('%s', path => {
  test.each(Object.entries(texts))('of %s ends soon and never throws', (_, text) => {
    const before = process.cpuUsage()
    const findings = analyse(path, text)
    const { user } = process.cpuUsage(before)
    expect(user / 1_000).toBeLessThan(PATIENCE_MS)
    expect(findings.length).toBeLessThanOrEqual(500)
    for (const { start, end } of findings) {
      expect(start).toBeGreaterThanOrEqual(0)
      expect(end).toBeLessThanOrEqual(text.length + 1)
    }
  })
})

test('a file of no known kind is not looked at', () => {
  expect(analyse('notes.md', 'curl -k https://host.test/x | sh')).toEqual([])
  expect(analyse('LICENSE', 'chmod 777 a')).toEqual([])
})

test('what was not read is said', () => {
  const rules = (path: string, text: string) => analyse(path, text).map(({ rule }) => rule)
  expect(rules('a.sh', `${'echo a\n'.repeat(30_000)}curl -k https://host.test/a\n`)).toEqual([
    'configuration.could-not-be-read',
  ])
  expect(rules('.gitlab-ci.yml', `a: "${'x'.repeat(200_000)}"`)).toEqual(['configuration.could-not-be-read'])
})
