import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseConfig } from './load.ts'
import { loadGitleaksRules, loadUserRules } from './user-rules.ts'

const yaml = (rule: string) => `validation:\n  secrets:\n    userRules:\n      rules:\n${rule}`

test('rules of the configuration and of the files it names are joined', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-rules-'))
  writeFileSync(join(folder, 'team.toml'), "[[rules]]\nid = 'team'\nregex = 'team_[a-z]{8}'\n", {
    mode: 0o600,
  })
  const config = parseConfig(
    `${yaml("        - id: own\n          regex: 'own_[a-z]{8}'\n")}      gitleaks: [team.toml]\n`,
    'portcullis.yaml',
  )
  const { rules, notes } = loadUserRules(config.validation.secrets.userRules, folder)
  expect(rules.map(({ kind, keywords }) => [kind, keywords])).toEqual([
    ['user-own', ['own_']],
    ['user-team', ['team_']],
  ])
  expect(notes).toEqual([])
})

test.each([
  [
    "        - id: own\n          regex: '(?=a)'\n",
    'portcullis.yaml:5:11: the secret rule `own`: the expression holds `(?=`',
  ],
  [
    "        - id: own\n          regex: '[a-z]{9}'\n",
    'portcullis.yaml:5:11: the secret rule `own`: it has no `keywords`',
  ],
  [
    '        - {id: own, regex: owned}\n        - {id: own, regex: owned}\n',
    'portcullis.yaml:6:11: two secret rules are called `own`',
  ],
  ['        - {id: Own, regex: owned}\n', 'must be a name of small letters'],
  ['        - {id: own, regexp: owned}\n', 'unknown key `validation.secrets.userRules.rules[0].regexp`'],
])('%j is refused with its place', (rule, fact) => {
  expect(() => parseConfig(yaml(rule), 'portcullis.yaml')).toThrow(fact)
})

test('a mode may be set for rules of one’s own, and for none that are not there', () => {
  const withMode = (name: string, more = '') =>
    `${yaml('        - {id: own, regex: owned}\n')}${more}      \n    rules: {${name}: observe}\n`
  expect(() => parseConfig(withMode('secret.user-own'), 'a.yaml')).not.toThrow()
  expect(() => parseConfig(withMode('secret.user-*'), 'a.yaml')).not.toThrow()
  expect(() => parseConfig(withMode('secret.unscanned'), 'a.yaml')).not.toThrow()
  expect(() => parseConfig(withMode('secret.user-other'), 'a.yaml')).toThrow('there is no secret rule')
  expect(() =>
    parseConfig(withMode('secret.user-other', '      gitleaks: [a.toml]\n'), 'a.yaml'),
  ).not.toThrow()
})

test('two rules of one name are refused, wherever they come from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-rules-'))
  for (const name of ['a.toml', 'b.toml'])
    writeFileSync(join(folder, name), "[[rules]]\nid = 'team'\nregex = 'team_[a-z]{8}'\n", { mode: 0o600 })
  expect(() => loadGitleaksRules([join(folder, 'a.toml'), join(folder, 'b.toml')])).toThrow(
    'two secret rules are called `team`',
  )
  expect(loadGitleaksRules([join(folder, 'a.toml')]).rules).toHaveLength(1)
})

test('a file that others may write, or that is not there, is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-rules-'))
  const path = join(folder, 'a.toml')
  writeFileSync(path, '')
  chmodSync(path, 0o664)
  const settings = { rules: [], gitleaks: ['a.toml'] }
  expect(() => loadUserRules(settings, folder)).toThrow('can be written by other users')
  chmodSync(path, 0o644)
  expect(loadUserRules(settings, folder).rules).toEqual([])
  expect(() => loadUserRules({ rules: [], gitleaks: ['b.toml'] }, folder)).toThrow('cannot be read (ENOENT)')
})
