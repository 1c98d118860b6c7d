import { describe, expect, test } from 'vitest'
import { lineOf, lookAtHookPlace, type PlaceFacts, planHookPlace } from './setup.ts'

const place = { folder: '/var/lib/portcullis-hooks', user: 'portcullis-sandbox' }
const account = { uid: 990, gid: 990, shell: '/usr/sbin/nologin' }
const right: PlaceFacts = {
  account,
  folder: { uid: 0, gid: 990, mode: 0o40750 },
  hasHome: false,
  scripts: [],
  uid: 0,
}
const script = (uid: number, gid: number, mode: number) => ({
  path: '/var/lib/portcullis-hooks/a',
  uid,
  gid,
  mode,
})
const lines = (facts: PlaceFacts) => planHookPlace(place, facts).map(lineOf)

describe('the plan of the folder for hook scripts', () => {
  test('makes the user and the folder where there is neither', () => {
    expect(lines({ ...right, account: null, folder: null })).toEqual([
      'useradd --system --user-group --no-create-home --home-dir /var/lib/portcullis-hooks --shell /usr/sbin/nologin portcullis-sandbox',
      'install -d -m 0750 -o 0 -g portcullis-sandbox /var/lib/portcullis-hooks',
    ])
  })

  test('is empty when all is as it should be', () => {
    expect(lines({ ...right, scripts: [script(0, 990, 0o100750)] })).toEqual([])
  })

  test.each([
    ['open to others', { uid: 0, gid: 990, mode: 0o40755 }],
    ['of another group', { uid: 0, gid: 0, mode: 0o40750 }],
    ['of the user that runs the scripts', { uid: 990, gid: 990, mode: 0o40750 }],
  ])('mends a folder %s', (_what, folder) => {
    expect(lines({ ...right, folder })).toEqual([
      'install -d -m 0750 -o 0 -g portcullis-sandbox /var/lib/portcullis-hooks',
    ])
  })

  test('gives scripts their group and mode', () => {
    expect(lines({ ...right, scripts: [script(0, 0, 0o100777)] })).toEqual([
      'chgrp portcullis-sandbox /var/lib/portcullis-hooks/a',
      'chmod 0750 /var/lib/portcullis-hooks/a',
    ])
  })

  test('does not vouch for the script of somebody else', () => {
    expect(lines({ ...right, scripts: [script(1000, 1000, 0o100777)] })).toEqual([])
  })

  test('knows no users and groups when nobody but root could make them', () => {
    const mine: PlaceFacts = { account: null, folder: null, hasHome: false, scripts: [], uid: 1000 }
    const folder = "/home/me/it's/hooks"
    expect(planHookPlace({ folder, privateHome: "/home/me/it's" }, mine).map(lineOf)).toEqual([
      String.raw`install -d -m 0700 '/home/me/it'\''s'`,
      String.raw`install -d -m 0750 '/home/me/it'\''s/hooks'`,
    ])
    expect(planHookPlace({ folder }, { ...mine, hasHome: true }).map(lineOf)).toHaveLength(1)
  })
})

describe('a folder that is something else', () => {
  test.each([
    '/',
    '/etc',
    '/etc/cron.d',
    '/usr/bin',
    '/root',
    '/home/me',
    '/var/lib',
    '/dev/shm/..',
    'hooks',
    '',
  ])('`%s` is not made a folder of hook scripts', folder => {
    expect(() => lookAtHookPlace({ folder }, process.geteuid?.() ?? 0)).toThrow(
      expect.objectContaining({ code: 'init.conflict' }),
    )
  })

  test('nor is one that others share', () => {
    expect(() => lookAtHookPlace({ folder: '/tmp' }, process.geteuid?.() ?? 0)).toThrow(/not yours alone/)
  })
})
