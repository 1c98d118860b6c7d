import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../kernel/clock.ts'
import type { PortcullisError } from '../kernel/errors.ts'
import { loadConfig } from './load.ts'
import type { Config } from './schema.ts'
import { type ConfigWatch, changedKeys, type WatchOptions, watchConfig } from './watch.ts'

let folder: string
let file: string
let watching: ConfigWatch | undefined
let taken: Config[]
let refused: PortcullisError[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-watch-'))
  file = join(folder, 'portcullis.yaml')
  taken = []
  refused = []
})

afterEach(async () => {
  await watching?.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const write = (text: string) => writeFile(file, text, { mode: 0o600 })
const modes = () => taken.map(config => config.hooks.mode)

async function begin(more: { pollMs?: number; settleMs?: number; onChange?: WatchOptions['onChange'] } = {}) {
  watching = watchConfig({
    path: file,
    initial: await loadConfig(file),
    onChange: config => void taken.push(config),
    onRefused: error => refused.push(error),
    clock: systemClock,
    pollMs: 60_000,
    settleMs: 20,
    ...more,
  })
  return watching
}

test('a changed file comes into force by itself', async () => {
  await write('hooks: {mode: enforce}\n')
  await begin()
  await write('hooks: {mode: warn}\n')
  await vi.waitFor(() => expect(modes()).toEqual(['warn']), 5_000)
})

test('an editor that renames a new file over the old one is noticed, twice', async () => {
  await write('version: 1\n')
  await begin()
  for (const mode of ['warn', 'observe']) {
    await writeFile(`${file}.tmp`, `hooks: {mode: ${mode}}\n`, { mode: 0o600 })
    await rename(`${file}.tmp`, file)
    await vi.waitFor(() => expect(modes().at(-1)).toBe(mode), 5_000)
  }
})

test('a file that appears later is taken, in a folder that appears later too', async () => {
  file = join(folder, 'later', 'portcullis.yaml')
  await begin({ pollMs: 30 })
  await mkdir(join(folder, 'later'), { mode: 0o700 })
  await write('hooks: {mode: warn}\n')
  await vi.waitFor(() => expect(modes()).toEqual(['warn']), 5_000)
})

test('a bad file keeps the old configuration, says so once, and the mended one is taken', async () => {
  await write('hooks: {mode: warn}\n')
  const config = await begin({ pollMs: 20 })
  await write('hooks: {mode: wrong}\n')
  await vi.waitFor(() => expect(refused).toHaveLength(1), 5_000)
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(refused).toHaveLength(1)
  expect(refused[0]).toMatchObject({ code: 'config.invalid' })
  expect(config.status()).toMatchObject({ config: { hooks: { mode: 'warn' } }, refused: refused[0] })
  expect(taken).toEqual([])
  await write('hooks: {mode: observe}\n')
  await vi.waitFor(() => expect(modes()).toEqual(['observe']), 5_000)
  expect(config.status().refused).toBeNull()
})

test('a file caught half-written is not taken', async () => {
  await write('authentication: {mode: local}\nhooks: {mode: warn}\n')
  await begin({ pollMs: 5 })
  for (let round = 0; round < 5; round++) {
    await writeFile(file, '')
    await new Promise(resolve => setTimeout(resolve, 15))
    await writeFile(file, 'hooks: {mode: warn}\n')
    await new Promise(resolve => setTimeout(resolve, 15))
  }
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(modes().filter(mode => mode !== 'warn')).toEqual([])
})

test('a vanished file never falls back to the defaults', async () => {
  await write('hooks: {mode: warn}\n')
  const config = await begin()
  expect(await config.reload()).toBe('unchanged')
  await rm(file)
  expect(await config.reload()).toBe('refused')
  expect(refused.at(-1)?.code).toBe('config.unreadable')
  expect(config.status().config.hooks.mode).toBe('warn')
})

test('a file others may write is refused on reload', async () => {
  await write('hooks: {mode: enforce}\n')
  const config = await begin()
  await rm(file)
  await writeFile(file, 'hooks: {mode: observe}\n')
  await chmod(file, 0o666) // portcullis:allow configuration.makes-world-writable
  expect(await config.reload()).toBe('refused')
  expect(refused.at(-1)?.code).toBe('file.insecure')
  expect(taken).toEqual([])
})

test('a configuration that could not be put into force is refused and tried again', async () => {
  await write('version: 1\n')
  let failures = 1
  const config = await begin({
    settleMs: 60_000,
    onChange: next => {
      if (failures-- > 0) throw new Error('port in use')
      taken.push(next)
    },
  })
  expect(await config.reload()).toBe('unchanged')
  await write('hooks: {mode: warn}\n')
  expect(await config.reload()).toBe('refused')
  expect(config.status().config.hooks.mode).toBe('enforce')
  expect(await config.reload()).toBe('changed')
  expect(modes()).toEqual(['warn'])
})

test('reloads asked for together run one after the other and end with the last state', async () => {
  await write('version: 1\n')
  let running = 0
  let most = 0
  const config = await begin({
    onChange: async () => {
      most = Math.max(most, ++running)
      await new Promise(resolve => setTimeout(resolve, 5))
      running--
    },
  })
  const outcomes = []
  for (const mode of ['warn', 'observe', 'enforce', 'warn']) {
    await write(`hooks: {mode: ${mode}}\n`)
    outcomes.push(config.reload(), config.reload())
  }
  await Promise.all(outcomes)
  expect(most).toBe(1)
  expect(config.status().config.hooks.mode).toBe('warn')
})

test('after close nothing is called any more', async () => {
  await write('version: 1\n')
  const config = await begin({ pollMs: 10 })
  await config.close()
  await write('hooks: {mode: warn}\n')
  await new Promise(resolve => setTimeout(resolve, 80))
  expect(await config.reload()).toBe('closed')
  expect(taken).toEqual([])
})

test('the changed keys are named', () => {
  expect(changedKeys({ a: { b: 1, c: [1] }, d: 1 }, { a: { b: 2, c: [1] }, e: 1 })).toEqual(['a.b', 'd', 'e'])
})
