import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { allocatePort, releasePort } from '../../src/cli/containers/ports.ts'
import { type Place, scratchPlace } from '../scan/place.ts'

const PROCESSES = 24
const code = new URL('../../src/cli/containers/ports.ts', import.meta.url).href

let place: Place
let folder: string
beforeEach(() => {
  place = scratchPlace()
  folder = join(place.folder, 'ports')
})
afterEach(() => place.remove())

async function allocateElsewhere(holder: number): Promise<number> {
  const program = `const { allocatePort } = await import(${JSON.stringify(code)}); console.log(await allocatePort(${JSON.stringify(folder)}, ${holder}))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  return Number(stdout)
}

test('many processes at once get a port each', async () => {
  const ports = await Promise.all(Array.from({ length: PROCESSES }, () => allocateElsewhere(process.pid)))
  expect(new Set(ports).size).toBe(PROCESSES)
  for (const port of ports) expect(port >= 9000 && port <= 9999).toBe(true)
  expect(readdirSync(folder).filter(name => name.endsWith('.held'))).toHaveLength(PROCESSES)
  expect(readdirSync(folder)).not.toContain('lock')
})

test('many calls of one process do, too', async () => {
  const ports = await Promise.all(Array.from({ length: 10 }, () => allocatePort(folder, process.pid)))
  expect(new Set(ports).size).toBe(10)
})

test('a port that somebody listens on is not given', async () => {
  const first = await allocatePort(folder, process.pid)
  await releasePort(folder, first)
  const server: Server = createServer().listen(first, '127.0.0.1')
  await once(server, 'listening')
  try {
    expect(await allocatePort(folder, process.pid)).not.toBe(first)
  } finally {
    server.close()
  }
})

test('what a dead process held is swept, what a living one holds is not', async () => {
  const sleeper = spawn('/bin/sleep', ['60'])
  const held = await allocatePort(folder, sleeper.pid!)
  expect(await allocatePort(folder, process.pid)).not.toBe(held)
  sleeper.kill('SIGKILL')
  await once(sleeper, 'exit')
  expect(await allocatePort(folder, process.pid)).toBe(held)
})

test('a file that names no process holds nothing', async () => {
  const port = await allocatePort(folder, process.pid)
  writeFileSync(join(folder, `${port}.held`), 'nobody\n')
  expect(await allocatePort(folder, process.pid)).toBe(port)
})

test('a port is given back by hand', async () => {
  const data = ['--data', place.folder]
  const { out } = await place.portcullis('containers', 'port', '--for', String(process.pid), ...data)
  const release = () => place.portcullis('containers', 'port', '--release', out.trim(), ...data)
  expect((await release()).code).toBe(0)
  expect((await release()).code).toBe(1)
  expect(await place.portcullis('containers', 'port', '--release', '80', ...data)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is none of these ports'),
  })
})
