import { execFile, execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { PortcullisError } from '../kernel/errors.ts'
import { createPrivateFile, ensurePrivateFolder, readPrivateFile, writePrivateFile } from './private-files.ts'

const run = promisify(execFile)
let folder: string

function expectFault(act: () => unknown, fault: Partial<PortcullisError>): void {
  expect(act).toThrowError(expect.objectContaining(fault))
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-files-'))
})

describe('private files', () => {
  test('a written file is 0600 in a 0700 folder and reads back, and no temporary stays', async () => {
    const path = join(folder, 'deep', 'er', 'secret')
    await writePrivateFile(path, 'one')
    await writePrivateFile(path, 'two')
    expect(readPrivateFile(path)?.toString()).toBe('two')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['secret'])
  })

  test('a missing file is null, not an error', async () => {
    expect(readPrivateFile(join(folder, 'none'))).toBeNull()
    expect(readPrivateFile(join(folder, 'none', 'none'))).toBeNull()
  })

  test.each([0o640, 0o604, 0o620, 0o602, 0o666])(
    'mode %o is refused and the remedy names the chmod',
    async mode => {
      const path = join(folder, 'secret')
      writeFileSync(path, 'x')
      chmodSync(path, mode)
      expectFault(() => readPrivateFile(path), {
        code: 'file.insecure',
        remedy: expect.stringContaining(`chmod 600 '${path}'`),
      })
    },
  )

  test('a private file in a folder others may write to is refused, because they could replace it', async () => {
    const path = join(folder, 'open', 'secret')
    await writePrivateFile(path, 'x')
    chmodSync(join(folder, 'open'), 0o770)
    expectFault(() => readPrivateFile(path), {
      code: 'file.insecure',
      remedy: expect.stringContaining(`chmod 700 '${join(folder, 'open')}'`),
    })
    await expect(writePrivateFile(path, 'y')).rejects.toMatchObject({ code: 'file.insecure' })
    expectFault(() => ensurePrivateFolder(join(folder, 'open')), { code: 'file.insecure' })
  })

  test('a link does not hide the mode of what it points to', async () => {
    writeFileSync(join(folder, 'target'), 'x', { mode: 0o644 })
    chmodSync(join(folder, 'target'), 0o644)
    symlinkSync(join(folder, 'target'), join(folder, 'secret'))
    expectFault(() => readPrivateFile(join(folder, 'secret')), { code: 'file.insecure' })
  })

  test('a link is refused even where its target is private, and where it leads nowhere', async () => {
    writeFileSync(join(folder, 'target'), 'x', { mode: 0o600 })
    for (const [name, target] of [
      ['good', 'target'],
      ['dangling', 'nowhere'],
    ] as const) {
      const path = join(folder, name)
      symlinkSync(join(folder, target), path)
      expectFault(() => readPrivateFile(path), { code: 'file.insecure', message: `\`${path}\` is a link` })
      expect(createPrivateFile(path, 'y')).toBe(false)
    }
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
    await writePrivateFile(join(folder, 'good'), 'new')
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('x')
  })

  test('a folder, or a pipe that would block, in the place of the file is refused at once', async () => {
    mkdirSync(join(folder, 'secret'))
    expectFault(() => readPrivateFile(join(folder, 'secret')), { code: 'file.unreadable' })
    execFileSync('/usr/bin/mkfifo', ['-m', '600', join(folder, 'pipe')])
    expectFault(() => readPrivateFile(join(folder, 'pipe')), { code: 'file.unreadable' })
  })

  test('of many processes that create the same file exactly one succeeds and its content stays', async () => {
    const path = join(folder, 'once')
    const module = join(import.meta.dirname, 'private-files.ts')
    const program =
      'process.stdout.write(String((await import(process.argv[1])).createPrivateFile(...process.argv.slice(2))))'
    const racers = [...'abcd'].map(text => run(process.execPath, ['-e', program, module, path, text]))
    const won = (await Promise.all(racers)).map(({ stdout }) => stdout)
    expect(won.toSorted()).toEqual(['false', 'false', 'false', 'true'])
    expect(readPrivateFile(path)?.toString()).toBe('abcd'[won.indexOf('true')])
    expect(readdirSync(folder)).toEqual(['once'])
  })
})

describe('a disk that takes nothing', () => {
  const place = mkdtempSync(join(tmpdir(), 'portcullis-files-disk-'))
  const mount = (options: string) =>
    spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', `mode=700,${options}`, 'tmpfs', place]).status === 0
  const unmount = () => void spawnSync('/bin/umount', ['-l', place])
  const canMount = process.platform === 'linux' && mount('size=64k')
  if (canMount) unmount()
  afterAll(() => rmSync(place, { recursive: true, force: true, maxRetries: 5 }))

  test.skipIf(!canMount).each([
    ['size=64k', 'the disk is full', /^free disk space/],
    ['size=64k,ro', 'its disk is read-only', /^mount it writable/],
  ])('%s is told in words, and no draft stays', async (options, why, remedy) => {
    expect(mount(options)).toBe(true)
    onTestFinished(unmount)
    const path = join(place, 'secret')
    const fault = {
      code: 'file.unreadable',
      message: `\`${path}\` cannot be written: ${why}`,
      remedy: expect.stringMatching(remedy),
    }
    const large = Buffer.alloc(128 * 1024)
    await expect(writePrivateFile(path, large)).rejects.toMatchObject(fault)
    expectFault(() => createPrivateFile(path, large), fault as Partial<PortcullisError>)
    expect(readdirSync(place)).toEqual([])
  })
})
