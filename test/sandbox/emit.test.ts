import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { portcullis } from '../service/process.ts'

const place = mkdtempSync(join(tmpdir(), 'portcullis-emit-'))
const work = join(place, 'work')
mkdirSync(work)
chmodSync(place, 0o755)
// Root never runs a command in a folder of root's.
if (process.geteuid?.() === 0) chownSync(work, 65_534, 65_534)
afterAll(() => rmSync(place, { recursive: true, force: true }))

const env = { PATH: process.env['PATH'], HOME: place, PORTCULLIS_HOME: join(place, 'home') }
const emit = (...args: string[]) => portcullis(['exec', '--emit', ...args], { env, cwd: work })
const image = `tools@sha256:${'0f'.repeat(32)}`

describe('exec --emit', () => {
  test.each([
    ['claude', []],
    ['codex', []],
    ['docker', ['--image', image, '--', 'make']],
    ['systemd', ['--', '/usr/bin/make']],
  ])('for %s says nothing weaker than the policy unless that is accepted', async (target, rest) => {
    const refused = await emit(target, ...rest)
    expect(refused).toMatchObject({ code: 126, stdout: '' })
    expect(refused.stderr).toMatch(/^weaker: .*limits\.outputMb/m)
    expect(refused.stderr).toMatch(/would be weaker than the policy\n {2}\S/)
    const accepted = await emit(target, '--allow-weaker', ...rest)
    expect(accepted.code).toBe(0)
    expect(accepted.stdout).toContain(work)
    expect(accepted.stderr).toMatch(/^weaker: .*limits\.outputMb/m)
  })

  test('in JSON a refused text is not there to be taken', async () => {
    const { code, stdout } = await emit('claude', '--json')
    expect(code).toBe(126)
    const { text, gaps } = JSON.parse(stdout) as { text?: string; gaps: unknown[] }
    expect(text).toBeUndefined()
    expect(gaps).toContainEqual(expect.objectContaining({ about: 'limits.memoryMb', isWeaker: true }))
  })

  test('never names root as the user', async () => {
    const { stdout } = await emit('docker', '--allow-weaker', '--image', image, '--', 'make')
    expect(stdout).toMatch(/--user=[1-9]\d*:[1-9]\d*/)
  })

  test.each<[string, string[], RegExp]>([
    ['an unknown program', ['cursor', '--allow-weaker'], /take one of claude, codex, docker, systemd/],
    ['no command for a container', ['docker', '--allow-weaker', '--image', image], /needs the command/],
    [
      'an image that can be moved',
      ['docker', '--allow-weaker', '--image', 'tools:1', '--', 'x'],
      /pinned by its digest/,
    ],
    ['a program without its path', ['systemd', '--allow-weaker', '--', 'make'], /is not an absolute path/],
  ])('%s is wrong usage', async (_what, args, reason) => {
    const { code, stdout, stderr } = await emit(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(reason)
  })

  test('a policy that shows the whole disk is refused with its place', async () => {
    writeFileSync(join(place, 'policy.yaml'), 'filesystem:\n  readWrite: ["/"]\n')
    const { code, stdout, stderr } = await emit(
      'claude',
      '--allow-weaker',
      '--policy',
      join(place, 'policy.yaml'),
    )
    expect({ code, stdout }).toEqual({ code: 126, stdout: '' })
    expect(stderr).toMatch(/policy\.yaml:2:\d+: /)
  })
})
