import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readPins } from '../../src/audit/pin.ts'
import { verifyJournal } from '../../src/audit/verify.ts'
import {
  crashCopy,
  event,
  type Home,
  makeHome,
  open,
  segmentsOf,
  verify,
  writeJournal,
} from '../audit/fixture.ts'

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

describe('what is no plain file where one belongs', () => {
  /** Reading a pipe that nobody writes to never ends. */
  const pipe = (path: string) => {
    rmSync(path, { recursive: true, force: true, maxRetries: 5 })
    execFileSync('mkfifo', [path])
  }
  const folder = (path: string) => {
    rmSync(path, { recursive: true, force: true, maxRetries: 5 })
    mkdirSync(path)
  }
  const elsewhere = (path: string) => {
    cpSync(path, `${path}.moved`)
    rmSync(path)
    symlinkSync(`${path}.moved`, path)
  }

  it.each([pipe, folder])(
    '%o is found in the place of every file, and nobody waits for it',
    async replace => {
      const names = ['lock', 'checkpoints', 'tree', 'last segment', 'torn-0000000000000011.part']
      for (const name of names) {
        const home = await uncleanCopy()
        replace(join(home.folder, name === 'last segment' ? segmentsOf(home).at(-1)! : name))
        const outcome = await verify(home).then(
          ({ status }) => status,
          error => error.code,
        )
        // A copy without checkpoints does not even say whose it is, so nothing can be told of it.
        const expected: Record<string, string> = {
          checkpoints: 'file.unreadable',
          'torn-0000000000000011.part': 'unclean-tail',
        }
        expect(outcome, name).toBe(expected[name] ?? 'tampered')
      }
    },
  )

  it('a link to the very same bytes is found', async () => {
    for (const name of ['checkpoints', 'tree', 'last segment']) {
      const home = makeHome()
      await writeJournal(home, 12)
      elsewhere(join(home.folder, name === 'last segment' ? segmentsOf(home).at(-1)! : name))
      expect((await verify(home)).status, name).toBe('tampered')
    }
  })

  it('a pipe as the checkpoint outside is refused', async () => {
    const home = makeHome()
    await writeJournal(home, 12)
    pipe(readPins(home.trust)[0]!.checkpoint)
    await expect(verify(home)).rejects.toMatchObject({ code: 'file.unreadable' })
  })
})

describe('a copy carried elsewhere', () => {
  it('is held against key and checkpoint alone: whole, cut, and of another log', async () => {
    const home = makeHome()
    await writeJournal(home, 24)
    const pin = readPins(home.trust)[0]!
    const checkpoint = readFileSync(pin.checkpoint, 'utf8')
    const nowhere = join(home.root, 'no-trust')
    const judge = (key: string, note: string | undefined, folder = home.folder) =>
      verifyJournal({ folder, trust: nowhere, key, checkpoint: note })
    expect(await judge(pin.key.text, checkpoint)).toMatchObject({ status: 'whole', outside: 1 })
    expect(await judge(pin.key.text, undefined)).toMatchObject({ status: 'whole', outside: 0 })

    const other = makeHome()
    await writeJournal(other, 24)
    const otherPin = readPins(other.trust)[0]!
    expect((await judge(otherPin.key.text, undefined)).status).toBe('tampered')
    expect((await judge(pin.key.text, readFileSync(otherPin.checkpoint, 'utf8'))).status).toBe('tampered')
    expect((await judge(pin.key.text, checkpoint, other.folder)).status).toBe('tampered')
    expect((await judge(pin.key.text, `${checkpoint}\n`)).status).toBe('tampered')
    // The same key under another name is another log's.
    await expect(judge(pin.key.text.replace(/^[^+]+/, 'portcullis/evil'), undefined)).rejects.toThrow()
  })
})

describe('a journal whose last record fills its segment', () => {
  it('is whole once it is closed, and what is cut from it is found', async () => {
    for (let number = 1; number < 24; number++) {
      const home = makeHome()
      await writeJournal(home, number)
      expect(await verify(home), `${number} records`).toMatchObject({ status: 'whole' })
      const last = segmentsOf(home).at(-1)!
      if (readFileSync(join(home.folder, last)).length > 0) truncateSync(join(home.folder, last))
      else rmSync(join(home.folder, segmentsOf(home).at(-2)!))
      expect((await verify(home)).status, `${number} records, cut`).toBe('tampered')
    }
  })
})
