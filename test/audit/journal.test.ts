import { spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { readLines } from '../../src/adapters/storage/rows.ts'
import type { JournalRecord } from '../../src/adapters/storage/store.ts'
import { readPins } from '../../src/audit/pin.ts'
import { checkProof, proveConsistency, proveInclusion } from '../../src/audit/prove.ts'
import {
  crashCopy,
  event,
  homeIn,
  linesOf,
  makeHome,
  open,
  segmentsOf,
  verify,
  writeJournal,
} from './fixture.ts'

async function collect(records: AsyncIterable<JournalRecord>): Promise<JournalRecord[]> {
  const all = []
  for await (const record of records) all.push(record)
  return all
}

describe('writing', () => {
  it('gives each record the next number and writes exactly the promised keys', async () => {
    const home = makeHome()
    const journal = await open(home)
    expect(await Promise.all([0, 1, 2].map(number => journal.append(event(number))))).toEqual([0, 1, 2])
    expect(journal.size).toBe(3)
    expect(journal.origin).toMatch(/^portcullis\/[0-9a-f]{16}$/)
    await journal.close()
    for (const line of linesOf(home)) {
      expect(Object.keys(JSON.parse(line))).toEqual([
        'timestamp',
        'level',
        'component',
        'event',
        'user',
        'result',
        'metadata',
        'sourceAddress',
        'seq',
        'chain',
      ])
    }
    expect((await verify(home)).status).toBe('whole')
  })

  it('is on disk before append resolves', async () => {
    const home = makeHome()
    const journal = await open(home)
    await journal.append(event(0))
    expect(linesOf(home)).toHaveLength(1)
    await journal.close()
  })

  it('tells listeners of durable records in order and replays the same', async () => {
    const home = makeHome()
    const journal = await open(home)
    const heard: JournalRecord[] = []
    const stop = journal.onRecords(records => heard.push(...readLines(records)))
    await Promise.all(Array.from({ length: 200 }, (_, number) => journal.append(event(number))))
    stop()
    await journal.append(event(200))
    expect(heard.map(record => record.seq)).toEqual(Array.from({ length: 200 }, (_, at) => at))
    expect(segmentsOf(home).length).toBeGreaterThan(1)
    expect((await collect(journal.records(0))).slice(0, 200)).toEqual(heard)
    expect((await collect(journal.records(150))).map(record => record.seq)).toEqual(
      Array.from({ length: 51 }, (_, at) => at + 150),
    )
    await journal.close()
  })

  it('refuses what would make a line the verifier refuses, and goes on', async () => {
    const home = makeHome()
    const journal = await open(home)
    const deep = JSON.parse('['.repeat(80) + ']'.repeat(80))
    const circular: Record<string, never> = {}
    Object.assign(circular, { circular })
    const results = await Promise.allSettled([
      journal.append(event(0)),
      journal.append(event(1, { metadata: { deep } })),
      journal.append(event(2, { metadata: circular })),
      journal.append(event(3, { metadata: { long: 'x'.repeat(2 ** 20) } })),
      journal.append(event(4)),
    ])
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    await journal.close()
    expect(await verify(home)).toMatchObject({ status: 'whole', records: 2 })
    await expect(journal.append(event(5))).rejects.toMatchObject({ code: 'audit.write-failed' })
  })

  it('goes on in a new segment and a new process as one log', async () => {
    const home = makeHome()
    for (let round = 0; round < 4; round++) await writeJournal(home, 15)
    expect(await verify(home)).toMatchObject({ status: 'whole', records: 60 })
    expect(linesOf(home).map(line => JSON.parse(line).seq)).toEqual(Array.from({ length: 60 }, (_, at) => at))
  })

  it('signs within the set time without being asked', async () => {
    const home = makeHome()
    const journal = await open(home, {
      settings: { checkpointRecords: 1000, checkpointSeconds: 0.05, segmentMb: 1 },
    })
    await journal.append(event(0))
    const { checkpoint } = readPins(home.trust)[0]!
    await expect.poll(() => readFileSync(checkpoint, 'utf8').split('\n')[1]).toBe('1')
    expect(await verify(home)).toMatchObject({ status: 'whole', isLive: true })
    await journal.close()
  })
})

describe('a checkpoint that cannot be stored', () => {
  it('leaves the records durable, is told, recorded and made up for', async () => {
    const home = makeHome()
    const outside = join(home.root, 'far', 'checkpoint')
    const journal = await open(home, {
      settings: { checkpointRecords: 4, checkpointSeconds: 0.05, segmentMb: 1, outsideCheckpoint: outside },
    })
    await journal.append(event(0))
    await expect(journal.checkpoint()).rejects.toMatchObject({ code: 'audit.write-failed' })
    expect(journal.fault?.message).toMatch(/checkpoint could not be stored/)
    await journal.append(event(1))
    mkdirSync(join(home.root, 'far'))
    await expect.poll(() => journal.fault).toBeUndefined()
    await expect
      .poll(() => linesOf(home).map(line => JSON.parse(line).event))
      .toContain('checkpoint.restored')
    await journal.close()
    expect(linesOf(home).map(line => JSON.parse(line).event)).toContain('checkpoint.failed')
    expect(await verify(home)).toMatchObject({ status: 'whole', outside: 2 })
  })
})

describe('verifying a log that is being written', () => {
  it('never takes a writer at work for a crash or an attack', async () => {
    const home = makeHome()
    await writeJournal(home, 50)
    let done = false
    const writing = (async () => {
      for (let round = 0; round < 12; round++) await writeJournal(home, 10)
      done = true
    })()
    const statuses = new Set<string>()
    while (!done) statuses.add((await verify(home)).status)
    await writing
    expect([...statuses]).toEqual(['whole'])
    expect(await verify(home)).toMatchObject({ status: 'whole', records: 170 })
  })
})

describe('proofs', () => {
  it('of a record and of continuity hold offline and break with any change', async () => {
    const home = makeHome()
    await writeJournal(home, 40)
    const key = readPins(home.trust)[0]!.key.text
    for (const seq of [0, 7, 8, 31, 39]) {
      const proof = await proveInclusion(home.folder, seq)
      expect(checkProof(JSON.parse(JSON.stringify(proof)), key)).toBeUndefined()
      expect(checkProof({ ...proof, line: proof.line.replace('alice', 'mallo') }, key)).toMatch(
        /not in the signed log/,
      )
      expect(checkProof({ ...proof, seq: seq + 1 }, key)).toBeDefined()
      expect(checkProof({ ...proof, checkpoint: proof.checkpoint.replace('\n40\n', '\n41\n') }, key)).toMatch(
        /signed/,
      )
      expect(checkProof(proof, 'x')).toMatch(/no verify key/)
    }
    const consistency = proveConsistency(home.folder, 16)
    expect(checkProof(consistency, key)).toBeUndefined()
    expect(checkProof({ ...consistency, path: consistency.path.slice(1) }, key)).toMatch(/does not continue/)
    expect(checkProof({ type: 'inclusion' }, key)).toBe('not a proof')
    await expect(proveInclusion(home.folder, 40)).rejects.toMatchObject({ code: 'usage' })
    expect(() => proveConsistency(home.folder, 41)).toThrow(/no checkpoint of 41/)
  })

  it('are not handed out for a changed record', async () => {
    const home = makeHome()
    await writeJournal(home, 10)
    const path = join(home.folder, segmentsOf(home)[0]!)
    writeFileSync(path, readFileSync(path, 'utf8').replace('"number":3', '"number":4'))
    await expect(proveInclusion(home.folder, 3)).rejects.toMatchObject({ code: 'audit.corrupt' })
  })
})

describe('after a crash', () => {
  it('a torn line moves to a side file and is put on record', async () => {
    const home = makeHome()
    await writeJournal(home, 5)
    appendFileSync(join(home.folder, segmentsOf(home)[0]!), '{"timestamp":"2026-')
    expect(await verify(home)).toMatchObject({
      status: 'unclean-tail',
      records: 5,
      problem: { line: 6, seq: 5 },
    })
    const journal = await open(home)
    await journal.close()
    const record = JSON.parse(linesOf(home)[5]!)
    expect(record).toMatchObject({ event: 'log.recovered', metadata: { tornBytes: 19, unsignedRecords: 0 } })
    const side = join(home.folder, record.metadata.tornFile)
    expect(readFileSync(side, 'utf8')).toBe('{"timestamp":"2026-')
    expect((await verify(home)).status).toBe('whole')
    appendFileSync(side, 'x')
    expect((await verify(home)).problem?.what).toMatch(/torn bytes are not those/)
    rmSync(side)
    expect((await verify(home)).problem?.what).toMatch(/side file of torn bytes is missing/)
  })

  it('records behind the last checkpoint are kept, counted and signed', async () => {
    const home = makeHome()
    const journal = await open(home, {
      settings: { checkpointRecords: 1000, checkpointSeconds: 60, segmentMb: 1 },
    })
    await Promise.all([0, 1, 2].map(number => journal.append(event(number))))
    const crashed = crashCopy(home)
    await journal.close()
    // The copy lies elsewhere; its pin must say so, as after moving a folder by hand.
    const pin = readPins(crashed.trust)[0]!
    writeFileSync(join(crashed.trust, pin.instance, 'folder'), `${crashed.folder}\n`)
    expect(await verify(crashed)).toMatchObject({ status: 'unclean-tail', records: 3, signed: 0 })
    await (await open(crashed)).close()
    expect(await verify(crashed)).toMatchObject({ status: 'whole', records: 4 })
    expect(JSON.parse(linesOf(crashed)[3]!).metadata).toEqual({ unsignedRecords: 3 })
  })

  it('a changed record in the unsigned tail is refused, not adopted', async () => {
    const home = makeHome()
    const journal = await open(home, {
      settings: { checkpointRecords: 1000, checkpointSeconds: 60, segmentMb: 1 },
    })
    await Promise.all([0, 1, 2].map(number => journal.append(event(number))))
    const crashed = crashCopy(home)
    await journal.close()
    const pin = readPins(crashed.trust)[0]!
    writeFileSync(join(crashed.trust, pin.instance, 'folder'), `${crashed.folder}\n`)
    const path = join(crashed.folder, segmentsOf(crashed)[0]!)
    writeFileSync(path, readFileSync(path, 'utf8').replace('"number":1', '"number":9'))
    expect(await verify(crashed)).toMatchObject({ status: 'tampered', problem: { line: 3 } })
    await expect(open(crashed)).rejects.toMatchObject({ code: 'audit.corrupt' })
  })

  it('a block of zeros inside an unanswered batch counts as torn', async () => {
    const home = makeHome()
    await writeJournal(home, 3)
    const path = join(home.folder, segmentsOf(home)[0]!)
    const whole = readFileSync(path)
    const line = Buffer.from(`${linesOf(home)[2]!}\n`)
    appendFileSync(path, Buffer.concat([Buffer.alloc(200), line]))
    expect(await verify(home)).toMatchObject({ status: 'unclean-tail', records: 3 })
    await (await open(home)).close()
    expect(readFileSync(path).subarray(0, whole.length)).toEqual(whole)
    expect(JSON.parse(linesOf(home)[3]!).metadata).toMatchObject({ tornBytes: 200 + line.length })
    expect(await verify(home)).toMatchObject({ status: 'whole', records: 4 })
  })

  it('torn bytes set aside by a process that died too are still put on record', async () => {
    const home = makeHome()
    await writeJournal(home, 3)
    writeFileSync(join(home.folder, 'torn-0000000000000003.part'), '{"half', { mode: 0o600 })
    expect((await verify(home)).status).toBe('unclean-tail')
    await (await open(home)).close()
    expect(JSON.parse(linesOf(home)[3]!)).toMatchObject({
      event: 'log.recovered',
      metadata: { tornBytes: 6 },
    })
    expect((await verify(home)).status).toBe('whole')
  })

  it('between making the folder and pinning it the next process begins again', async () => {
    const home = makeHome()
    await (await open(home)).close()
    rmSync(home.trust, { recursive: true })
    rmSync(join(home.folder, 'tree'))
    await writeJournal(home, 2)
    expect(await verify(home)).toMatchObject({ status: 'whole', records: 2 })
  })

  it('a lost tree is built anew from the signed lines', async () => {
    const home = makeHome()
    await writeJournal(home, 20)
    const tree = readFileSync(join(home.folder, 'tree'))
    truncateSync(join(home.folder, 'tree'), 100)
    await (await open(home)).close()
    expect(readFileSync(join(home.folder, 'tree'))).toEqual(tree)
    expect((await verify(home)).status).toBe('whole')
  })

  it('a torn checkpoint is dropped', async () => {
    const home = makeHome()
    await writeJournal(home, 20)
    appendFileSync(join(home.folder, 'checkpoints'), 'portcullis/x\n21\nAAAA')
    expect((await verify(home)).status).toBe('unclean-tail')
    await writeJournal(home, 1)
    expect(await verify(home)).toMatchObject({ status: 'whole', records: 21 })
  })
})

describe('whose journal it is', () => {
  it('a folder of unknown origin is refused', async () => {
    const home = makeHome()
    await writeJournal(home, 3)
    rmSync(home.trust, { recursive: true })
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.foreign' })
  })

  it('a moved folder is told apart, and accepted once its pin says so', async () => {
    const home = makeHome()
    await writeJournal(home, 3)
    const moved = { ...home, folder: join(home.root, 'data', 'moved') }
    renameSync(home.folder, moved.folder)
    await expect(open(moved)).rejects.toMatchObject({
      code: 'audit.foreign',
      message: expect.stringMatching(/is pinned to/),
    })
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.missing' })
    const pin = readPins(home.trust)[0]!
    writeFileSync(join(home.trust, pin.instance, 'folder'), `${moved.folder}\n`)
    await writeJournal(moved, 1)
    expect(await verify(moved)).toMatchObject({ status: 'whole', records: 4 })
  })

  it('other things in the trust folder are left alone, a damaged pin is not', async () => {
    const home = makeHome()
    await writeJournal(home, 3)
    writeFileSync(join(home.trust, 'settings.json'), '{}')
    mkdirSync(join(home.trust, 'baseline'))
    await writeJournal(home, 1)
    rmSync(join(home.trust, readPins(home.trust)[0]!.instance, 'verify.key'))
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.corrupt' })
    expect(await verify(home)).toMatchObject({
      status: 'tampered',
      problem: { what: expect.stringMatching(/pin .* is damaged/) },
    })
  })

  it('an instance keeps its folder', async () => {
    const home = makeHome()
    await (await open(home, { instance: 'one' })).close()
    await expect(open(home, { instance: 'two' })).rejects.toMatchObject({ code: 'audit.foreign' })
    await expect(open(home, { instance: 'one', folder: join(home.root, 'other') })).rejects.toMatchObject({
      code: 'audit.foreign',
    })
    await expect(open(home, { instance: '../x' })).rejects.toThrow(TypeError)
    const journal = await open(home)
    expect(journal.origin).toBe('portcullis/one')
    await journal.close()
  })

  it('another or a missing signing key is refused, and nothing of it is shown', async () => {
    const home = makeHome()
    await writeJournal(home, 3)
    const path = join(home.keys, 'journal.key')
    const pem = readFileSync(path, 'utf8')
    const other = makeHome()
    await writeJournal(other, 1)
    writeFileSync(path, readFileSync(join(other.keys, 'journal.key')))
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.foreign' })
    writeFileSync(path, pem.replace('PRIVATE', 'PUBLIC'))
    const fault = await open(home).catch((error: unknown) => error)
    expect(fault).toMatchObject({ code: 'file.unreadable' })
    expect(String((fault as Error).stack)).not.toContain(pem.split('\n')[1])
    rmSync(path)
    await expect(open(home)).rejects.toMatchObject({ code: 'file.unreadable' })
    expect(existsSync(path)).toBe(false)
  })

  it('files open to others are refused', async () => {
    const home = makeHome()
    await writeJournal(home, 1)
    const key = join(home.keys, 'journal.key')
    expect(statSync(key).mode & 0o777).toBe(0o600)
    expect(statSync(home.keys).mode & 0o777).toBe(0o700)
    expect(statSync(home.folder).mode & 0o777).toBe(0o700)
    for (const [path, loose, tight] of [
      [key, 0o640, 0o600],
      [home.keys, 0o755, 0o700],
      [home.folder, 0o755, 0o700],
    ] as const) {
      chmodSync(path, loose)
      await expect(open(home), path).rejects.toMatchObject({ code: 'file.insecure' })
      chmodSync(path, tight)
    }
    await (await open(home)).close()
  })
})

describe('one writer', () => {
  it('keeps a second one out until it closes', async () => {
    const home = makeHome()
    const first = await open(home)
    await expect(open(home, { lockWaitMs: 50 })).rejects.toMatchObject({ code: 'audit.busy' })
    const second = open(home, { lockWaitMs: 5000 })
    await sleep(30)
    await first.append(event(0))
    await first.close()
    const journal = await second
    expect(await journal.append(event(1))).toBe(1)
    await journal.close()
    expect(readdirSync(home.folder).filter(name => name.startsWith('lock'))).toEqual([])
  })

  it('takes over from a dead one, and only one heir does', async () => {
    const home = makeHome()
    await writeJournal(home, 1)
    for (let round = 0; round < 5; round++) {
      await leaveLock(home.folder)
      const heirs = await Promise.all(
        [0, 1, 2, 3].map(async number => {
          const journal = await open(home, { lockWaitMs: 10_000 })
          const seq = await journal.append(event(number))
          await journal.close()
          return seq
        }),
      )
      expect(heirs.sort((a, b) => a - b)).toEqual([0, 1, 2, 3].map(number => 1 + round * 4 + number))
    }
    expect(await verify(home)).toMatchObject({ status: 'whole', records: 21 })
    expect(readdirSync(home.folder).filter(name => name.startsWith('lock'))).toEqual([])
  })

  it('refuses to go on once its lock is gone', async () => {
    const home = makeHome()
    const journal = await open(home)
    rmSync(join(home.folder, 'lock'))
    await expect.poll(() => journal.fault?.code, { timeout: 1500 }).toBe('audit.write-failed')
    await expect(journal.append(event(0))).rejects.toMatchObject({ code: 'audit.write-failed' })
    await journal.close()
  })
})

/** A lock file as a process that was killed leaves it: real owner, really dead. */
async function leaveLock(folder: string): Promise<void> {
  const script = `
    const { acquireLock } = await import(${JSON.stringify(new URL('../../src/audit/lock.ts', import.meta.url).href)})
    const clock = { now: Date.now, monotonic: () => performance.now() }
    await acquireLock({ folder: ${JSON.stringify(folder)}, waitMs: 5000, clock, random: bytes => crypto.getRandomValues(bytes) })
    process.kill(process.pid, 'SIGKILL')`
  spawnSync(process.execPath, ['--input-type=module', '-e', script])
  expect(existsSync(join(folder, 'lock'))).toBe(true)
}

describe('a live file deleted or replaced', () => {
  it('is noticed by the next record', async () => {
    const home = makeHome()
    const journal = await open(home)
    await journal.append(event(0))
    renameSync(join(home.folder, segmentsOf(home)[0]!), join(home.root, 'gone'))
    await expect(journal.append(event(1))).rejects.toMatchObject({
      code: 'audit.write-failed',
      message: expect.stringMatching(/deleted or replaced/),
    })
    await journal.close().catch(() => undefined)
  })

  it('is noticed within a second without any record', async () => {
    const home = makeHome()
    const journal = await open(home)
    await journal.append(event(0))
    const path = join(home.folder, segmentsOf(home)[0]!)
    const copy = readFileSync(path)
    rmSync(path)
    writeFileSync(path, copy)
    await sleep(1000)
    expect(journal.fault?.message).toMatch(/deleted or replaced/)
    await journal.close().catch(() => undefined)
  })
})

describe('a full disk', () => {
  const mount = mkdtempSync(join(tmpdir(), 'portcullis-audit-disk-'))
  const canMount =
    process.getuid?.() === 0 &&
    spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1536k', 'tmpfs', mount]).status === 0
  if (canMount) spawnSync('/bin/umount', [mount])
  afterAll(() => rmSync(mount, { recursive: true, force: true, maxRetries: 5 }))

  it.skipIf(!canMount)(
    'refuses allows, still records denials, loses nothing acknowledged and recovers',
    async () => {
      expect(spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1536k', 'tmpfs', mount]).status).toBe(0)
      onTestFinished(() => void spawnSync('/bin/umount', ['-l', mount]))
      const home = { ...homeIn(mount), trust: join(makeHome().root, 'trust') }
      let ahead = 0
      const clock = { now: () => Date.now(), monotonic: () => performance.now() + ahead }
      const journal = await open(home, {
        clock,
        settings: { checkpointRecords: 8, checkpointSeconds: 60, segmentMb: 1 },
      })
      const filler = { metadata: { filler: 'x'.repeat(2000) } }
      let acknowledged = 0
      const fault = await (async () => {
        for (;;) {
          try {
            await journal.append(event(acknowledged, filler))
            acknowledged++
          } catch (error) {
            return error
          }
        }
      })()
      expect(fault).toMatchObject({
        code: 'audit.write-failed',
        message: expect.stringMatching(/disk is full/),
      })
      expect(acknowledged).toBeGreaterThan(100)
      for (let number = 0; number < 20; number++) {
        await journal.append(event(number, { result: 'deny', event: 'decision.deny' }))
        await expect(journal.append(event(number))).rejects.toMatchObject({ code: 'audit.write-failed' })
      }
      expect(spawnSync('/bin/mount', ['-o', 'remount,size=4m', mount]).status).toBe(0)
      ahead = 2000
      await journal.append(event(0))
      await journal.close()
      const lines = linesOf(home).map(line => JSON.parse(line))
      expect(lines.filter(line => line.metadata.filler)).toHaveLength(acknowledged)
      expect(lines.filter(line => line.result === 'deny')).toHaveLength(20)
      expect(lines.find(line => line.event === 'log.records-refused')?.metadata.refused).toBe(21)
      expect((await verify(home)).status).toBe('whole')
    },
  )

  it.skipIf(!canMount)('at the start leaves no draft of a lock or a key behind', async () => {
    expect(spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount]).status).toBe(0)
    onTestFinished(() => void spawnSync('/bin/umount', ['-l', mount]))
    const home = { ...homeIn(mount), trust: join(makeHome().root, 'trust') }
    const fill = () => writeFileSync(join(mount, 'filler'), Buffer.alloc(128 * 1024))
    expect(fill).toThrow('ENOSPC')
    await expect(open(home)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(readdirSync(home.folder)).toEqual([])
    expect(existsSync(home.keys) ? readdirSync(home.keys) : []).toEqual([])
    rmSync(join(mount, 'filler'))
    // Room for the lock alone.
    writeFileSync(join(mount, 'filler'), Buffer.alloc(60 * 1024))
    await expect(open(home)).rejects.toMatchObject({
      code: 'file.unreadable',
      remedy: expect.stringMatching(/free disk space/),
    })
    expect(readdirSync(home.folder)).toEqual([])
    expect(readdirSync(home.keys)).toEqual([])
  })
})

describe('killed in the middle of writing', () => {
  it('loses no acknowledged record, round after round', async () => {
    const home = makeHome()
    const script = new URL('./writer-child.ts', import.meta.url).pathname
    let acknowledged = 0
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [script, home.root], { stdio: ['ignore', 'pipe', 'inherit'] })
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
      const started = performance.now()
      while (!output.includes('\n') && performance.now() - started < 10_000) await sleep(5)
      await sleep(40 + round * 35)
      child.kill('SIGKILL')
      await new Promise(resolve => child.once('close', resolve))
      const seqs = output.split('\n').slice(0, -1).map(Number)
      expect(seqs.length).toBeGreaterThan(0)
      acknowledged = Math.max(acknowledged, ...seqs)
      const report = await verify(home)
      expect(report.status).not.toBe('tampered')
      expect(report.records).toBeGreaterThan(acknowledged)
    }
    await (await open(home)).close()
    expect((await verify(home)).status).toBe('whole')
    const lines = linesOf(home).map(line => JSON.parse(line))
    expect(lines.filter(line => line.event === 'log.recovered').length).toBeGreaterThan(0)
    expect(lines.map(line => line.seq)).toEqual(lines.map((_, at) => at))
  }, 60_000)
})
