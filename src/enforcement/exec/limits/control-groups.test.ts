import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findControlGroups } from './control-groups.ts'

const root = mkdtempSync(join(tmpdir(), 'portcullis-groups-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function folder(name: string, passedOn?: string): string {
  const path = join(root, name)
  mkdirSync(path, { recursive: true })
  if (passedOn !== undefined) writeFileSync(join(path, 'cgroup.subtree_control'), passedOn)
  return path
}

const mount = (point: string, type: string, options: string, at = '/') =>
  `30 25 0:26 ${at} ${point} rw - ${type} ${type} rw,${options}`

test('version 1: each hierarchy at the place of the process', () => {
  folder('memory/own')
  folder('pids')
  const found = findControlGroups({
    groups: '8:pids:/\n4:memory:/own\n',
    mounts: [
      mount(join(root, 'memory'), 'cgroup', 'memory'),
      mount(join(root, 'pids'), 'cgroup', 'pids'),
    ].join('\n'),
  })
  expect(found).toEqual({
    version: 1,
    memory: join(root, 'memory/own'),
    pids: `${join(root, 'pids')}/`,
    cpu: null,
  })
})

test('version 2: the nearest group above that passes memory and processes on', () => {
  folder('two', 'cpu memory pids')
  const slice = folder('two/user.slice', 'memory pids')
  folder('two/user.slice/session.scope', '')
  const found = findControlGroups({
    groups: '0::/user.slice/session.scope\n',
    mounts: mount(join(root, 'two'), 'cgroup2', 'nsdelegate'),
  })
  expect(found).toEqual({ version: 2, memory: slice, pids: slice, cpu: slice })
})

test('version 2 without anything passed on, and no hierarchy at all: the watcher it is', () => {
  folder('bare', '')
  const groups = '0::/\n'
  expect(findControlGroups({ groups, mounts: mount(join(root, 'bare'), 'cgroup2', '') })).toBeNull()
  expect(findControlGroups({ groups: '', mounts: '' })).toBeNull()
})

test('a group outside of what is mounted is not ours to use', () => {
  folder('part')
  const found = findControlGroups({
    groups: '4:memory:/elsewhere\n',
    mounts: mount(join(root, 'part'), 'cgroup', 'memory', '/docker/abc'),
  })
  expect(found).toBeNull()
})
