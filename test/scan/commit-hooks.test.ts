import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Place, scratchPlace, token } from './place.ts'

// each commit starts the program anew
vi.setConfig({ testTimeout: 60_000 })

const launcher = join(import.meta.dirname, '../../portcullis')
let place: Place
let bin: string
beforeEach(() => {
  place = scratchPlace()
  place.git('init', '-q', '-b', 'main')
  // a repository's hook finds the program where its user put it
  bin = join(place.env['HOME']!, 'bin')
  mkdirSync(bin)
  symlinkSync(launcher, join(bin, 'portcullis'))
  place.env['PATH'] = `${bin}:${process.env['PATH']}`
})
afterEach(() => place.remove())

/** Runs the real git, with its hooks. */
function commit(...args: string[]): { readonly code: number; readonly said: string } {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.test']
  const { status, stdout, stderr } = spawnSync('git', [...who, 'commit', '-q', '-m', 'x', ...args], {
    cwd: place.folder,
    env: place.env,
    encoding: 'utf8',
  })
  return { code: status ?? -1, said: stdout + stderr }
}

function stage(content: string): void {
  place.write('a.ts', content)
  place.git('add', 'a.ts')
}

/** A commit with a planted token is refused in every way of committing, a clean one passes. */
function expectGuarded(): void {
  stage(`key = '${token()}'\n`)
  const refused = commit()
  expect(refused.code).toBe(1)
  expect(refused.said).toContain('a.ts:1:8  secret.github-pat')
  stage('clean\n')
  expect(commit()).toMatchObject({ code: 0 })
  place.write('a.ts', `key = '${token()}'\n`)
  expect(commit('-a').code).toBe(1)
  expect(commit('a.ts').code).toBe(1)
  place.write('a.ts', 'clean again\n')
  expect(commit('a.ts').code).toBe(0)
}

const install = () => place.portcullis('init', '--repository', '--yes')
const read = (name: string) => readFileSync(join(place.folder, name), 'utf8')

describe('in a plain repository', () => {
  test('init enters a hook that refuses a commit with a token, and uninstall takes it out', async () => {
    const { code, out } = await install()
    expect(code).toBe(0)
    expect(out).toContain('+# portcullis: begin')
    expectGuarded()
    expect((await install()).out).toContain('nothing to do')
    expect((await place.portcullis('uninstall', '--repository', '--yes')).code).toBe(0)
    expect(existsSync(join(place.folder, '.git/hooks/pre-commit'))).toBe(false)
    stage(`key = '${token()}'\n`)
    expect(commit().code).toBe(0)
  })

  test('a hook that is there stays, behind ours, with a backup', async () => {
    const own = '#!/bin/sh\ntouch ran\nexit 0\n'
    place.write('.git/hooks/pre-commit', own)
    chmodSync(join(place.folder, '.git/hooks/pre-commit'), 0o755)
    await install()
    expectGuarded()
    expect(existsSync(join(place.folder, 'ran'))).toBe(true)
    expect(readdirSync(join(place.folder, '.git/hooks')).join()).toContain('pre-commit.portcullis-backup-')
    await place.portcullis('uninstall', '--repository', '--yes')
    expect(read('.git/hooks/pre-commit')).toBe(own)
  })

  test('a hook that is no shell script is refused and stays as it is', async () => {
    const own = '#!/usr/bin/env python3\nprint(1)\n'
    place.write('.git/hooks/pre-commit', own)
    const { code, err } = await install()
    expect(code).toBe(3)
    expect(err).toContain('is no shell script')
    expect(read('.git/hooks/pre-commit')).toBe(own)
  })

  test('nothing is changed without a yes, nor by a dry run', async () => {
    expect((await place.portcullis('init', '--repository')).code).toBe(2)
    expect((await place.portcullis('init', '--repository', '--dry-run')).out).toContain('nothing was changed')
    expect(existsSync(join(place.folder, '.git/hooks/pre-commit'))).toBe(false)
  })
})

test('with husky the line goes into .husky/pre-commit', async () => {
  place.write('.husky/pre-commit', 'true\n')
  place.write('.husky/_/pre-commit', '#!/bin/sh\nsh -e "$(dirname "$0")/../pre-commit"\n')
  chmodSync(join(place.folder, '.husky/_/pre-commit'), 0o755)
  place.git('config', 'core.hooksPath', '.husky/_')
  await install()
  expect(read('.husky/pre-commit')).toContain('portcullis scan --staged --only secrets || exit $?')
  expectGuarded()
  await place.portcullis('uninstall', '--repository', '--yes')
  expect(read('.husky/pre-commit')).toBe('true\n')
})

const config = `# ours
repos:
  - repo: local
    hooks:
      - id: other
        name: other # a comment
        entry: "true"
        language: system
# the end
default_stages: [commit]
`
const hasPreCommit = spawnSync('pre-commit', ['--version']).status === 0

describe('with the pre-commit framework', () => {
  test('the entry goes behind the others, and out again without a trace', async () => {
    place.write('.pre-commit-config.yaml', config)
    const { out } = await install()
    expect(out).toContain('+  - repo: local')
    expect(
      read('.pre-commit-config.yaml').replace(/ *# portcullis: begin[\s\S]*# portcullis: end\n/, ''),
    ).toBe(config)
    expect((await install()).out).toContain('nothing to do')
    await place.portcullis('uninstall', '--repository', '--yes')
    expect(read('.pre-commit-config.yaml')).toBe(config)
  })

  test('a file without such a list is left alone, with what to add', async () => {
    place.write('.pre-commit-config.yaml', 'repos: []\n')
    const { code, err } = await install()
    expect(code).toBe(3)
    expect(err).toContain('entry: portcullis scan --staged --only secrets')
  })

  test.skipIf(!hasPreCommit)(
    'its real program refuses a commit with a token',
    { timeout: 60_000 },
    async () => {
      place.write('.pre-commit-config.yaml', config)
      await install()
      execFileSync('pre-commit', ['install'], { cwd: place.folder, env: place.env })
      place.git('add', '.pre-commit-config.yaml')
      stage(`key = '${token()}'\n`)
      const refused = commit()
      expect(refused.code).toBe(1)
      expect(refused.said).toContain('a.ts:1:8  secret.github-pat')
      stage('clean\n')
      expect(commit().code).toBe(0)
    },
  )

  test.skipIf(!hasPreCommit)('our own list of hooks is one it takes', () => {
    const file = join(import.meta.dirname, '../../.pre-commit-hooks.yaml')
    execFileSync('pre-commit', ['validate-manifest', file], { stdio: 'pipe' })
  })
})

test('a hook of git is one everybody may run', async () => {
  await install()
  expect(statSync(join(place.folder, '.git/hooks/pre-commit')).mode & 0o111).toBe(0o111)
})
