import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test as property } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFileSystemView, stillView } from './file-system.ts'

describe('the real disk', () => {
  let folder: string
  const view = createFileSystemView(tmpdir())

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-view-')))
    mkdirSync(join(folder, 'project/src'), { recursive: true })
    mkdirSync(join(folder, 'secret/deep'), { recursive: true })
    writeFileSync(join(folder, 'secret/key'), 'k')
    symlinkSync('../secret', join(folder, 'project/link'))
    symlinkSync(join(folder, 'secret/key'), join(folder, 'project/notes.txt'))
    symlinkSync(join(folder, 'secret/new'), join(folder, 'project/dangling'))
    symlinkSync('link/deep', join(folder, 'project/chained'))
    symlinkSync('loop-b', join(folder, 'project/loop-a'))
    symlinkSync('loop-a', join(folder, 'project/loop-b'))
    symlinkSync('/proc/self/root/etc', join(folder, 'project/root-etc'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    ['project/src', 'project/src'],
    ['project/link/key', 'secret/key'],
    ['project/notes.txt', 'secret/key'],
    ['project/dangling', 'secret/new'],
    ['project/chained', 'secret/deep'],
    ['project/chained/../key', 'secret/key'],
    ['project/src/../link/./key', 'secret/key'],
    ['project/missing/../link/key', 'secret/key'],
    ['project/link/missing/a/b', 'secret/missing/a/b'],
    ['project/link/missing/a/../../../project/x', 'project/x'],
    ['project//src/', 'project/src'],
  ])('sees %s as %s', (path, real) => {
    expect(view.realPath(`${folder}/${path}`)).toBe(join(folder, real))
  })

  it('ends on links that lead in a circle', () => {
    expect(view.realPath(join(folder, 'project/loop-a/x'))).toMatch(/\/loop-[ab]\/x$/)
  })

  it('reads what belongs to a process by name, except the root, which is the same for all', () => {
    expect(view.realPath('/proc/self/environ')).toBe('/proc/self/environ')
    expect(view.realPath('/proc/self/cwd/.env')).toBe('/proc/self/cwd/.env')
    expect(view.realPath('/proc/self/root/etc/passwd')).toBe(view.realPath('/etc/passwd'))
    expect(view.realPath(join(folder, 'project/root-etc/passwd'))).toBe(view.realPath('/etc/passwd'))
  })

  it('agrees with the system on every existing path', () => {
    for (const path of ['project/link', 'project/chained/../../project', 'project/notes.txt']) {
      expect(view.realPath(`${folder}/${path}`)).toBe(realpathSync.native(`${folder}/${path}`))
    }
  })

  it('knows whether case counts on the disk it was given', () => {
    writeFileSync(join(folder, 'probe-case'), '')
    let folds = true
    try {
      realpathSync(join(folder, 'PROBE-CASE'))
    } catch {
      folds = false
    }
    expect(createFileSystemView(folder).caseInsensitive).toBe(folds)
    expect(createFileSystemView(join(folder, 'missing/deeper')).caseInsensitive).toBe(folds)
  })

  property.prop([fc.array(fc.constantFrom('..', '.', '', 'a', '\0', 'x'.repeat(300), 'proc', 'self', 'é'))])(
    'never throws and answers with a normal absolute path',
    parts => {
      const real = view.realPath(`/${parts.join('/')}`)
      expect(real.startsWith('/')).toBe(true)
      expect(real.split('/').slice(1)).not.toContain('..')
      expect(view.realPath(real)).toBe(real)
    },
  )
})

it('a still view asks for each path once and gives the same answers', () => {
  const asked: string[] = []
  const still = stillView({
    caseInsensitive: true,
    realPath: path => {
      asked.push(path)
      return `/real${path}`
    },
  })
  expect([still.realPath('/a'), still.realPath('/b'), still.realPath('/a')]).toEqual([
    '/real/a',
    '/real/b',
    '/real/a',
  ])
  expect(asked).toEqual(['/a', '/b'])
  expect(still.caseInsensitive).toBe(true)
})
