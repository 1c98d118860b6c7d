import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { afterAll, describe, expect, test } from 'vitest'
import { run } from '../main.ts'
import { rulesPage } from '../policy/effective.ts'

/** Outside of the temporary folders, where deleting is nobody's business; nothing is read or written there. */
const home = '/home/made-up'
const folder = mkdtempSync(join(tmpdir(), 'policy-command-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

async function portcullis(args: readonly string[], config?: string) {
  const file = join(folder, 'policy.yaml')
  if (config !== undefined) writeFileSync(file, config, { mode: 0o600 })
  const texts = { out: '', err: '' }
  const into = (key: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        texts[key] += String(chunk)
        done()
      },
    })
  const code = await run([...(config === undefined ? [] : ['--config', file]), ...args], {
    stdin: Readable.from([]),
    stdout: into('out'),
    stderr: into('err'),
    env: { HOME: home, PORTCULLIS_HOME: join(folder, '.portcullis') },
    cwd: join(home, 'app'),
    exitCode: 0,
  })
  return { ...texts, code }
}

const POLICY = `
version: 1
validation:
  rules:
    - id: team.no-push
      description: pushes go through review
      when: { command: [git push] }
      decision: deny
  exceptions:
    - id: scratch
      rule: command.deletes-outside-project
      when: { path: [~/scratch/**] }
      reason: thrown away anyway
    - id: spring
      rule: command.writes-outside-project
      when: { path: [~/notes/**] }
      reason: needed in spring
      expires: 2020-05-01
`

const GOOD_TESTS = `
  tests:
    - { command: git push, expect: deny, rule: team.no-push }
    - { command: rm -r ~/scratch/a, expect: none }
    - { command: echo a > ~/notes/b, expect: ask, rule: command.writes-outside-project }
    - { command: ls, expect: allow }
    - { tool: Read, input: { file_path: ~/.ssh/id_rsa }, expect: deny, rule: path.is-credential }
    - { command: rm -rf build, cwd: ~/elsewhere, expect: none }
`

describe('policy test', () => {
  test('passes when every act comes out as expected', async () => {
    const { out, code } = await portcullis(['policy', 'test'], POLICY + GOOD_TESTS)
    expect(out).toBe('6 of 6 tests came out as expected\n')
    expect(code).toBe(0)
  })

  test('shows what came out otherwise, and by which rule', async () => {
    const tests = `
  tests:
    - { name: pushes are free, command: git push, expect: none }
    - { command: git push, expect: deny, rule: command.rewrites-git-history }
    - { command: ls, expect: allow }
`
    const words = await portcullis(['policy', 'test'], POLICY + tests)
    expect(words.code).toBe(1)
    expect(words.out).toMatch(/^pushes are free +git push +none +deny by team\.no-push$/m)
    expect(words.out).toMatch(
      /^test 2 +git push +deny by command\.rewrites-git-history +deny by team\.no-push$/m,
    )
    expect(words.out).toMatch(/^2 of 3 tests came out otherwise$/m)
    const json = JSON.parse((await portcullis(['--json', 'policy', 'test'], POLICY + tests)).out)
    expect(json).toMatchObject({ passed: 1, failed: 2 })
    expect(json.tests[0]).toMatchObject({
      isPassed: false,
      got: { decision: 'deny', rules: ['team.no-push'] },
    })
  })

  test('one rule meets an act through every door it can come through', async () => {
    const everyDoor = `
version: 1
validation:
  rules:
    - id: team.records
      description: records are changed by people
      when: { effect: [write, delete], path: [~/records/**] }
      decision: deny
    - id: team.rival
      description: nothing goes to the rival
      when: { host: ['rival.example', '*.rival.example'] }
      decision: deny
    - id: team.no-push
      description: pushes go through review
      when: { command: [git push] }
      decision: ask
  tests:
    - { command: cp a ~/records/b, expect: deny, rule: team.records }
    - { command: 'python3 -c "open(''/home/made-up/records/a'',''w'').write(''x'')"', expect: deny, rule: team.records }
    - { command: tee ~/records/b < a, expect: deny, rule: team.records }
    - { command: rm -rf ~/records, expect: deny, rule: team.records }
    - { tool: Edit, input: { file_path: ~/records/a, old_string: a, new_string: b }, expect: deny, rule: team.records }
    - { tool: mcp__files__write_file, input: { path: ~/records/a, text: b }, expect: deny, rule: team.records }
    - { tool: Read, input: { file_path: ~/records/a }, expect: none }
    - { command: cat ~/records/a, expect: none }
    - { command: curl https://api.rival.example/, expect: deny, rule: team.rival }
    - { command: git clone ssh://git@rival.example/x, expect: deny, rule: team.rival }
    - { tool: WebFetch, input: { url: 'https://RIVAL.example/x', prompt: a }, expect: deny, rule: team.rival }
    - { tool: WebFetch, input: { url: 'https://rival.example.org/x', prompt: a }, expect: none }
    - { tool: mcp__shell__run, input: { command: git, args: [push] }, expect: ask, rule: team.no-push }
    - { command: 'find . -name x -exec git push {} +', expect: ask, rule: team.no-push }
`
    const { out, err } = await portcullis(['policy', 'test'], everyDoor)
    expect(err).toBe('')
    expect(out).toBe('14 of 14 tests came out as expected\n')
  })

  test('says that there are none', async () => {
    const { out, code } = await portcullis(['policy', 'test'], POLICY)
    expect(out).toMatch(/has no tests/)
    expect(code).toBe(0)
  })

  test('ends with 2 when the file is refused, and names the line', async () => {
    const { err, code } = await portcullis(['policy', 'test'], POLICY.replace('[git push]', '[]'))
    expect(code).toBe(2)
    expect(err).toMatch(/policy\.yaml:7:/)
  })
})

describe('policy list', () => {
  test('holds built-in and own rules in one table, and exceptions with their last day', async () => {
    const { out } = await portcullis(['policy', 'list'], POLICY)
    expect(out).toMatch(/^team\.no-push +deny +own +AUTHZ-ESC-001 +pushes go through review$/m)
    expect(out).toMatch(/^command\.disables-guard +deny +built-in +GRD-TMP-001 .*no exception lifts it/m)
    expect(out).toMatch(/spring: command\.writes-outside-project, EXPIRED 2020-05-01/)
    const json = JSON.parse((await portcullis(['--json', 'policy', 'list'], POLICY)).out)
    expect(json.exceptions.map(({ isExpired }: { isExpired: boolean }) => isExpired)).toEqual([false, true])
  })

  test('is the reference page', () => {
    const page = readFileSync(new URL('../../../docs/reference/rules.md', import.meta.url), 'utf8')
    expect(page, 'write it anew: portcullis policy list --markdown > docs/reference/rules.md').toBe(
      rulesPage(),
    )
  })
})

describe('check --explain', () => {
  const command = 'sudo rm -r ~/other; rm -r ~/scratch/a; git push'

  test('draws statements, wrapped programs, effects and what was said of them', async () => {
    const { out, code } = await portcullis(['check', '--explain', command], POLICY)
    expect(code).toBe(1)
    expect(out).toContain('├─ sudo rm -r ~/other\n')
    expect(out).toMatch(/^│ {2}└─ sudo rm -r /m)
    expect(out).toMatch(
      /^│ {5}└─ rm -r .*other\n│ {8}└─ delete .*other → ASK command\.deletes-outside-project/m,
    )
    expect(out).toMatch(/excepted by scratch command\.deletes-outside-project/)
    expect(out).toMatch(/as a whole → DENY team\.no-push/)
    expect(out).not.toContain('\x1b[')
  })

  test('says the same as data', async () => {
    const { parsed, decision } = JSON.parse(
      (await portcullis(['--json', 'check', '--explain', command], POLICY)).out,
    )
    expect(decision).toBe('deny')
    expect(parsed.statements.map(({ text }: { text: string }) => text)).toEqual(command.split('; '))
    expect(parsed.statements[0].programs[0].programs[0].effects[0]).toMatchObject({
      kind: 'delete',
      target: join(home, 'other'),
      findings: [{ rule: 'command.deletes-outside-project', severity: 'ask' }],
    })
    expect(parsed.findings).toMatchObject([{ rule: 'team.no-push' }])
  })

  test('cannot be made to repaint the terminal', async () => {
    const { out } = await portcullis(['check', '--explain', "echo '\x1b[2J' \u202e"], POLICY)
    expect(out).not.toMatch(/[\x1b\u202e]/)
  })

  test('draws a command of any size', async () => {
    const { out } = await portcullis(['check', '--explain', 'rm -r ~/a; '.repeat(3_000)], POLICY)
    expect(out).toMatch(/… \d+ more lines/)
    expect(out).toMatch(/not all of it could be read|more lines/)
  })
})
