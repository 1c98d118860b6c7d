import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { createPrivateFile, ensurePrivateFolder, readPrivateFile, writePrivateFile } from './files.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-files-'))
})

describe('private files', () => {
  test('a written file is 0600 in a 0700 folder and reads back, and no temporary stays', async () => {
    const path = join(folder, 'deep', 'er', 'secret')
    await writePrivateFile(path, 'one')
    await writePrivateFile(path, 'two')
    expect((await readPrivateFile(path))?.toString()).toBe('two')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['secret'])
  })

  test('a missing file is null, not an error', async () => {
    expect(await readPrivateFile(join(folder, 'none'))).toBeNull()
    expect(await readPrivateFile(join(folder, 'none', 'none'))).toBeNull()
  })

  test.each([0o640, 0o604, 0o620, 0o602, 0o666])(
    'mode %o is refused and the remedy names the chmod',
    async mode => {
      const path = join(folder, 'secret')
      writeFileSync(path, 'x')
      chmodSync(path, mode)
      await expect(readPrivateFile(path)).rejects.toMatchObject({
        code: 'file.insecure',
        remedy: expect.stringContaining(`chmod 600 '${path}'`),
      })
    },
  )

  test('a private file in a folder others may write to is refused, because they could replace it', async () => {
    const path = join(folder, 'open', 'secret')
    await writePrivateFile(path, 'x')
    chmodSync(join(folder, 'open'), 0o770)
    await expect(readPrivateFile(path)).rejects.toMatchObject({
      code: 'file.insecure',
      remedy: expect.stringContaining(`chmod 700 '${join(folder, 'open')}'`),
    })
    await expect(writePrivateFile(path, 'y')).rejects.toMatchObject({ code: 'file.insecure' })
    await expect(ensurePrivateFolder(join(folder, 'open'))).rejects.toMatchObject({ code: 'file.insecure' })
  })

  test('a link does not hide the mode of what it points to', async () => {
    writeFileSync(join(folder, 'target'), 'x', { mode: 0o644 })
    chmodSync(join(folder, 'target'), 0o644)
    symlinkSync(join(folder, 'target'), join(folder, 'secret'))
    await expect(readPrivateFile(join(folder, 'secret'))).rejects.toMatchObject({ code: 'file.insecure' })
  })

  test('a folder, or a pipe that would block, in the place of the file is refused at once', async () => {
    mkdirSync(join(folder, 'secret'))
    await expect(readPrivateFile(join(folder, 'secret'))).rejects.toMatchObject({ code: 'file.unreadable' })
    execFileSync('/usr/bin/mkfifo', ['-m', '600', join(folder, 'pipe')])
    await expect(readPrivateFile(join(folder, 'pipe'))).rejects.toMatchObject({ code: 'file.unreadable' })
  })

  test('of many who create the same file exactly one succeeds and its content stays', async () => {
    const path = join(folder, 'once')
    const won = await Promise.all([...'abcdefgh'].map(text => createPrivateFile(path, text)))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect((await readPrivateFile(path))?.toString()).toBe('abcdefgh'[won.indexOf(true)])
    expect(readdirSync(folder)).toEqual(['once'])
  })
})
