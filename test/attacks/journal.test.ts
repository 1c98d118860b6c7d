import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { crashCopy, event, type Home, makeHome, open, segmentsOf, verify } from '../audit/fixture.ts'

const linux = it.skipIf(process.platform !== 'linux')

const children: (() => void)[] = []
afterEach(() => {
  for (const end of children.splice(0)) end()
})

/** A journal whose writer was killed: signed records, then records that are only chained. */
async function uncleanCopy(): Promise<Home> {
  const home = makeHome()
  const journal = await open(home)
  for (let number = 0; number < 11; number++) await journal.append(event(number))
  const copy = crashCopy(home)
  await journal.close()
  expect(await verify(copy)).toMatchObject({ status: 'unclean-tail', isLive: false })
  return copy
}

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!
}

function forgeLock({ folder }: Home, pid: number, place?: string): void {
  const here = [
    readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    readlinkSync('/proc/self/ns/pid'),
  ].join(' ')
  const owner = { nonce: '0123456789abcdef', pid, started: startOf(pid), place: place ?? here }
  writeFileSync(join(folder, 'lock'), JSON.stringify(owner), { mode: 0o600 })
}

describe('a forged lock does not make an unclean tail whole', () => {
  linux('when it names a live process that writes elsewhere', async () => {
    const home = await uncleanCopy()
    forgeLock(home, process.pid)
    expect(await verify(home)).toMatchObject({ status: 'unclean-tail', isLive: false })
  })

  linux('when that process only reads the segment', async () => {
    const home = await uncleanCopy()
    const segment = openSync(join(home.folder, segmentsOf(home).at(-1)!), 'r')
    const child = spawn('sleep', ['30'], { stdio: ['ignore', 'ignore', 'ignore', segment] })
    children.push(() => child.kill())
    await once(child, 'spawn')
    forgeLock(home, child.pid!)
    expect(await verify(home)).toMatchObject({ status: 'unclean-tail', isLive: false })
  })

  linux('when it says to come from another machine and is fresh', async () => {
    const home = await uncleanCopy()
    forgeLock(home, process.pid, 'elsewhere pid:[1]')
    expect(await verify(home)).toMatchObject({ status: 'unclean-tail', isLive: false })
  })

  linux('nor hides a line that was changed behind the last checkpoint', async () => {
    const home = await uncleanCopy()
    forgeLock(home, process.pid)
    const path = join(home.folder, segmentsOf(home).at(-1)!)
    writeFileSync(path, readFileSync(path, 'utf8').replace(/alice(?![\s\S]*alice)/, 'mallo'))
    expect((await verify(home)).status).not.toBe('whole')
    appendFileSync(path, '{"half":')
    expect((await verify(home)).status).not.toBe('whole')
  })

  it('while a real writer at work is told apart', async () => {
    const home = makeHome()
    const journal = await open(home)
    for (let number = 0; number < 11; number++) await journal.append(event(number))
    expect(await verify(home)).toMatchObject({ status: 'whole', isLive: true })
    // The same bytes elsewhere, lock and all, are a copy that nobody writes to.
    const copy = makeHome()
    cpSync(home.root, copy.root, { recursive: true })
    expect(readdirSync(copy.folder)).toContain('lock')
    expect((await verify(copy)).status).not.toBe('whole')
    await journal.close()
  })
})
