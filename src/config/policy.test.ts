import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { parseConfig } from './load.ts'
import { ConfigRefusal } from './problem.ts'
import { watchConfig } from './watch.ts'

const RULE = `
    - id: team.no-push
      description: pushes go through review
      when: { command: [git push] }
      decision: deny`

const file = (parts: { rules?: string; exceptions?: string; tests?: string }) =>
  `version: 1\nvalidation:\n${Object.entries(parts)
    .map(([key, text]) => `  ${key}:${text}\n`)
    .join('')}`

function refusal(text: string): ConfigRefusal {
  try {
    parseConfig(text, 'p.yaml')
  } catch (error) {
    if (error instanceof ConfigRefusal) return error
    throw error
  }
  throw new Error('the file was taken')
}

const exceptionFor = (rule: string, when: string, more = '') =>
  `\n    - id: one\n      rule: ${rule}\n      when: ${when}\n      reason: because${more}`

test.each([
  '/h*/**',
  '/?ome/me/**',
  '/home/./me/**',
  '/home/me/../**',
  '~/a/../../**',
  './a/../../**',
  '/var/../**',
  '/proc/self/root/**',
  '/dev/**',
  '**/*a*',
  'a*',
  '/**/.*',
  '/home/me/**/.*',
])('an exception for `%s` is refused: it holds elsewhere, too', glob => {
  const text = file({ exceptions: exceptionFor('command.deletes-outside-project', `{ path: ['${glob}'] }`) })
  expect(refusal(text).message).toMatch(/holds everywhere/)
})

test.each(['~/a/**', './build/**', '*.c', 'vault/**', '/home/*/scratch/**', '/srv/x', '**/dist/**', '.env'])(
  'an exception for `%s` is taken',
  glob => {
    const text = file({
      exceptions: exceptionFor('command.deletes-outside-project', `{ path: ['${glob}'] }`),
    })
    expect(parseConfig(text, 'p.yaml').validation.exceptions).toHaveLength(1)
  },
)

test('rules, exceptions and tests are read, and validate again as they are', () => {
  const { validation } = parseConfig(
    file({
      rules: RULE,
      exceptions: exceptionFor('team.no-push', '{ command: [git push fork] }', '\n      expires: 2027-01-31'),
      tests: '\n    - command: git push\n      expect: deny\n      rule: team.no-push',
    }),
    'p.yaml',
  )
  expect(validation.rules[0]).toMatchObject({ id: 'team.no-push', threat: 'AUTHZ-ESC-001' })
  expect(validation.exceptions[0]?.expires).toBe('2027-01-31')
  expect(validation.tests).toHaveLength(1)
  expect(parseConfig(JSON.stringify({ validation }), 'again').validation).toEqual(validation)
})

describe('a faulty policy is refused with line, column and remedy', () => {
  test.each<[string, string, RegExp, RegExp]>([
    [
      'a name twice',
      file({ rules: RULE + RULE }),
      /^p\.yaml:8:11: .*`team\.no-push` is taken by entry 1/,
      /own name/,
    ],
    [
      'a built-in name',
      file({ rules: RULE.replace('team.', 'command.') }),
      /^p\.yaml:4:11: .*built-in rule/,
      /team/,
    ],
    [
      'no condition',
      file({ rules: RULE.replace('{ command: [git push] }', '{}') }),
      /^p\.yaml:6:13: .*would stop everything/,
      /at least one/,
    ],
    [
      'an unknown condition',
      file({ rules: RULE.replace('command:', 'comand:') }),
      /^p\.yaml:6:15: unknown key .*did you mean `command`/,
      /command/,
    ],
    [
      'an unknown decision',
      file({ rules: RULE.replace('deny', 'allow') }),
      /^p\.yaml:7:17: .*must be `ask` or `deny`/,
      /ask/,
    ],
    [
      'shell in a command',
      file({ rules: RULE.replace('git push', '"git push && rm"') }),
      /must be a program and its first words/,
      /git push/,
    ],
    [
      'an unknown rule',
      file({ exceptions: exceptionFor('command.delete-outside-project', '{ path: [~/a/**] }') }),
      /^p\.yaml:5:13: there is no rule .*near are `command\.deletes-outside-project`/,
      /policy list/,
    ],
    [
      'every rule',
      file({ exceptions: exceptionFor("'*'", '{ path: [~/a/**] }') }),
      /for every rule/,
      /name the rule/,
    ],
    [
      'a rule nothing lifts',
      file({ exceptions: exceptionFor('command.disables-guard', '{ path: [~/a/**] }') }),
      /no exception lifts `command\.disables-guard`/,
      /take the exception out/,
    ],
    [
      'no place',
      file({ exceptions: exceptionFor('command.*', '{ effect: [delete] }') }),
      /^p\.yaml:6:13: .*holds everywhere/,
      /narrow place/,
    ],
    [
      'the whole home',
      file({ exceptions: exceptionFor('command.*', '{ path: [~/**] }') }),
      /holds everywhere/,
      /below a folder/,
    ],
    [
      'a wide entry beside a narrow one',
      file({ exceptions: exceptionFor('command.*', "{ path: [~/a/**, '/**'] }") }),
      /holds everywhere/,
      /below a folder/,
    ],
    [
      'a whole project for a group of rules',
      file({ exceptions: exceptionFor('command.deletes-*', '{ project: [~/app] }') }),
      /group of rules for all that is done in a project/,
      /name one rule/,
    ],
    [
      'any host',
      file({ exceptions: exceptionFor('command.*', "{ host: ['*.com'] }") }),
      /holds everywhere/,
      /host/,
    ],
    [
      'any shell',
      file({ exceptions: exceptionFor('command.*', '{ tool: [Bash] }') }),
      /holds everywhere/,
      /MCP/,
    ],
    [
      'a day that is none',
      file({ exceptions: exceptionFor('command.*', '{ path: [~/a/**] }', '\n      expires: 2027-02-30') }),
      /^p\.yaml:8:16: .*must be a day/,
      /day/,
    ],
    [
      'no reason',
      file({ exceptions: exceptionFor('command.*', '{ path: [~/a/**] }').replace('because', "''") }),
      /reason/,
      /./,
    ],
    [
      'a test of nothing',
      file({ tests: '\n    - expect: deny' }),
      /^p\.yaml:4:7: .*needs a `command`/,
      /one of the two/,
    ],
    [
      'a test by an unknown rule',
      file({ tests: '\n    - { command: ls, expect: deny, rule: team.nothing }' }),
      /there is no rule `team\.nothing`/,
      /policy list/,
    ],
    [
      'a test by a rule without objection',
      file({ rules: RULE, tests: '\n    - { command: ls, expect: none, rule: team.no-push }' }),
      /expects no objection/,
      /take `rule` out/,
    ],
  ])('%s', (_what, text, fact, remedy) => {
    const { message, remedy: told, code } = refusal(text)
    expect(code).toBe('config.invalid')
    expect(message).toMatch(fact)
    expect(told).toMatch(remedy)
  })
})

describe('a running service', () => {
  const folder = mkdtempSync(join(tmpdir(), 'policy-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

  test('keeps the rules it has when the new ones are wrong', async () => {
    const path = join(folder, 'portcullis.yaml')
    const text = file({ rules: RULE })
    writeFileSync(path, text, { mode: 0o600 })
    const refused: string[] = []
    const watch = watchConfig({
      path,
      initial: parseConfig(text, path),
      onChange: () => {},
      onRefused: error => void refused.push(error.message),
      clock: { now: () => 0, monotonic: () => 0 },
      pollMs: 60_000,
    })
    writeFileSync(path, file({ rules: RULE.replace('{ command: [git push] }', '{}') }), { mode: 0o600 })
    expect(await watch.reload()).toBe('refused')
    expect(watch.status().config.validation.rules.map(({ id }) => id)).toEqual(['team.no-push'])
    expect(refused[0]).toMatch(/portcullis\.yaml:6:13: .*would stop everything/)
    await watch.close()
  })
})
