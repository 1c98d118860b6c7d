import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemRandom } from '../../kernel/random.ts'
import { Secret } from '../../kernel/secret.ts'
import { type ClientKeys, type KeyEvent, openClientKeys } from './client-keys.ts'
import { createClientKey } from './key-format.ts'

const START = Date.parse('2026-11-20T12:00:00Z')
const DAY = 86_400

let folder: string
let time: number
let keys: ClientKeys

const clock = { now: () => START + time, monotonic: () => time }
const open = (actor = 'ada') => openClientKeys({ folder, clock, actor })
const pass = (seconds: number) => {
  time += seconds * 1000
}

beforeEach(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'portcullis-keys-')), 'keys')
  time = 0
  keys = await open()
})

function journal() {
  const events: KeyEvent[] = []
  return { events, append: async (event: KeyEvent) => events.push(event) }
}

describe('verifying', () => {
  test('a created key opens, with its roles; the nearest wrong one does not', async () => {
    const { key, secret } = await keys.create({ label: 'ci', roles: ['viewer', 'viewer'], env: 'test' })
    expect(keys.verify(secret)).toMatchObject({ id: key.id, roles: ['viewer'], env: 'test', label: 'ci' })
    const other = createClientKey('test', systemRandom).secret
    expect(keys.examine(other)).toEqual({ outcome: 'unknown', key: null })
    expect(keys.verify(other)).toBeNull()
  })

  test('nothing is made on disk until the first key is, and then only private files', async () => {
    expect(keys.verify(new Secret('x'))).toBeNull()
    expect(() => statSync(folder)).toThrow('ENOENT')
    await keys.create({})
    expect(readdirSync(folder).sort()).toEqual(['client-keys.json', 'pepper'])
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  })

  test('the file holds no part of the secret', async () => {
    const { secret } = await keys.create({ label: 'x' })
    const body = secret.reveal().split('_')[3]!
    const stored = readFileSync(join(folder, 'client-keys.json'), 'utf8')
    for (let i = 0; i + 8 <= body.length; i++) expect(stored).not.toContain(body.slice(i, i + 8))
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'key', '\u0000'])(
    '`%s` opens nothing',
    async text => {
      await keys.create({})
      expect(keys.examine(new Secret(text))).toEqual({ outcome: 'malformed', key: null })
    },
  )

  test('the id of a key with another secret opens nothing', async () => {
    const { key } = await keys.create({})
    let forged = createClientKey('live', systemRandom)
    forged = { id: key.id, secret: new Secret(forged.secret.reveal().replace(forged.id, key.id)) }
    expect(keys.verify(forged.secret)).toBeNull()
  })

  test('a key opens until the moment it expires', async () => {
    const { secret } = await keys.create({ expiresInSeconds: 90 * DAY })
    pass(90 * DAY - 1)
    expect(keys.verify(secret)).not.toBeNull()
    pass(1)
    expect(keys.verify(secret)).toBeNull()
    expect(keys.examine(secret).outcome).toBe('expired')
  })
})

describe('changes by another process', () => {
  test('a revocation is seen within a second', async () => {
    const { key, secret } = await keys.create({})
    const service = await open()
    expect(service.verify(secret)).not.toBeNull()
    await keys.revoke(key.id)
    pass(1)
    expect(service.verify(secret)).toBeNull()
    expect(service.examine(secret).outcome).toBe('revoked')
  })

  test('a key made elsewhere opens, even when there was none before', async () => {
    const service = await open()
    const { secret } = await keys.create({})
    pass(1)
    expect(service.verify(secret)).not.toBeNull()
  })

  test('two that change at once lose nothing', async () => {
    const other = await open('bob')
    const made = await Promise.all([keys, other, keys, other, keys, other].map(each => each.create({})))
    pass(1)
    for (const { secret } of made) {
      expect(keys.verify(secret)).not.toBeNull()
      expect(other.verify(secret)).not.toBeNull()
    }
    expect(keys.list()).toHaveLength(6)
  })

  test('a removed key file is no keys, a damaged one a fault, and mending it mends the service', async () => {
    const { secret } = await keys.create({})
    const path = join(folder, 'client-keys.json')
    const whole = readFileSync(path)
    pass(1)
    writeFileSync(path, '{')
    expect(() => keys.verify(secret)).toThrow(expect.objectContaining({ code: 'credentials.malformed' }))
    expect(() => keys.verify(secret)).toThrow(expect.objectContaining({ code: 'credentials.malformed' }))
    writeFileSync(path, whole)
    expect(keys.verify(secret)).not.toBeNull()
    pass(1)
    rmSync(path)
    expect(keys.verify(secret)).toBeNull()
  })
})

describe('tampering', () => {
  test.each([
    ['a role is widened', (text: string) => text.replace('"viewer"', '"admin"')],
    ['a revocation is taken back', (text: string) => text.replace(/"revoked": "[^"]+"/, '"revoked": null')],
    ['a record is taken out of the outbox', (text: string) => text.replace('key.revoked', 'key.created')],
    ['a field is added', (text: string) => text.replace('"version": 1,', '"version": 1, "more": 1,')],
    ['the seal is emptied', (text: string) => text.replace(/"mac": "[^"]+"/, '"mac": ""')],
    ['it is cut', (text: string) => text.slice(0, -20)],
    ['it is emptied', () => ''],
  ])('when %s, nothing is believed', async (_what, edit) => {
    const { key, secret } = await keys.create({ roles: ['viewer'] })
    await keys.revoke(key.id)
    const path = join(folder, 'client-keys.json')
    const before = readFileSync(path, 'utf8')
    const after = edit(before)
    expect(after).not.toBe(before)
    writeFileSync(path, after)
    await expect(open()).rejects.toMatchObject({ code: 'credentials.malformed' })
    pass(1)
    expect(() => keys.verify(secret)).toThrow(expect.objectContaining({ code: 'credentials.malformed' }))
    await expect(keys.create({})).rejects.toMatchObject({ code: 'credentials.malformed' })
  })

  test.each(['client-keys.json', 'pepper'])('%s readable by others is refused with the chmod', async name => {
    await keys.create({})
    chmodSync(join(folder, name), 0o644)
    await expect(open()).rejects.toMatchObject({
      code: 'file.insecure',
      remedy: expect.stringContaining(`chmod 600 '${join(folder, name)}'`),
    })
  })

  test('a lost pepper is said so, and not replaced by a new one that opens nothing', async () => {
    await keys.create({})
    rmSync(join(folder, 'pepper'))
    await expect(open()).rejects.toMatchObject({ code: 'credentials.missing' })
  })

  test('a pepper of another length is refused', async () => {
    await keys.create({})
    writeFileSync(join(folder, 'pepper'), 'short')
    await expect(open()).rejects.toMatchObject({ code: 'credentials.malformed' })
  })
})

describe('rotation', () => {
  test('both keys open during the grace period, only the new one after it', async () => {
    const old = await keys.create({ label: 'ci', roles: ['viewer'], expiresInSeconds: 30 * DAY })
    pass(10 * DAY)
    const next = await keys.rotate(old.key.id, DAY)
    expect(next.key).toMatchObject({ label: 'ci', roles: ['viewer'], rotatedFrom: old.key.id })
    expect(next.key.expires).toBe(clock.now() + 30 * DAY * 1000)
    expect(keys.examine(old.secret)).toMatchObject({ outcome: 'grace', key: { replacedBy: next.key.id } })
    expect(keys.examine(next.secret).outcome).toBe('active')
    pass(DAY)
    expect(keys.verify(old.secret)).toBeNull()
    expect(keys.verify(next.secret)).not.toBeNull()
  })

  test('without grace the old key ends at once', async () => {
    const old = await keys.create({})
    await keys.rotate(old.key.id, 0)
    expect(keys.verify(old.secret)).toBeNull()
  })

  test('a key is replaced once, and a revoked one never', async () => {
    const { key } = await keys.create({})
    await keys.rotate(key.id, DAY)
    await expect(keys.rotate(key.id, DAY)).rejects.toMatchObject({ code: 'usage' })
    const revoked = await keys.create({})
    await keys.revoke(revoked.key.id)
    await expect(keys.rotate(revoked.key.id, DAY)).rejects.toMatchObject({ code: 'usage' })
    await expect(keys.rotate('aaaaaaaa', DAY)).rejects.toMatchObject({ code: 'credentials.not-found' })
    await expect(keys.revoke('__proto__')).rejects.toMatchObject({ code: 'credentials.not-found' })
  })

  test('keys outlive one new pepper, and a second waits until they are replaced', async () => {
    const { key, secret } = await keys.create({})
    await keys.rotatePepper()
    expect(keys.verify(secret)).not.toBeNull()
    await expect(keys.rotatePepper()).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(key.id),
    })
    const { secret: next } = await keys.rotate(key.id, 0)
    await keys.rotatePepper()
    pass(1)
    expect((await open()).verify(next)).not.toBeNull()
  })
})

describe('the record', () => {
  test('every change leaves one event, which survives a crash and is recorded once', async () => {
    const { key } = await keys.create({ roles: ['viewer'] })
    const { key: next } = await keys.rotate(key.id, DAY)
    await keys.revoke(next.id)
    await keys.revoke(next.id)
    const later = await open()
    const log = journal()
    expect(await later.drain(log)).toBe(3)
    expect(log.events.map(({ event, user, metadata }) => [event, user, metadata['key']])).toEqual([
      ['key.created', 'ada', key.id],
      ['key.rotated', 'ada', next.id],
      ['key.revoked', 'ada', next.id],
    ])
    expect(await later.drain(log)).toBe(0)
    pass(1)
    expect(await keys.drain(log)).toBe(0)
  })

  test('an event the journal refused is kept for the next time', async () => {
    await keys.create({})
    await expect(keys.drain({ append: () => Promise.reject(new Error('disk full')) })).rejects.toThrow(
      'disk full',
    )
    const log = journal()
    expect(await keys.drain(log)).toBe(1)
  })

  test('use of a replaced key is reported, once a minute and never with the secret', async () => {
    const old = await keys.create({})
    await keys.rotate(old.key.id, DAY)
    const log = journal()
    await keys.drain(log)
    log.events.length = 0
    for (let i = 0; i < 5; i++) keys.verify(old.secret)
    await keys.drain(log)
    pass(61)
    keys.verify(old.secret)
    await keys.drain(log)
    expect(log.events.map(({ event, level }) => [event, level])).toEqual([
      ['key.rotated-use', 'warn'],
      ['key.rotated-use', 'warn'],
    ])
    expect(JSON.stringify(log.events)).not.toContain(old.secret.reveal().slice(18))
  })

  test('watching records what another process changed, and keeps the time of last use', async () => {
    const service = await open()
    const log = journal()
    const faults: unknown[] = []
    const stop = service.watch(log, fault => faults.push(fault))
    const { key, secret } = await keys.create({})
    await expect.poll(() => log.events.length).toBe(1)
    pass(1)
    expect(service.verify(secret)).not.toBeNull()
    await stop()
    expect(faults).toEqual([])
    expect((await open()).lastUsed(key.id)).toBe(clock.now())
  })

  test('bad wishes are refused before anything is made', async () => {
    for (const wish of [
      { env: 'Live' },
      { label: '\u001b[31m' },
      { roles: [' '] },
      { expiresInSeconds: 0 },
    ]) {
      await expect(async () => keys.create(wish)).rejects.toMatchObject({ code: 'usage' })
    }
    expect(() => statSync(folder)).toThrow('ENOENT')
  })
})
