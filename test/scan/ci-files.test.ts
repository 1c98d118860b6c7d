import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Place, scratchPlace, token } from './place.ts'

const root = join(import.meta.dirname, '../..')
let place: Place
beforeEach(() => {
  place = scratchPlace()
  place.git('init', '-q', '-b', 'main')
  place.write('a.ts', `key = '${token()}'\n`)
  place.git('add', '-A')
  place.git('commit', '-q', '-m', 'first')
  place.write('a.ts', 'clean\n')
  place.git('commit', '-q', '-am', 'second')
})
afterEach(() => place.remove())

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>
  readonly runs: {
    readonly steps: readonly {
      readonly id?: string
      readonly run: string
      readonly env?: Record<string, string>
    }[]
  }
}

/** The step's script, with the variables its `env` would give it. */
function runAction(inputs: Readonly<Record<string, string>>) {
  const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as Action
  const step = action.runs.steps.find(({ id }) => id === 'scan')!
  expect(step.run).not.toContain('${{')
  const env = Object.fromEntries(
    Object.entries(step.env!).map(([name, expression]) => {
      const input = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(expression)![1]!
      return [name, inputs[input] ?? action.inputs[input]!.default]
    }),
  )
  const output = join(place.folder, '../output')
  const { status, stdout } = spawnSync('bash', ['-e', '-c', step.run], {
    cwd: place.folder,
    env: {
      ...place.env,
      ...env,
      GITHUB_ACTION_PATH: root,
      GITHUB_OUTPUT: output,
      RUNNER_TEMP: join(place.folder, '..'),
    },
    encoding: 'utf8',
  })
  return { status, stdout, output: status === 2 ? '' : readFileSync(output, 'utf8') }
}

test('the action scans the tree, and names the report', { timeout: 60_000 }, () => {
  const clean = runAction({})
  expect(clean.status).toBe(0)
  expect(clean.output).toContain('exit-code=0')
  const sarif = /^sarif=(.*)$/m.exec(clean.output)![1]!
  expect(JSON.parse(readFileSync(sarif, 'utf8'))).toMatchObject({ version: '2.1.0' })
})

test('the action scans the history, or a range of it', { timeout: 60_000 }, () => {
  const found = runAction({ mode: 'history' })
  expect(found.status).toBe(1)
  expect(found.stdout).toContain('a.ts:1:8  secret.github-pat')
  expect(found.output).toContain('exit-code=1')
  expect(runAction({ mode: 'history', range: 'HEAD~1..HEAD' }).status).toBe(0)
})

test('an input of the action is never run, nor taken for an option', { timeout: 60_000 }, () => {
  expect(runAction({ path: '$(touch ran); --history' }).status).not.toBe(0)
  expect(runAction({ path: '--history' }).status).toBe(2)
  expect(place.git('status', '--porcelain')).toBe('')
})

test('the job for GitLab makes its report and fails on a finding', { timeout: 60_000 }, () => {
  const job = parse(readFileSync(join(root, 'ci/gitlab/portcullis-scan.yml'), 'utf8')) as {
    'portcullis-scan': { script: string[]; artifacts: { reports: { secret_detection: string } } }
  }
  const { script, artifacts } = job['portcullis-scan']
  const bin = join(place.env['HOME']!, 'bin')
  mkdirSync(bin)
  symlinkSync(join(root, 'portcullis'), join(bin, 'portcullis'))
  const runJob = (env: NodeJS.ProcessEnv) =>
    spawnSync('sh', ['-e', '-c', script.join('\n')], {
      cwd: place.folder,
      env: { ...place.env, PATH: `${bin}:${process.env['PATH']}`, ...env },
    }).status
  expect(runJob({})).toBe(1)
  const report = JSON.parse(
    readFileSync(join(place.folder, artifacts.reports.secret_detection), 'utf8'),
  ) as object
  expect(report).toMatchObject({ version: '15.2.1', vulnerabilities: [{ location: { file: 'a.ts' } }] })
  const base = place.git('rev-parse', 'HEAD~1').trim()
  expect(runJob({ CI_MERGE_REQUEST_DIFF_BASE_SHA: base, CI_COMMIT_SHA: 'HEAD' })).toBe(0)
})
