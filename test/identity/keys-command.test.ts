import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, test } from 'vitest'
import { resolvePaths } from '../../src/config/paths.ts'
import { openClientKeys } from '../../src/credentials/client-keys/client-keys.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { Secret } from '../../src/kernel/secret.ts'

const launcher = join(import.meta.dirname, '..', '..', 'portcullis')

let home: string

beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'portcullis-keys-command-')), 'home')
})

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function keys(...args: string[]): Promise<Outcome> {
  const env = { PATH: process.env['PATH'], HOME: home, PORTCULLIS_HOME: home }
  const child: ChildProcess = spawn(launcher, ['keys', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout!), text(child.stderr!), ended])
  return { code, stdout, stderr }
}

async function created(...args: string[]): Promise<{ id: string; key: string }> {
  const { code, stdout, stderr } = await keys('create', '--json', ...args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

const folder = () => resolvePaths({ env: { PORTCULLIS_HOME: home } }).keys
const open = () => openClientKeys({ folder: folder(), clock: systemClock })

function journalText(): string {
  const { audit } = resolvePaths({ env: { PORTCULLIS_HOME: home } })
  return readdirSync(audit, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')
}

function recorded(): Record<string, string>[] {
  return journalText()
    .split('\n')
    .filter(line => line.includes('"client-keys"'))
    .map(line => JSON.parse(line))
}

describe('portcullis keys', () => {
  test('a key lives from create through rotate to revoke, and the log tells it without the key', async () => {
    const first = await created('--label', 'ci', '--role', 'viewer', '--expires', '90d', '--env', 'test')
    expect(first.key).toMatch(/^pcl_test_[a-z0-9]{8}_[0-9A-Za-z]{49}$/)
    expect((await open()).verify(new Secret(first.key))).toMatchObject({
      id: first.id,
      roles: ['viewer'],
      label: 'ci',
    })

    const rotated = await keys('rotate', first.id, '--grace', '1h', '--json')
    expect(rotated.code).toBe(0)
    const second = JSON.parse(rotated.stdout) as { id: string; key: string }
    expect((await open()).examine(new Secret(first.key)).outcome).toBe('grace')
    expect((await open()).examine(new Secret(second.key)).outcome).toBe('active')

    expect((await keys('revoke', second.id)).code).toBe(0)
    expect((await open()).verify(new Secret(second.key))).toBeNull()

    const listed = await keys('list')
    expect(listed.code).toBe(0)
    for (const shown of [first.id, second.id, 'grace', 'revoked', 'viewer', 'ci'])
      expect(listed.stdout).toContain(shown)

    expect(recorded().map(({ event, result }) => [event, result])).toEqual([
      ['key.created', 'success'],
      ['key.rotated', 'success'],
      ['key.revoked', 'success'],
    ])
    const everything =
      journalText() + listed.stdout + readFileSync(join(folder(), 'client-keys.json'), 'utf8')
    for (const { key } of [first, second]) expect(everything).not.toContain(key.slice(18))
  })

  test('the key is shown by create and by nothing else', async () => {
    const { code, stdout } = await keys('create')
    expect(code).toBe(0)
    const shown = /^pcl_live_\S+/m.exec(stdout)?.[0] ?? ''
    expect((await open()).verify(new Secret(shown))).not.toBeNull()
    expect((await keys('list', '--json')).stdout).not.toContain(shown.slice(18))
    expect(statSync(join(folder(), 'client-keys.json')).mode & 0o777).toBe(0o600)
    expect(statSync(folder()).mode & 0o777).toBe(0o700)
  })

  test('processes that change keys at once lose neither a key nor a record', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => keys('create', '--json')))
    expect(made.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    const ring = await open()
    for (const { stdout } of made) expect(ring.verify(new Secret(JSON.parse(stdout).key))).not.toBeNull()
    await keys('create')
    expect(recorded().filter(({ event }) => event === 'key.created')).toHaveLength(5)
  })

  test.each([
    [['create', '--role', 'nobody'], 2, 'no role is called `nobody`'],
    [['create', '--expires', 'soon'], 2, '`--expires soon` is not a time'],
    [['create', '--expires', '99999w'], 2, 'at most ten years'],
    [['create', '--env', 'Live'], 2, 'the environment of a key'],
    [['create', '--label', '\u001b[31mred'], 2, 'a label is'],
    [['rotate'], 2, 'either an id or --pepper'],
    [['rotate', 'abcdefgh', '--pepper'], 2, 'either an id or --pepper'],
    [['rotate', 'abcdefgh'], 3, 'no client key has this id'],
    [['revoke', 'abcdefgh'], 3, 'no client key has this id'],
    [['revoke'], 2, 'missing required argument'],
    [['forge'], 2, 'unknown command'],
  ] as const)('%j ends with %i and says why', async (args, code, message) => {
    const outcome = await keys(...args)
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toContain(message)
  })

  test('a key file open to others, or edited by hand, is refused with the remedy', async () => {
    const { id } = await created('--role', 'viewer')
    const path = join(folder(), 'client-keys.json')
    chmodSync(path, 0o644)
    const open = await keys('list')
    expect(open.code).toBe(3)
    expect(open.stderr).toContain(`chmod 600 '${path}'`)
    chmodSync(path, 0o600)
    writeFileSync(path, readFileSync(path, 'utf8').replace('viewer', 'admin'))
    const edited = await keys('revoke', id)
    expect(edited.code).toBe(3)
    expect(edited.stderr).toContain('cannot be trusted')
  })
})
