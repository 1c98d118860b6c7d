import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../src/cli/commands.ts'
import { type RunningService, run, scratchHome, startUp } from './service/process.ts'

const root = join(import.meta.dirname, '..')
const pages = [
  'README.md',
  'docs/guard-claude-code.md',
  'docs/gateway.md',
  'docs/audit-log.md',
  'docs/hook-scripts.md',
  'docs/sandbox-emit.md',
]
const place = scratchHome()
afterAll(() => place.remove())

/** The command lines of a page's fenced `sh` blocks, without their comments. */
function commandsOf(page: string): string[] {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)
  return [...blocks]
    .flatMap(([, block]) => block!.split('\n'))
    .map(line => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(line => line !== '')
}

/** What runs forever, asks at a terminal, or needs what a scratch home lacks, and how it is tried instead. */
const instead: Readonly<Record<string, string>> = {
  'make start': 'make -n start',
  './portcullis init': './portcullis init --dry-run --agents claude-code',
  './portcullis uninstall': './portcullis uninstall --dry-run',
}

describe('the README', () => {
  const lines = commandsOf('README.md')
  let service: RunningService
  beforeAll(async () => {
    service = await startUp(place.env)
  })
  afterAll(async () => {
    await service.stop()
  })

  test('has commands to try', () => {
    expect(lines).toEqual(expect.arrayContaining(['make start', './portcullis demo', './portcullis doctor']))
  })

  test.each(lines)('`%s` works', async line => {
    const { code, stderr } = await run('/bin/sh', ['-ec', instead[line] ?? line], {
      env: place.env,
      cwd: root,
    })
    // The scratch home has no hooks entered, which is all that `doctor` may find.
    const acceptable = line === './portcullis doctor' ? [0, 1] : [0]
    expect(acceptable, stderr).toContain(code)
  })

  test('lists every command there is', () => {
    const list = /## Commands\n\n([\s\S]*?)Each has/.exec(readFileSync(join(root, 'README.md'), 'utf8'))
    const named = [...list![1]!.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name)
    expect(named.toSorted()).toEqual(Object.keys(commands).toSorted())
  })
})

describe.each(pages)('%s', page => {
  const text = readFileSync(join(root, page), 'utf8')

  test('names only commands and options that exist', async () => {
    const mentioned = [...text.matchAll(/\.\/portcullis ([a-z]+)(?: ([a-z]+))?((?: [^\n`|#]*)?)/g)]
    const asked = new Map<string, Set<string>>()
    for (const [, name, sub, rest] of mentioned) {
      expect(Object.keys(commands)).toContain(name)
      const key =
        ['audit', 'keys', 'threats', 'config', 'store', 'scripts'].includes(name!) && sub
          ? `${name} ${sub}`
          : name!
      const options = `${sub ?? ''}${rest}`.split(' -- ')[0]!.match(/(?<=^|\s)--[a-z-]+/g) ?? []
      asked.set(key, new Set([...(asked.get(key) ?? []), ...options]))
    }
    for (const [key, options] of asked) {
      const help = await run(join(root, 'portcullis'), [...key.split(' '), '--help'], { env: place.env })
      expect(help.code, key).toBe(0)
      for (const option of options) {
        if (['--json', '--data', '--config', '--help'].includes(option)) continue
        expect(help.stdout, `${key} ${option}`).toContain(option)
      }
    }
  })

  test('links only to files that exist', () => {
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      const file = join(root, page, '..', target!)
      expect(() => readFileSync(file), target).not.toThrow()
    }
  })
})

test('the lock file names the optional packages of every platform, without which `npm ci` refuses', () => {
  interface Entry {
    readonly optionalDependencies?: Record<string, string>
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Entry>
  }
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      name => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  )
  expect(Object.keys(packages).length).toBeGreaterThan(50)
  expect(missing).toEqual([])
})
