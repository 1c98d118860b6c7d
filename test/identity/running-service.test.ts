import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Journal, openJournal } from '../../src/audit/journal.ts'
import { resolvePaths } from '../../src/config/paths.ts'
import { configSchema } from '../../src/config/schema.ts'
import { type ClientKeys, openClientKeys } from '../../src/credentials/client-keys/client-keys.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'

const launcher = join(import.meta.dirname, '..', '..', 'portcullis')

let home: string
let journal: Journal
let keys: ClientKeys
let stop: () => Promise<void>
let faults: unknown[]

beforeEach(async () => {
  home = join(mkdtempSync(join(tmpdir(), 'portcullis-service-')), 'home')
  const paths = resolvePaths({ env: { PORTCULLIS_HOME: home } })
  const { audit: settings } = configSchema.parse({})
  const { audit: folder, trust, keys: keyFolder } = paths
  journal = await openJournal({
    folder,
    trust,
    keys: keyFolder,
    settings,
    clock: systemClock,
    random: systemRandom,
  })
  keys = await openClientKeys({ folder: keyFolder, clock: systemClock })
  faults = []
  stop = keys.watch(journal, fault => faults.push(fault))
})

afterEach(async () => {
  await stop()
  await journal.close()
})

async function command(...args: string[]) {
  const env = { PATH: process.env['PATH'], HOME: home, PORTCULLIS_HOME: home }
  const child = spawn(launcher, ['keys', ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  const [stderr, code] = await Promise.all([text(child.stderr), ended])
  return { code, stderr }
}

async function recordedEvents(): Promise<string[]> {
  const events: string[] = []
  for await (const { component, event } of journal.records(0))
    if (component === 'client-keys') events.push(event)
  return events
}

test('while a service holds the journal, a revocation works within a second and the service records it', async () => {
  const { key, secret } = await keys.create({ label: 'ci' })
  await expect.poll(recordedEvents).toEqual(['key.created'])
  expect(keys.verify(secret)).not.toBeNull()

  const { code, stderr } = await command('revoke', key.id)
  const ended = performance.now()
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'the running service holds the journal and records this change\n',
  })

  await expect.poll(() => keys.verify(secret), { interval: 20, timeout: 1000 }).toBeNull()
  expect(performance.now() - ended).toBeLessThan(1000)
  await expect.poll(recordedEvents, { interval: 50, timeout: 2000 }).toEqual(['key.created', 'key.revoked'])
  expect(faults).toEqual([])
})
