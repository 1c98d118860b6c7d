import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Place, scratchPlace, token } from './place.ts'

// each line starts the program anew
vi.setConfig({ testTimeout: 60_000 })

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/scan.md'), 'utf8')
const lines = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.trim().split('\n'))

let place: Place
beforeAll(() => {
  place = scratchPlace()
  place.git('init', '-q', '-b', 'main')
  place.write('config/dev.env', `# settings\nKEY=${token()}\n`)
  place.git('add', '-A')
  place.git('commit', '-q', '-m', 'first', '--date', '2026-03-04T05:06:07Z')
  place.write('notes.txt', 'clean\n')
  place.git('add', '-A')
  place.git('commit', '-q', '-m', 'second')
  const bin = join(place.env['HOME']!, 'bin')
  mkdirSync(bin)
  symlinkSync(join(root, 'portcullis'), join(bin, 'portcullis'))
  Object.assign(place.env, {
    PATH: `${bin}:${process.env['PATH']}`,
    FINGERPRINT_KEY: Buffer.alloc(32, 7).toString('base64url'),
  })
})
afterAll(() => place.remove())

describe('docs/scan.md', () => {
  test.each(lines)('`%s` does what it says', line => {
    const code = /# exits (\d)/.exec(line)?.[1] ?? '0'
    const { status, stderr } = spawnSync('sh', ['-c', line], {
      cwd: place.folder,
      env: place.env,
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(Number(code))
  })

  test('shows an answer as it is', async () => {
    const { out } = await place.scan('--history', '--range', 'HEAD~1')
    expect(out).toMatch(
      /^config\/dev\.env:2:5 {2}secret\.github-pat {2}likely {2}secret {2}[0-9a-f]{12} 2026-03-04\n {4}KEY=<masked:github-pat>$/m,
    )
  })

  test('names every option of the command, and no other', async () => {
    const { out } = await place.scan('--help')
    const optionsOf = (text: string) => new Set(text.match(/(?<![-\w])--[a-z][a-z-]+/g))
    const known = optionsOf(out)
    const others = [
      '--history',
      '--repository',
      '--yes',
      '--data',
      '--unshallow',
      '--help',
      '--config',
      '--json',
    ]
    for (const option of optionsOf(page)) if (!others.includes(option)) expect([...known]).toContain(option)
    for (const option of known)
      if (!['--jsonl', '--rules', '--help'].includes(option)) expect(page).toContain(option)
  })
})
