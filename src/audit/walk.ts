import { isUtf8 } from 'node:buffer'
import { closeSync, existsSync, fstatSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { JournalRecord } from '../adapters/storage/store.ts'
import { type LineChunk, leafOf, readChunks } from './chunks.ts'
import { type FolderListing, type Segment, TREE } from './folder.ts'
import { isChain, scanLine } from './line.ts'
import { emptyRoot, type GrowingTree, growTree } from './merkle.ts'
import { FIRST_CHAIN, isHole } from './recover.ts'
import type { Head } from './stored-checkpoints.ts'
import { type Findings, type Problem, Tampering } from './tampering.ts'
import { createTreeCheck, type TreeCheck } from './tree-check.ts'

/** Called after each piece read. */
export type ProgressListener = (progress: {
  readonly bytes: number
  readonly of: number
  readonly records: number
}) => void

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

export interface TornFiles {
  readonly recoveries: Walk['recoveries']
  readonly records: number
}

/** Reads every line and works the tree out anew. Returns the records that name side files. */
export async function walkSegments(
  folder: string,
  { segments }: FolderListing,
  heads: readonly Head[],
  onProgress: ProgressListener | undefined,
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

/** Bytes without a final newline at the end of the log are what a crash leaves; an empty segment there is a new one. */
function judgeRest(walk: Walk, segment: Segment, rest: number, isLast: boolean, findings: Findings): void {
  const { size } = walk.tree
  const problem: Problem = {
    segment: segment.name,
    line: walk.line + 1,
    seq: size,
    what: rest > 0 ? `${rest} bytes without a final newline` : 'an empty segment',
  }
  if (!isLast || size < walk.signed) throw new Tampering(problem)
  // The record before filled its segment, and the next has none yet: nothing is missing.
  if (rest === 0) return
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
