import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../../src/adapters/storage/sqlite/migrations.ts'
import { openSqliteStore, type SqliteOptions } from '../../src/adapters/storage/sqlite/sqlite-store.ts'
import type { Store } from '../../src/adapters/storage/store.ts'
import { decision, mixed } from './records.ts'
import { storeConformance } from './store.ts'

storeConformance('sqlite', {
  open: folder => openSqliteStore(join(folder, 'store.db')),
  writer: new URL('./sqlite-writer.ts', import.meta.url),
})

describe('the sqlite driver', () => {
  let folder: string
  let file: string
  const opened: Store[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-sqlite-'))
    file = join(folder, 'store.db')
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
    await rm(folder, { recursive: true })
  })

  async function open(options: SqliteOptions = {}): Promise<Store> {
    const store = await openSqliteStore(file, options)
    opened.push(store)
    return store
  }

  test('its files can be read by their owner alone', async () => {
    const store = await open()
    await store.apply(mixed(10))
    for (const name of await readdir(folder))
      expect([name, (await stat(join(folder, name))).mode & 0o777]).toEqual([name, 0o600])
    expect(await readdir(folder)).toContain('store.db-wal')
  })

  test('a file others can read is refused', async () => {
    await (await open()).close()
    await chmod(file, 0o644)
    await expect(open()).rejects.toMatchObject({
      code: 'store.failed',
      message: expect.stringContaining('chmod 600'),
    })
  })

  test('writes are logged ahead', async () => {
    await open()
    const look = new DatabaseSync(file)
    expect(look.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
    look.close()
  })

  test('a folder that does not exist is a clear fault', async () => {
    file = join(folder, 'nowhere', 'store.db')
    await expect(open()).rejects.toMatchObject({
      code: 'store.failed',
      message: expect.stringContaining('ENOENT'),
    })
  })

  test('a lazy store opens without its folder, fails until it can work, and then works', async () => {
    file = join(folder, 'later', 'store.db')
    const store = await open({ isLazy: true })
    await expect(store.appliedSeq()).rejects.toMatchObject({ code: 'store.failed' })
    await mkdir(join(folder, 'later'))
    expect(await store.appliedSeq()).toBe(-1)
  })

  test('a broken file is refused, and with leave moved aside and begun anew', async () => {
    await writeFile(file, 'this is no database'.repeat(1000), { mode: 0o600 })
    await expect(open()).rejects.toMatchObject({
      code: 'store.failed',
      message: expect.stringContaining('not a database'),
    })
    const moved: string[] = []
    const store = await open({ onBroken: to => moved.push(to) })
    expect(await store.appliedSeq()).toBe(-1)
    await store.apply(mixed(5))
    expect(moved).toHaveLength(1)
    expect((await stat(moved[0]!)).size).toBe(19_000)
  })

  test('a file whose pages are overwritten is found, moved aside and filled again', async () => {
    const first = await open()
    await first.apply(mixed(3_000))
    await first.close()
    const { size } = await stat(file)
    const { open: openFile } = await import('node:fs/promises')
    const handle = await openFile(file, 'r+')
    await handle.write(Buffer.alloc(size - 8192, 0x5a), 0, size - 8192, 8192)
    await handle.close()
    const moved: string[] = []
    const store = await open({ onBroken: to => moved.push(to) })
    expect(await store.appliedSeq()).toBe(-1)
    expect(moved).toHaveLength(1)
  })

  test('a thread that dies in the middle fails its calls, and the next call starts another', async () => {
    const workers: Worker[] = []
    const store = await open({
      startWorker: (source, settings) => {
        const worker = new Worker(source, { workerData: settings })
        workers.push(worker)
        return worker
      },
    })
    const records = mixed(20_000)
    await store.apply(records.slice(0, 100))
    const caught = store.apply(records).then(
      () => 'applied',
      (error: { code: string }) => error.code,
    )
    await workers[0]!.terminate()
    expect(await caught).toBe('store.failed')
    expect(await store.appliedSeq()).toBe(99)
    expect(await store.decisions({ limit: 100_000 })).toHaveLength(34)
    expect(workers).toHaveLength(2)
    await store.apply(records)
    expect(await store.appliedSeq()).toBe(19_999)
  })

  test('a database from a newer or another version is refused', async () => {
    await (await open()).close()
    const look = new DatabaseSync(file)
    look
      .prepare('insert into migrations select max(position) + 1, ?, ? from migrations')
      .run('9999-later', 'x')
    look.close()
    await expect(open()).rejects.toMatchObject({
      message: expect.stringContaining('newer version (migration `9999-later`)'),
    })
  })

  test('a migration that was edited after it ran is refused, a new one is added', () => {
    const database = new DatabaseSync(':memory:')
    const first = { name: '1', sql: 'create table a (b integer)' }
    migrate(database, [first])
    migrate(database, [first])
    migrate(database, [first, { name: '2', sql: 'create table c (d integer)' }])
    expect(database.prepare('select count(*) as n from c').get()).toEqual({ n: 0 })
    expect(() => migrate(database, [{ ...first, sql: 'create table a (b text)' }])).toThrow(/newer|edited/)
    expect(() =>
      migrate(database, [
        { ...first, sql: `${first.sql} ` },
        { name: '2', sql: '' },
      ]),
    ).toThrow('migration `1` was edited')
    database.close()
  })

  test('a migration that fails leaves nothing of itself', () => {
    const database = new DatabaseSync(':memory:')
    expect(() =>
      migrate(database, [{ name: '1', sql: 'create table a (b integer); create nonsense' }]),
    ).toThrow()
    expect(database.prepare("select count(*) as n from sqlite_master where name = 'a'").get()).toEqual({
      n: 0,
    })
    database.close()
  })

  test('an open store does not keep its process alive', async () => {
    const { spawnSync } = await import('node:child_process')
    const source = new URL('../../src/adapters/storage/sqlite/sqlite-store.ts', import.meta.url)
    const program = `const {openSqliteStore}=await import(${JSON.stringify(source.href)});await openSqliteStore(${JSON.stringify(file)})`
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 15_000,
      encoding: 'utf8',
    })
    expect(run).toMatchObject({ status: 0, stderr: '' })
  })

  test('the decision the newest record speaks of is found among many', async () => {
    const store = await open()
    await store.apply([decision(0), decision(1)])
    expect(await store.decision('dec_1')).toMatchObject({ seq: 1 })
  })
})
