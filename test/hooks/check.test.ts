import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runHere } from './terminal.ts'

let home: string
let project: string

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-check-')))
  project = join(home, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'notes.txt'), 'plain\n')
  symlinkSync('/etc/shadow', join(project, 'innocent.txt'))
})

afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))

const run = (argv: readonly string[], input = '') =>
  runHere(['check', ...argv], { env: { HOME: home, PATH: '/usr/bin:/bin' }, cwd: project, input })

async function lines(...acts: unknown[]) {
  const input = acts.map(act => (typeof act === 'string' ? act : JSON.stringify(act))).join('\n')
  const outcome = await run(['--jsonl'], input)
  const results = outcome.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  return { ...outcome, results }
}

describe('lines', () => {
  test('each gets the decision of its own act, in order, with the reasons and the time', async () => {
    const { results, code } = await lines(
      { id: 'a', command: 'cat notes.txt' },
      { id: 'b', command: 'mkdir build' },
      { id: 'c', command: 'rm -rf ~' },
      { id: 4, tool: 'Read', input: { file_path: '~/.ssh/id_ed25519' } },
      { id: 5, tool: 'Read', input: { file_path: 'innocent.txt' } },
      { id: 6, tool: 'WebFetch', input: { url: 'http://169.254.169.254/latest/meta-data/' } },
      { id: 7, tool: 'Agent', input: { prompt: 'look around' } },
    )
    expect(code).toBe(0)
    expect(results.map(({ id, decision }) => [id, decision])).toEqual([
      ['a', 'allow'],
      ['b', 'none'],
      ['c', 'deny'],
      [4, 'deny'],
      [5, 'deny'],
      [6, 'deny'],
      [7, 'none'],
    ])
    const [, , deletion] = results
    expect(deletion.reasons[0]).toMatchObject({
      code: 'validation.dangerous-command',
      rule: expect.stringMatching(/^command\./),
      threat: expect.any(String),
      remedy: expect.any(String),
    })
    for (const { us } of results) expect(us).toBeGreaterThanOrEqual(0)
  })

  test('a line brings its own place', async () => {
    const { results } = await lines(
      {
        id: 1,
        command: 'rm -rf ../../ada',
        cwd: '/home/ada/app',
        home: '/home/ada',
        project: '/home/ada/app',
      },
      { id: 2, command: 'rm -rf build', cwd: '/home/ada/app', home: '/home/ada', project: '/home/ada/app' },
    )
    expect(results[0].decision).toBe('deny')
    expect(results[1].decision).not.toBe('deny')
  })

  test('what is no act gets an error with its line, the others their answer, and the exit code is 2', async () => {
    const { results, code } = await lines(
      'not json',
      { id: 'good', command: 'rm -rf ~' },
      '[]',
      { id: 'x' },
      { id: 'y', command: 7 },
      { id: {}, command: 'ls' },
      { id: 'z', command: 'ls', cwd: 'relative' },
      { id: 'v', command: 'ls', agent: 'other' },
      { id: 'w', tool: 'Bash', input: {} },
    )
    expect(code).toBe(2)
    expect(results[1]).toMatchObject({ id: 'good', decision: 'deny' })
    const faults = results.filter(result => 'error' in result)
    expect(faults.map(({ line, id }) => [line, id])).toEqual([
      [1, undefined],
      [3, undefined],
      [4, 'x'],
      [5, 'y'],
      [6, undefined],
      [7, 'z'],
      [8, 'v'],
      [9, 'w'],
    ])
    for (const { error } of faults)
      expect(error).toMatchObject({ code: expect.any(String), remedy: expect.any(String) })
  })

  test('a line without an id is known by its number, a blank one is passed over', async () => {
    const { results } = await lines({ command: 'ls' }, '', { command: 'ls' })
    expect(results.map(({ id }) => id)).toEqual([1, 3])
  })

  test('every dangerous spelling of one act is stopped', async () => {
    const spellings = [
      'rm -rf ~',
      'rm -rf $HOME',
      'rm -r -f "$HOME/"',
      'rm --recursive --force ~/',
      'sudo rm -rf ~',
      'bash -c "rm -rf ~"',
      'env X=1 rm -rf ~',
      'cd ~ && rm -rf .',
      "eval 'rm -rf ~'",
      'x=~; rm -rf $x',
      'find ~ -delete',
      '$(echo rm) -rf ~',
    ]
    const { results } = await lines(...spellings.map(command => ({ id: command, command })))
    const passed = results.filter(({ decision }) => decision === 'allow' || decision === 'none')
    expect(passed.map(({ id }) => id)).toEqual([])
  })
})

describe('one command', () => {
  test('is explained in words, and the exit code tells', async () => {
    const denied = await run(['rm -rf ~'])
    expect(denied).toMatchObject({ code: 1, stderr: '' })
    expect(denied.stdout).toMatch(/^deny: .*\n {2}.*\[command\./)
    expect(denied.stdout).toContain('nothing was run')
    expect(await run(['cat notes.txt'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^allow: /) })
  })

  test('is answered in JSON', async () => {
    const { stdout, code } = await run(['rm -rf ~', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ decision: 'deny', reasons: [expect.any(Object)] })
  })

  test('must be there', async () => {
    expect(await run([])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is nothing to check'),
    })
  })
})

test('checking runs nothing and writes nothing', async () => {
  await run(['touch MARKER; rm -rf ~/project'])
  await lines({ command: 'touch MARKER' })
  expect(readdirSync(home)).toEqual(['project'])
  expect(readdirSync(project).sort()).toEqual(['innocent.txt', 'notes.txt'])
})
