import { isUtf8 } from 'node:buffer'
import { closeSync, existsSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { JournalRecord } from '../adapters/storage/store.ts'
import { PortcullisError } from '../kernel/errors.ts'
import { type Authority, findAuthority, isPlainFile } from './authority.ts'
import { splitNotes } from './checkpoint-file.ts'
import { type LineChunk, leafOf, readChunks } from './chunks.ts'
import { CHECKPOINTS, type FolderListing, listFolder, type Segment, TREE } from './folder.ts'
import { isChain, scanLine } from './line.ts'
import { isLocked } from './lock.ts'
import { emptyRoot, type GrowingTree, growTree, sha256 } from './merkle.ts'
import { type Checkpoint, NOTE_LINES, noPrevious, openCheckpoint, type VerifyKey } from './note.ts'
import { realFolder } from './pin.ts'
import { FIRST_CHAIN, isHole } from './recover.ts'
import { createTreeCheck, type TreeCheck } from './tree-check.ts'

export interface VerifyOptions {
  readonly folder: string
  readonly trust: string
  /** The verify key as text (note format); by default the pinned one, found by the folder's path or origin. */
  readonly key?: string | undefined
  /** A checkpoint kept elsewhere, as text; by default the copies outside that the pin names. */
  readonly checkpoint?: string | undefined
  readonly onProgress?: (progress: {
    readonly bytes: number
    readonly of: number
    readonly records: number
  }) => void
}

/** The first thing found wrong. `line` counts from 1 within `segment` (or the other file named there). */
export interface Problem {
  readonly segment?: string
  readonly line?: number
  readonly seq?: number
  readonly what: string
}

export interface VerifyReport {
  /** `unclean-tail`: what is signed is whole; behind it lies what a crash leaves. */
  readonly status: 'whole' | 'tampered' | 'unclean-tail'
  readonly origin: string
  /** Records read. */
  readonly records: number
  /** Records under the last checkpoint of the folder. */
  readonly signed: number
  readonly segments: number
  readonly checkpoints: number
  /** Checkpoints outside the folder it was held against; with 0 a rollback to an old copy cannot be seen. */
  readonly outside: number
  /** A writer is at work: records behind the last checkpoint are on their way. */
  readonly isLive: boolean
  readonly problem?: Problem
}

/** Carries the first problem out of the walk; never leaves this file. */
class Tampering extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.what)
    this.problem = problem
  }
}

interface Findings {
  origin: string
  records: number
  signed: number
  segments: number
  checkpoints: number
  outside: number
  isLive: boolean
  /** What a crash explains. */
  unclean: Problem | undefined
}

/**
 * Judges a journal's folder against what is kept outside of it. Changes nothing and needs no network.
 * Throws only when it cannot tell: no key (`usage`), or a folder that cannot be read.
 */
export async function verifyJournal(options: VerifyOptions): Promise<VerifyReport> {
  const folder = realFolder(options.folder)
  for (let attempt = 1; ; attempt++) {
    const before = checkpointBytes(folder)
    const report = await verifyOnce({ ...options, folder })
    // What looks like a crash may be a writer that came by while this one read.
    const cameBy =
      report.status === 'unclean-tail' && (isLocked(folder) || checkpointBytes(folder) !== before)
    if (!cameBy || attempt === ATTEMPTS) return report
  }
}

const ATTEMPTS = 3

function checkpointBytes(folder: string): number {
  return statSync(join(folder, CHECKPOINTS), { throwIfNoEntry: false })?.size ?? 0
}

async function verifyOnce(options: VerifyOptions): Promise<VerifyReport> {
  const findings: Findings = {
    origin: '',
    records: 0,
    signed: 0,
    segments: 0,
    checkpoints: 0,
    outside: 0,
    isLive: false,
    unclean: undefined,
  }
  const problem = await firstProblem(options, findings)
  const { unclean, ...counts } = findings
  if (problem) return { status: 'tampered', ...counts, problem }
  return unclean ? { status: 'unclean-tail', ...counts, problem: unclean } : { status: 'whole', ...counts }
}

async function firstProblem(options: VerifyOptions, findings: Findings): Promise<Problem | undefined> {
  try {
    await inspect(options, findings)
    return undefined
  } catch (error) {
    if (error instanceof Tampering) return error.problem
    // A damaged pin is tampering with what we trust, not a fault of the disk.
    if (error instanceof PortcullisError && error.code === 'audit.corrupt') return { what: error.message }
    throw error
  }
}

async function inspect(options: VerifyOptions, findings: Findings): Promise<void> {
  const { folder } = options
  const authority = findAuthority(options)
  findings.origin = authority.key.name
  // Outside first, lines last: a writer at work stores them in the other order.
  const outside = openOutside(authority)
  findings.outside = outside.length
  findings.isLive = existsSync(folder) && isLocked(folder)
  const stored = openStored(folder, authority.key, outside, findings)
  const listing = listFolder(folder)
  findings.segments = listing.segments.length
  refuseStrange(folder, listing)
  refuseRollback(stored, outside)
  const torn = await walkSegments(folder, listing, [...stored, ...outside], options, findings)
  checkTorn(folder, listing, torn, findings)
}

interface Head extends Checkpoint {
  /** The file it stands in and its first line there. */
  readonly place: string
  readonly line: number
}

function openOutside({ key, outside }: Authority): Head[] {
  return outside.map(({ place, note }) => {
    if (note === null) throw new Tampering({ what: `the checkpoint outside, \`${place}\`, is missing` })
    const checkpoint = openCheckpoint(note, key)
    if (checkpoint) return { ...checkpoint, place, line: 1 }
    throw new Tampering({ segment: place, what: 'the checkpoint outside is not signed by the pinned key' })
  })
}

/** Every checkpoint in the folder: signed by the pinned key, in order, none taken out. */
function openStored(folder: string, key: VerifyKey, outside: readonly Head[], findings: Findings): Head[] {
  const path = join(folder, CHECKPOINTS)
  if (!isPlainFile(path)) throw new Tampering({ what: describeAbsence(folder, outside) })
  const { notes, torn } = splitNotes(readFileSync(path, 'utf8'))
  const heads: Head[] = []
  let previous = noPrevious()
  notes.forEach((note, at) => {
    const line = at * NOTE_LINES + 1
    const wrong = (what: string) => new Tampering({ segment: CHECKPOINTS, line, what })
    const checkpoint = openCheckpoint(note, key)
    if (!checkpoint) throw wrong(describeForgery(note, key))
    if (!checkpoint.previous.equals(previous))
      throw wrong('the checkpoint before this one was taken out or changed')
    if (checkpoint.size <= (heads.at(-1)?.size ?? -1))
      throw wrong('the checkpoint covers no more than the one before')
    previous = sha256(Buffer.from(note))
    heads.push({ ...checkpoint, place: CHECKPOINTS, line })
  })
  if (heads.length === 0) throw new Tampering({ segment: CHECKPOINTS, what: 'no whole checkpoint is left' })
  if (torn && !findings.isLive)
    findings.unclean = { segment: CHECKPOINTS, what: 'the last checkpoint is torn' }
  findings.checkpoints = heads.length
  findings.signed = heads.at(-1)!.size
  return heads
}

function describeForgery(note: string, key: VerifyKey): string {
  const origin = note.slice(0, note.indexOf('\n'))
  return origin !== key.name && origin.startsWith('portcullis/')
    ? `the checkpoint is of another journal, \`${origin}\`, not \`${key.name}\``
    : 'the checkpoint is not signed by the pinned key'
}

function describeAbsence(folder: string, outside: readonly Head[]): string {
  const known = outside[0] ? `; ${outside[0].size} records were signed` : ''
  return existsSync(folder)
    ? `the checkpoints are missing: the folder was emptied or is no journal${known}`
    : `the folder is gone${known}`
}

function refuseStrange(folder: string, { strange, segments }: FolderListing): void {
  const [name] = strange
  if (name !== undefined) {
    throw new Tampering({ segment: name, what: 'the file is none the journal makes: added or renamed' })
  }
  const link =
    segments.find(segment => !isPlainFile(segment.path)) ??
    [TREE].find(file => existsSync(join(folder, file)) && !isPlainFile(join(folder, file)))
  if (link !== undefined) {
    throw new Tampering({ segment: typeof link === 'string' ? link : link.name, what: 'not a plain file' })
  }
}

function refuseRollback(stored: readonly Head[], outside: readonly Head[]): void {
  const last = stored.at(-1)!
  const ahead = outside.find(head => head.size > last.size)
  if (!ahead) return
  throw new Tampering({
    segment: CHECKPOINTS,
    seq: last.size,
    what: `cut or rolled back: \`${ahead.place}\` signs ${ahead.size} records, the folder only ${last.size}`,
  })
}

type Place = Required<Omit<Problem, 'what'>>

/** Where the walk is. */
interface Walk {
  readonly tree: GrowingTree
  readonly treeCheck: TreeCheck
  readonly headsBySize: ReadonlyMap<number, readonly Head[]>
  readonly signed: number
  /** Records that say which side file holds torn bytes. */
  readonly recoveries: Map<string, { seq: number; text: string }>
  chain: Buffer
  segment: Segment
  line: number
  /** Place of the line before. */
  before: Place | undefined
  lastGoodSize: number
}

interface TornFiles {
  readonly recoveries: Walk['recoveries']
  readonly records: number
}

async function walkSegments(
  folder: string,
  { segments }: FolderListing,
  heads: readonly Head[],
  { onProgress }: VerifyOptions,
  findings: Findings,
): Promise<TornFiles> {
  const treeDescriptor = openTree(folder, findings.signed)
  try {
    const walk: Walk = {
      tree: growTree(),
      treeCheck: createTreeCheck(treeDescriptor),
      headsBySize: groupBySize(heads),
      signed: findings.signed,
      recoveries: new Map(),
      chain: FIRST_CHAIN,
      segment: segments[0]!,
      line: 0,
      before: undefined,
      lastGoodSize: 0,
    }
    checkHeads(walk)
    const of = segments.reduce((sum, segment) => sum + statSync(segment.path).size, 0)
    let bytes = 0
    for (const [index, segment] of segments.entries()) {
      await walkSegment(walk, segment, index === segments.length - 1, findings, read => {
        bytes += read
        onProgress?.({ bytes, of, records: walk.tree.size })
      })
    }
    finishWalk(walk, findings)
    return { recoveries: walk.recoveries, records: walk.tree.size }
  } finally {
    closeSync(treeDescriptor)
  }
}

function openTree(folder: string, signed: number): number {
  const path = join(folder, TREE)
  if (existsSync(path)) return openSync(path, 'r')
  if (signed === 0) return openSync('/dev/null', 'r')
  throw new Tampering({ segment: TREE, what: 'the kept tree is missing' })
}

function groupBySize(heads: readonly Head[]): Map<number, Head[]> {
  const bySize = new Map<number, Head[]>()
  for (const head of heads) {
    const others = bySize.get(head.size)
    if (others) others.push(head)
    else bySize.set(head.size, [head])
  }
  return bySize
}

async function walkSegment(
  walk: Walk,
  segment: Segment,
  isLast: boolean,
  findings: Findings,
  onRead: (bytes: number) => void,
): Promise<void> {
  if (segment.first !== walk.tree.size) throw missingSegment(walk, segment)
  walk.segment = segment
  walk.line = 0
  const descriptor = openSync(segment.path, 'r')
  try {
    const chunks = readChunks(descriptor, 0)
    let step = chunks.next()
    for (; !step.done; step = chunks.next()) {
      const hole = walkChunk(walk, step.value, findings)
      findings.records = walk.tree.size
      if (hole) return
      onRead(step.value.to - step.value.from)
      await nextTurn()
    }
    const rest = fstatSync(descriptor).size - step.value
    if (rest === 0 && walk.line > 0) return
    judgeRest(walk, segment, rest, isLast, findings)
  } finally {
    closeSync(descriptor)
  }
}

function missingSegment(walk: Walk, segment: Segment): Tampering {
  const { size } = walk.tree
  return new Tampering({
    segment: segment.name,
    line: 1,
    seq: size,
    what:
      segment.first > size
        ? `the segment that holds record ${size} is missing, cut or renamed`
        : `the segment begins before record ${size}: added or renamed`,
  })
}

/** Bytes without a final newline, or an empty segment: at the end of the log a crash explains them. */
function judgeRest(walk: Walk, segment: Segment, rest: number, isLast: boolean, findings: Findings): void {
  const { size } = walk.tree
  const problem: Problem = {
    segment: segment.name,
    line: walk.line + 1,
    seq: size,
    what: rest > 0 ? `${rest} bytes without a final newline` : 'an empty segment',
  }
  if (!isLast || size < walk.signed) throw new Tampering(problem)
  if (!findings.isLive) findings.unclean ??= problem
}

/** Judges the lines of a chunk. True when a hole of zeros ends the log here, which a power cut explains. */
function walkChunk(walk: Walk, { bytes, from, to }: LineChunk, findings: Findings): boolean {
  const isText = isUtf8(bytes.subarray(from, to))
  const mayRecover = isRecovery(bytes, from, to)
  for (let start = from; start < to; ) {
    const end = bytes.indexOf(0x0a, start)
    walk.line++
    const fault = isText || isUtf8(bytes.subarray(start, end)) ? undefined : 'not UTF-8'
    const problem = judgeLine(walk, bytes, start, end, fault)
    if (!problem && mayRecover && isRecovery(bytes, start, end)) {
      noteRecovery(walk, walk.tree.size - 1, bytes.toString('utf8', start, end))
    }
    if (problem) {
      if (walk.tree.size < walk.signed || !isHole(bytes, start, end)) throw new Tampering(problem)
      findings.unclean ??= problem
      return true
    }
    start = end + 1
  }
  return false
}

const RECOVERED = Buffer.from('"event":"log.recovered"')

function isRecovery(bytes: Buffer, start: number, end: number): boolean {
  return bytes.subarray(start, end).includes(RECOVERED)
}

function judgeLine(
  walk: Walk,
  bytes: Buffer,
  start: number,
  end: number,
  fault?: string,
): Problem | undefined {
  const seq = walk.tree.size
  const here = { segment: walk.segment.name, line: walk.line, seq }
  const line = fault ?? scanLine(bytes, start, end)
  if (typeof line === 'string') return { ...here, what: line }
  if (line.seq !== seq) return { ...here, what: `record ${seq} expected, ${line.seq} found` }
  if (!isChain(bytes, line.chainAt, walk.chain)) return brokenChain(walk, here)
  const leaf = leafOf(bytes, start, end)
  walk.treeCheck.compare(seq, walk.tree.push(leaf))
  walk.chain = leaf
  walk.before = here
  checkHeads(walk)
  return undefined
}

/** The line before was changed when the kept tree knows it otherwise; else this one's chain was. */
function brokenChain(walk: Walk, here: Place): Problem {
  const { before, treeCheck } = walk
  return before && treeCheck.leafDiffers(before.seq)
    ? { ...before, what: 'the line was changed: neither the next line nor the kept tree fits it' }
    : {
        ...here,
        what: 'the line does not follow the one before: one of them was changed, inserted or exchanged',
      }
}

/** At each checkpoint's size the tree must have the root it signed. */
function checkHeads(walk: Walk): void {
  const heads = walk.headsBySize.get(walk.tree.size)
  if (!heads) return
  const root = walk.tree.size === 0 ? emptyRoot() : walk.tree.root()
  const broken = heads.find(head => !head.root.equals(root))
  if (!broken) {
    walk.lastGoodSize = walk.tree.size
    return
  }
  const { before, treeCheck, lastGoodSize } = walk
  const covers = `the checkpoint of ${broken.size} records in \`${broken.place}\``
  if (before && treeCheck.leafDiffers(before.seq)) {
    throw new Tampering({ ...before, what: `the line was changed: it does not fit ${covers}` })
  }
  throw new Tampering({
    ...before,
    what: `records ${lastGoodSize} to ${broken.size - 1} do not fit ${covers}: rewritten, or another history`,
  })
}

function finishWalk(walk: Walk, findings: Findings): void {
  const { size } = walk.tree
  findings.records = size
  const last = Math.max(...walk.headsBySize.keys())
  if (size < last) {
    const { name } = walk.segment ?? {}
    throw new Tampering({
      ...(name && { segment: name, line: walk.line + 1 }),
      seq: size,
      what: `the log ends before record ${size}, but ${last} records are signed: cut`,
    })
  }
  const verdict = findings.isLive ? undefined : walk.treeCheck.verdict(walk.signed, size)
  if (verdict) throw new Tampering({ segment: TREE, what: verdict })
  if (size > walk.signed && !findings.isLive) {
    findings.unclean ??= {
      ...walk.before,
      what: `${size - walk.signed} records behind the last checkpoint are chained but not signed`,
    }
  }
}

function noteRecovery(walk: Walk, seq: number, text: string): void {
  const { event, component, metadata } = JSON.parse(text) as JournalRecord
  if (event !== 'log.recovered' || component !== 'audit') return
  const file = metadata['tornFile']
  if (typeof file === 'string') walk.recoveries.set(file, { seq, text: String(metadata['tornSha256']) })
}

/** Each side file belongs to exactly the record that names its hash. */
function checkTorn(folder: string, { torn }: FolderListing, walked: TornFiles, findings: Findings): void {
  for (const { name, seq } of torn) {
    const record = walked.recoveries.get(name)
    if (seq === walked.records && !record) {
      if (!findings.isLive)
        findings.unclean ??= { segment: name, what: 'torn bytes that no record names yet' }
      continue
    }
    const hash = sha256(readFileSync(join(folder, name))).toString('hex')
    if (record?.seq !== seq || record.text !== hash) {
      throw new Tampering({ segment: name, seq, what: 'the torn bytes are not those the log names' })
    }
  }
  const present = new Set(torn.map(({ name }) => name))
  for (const [name, { seq }] of walked.recoveries) {
    if (!present.has(name))
      throw new Tampering({ segment: name, seq, what: 'the side file of torn bytes is missing' })
  }
}
