import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
let place: string

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'portcullis-exec-bundle-'))
  for (const folder of ['dist/cli', 'src/cli', 'work']) mkdirSync(join(place, folder), { recursive: true })
  for (const file of ['portcullis', 'package.json', 'package-lock.json'])
    copyFileSync(join(root, file), join(place, file))
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
})
afterAll(() => rmSync(place, { recursive: true, force: true }))

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, {
    cwd: join(place, 'work'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

describe('exec as one file', () => {
  test('says the same as from sources', () => {
    const made = join(place, 'dist/cli/exec.cjs')
    execFileSync(process.execPath, [join(root, 'build/bundle-exec.ts'), made])
    const fromBundle = run(process.execPath, made, 'exec', '--help')
    expect(fromBundle).toContain('run a command in a sandbox')
    expect(fromBundle).toBe(run(process.execPath, join(root, 'src/cli/main.ts'), 'exec', '--help'))
  })

  test('is run while no source is newer, and the sources else', () => {
    writeFileSync(join(place, 'dist/cli/exec.cjs'), "console.log('bundle')")
    const source = join(place, 'src/cli/main.ts')
    expect(run(join(place, 'portcullis'), 'exec', '--', 'true')).toBe('bundle\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    writeFileSync(source, "console.log('sources')")
    utimesSync(source, 1, 1)
    expect(run(join(place, 'portcullis'), 'exec', '--', 'true')).toBe('sources\n')
    expect(run(join(place, 'portcullis'), 'scan')).toBe('sources\n')
  })
})
