import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { PortcullisError } from '../kernel/errors.ts'
import { openCheckpointFile, readLastNote, trimNotes } from './checkpoint-file.ts'
import { leafOf, readChunks } from './chunks.ts'
import {
  CHECKPOINTS,
  type FolderListing,
  listFolder,
  offsetOf,
  readAt,
  readLine,
  type Segment,
  segmentOf,
  TREE,
  tornName,
} from './folder.ts'
import { isChain, scanLine } from './line.ts'
import {
  frontierAt,
  type GrowingTree,
  growTree,
  HASH_BYTES,
  inclusionPath,
  leafHash,
  rootOf,
  sha256,
  verifyInclusion,
} from './merkle.ts'
import { type Checkpoint, openCheckpoint, readCheckpoint } from './note.ts'
import { originOf, type Pin, pinned } from './pin.ts'
import { openTreeFile, type TreeFile } from './tree-file.ts'
import { createFile, removeIfThere } from './write.ts'

// Opening costs what came after the last checkpoint, not what lies before it: the signed root vouches for the
// kept tree, and the kept tree for the last line.

/** `chain` of the first record. */
export const FIRST_CHAIN: Buffer = Buffer.alloc(HASH_BYTES)

export interface SignedHead {
  readonly checkpoint: Checkpoint
  readonly note: string
  /** Offset behind the note in the file of checkpoints. */
  readonly end: number
}

/** A journal as found on disk, mended where a crash explains what was wrong. */
export interface RecoveredJournal {
  readonly tree: GrowingTree
  readonly treeFile: TreeFile
  readonly checkpointFile: number
  readonly head: SignedHead
  /** Nodes finished after the head's size, not yet in the tree file. */
  readonly unsavedNodes: readonly Buffer[]
  /** Leaf hash of the last line: the next line's `chain`, in hex. */
  readonly chain: Buffer
  /** The segment to go on with; null when the next record begins one. */
  readonly live: { readonly first: number; readonly bytes: number } | null
  /** What must be put on record; null after a clean close. */
  readonly recovery: Recovery | null
}

export interface Recovery {
  readonly unsignedRecords: number
  readonly torn: { readonly file: string; readonly bytes: number; readonly sha256: string } | null
}

/** Reads and checks what a writer needs to go on. Throws `audit.foreign`, `audit.missing` or `audit.corrupt`. */
export function recoverJournal(folder: string, pin: Pin): RecoveredJournal {
  const listing = listFolder(folder)
  const checkpointFile = openStoredCheckpoints(folder, listing, pin)
  let treeFile: TreeFile | undefined
  try {
    treeFile = openTreeFile(join(folder, TREE), 'write')
    return recoverFrom(folder, listing, pin, checkpointFile, treeFile)
  } catch (error) {
    treeFile?.close()
    closeSync(checkpointFile)
    throw error
  }
}

function recoverFrom(
  folder: string,
  listing: FolderListing,
  pin: Pin,
  checkpointFile: number,
  treeFile: TreeFile,
): RecoveredJournal {
  const head = readHead(checkpointFile, pin)
  trimNotes(checkpointFile, head.end)
  trustTree(treeFile, listing.segments, head.checkpoint)
  refuseRollback(pin, head.checkpoint, treeFile)
  treeFile.truncate(head.checkpoint.size)
  const tail = readTail(listing.segments, head.checkpoint, treeFile)
  const recovery = mendTail(folder, listing, tail, head.checkpoint.size)
  return { ...tail, treeFile, checkpointFile, head, recovery }
}

function openStoredCheckpoints(folder: string, listing: FolderListing, pin: Pin): number {
  if (listing.names.includes(CHECKPOINTS)) return openCheckpointFile(join(folder, CHECKPOINTS))
  throw new PortcullisError(
    'audit.missing',
    `the journal \`${originOf(pin.instance)}\` is not in \`${folder}\` any more`,
    'restore the folder from a backup; to begin anew on purpose, move its pin out of the trust folder',
  )
}

function readHead(descriptor: number, pin: Pin): SignedHead {
  const last = readLastNote(descriptor)
  if (last === null) throw corrupt('no whole checkpoint is left')
  const claimed = readCheckpoint(last.note)
  const origin = originOf(pin.instance)
  if (claimed !== null && claimed.origin !== origin) {
    throw new PortcullisError(
      'audit.foreign',
      `the folder holds the journal \`${claimed.origin}\`, not \`${origin}\``,
      'put the right folder back, or point `--data` at this journal’s own home',
    )
  }
  const checkpoint = openCheckpoint(last.note, pin.key)
  if (checkpoint === null) throw corrupt('the last checkpoint is not signed by the pinned key')
  return { checkpoint, note: last.note, end: last.end }
}

/** Compares the kept tree with the signed root; builds it anew from the lines when a power cut took some of it. */
function trustTree(treeFile: TreeFile, segments: readonly Segment[], { size, root }: Checkpoint): void {
  if (rootOf(frontierAt(size, treeFile.read)).equals(root)) return
  const tree = growTree()
  rebuild: for (const segment of segments) {
    const descriptor = openSync(segment.path, 'r')
    try {
      for (const { bytes, from, to } of readChunks(descriptor, 0)) {
        const before = tree.size
        const nodes = []
        for (let start = from; start < to && tree.size < size; ) {
          const end = bytes.indexOf(0x0a, start)
          nodes.push(...tree.push(leafOf(bytes, start, end)))
          start = end + 1
        }
        treeFile.write(before, nodes)
        if (tree.size === size) break rebuild
      }
    } finally {
      closeSync(descriptor)
    }
  }
  if (!tree.root().equals(root)) throw corrupt(`the first ${size} records do not give the signed root`)
}

/** An older copy of the folder is whole in itself; the copy kept outside knows better. */
function refuseRollback(pin: Pin, head: Checkpoint, treeFile: TreeFile): void {
  const outside = openCheckpoint(pinned(pin.checkpoint) ?? '', pin.key)
  if (outside === null)
    throw corrupt('the checkpoint kept outside the folder is missing or not signed by the pinned key')
  if (outside.size > head.size) {
    throw corrupt(
      `the folder ends at ${head.size} records, but ${outside.size} were signed: it was rolled back`,
    )
  }
  if (!rootOf(frontierAt(outside.size, treeFile.read)).equals(outside.root)) {
    throw corrupt('the folder does not continue the checkpoint kept outside')
  }
}

interface Tail {
  readonly tree: GrowingTree
  readonly unsavedNodes: readonly Buffer[]
  readonly chain: Buffer
  readonly live: { readonly first: number; readonly bytes: number } | null
  /** Bytes behind the last good line. */
  readonly tornBytes: Buffer
}

const NOTHING: Buffer = Buffer.alloc(0)

/** Walks the records after the checkpoint, each against the one before. */
function readTail(segments: readonly Segment[], head: Checkpoint, treeFile: TreeFile): Tail {
  const tree = growTree(frontierAt(head.size, treeFile.read))
  const unsavedNodes: Buffer[] = []
  let chain = FIRST_CHAIN
  let at = 0
  let index = 0
  if (head.size > 0) {
    const last = findLastSigned(segments, head, treeFile)
    chain = last.chain
    at = last.behind
    index = last.index
  }
  let live: Tail['live'] = null
  let tornBytes: Buffer = NOTHING
  for (; index < segments.length; index++, at = 0) {
    const segment = segments[index]!
    if (at === 0 && segment.first !== tree.size) {
      throw corrupt(`segment \`${segment.name}\` does not follow record ${tree.size - 1}`)
    }
    const descriptor = openSync(segment.path, 'r')
    try {
      const walked = walkLines(descriptor, at, chain, tree, unsavedNodes, segment)
      chain = walked.chain
      live = { first: segment.first, bytes: walked.behind }
      tornBytes = readAt(descriptor, walked.behind, fstatSync(descriptor).size - walked.behind)
    } finally {
      closeSync(descriptor)
    }
    if (tornBytes.length > 0 && index < segments.length - 1)
      throw corrupt(`segment \`${segment.name}\` is torn in the middle of the log`)
  }
  return { tree, unsavedNodes, chain, live, tornBytes }
}

/** Finds the last line under the checkpoint and checks that the signed tree holds it. */
function findLastSigned(segments: readonly Segment[], head: Checkpoint, treeFile: TreeFile) {
  const seq = head.size - 1
  const segment = segmentOf(segments, seq)
  if (!segment) throw corrupt(`no segment holds record ${seq}`)
  const descriptor = openSync(segment.path, 'r')
  try {
    const start = offsetOf(descriptor, seq)
    const line = start === null ? null : readLine(descriptor, start)
    if (start === null || line === null) throw corrupt(`record ${seq} is missing`)
    const leaf = leafHash(line)
    const path = inclusionPath(seq, head.size, treeFile.read)
    if (!verifyInclusion(seq, head.size, leaf, path, head.root)) throw corrupt(`record ${seq} was changed`)
    return { chain: leaf, behind: start + line.length + 1, index: segments.indexOf(segment) }
  } finally {
    closeSync(descriptor)
  }
}

function walkLines(
  descriptor: number,
  offset: number,
  firstChain: Buffer,
  tree: GrowingTree,
  nodes: Buffer[],
  segment: Segment,
): { chain: Buffer; behind: number } {
  let chain = firstChain
  let behind = offset
  for (const { bytes, from, to } of readChunks(descriptor, offset)) {
    for (let start = from; start < to; ) {
      const end = bytes.indexOf(0x0a, start)
      const fault = tailFault(bytes, start, end, tree.size, chain)
      if (fault !== undefined) {
        if (isHole(bytes, start, end)) return { chain, behind }
        throw corrupt(`record ${tree.size} in \`${segment.name}\`, not yet signed, is damaged: ${fault}`)
      }
      const leaf = leafOf(bytes, start, end)
      nodes.push(...tree.push(leaf))
      chain = leaf
      behind += end - start + 1
      start = end + 1
    }
  }
  return { chain, behind }
}

function tailFault(
  bytes: Buffer,
  start: number,
  end: number,
  seq: number,
  chain: Buffer,
): string | undefined {
  const line = scanLine(bytes, start, end)
  if (typeof line === 'string') return line
  if (line.seq !== seq) return `sequence number ${line.seq}`
  return isChain(bytes, line.chainAt, chain) ? undefined : 'it does not follow the line before'
}

/** A power cut can leave a block of zeros inside a batch nobody was answered for; nothing we write holds a NUL. */
export function isHole(bytes: Buffer, start: number, end: number): boolean {
  return bytes.subarray(start, end).includes(0)
}

/** Moves torn bytes into a side file. Every step can be repeated, should this process die too. */
function mendTail(folder: string, listing: FolderListing, tail: Tail, signed: number): Recovery | null {
  const unsignedRecords = tail.tree.size - signed
  const name = tornName(tail.tree.size)
  const path = join(folder, name)
  if (tail.tornBytes.length > 0 && tail.live) {
    removeIfThere(path)
    createFile(path, tail.tornBytes)
    cut(listing.segments.at(-1)!.path, tail.live.bytes)
  }
  const torn = existsSync(path) ? describeTorn(path, name) : null
  return torn === null && unsignedRecords === 0 ? null : { unsignedRecords, torn }
}

function cut(path: string, bytes: number): void {
  const descriptor = openSync(path, 'r+')
  try {
    ftruncateSync(descriptor, bytes)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function describeTorn(path: string, file: string) {
  const descriptor = openSync(path, 'r')
  try {
    const bytes = readAt(descriptor, 0, fstatSync(descriptor).size)
    return { file, bytes: bytes.length, sha256: sha256(bytes).toString('hex') }
  } finally {
    closeSync(descriptor)
  }
}

export function corrupt(message: string): PortcullisError {
  return new PortcullisError(
    'audit.corrupt',
    message,
    'run `portcullis audit verify` to see where, keep the folder as evidence and restore it from a backup',
  )
}
