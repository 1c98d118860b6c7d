import { generateKeyPairSync } from 'node:crypto'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { leafHash } from '../../src/audit/merkle.ts'
import { noPrevious, signCheckpoint, verifyKeyOf } from '../../src/audit/note.ts'
import { readPins } from '../../src/audit/pin.ts'
import { verifyJournal } from '../../src/audit/verify.ts'
import { type Home, linesOf, makeHome, open, segmentsOf, verify, writeJournal } from './fixture.ts'

const RECORDS = 40
let home: Home

beforeEach(async () => {
  home = makeHome()
  await writeJournal(home, RECORDS)
})

/** Path of the segment that holds record `seq`, and the record's line number there. */
function placeOf(seq: number): { name: string; path: string; line: number } {
  const firsts = segmentsOf(home).map(name => Number(name.slice(8, 24)))
  const index = firsts.findLastIndex(first => first <= seq)
  const name = segmentsOf(home)[index]!
  return { name, path: join(home.folder, name), line: seq - firsts[index]! + 1 }
}

function editLines(path: string, edit: (lines: string[]) => string[]): void {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  writeFileSync(
    path,
    edit(lines)
      .map(line => `${line}\n`)
      .join(''),
  )
}

describe('an untouched log', () => {
  it('is whole, over several segments and checkpoints', async () => {
    const report = await verify(home)
    expect(report).toMatchObject({ status: 'whole', records: RECORDS, signed: RECORDS, outside: 1 })
    expect(report.segments).toBeGreaterThan(2)
    expect(report.checkpoints).toBeGreaterThan(4)
  })
})

describe('any byte', () => {
  it('changed in any file of the folder or the pinned checkpoint is found', async () => {
    const files = readdirSync(home.folder)
      .filter(name => name !== 'reserve')
      .map(name => join(home.folder, name))
    const pin = readPins(home.trust)[0]!
    let flips = 0
    for (const path of [...files, pin.checkpoint, join(home.trust, pin.instance, 'verify.key')]) {
      const original = readFileSync(path)
      for (let at = flips % 7; at < original.length; at += original.length > 2000 ? 41 : 5) {
        const changed = Buffer.from(original)
        changed[at]! ^= 1 << (at % 8)
        writeFileSync(path, changed)
        const report = await verify(home)
        expect(report.status, `${path} byte ${at}`).toBe('tampered')
        flips++
      }
      writeFileSync(path, original)
    }
    expect(flips).toBeGreaterThan(300)
    expect((await verify(home)).status).toBe('whole')
  }, 120_000)

  it('changed in a record names segment, line and seq', async () => {
    for (const seq of [0, 5, 17, 38, RECORDS - 1]) {
      const { name, path, line } = placeOf(seq)
      const original = readFileSync(path)
      editLines(path, lines =>
        lines.with(line - 1, lines[line - 1]!.replace('"user":"alice"', '"user":"mallo"')),
      )
      const report = await verify(home)
      expect(report.status).toBe('tampered')
      expect(report.problem, `record ${seq}`).toMatchObject({ segment: name, line, seq })
      writeFileSync(path, original)
    }
  })
})

describe('any line', () => {
  it.each([0, 3, 20, RECORDS - 1])('%i deleted is found and named', async seq => {
    const { name, path, line } = placeOf(seq)
    editLines(path, lines => lines.toSpliced(line - 1, 1))
    const report = await verify(home)
    expect(report.status).toBe('tampered')
    expect(report.problem?.seq).toBe(seq)
    if (seq < RECORDS - 1)
      expect([name, segmentsOf(home)[segmentsOf(home).indexOf(name) + 1]]).toContain(report.problem?.segment)
  })

  it('exchanged, doubled, inserted or blank is found', async () => {
    const { name, path, line } = placeOf(12)
    const original = readFileSync(path)
    const edits: [string, (lines: string[]) => string[]][] = [
      [
        'exchanged',
        lines =>
          lines.with(line - 1, lines[line % lines.length]!).with(line % lines.length, lines[line - 1]!),
      ],
      ['doubled', lines => lines.toSpliced(line, 0, lines[line - 1]!)],
      ['inserted', lines => lines.toSpliced(line, 0, lines[line - 1]!.replace('alice', 'mallory'))],
      ['blank', lines => lines.toSpliced(line, 0, '')],
      ['with a trailing space', lines => lines.with(line - 1, `${lines[line - 1]} `)],
      ['with a carriage return', lines => lines.with(line - 1, `${lines[line - 1]}\r`)],
    ]
    for (const [what, edit] of edits) {
      editLines(path, edit)
      const report = await verify(home)
      expect(report, what).toMatchObject({ status: 'tampered', problem: { segment: name } })
      writeFileSync(path, original)
    }
  })

  it('rewritten with every chain behind it mended is found by the signed tree', async () => {
    const lines = linesOf(home)
    let chain = '0'.repeat(64)
    const forged = lines.map((line, seq) => {
      const changed = (seq === 9 ? line.replace('alice', 'mallo') : line).replace(
        /[0-9a-f]{64}"}$/,
        `${chain}"}`,
      )
      chain = leafHash(Buffer.from(changed)).toString('hex')
      return changed
    })
    let at = 0
    for (const name of segmentsOf(home))
      editLines(join(home.folder, name), own => own.map(() => forged[at++]!))
    const report = await verify(home)
    expect(report.status).toBe('tampered')
    expect(report.problem?.what).toMatch(/do not fit|does not fit/)
    expect(report.problem?.seq).toBeGreaterThanOrEqual(9)
    expect(report.problem?.seq).toBeLessThan(17)
  })

  it('that is not UTF-8 is found', async () => {
    const { path } = placeOf(2)
    const bytes = readFileSync(path)
    bytes[bytes.indexOf('alice')] = 0xff
    writeFileSync(path, bytes)
    expect((await verify(home)).problem?.what).toBe('not UTF-8')
  })
})

describe('any file', () => {
  it('deleted is found', async () => {
    for (const name of readdirSync(home.folder).filter(name => name !== 'reserve')) {
      const path = join(home.folder, name)
      renameSync(path, join(home.root, 'aside'))
      expect((await verify(home)).status, name).toBe('tampered')
      renameSync(join(home.root, 'aside'), path)
    }
  })

  it('truncated is found', async () => {
    for (const name of readdirSync(home.folder).filter(name => name !== 'reserve')) {
      const path = join(home.folder, name)
      const original = readFileSync(path)
      for (const length of [0, 1, original.length >> 1, original.length - 1]) {
        truncateSync(path, length)
        expect((await verify(home)).status, `${name} to ${length}`).toBe('tampered')
        writeFileSync(path, original)
      }
    }
  })

  it('renamed, exchanged, added or replaced by a link is found', async () => {
    const [first, second, third] = segmentsOf(home) as [string, string, string]
    const at = (name: string) => join(home.folder, name)
    const keep = join(home.root, 'keep')
    cpSync(home.folder, keep, { recursive: true })
    const attacks: [string, () => void][] = [
      ['renamed away', () => renameSync(at(second), at(`${second}.bak`))],
      [
        'renamed to another number',
        () => renameSync(at(second), at('segment-0000000000000009.jsonl'.replace('9', '1'))),
      ],
      ['exchanged', () => copyFileSync(at(second), at(third))],
      ['added in the middle', () => copyFileSync(at(first), at('segment-0000000000000001.jsonl'))],
      ['added at the end', () => copyFileSync(at(first), at('segment-0000000000000999.jsonl'))],
      ['added with an odd name', () => writeFileSync(at('segment-1.jsonl'), '')],
      ['a foreign file', () => writeFileSync(at('notes.txt'), 'x')],
      ['a folder', () => mkdirSync(at('segment-x'))],
      [
        'a link',
        () => {
          copyFileSync(at(first), join(home.root, 'elsewhere'))
          rmSync(at(first))
          symlinkSync(join(home.root, 'elsewhere'), at(first))
        },
      ],
      ['bytes behind the end', () => appendFileSync(at(first), 'x')],
      ['a longer tree', () => appendFileSync(at('tree'), Buffer.alloc(32))],
    ]
    for (const [what, attack] of attacks) {
      attack()
      expect((await verify(home)).status, what).toBe('tampered')
      rmSync(home.folder, { recursive: true })
      cpSync(keep, home.folder, { recursive: true })
    }
    expect((await verify(home)).status).toBe('whole')
  })
})

describe('the whole folder', () => {
  it('put back from an older copy is found, by verify and when it is opened', async () => {
    const old = join(home.root, 'old')
    cpSync(home.folder, old, { recursive: true })
    await writeJournal(home, 20)
    rmSync(home.folder, { recursive: true })
    cpSync(old, home.folder, { recursive: true })
    const report = await verify(home)
    expect(report).toMatchObject({ status: 'tampered', problem: { seq: RECORDS } })
    expect(report.problem?.what).toMatch(/rolled back/)
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.corrupt' })
  })

  it('cut at any checkpoint, lines and tree and all, is found', async () => {
    const whole = readFileSync(join(home.folder, 'checkpoints'), 'utf8')
    const notes = whole.split(/(?<=— .*\n)/)
    expect(notes.length).toBeGreaterThan(4)
    for (let kept = 1; kept < notes.length; kept++) {
      writeFileSync(join(home.folder, 'checkpoints'), notes.slice(0, kept).join(''))
      expect((await verify(home)).problem?.what).toMatch(/cut or rolled back/)
    }
  })

  it('without one checkpoint in the middle is found', async () => {
    const path = join(home.folder, 'checkpoints')
    const notes = readFileSync(path, 'utf8').split(/(?<=— .*\n)/)
    writeFileSync(path, notes.toSpliced(2, 1).join(''))
    expect(await verify(home)).toMatchObject({
      status: 'tampered',
      problem: { segment: 'checkpoints', line: 13 },
    })
  })

  it('emptied or deleted is found, and not begun anew', async () => {
    rmSync(home.folder, { recursive: true })
    expect((await verify(home)).problem?.what).toMatch(/folder is gone; 40 records/)
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.missing' })
    expect(existsSync(home.folder)).toBe(false)
    mkdirSync(home.folder, { mode: 0o700 })
    expect((await verify(home)).problem?.what).toMatch(/emptied/)
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.missing' })
  })

  it('exchanged for another journal is found', async () => {
    const other = makeHome()
    await writeJournal(other, 10)
    rmSync(home.folder, { recursive: true })
    cpSync(other.folder, home.folder, { recursive: true })
    expect((await verify(home)).problem?.what).toMatch(/another journal/)
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.foreign' })
  })

  it('signed anew with another key is found', async () => {
    const forger = generateKeyPairSync('ed25519').privateKey
    const pin = readPins(home.trust)[0]!
    const key = verifyKeyOf(pin.key.name, forger)
    const path = join(home.folder, 'checkpoints')
    const genesis = { origin: key.name, size: 0, root: leafHash(Buffer.alloc(0)), previous: noPrevious() }
    writeFileSync(path, signCheckpoint(genesis, forger, key))
    expect((await verify(home)).problem).toMatchObject({
      segment: 'checkpoints',
      line: 1,
      what: 'the checkpoint is not signed by the pinned key',
    })
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.corrupt' })
  })
})

describe('what is kept outside', () => {
  it('missing or of another log is found', async () => {
    const { checkpoint } = readPins(home.trust)[0]!
    const other = makeHome()
    await writeJournal(other, 10)
    copyFileSync(readPins(other.trust)[0]!.checkpoint, checkpoint)
    expect((await verify(home)).problem?.what).toMatch(/not signed by the pinned key/)
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.corrupt' })
    rmSync(checkpoint)
    expect((await verify(home)).problem?.what).toMatch(/is missing/)
    await expect(open(home)).rejects.toMatchObject({ code: 'audit.corrupt' })
  })

  it('in a second place catches a rollback of folder and trust together', async () => {
    const outside = join(home.root, 'far', 'checkpoint')
    mkdirSync(join(home.root, 'far'))
    const more = {
      settings: { checkpointRecords: 8, checkpointSeconds: 60, segmentMb: 1, outsideCheckpoint: outside },
    }
    await writeJournal(home, 1, more)
    cpSync(home.root, `${home.root}-old`, { recursive: true })
    await writeJournal(home, 10, more)
    for (const name of ['data', 'trust']) {
      rmSync(join(home.root, name), { recursive: true })
      cpSync(join(`${home.root}-old`, name), join(home.root, name), { recursive: true })
    }
    rmSync(`${home.root}-old`, { recursive: true })
    expect((await verify(home)).problem?.what).toMatch(/rolled back.*far/)
  })

  it('lets a copy be judged offline with key and checkpoint, and finds the pin by origin without', async () => {
    const copy = join(home.root, 'copy')
    cpSync(home.folder, copy, { recursive: true })
    const pin = readPins(home.trust)[0]!
    const nowhere = join(home.root, 'nowhere')
    const checkpoint = readFileSync(pin.checkpoint, 'utf8')
    const given = { folder: copy, trust: nowhere, key: pin.key.text }
    expect(await verifyJournal({ ...given, checkpoint })).toMatchObject({ status: 'whole', outside: 1 })
    expect(await verifyJournal(given)).toMatchObject({ status: 'whole', outside: 0 })
    expect(await verifyJournal({ folder: copy, trust: home.trust })).toMatchObject({
      status: 'whole',
      outside: 1,
    })
    await expect(verifyJournal({ folder: copy, trust: nowhere })).rejects.toMatchObject({ code: 'usage' })
    writeFileSync(join(copy, 'tree'), '')
    expect((await verifyJournal({ ...given, checkpoint })).status).toBe('tampered')
  })
})
