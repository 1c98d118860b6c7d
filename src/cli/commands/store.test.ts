import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openJournal } from '../../audit/journal.ts'
import { resolvePaths } from '../../config/paths.ts'
import { configSchema } from '../../config/schema.ts'
import { systemClock } from '../../kernel/clock.ts'
import { systemRandom } from '../../kernel/random.ts'
import { openProjection, openStore } from '../compose.ts'
import type { Terminal } from '../terminal.ts'
import { register } from './store.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'portcullis-store-command-'))
})
afterEach(() => rm(home, { recursive: true }))

const env = () => ({ PORTCULLIS_HOME: home })
const paths = () => resolvePaths({ env: env() })

async function run(...argv: string[]) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const terminal: Terminal = { stdin: new PassThrough(), stdout, stderr, env: env(), cwd: home, exitCode: 0 }
  const program = new Command()
    .option('--config <file>')
    .option('--data <folder>')
    .option('--json')
    .exitOverride()
  register(program, terminal)
  await program.parseAsync([...argv], { from: 'user' })
  stdout.end()
  stderr.end()
  return { out: await text(stdout), err: await text(stderr), exitCode: terminal.exitCode }
}

function openOwnJournal() {
  const { audit, trust, keys } = paths()
  return openJournal({
    folder: audit,
    trust,
    keys,
    settings: configSchema.parse({}).audit,
    clock: systemClock,
    random: systemRandom,
  })
}

async function record(journal: Awaited<ReturnType<typeof openOwnJournal>>, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, n) =>
      journal.append({
        level: 'info',
        component: 'guard',
        event: 'decision.deny',
        user: 'ada',
        result: 'deny',
        metadata: {
          id: `dec_${n}`,
          point: 'hooks',
          action: 'command:run',
          resource: { type: 'command', id: 'rm' },
        },
        sourceAddress: '127.0.0.1',
      }),
    ),
  )
}

async function writeJournal(count: number): Promise<void> {
  const journal = await openOwnJournal()
  await record(journal, count)
  await journal.close()
}

const storedDecisions = async () => {
  const store = await openStore(paths())
  const found = await store.decisions({ limit: 10_000 })
  await store.close()
  return found
}

test('status of nothing makes nothing', async () => {
  expect(JSON.parse((await run('--json', 'store', 'status')).out)).toMatchObject({
    applied: 0,
    records: 0,
    lag: 0,
  })
  await expect(storedDecisions()).rejects.toMatchObject({ code: 'store.failed' })
})

test('rebuild without a journal is refused and changes nothing', async () => {
  await expect(run('store', 'rebuild')).rejects.toMatchObject({ code: 'audit.missing' })
})

test('a store that lags is told of, rebuilt from the journal, and then in step', async () => {
  await writeJournal(1_200)
  const before = await run('--json', 'store', 'status')
  expect(before.exitCode).toBe(1)
  expect(JSON.parse(before.out).lag).toBeGreaterThanOrEqual(1_200)

  const { out } = await run('store', 'rebuild')
  expect(out).toMatch(/^rebuilt .*portcullis\.db from 12\d\d records\n$/)
  expect(await storedDecisions()).toHaveLength(1_200)

  const after = await run('store', 'status')
  expect(after).toMatchObject({ exitCode: 0 })
  expect(after.out).toContain('in step with the journal')
})

test('a store that was tampered with is as the journal says after a rebuild', async () => {
  await writeJournal(20)
  await run('store', 'rebuild')
  const original = await storedDecisions()
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(paths().database)
  database.exec("update decisions set result = 'allow'")
  database.close()
  expect(await storedDecisions()).not.toEqual(original)
  await run('store', 'rebuild')
  expect(await storedDecisions()).toEqual(original)
})

test('a damaged file is moved aside by a rebuild, which says so', async () => {
  await writeJournal(10)
  await writeFile(paths().database, 'no database at all'.repeat(500), { mode: 0o600 })
  await expect(run('store', 'status')).rejects.toMatchObject({ code: 'store.failed' })
  const { err } = await run('store', 'rebuild')
  expect(err).toMatch(/the database was damaged; it was moved to `.*portcullis\.db\.broken-/)
  expect(await storedDecisions()).toHaveLength(10)
})

test('a rebuild beside a running service ends with every record once', async () => {
  const journal = await openOwnJournal()
  await record(journal, 500)
  const told: string[] = []
  const projection = await openProjection({ paths: paths(), audit: journal } as never, line =>
    told.push(line),
  )
  await Promise.all([run('store', 'rebuild'), record(journal, 500), run('store', 'rebuild')])
  const inStep = async () => expect((await run('--json', 'store', 'status')).exitCode).toBe(0)
  await vi.waitFor(inStep, 15_000)
  await projection.close()
  await journal.close()
  expect(await storedDecisions()).toHaveLength(1_000)
}, 60_000)
