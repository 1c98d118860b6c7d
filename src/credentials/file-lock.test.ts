import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, test } from 'vitest'
import { withFileLock } from './file-lock.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-lock-'))
  path = join(folder, 'lock')
})

test('only one holder works at a time, and nothing stays behind', async () => {
  let inside = 0
  let most = 0
  const work = async () => {
    inside++
    most = Math.max(most, inside)
    await sleep(5)
    inside--
  }
  await Promise.all(Array.from({ length: 8 }, () => withFileLock(path, work)))
  expect(most).toBe(1)
  expect(readdirSync(folder)).toEqual([])
})

test('a lock whose holder died is taken over by exactly one at a time', async () => {
  const { pid } = spawnSync('true')
  writeFileSync(path, `${pid} 00`, { mode: 0o600 })
  let inside = 0
  const results = await Promise.all(
    Array.from({ length: 4 }, () =>
      withFileLock(path, async () => {
        inside++
        await sleep(2)
        return inside--
      }),
    ),
  )
  expect(results).toEqual([1, 1, 1, 1])
  expect(readdirSync(folder)).toEqual([])
})

test('the lock is released when the work fails', async () => {
  await expect(withFileLock(path, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await withFileLock(path, async () => 'free')).toBe('free')
})
