import { expect, test } from 'vitest'
import type { Capabilities } from './capabilities.ts'
import { plan } from './plan.ts'
import type { SandboxPolicy } from './policy.ts'
import { profiles } from './profiles.ts'
import type { Survey } from './survey.ts'

const caps: Capabilities = {
  platform: 'linux',
  architecture: 'x64',
  uid: 1000,
  programs: { bwrap: '/usr/bin/bwrap', prlimit: '/usr/bin/prlimit', setpriv: '/usr/bin/setpriv' },
  controlGroups: null,
}
const found: Survey = {
  cwd: '/work',
  home: '/home/a',
  readWrite: ['/work'],
  readOnly: ['/work/vendor'],
  hidden: [
    { path: '/work/.env', state: 'missing' },
    { path: '/work/deep/keys', state: 'directory' },
  ],
  sealed: [{ path: '/work/.git/config', state: 'file' }],
  links: [],
  system: [{ path: '/usr', target: null }],
  settings: { files: ['/etc/passwd'], folders: ['/etc/ssl'] },
  identity: null,
  withoutGit: [],
}
const policy: SandboxPolicy = profiles.build
const made = (more: { policy?: SandboxPolicy; caps?: Capabilities; found?: Survey } = {}) =>
  plan(['make', '-j2'], more.policy ?? policy, more.caps ?? caps, more.found ?? found, {
    env: { LANG: 'C', SECRET: 'x', LD_PRELOAD: '/tmp/x.so' },
  })

/** The words that follow an option, for each of its uses. */
function uses(options: readonly string[], name: string, count: number): string[] {
  return options.flatMap((word, at) =>
    word === name ? [options.slice(at + 1, at + 1 + count).join(' ')] : [],
  )
}

test('every program replaces the one before it, and limits are set inside', () => {
  expect(made().command.slice(0, 5)).toEqual(['/usr/bin/bwrap', '--args', '3', '--', '/usr/bin/prlimit'])
  expect(made().command.slice(-3)).toEqual(['--', 'make', '-j2'])
  const { command } = made({ found: { ...found, identity: { uid: 4000, gid: 4000 } } })
  expect(command[0]).toBe('/usr/bin/setpriv')
  expect(command).toEqual(expect.arrayContaining(['--reuid=4000', '--regid=4000', '--clear-groups']))
})

test('only named variables pass, and none that chooses code for a loader', () => {
  const open = { ...policy, env: { allow: ['LANG', 'LD_PRELOAD'] } }
  const { env } = made({ policy: open })
  expect(env).toMatchObject({ LANG: 'C', HOME: '/home/a' })
  expect(env).not.toHaveProperty('SECRET')
  expect(env).not.toHaveProperty('LD_PRELOAD')
})

test('what is mounted over what follows depth: folder, pins, then what is protected in them', () => {
  const { options, sources } = made()
  expect(sources).toEqual(['/work', '/work/vendor', '/work/.git', '/work/deep', '/work/.git/config'])
  expect(uses(options, '--bind-fd', 2)).toEqual(['8 /work', '10 /work/.git', '11 /work/deep'])
  expect(uses(options, '--ro-bind-fd', 2)).toEqual(['9 /work/vendor', '12 /work/.git/config'])
  expect(uses(options, '--tmpfs', 1)).toEqual(expect.arrayContaining(['/work/.env', '/work/deep/keys']))
  expect(options.indexOf('/work/deep/keys')).toBeGreaterThan(options.indexOf('/work/deep'))
  expect(options.slice(-4, -2)).toEqual(['--remount-ro', '/'])
})

test('a folder that is only read is not opened by what is hidden in it', () => {
  const hidden = [{ path: '/work/vendor/a/key', state: 'file' }] as const
  const { options } = made({ found: { ...found, hidden, sealed: [] } })
  expect(uses(options, '--bind-fd', 2)).toEqual(['8 /work'])
  expect(uses(options, '--ro-bind-fd', 2)).toEqual(['9 /work/vendor'])
})

test('of the settings files are copied, folders are shown', () => {
  const { options } = made()
  expect(uses(options, '--file', 2)).toEqual(['7 /etc/passwd'])
  expect(uses(options, '--ro-bind', 2)).toContain('/etc/ssl /etc/ssl')
})

test('what is missing is stood in for, and nothing else is made on the disk', () => {
  expect(made().mountPoints).toEqual(['/work/.env'])
})

test('with a proxy nothing makes bubblewrap stack a second user namespace', () => {
  const listed = made({ policy: { ...policy, network: { mode: 'allowlist', allow: ['example.com'] } } })
  expect(listed.options).not.toContain('--disable-userns')
  expect(listed.options).not.toContain('--dev')
  expect(listed.isHeld).toBe(true)
  expect(made().options).toEqual(expect.arrayContaining(['--disable-userns', '--dev']))
  expect(made().isHeld).toBe(false)
})
