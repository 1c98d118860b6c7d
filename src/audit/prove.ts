import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PortcullisError } from '../kernel/errors.ts'
import { readLastNote, splitNotes } from './checkpoint-file.ts'
import { CHECKPOINTS, TREE } from './folder.ts'
import { consistencyPath, inclusionPath, leafHash, verifyConsistency, verifyInclusion } from './merkle.ts'
import { type Checkpoint, decodeBase64, openCheckpoint, parseVerifyKey, readCheckpoint } from './note.ts'
import { readLines } from './read.ts'
import { corrupt } from './recover.ts'
import { openTreeFile, type TreeFile } from './tree-file.ts'

/** That one record is in the log a checkpoint signs. Whoever has the verify key can check it without the log. */
export interface InclusionProof {
  readonly type: 'inclusion'
  readonly origin: string
  readonly seq: number
  /** The record's exact line. */
  readonly line: string
  /** Audit path, nearest sibling first, base64 (RFC 6962 §2.1.1). */
  readonly path: readonly string[]
  /** The signed note. */
  readonly checkpoint: string
}

/** That the log of the second checkpoint continues the log of the first: nothing before was changed. */
export interface ConsistencyProof {
  readonly type: 'consistency'
  readonly origin: string
  readonly first: string
  readonly second: string
  /** RFC 6962 §2.1.2, base64. */
  readonly path: readonly string[]
}

type Proof = InclusionProof | ConsistencyProof

/** Proves record `seq` under the latest checkpoint. Reads a few hashes and one line, not the log. */
export async function proveInclusion(folder: string, seq: number): Promise<InclusionProof> {
  const { note, checkpoint } = latest(folder)
  if (!Number.isSafeInteger(seq) || seq < 0 || seq >= checkpoint.size) {
    throw new PortcullisError(
      'usage',
      `record ${seq} is not under a checkpoint yet: ${checkpoint.size} records are signed`,
      'name a smaller number, or wait for the next checkpoint',
    )
  }
  const line = await lineOf(folder, seq)
  const path = withTree(folder, tree => inclusionPath(seq, checkpoint.size, tree.read))
  // A proof that would not check is not handed out: the folder was changed.
  if (!verifyInclusion(seq, checkpoint.size, leafHash(Buffer.from(line)), path, checkpoint.root)) {
    throw corrupt(`record ${seq} does not fit the checkpoint of ${checkpoint.size} records`)
  }
  return { type: 'inclusion', origin: checkpoint.origin, seq, line, path: path.map(base64), checkpoint: note }
}

/** Proves that the stored checkpoint of `secondSize` records (default: the latest) continues the one of `firstSize`. */
export function proveConsistency(folder: string, firstSize: number, secondSize?: number): ConsistencyProof {
  const notes = stored(folder)
  const first = noteOfSize(notes, firstSize)
  const second = secondSize === undefined ? latest(folder) : noteOfSize(notes, secondSize)
  const [from, to] = [first.checkpoint, second.checkpoint]
  if (from.size > to.size)
    throw new PortcullisError('usage', 'the first size is larger than the second', 'exchange them')
  const path = withTree(folder, tree => consistencyPath(from.size, to.size, tree.read))
  if (!verifyConsistency(from.size, to.size, from.root, to.root, path)) {
    throw corrupt(`the checkpoints of ${from.size} and ${to.size} records do not fit together`)
  }
  return {
    type: 'consistency',
    origin: to.origin,
    first: first.note,
    second: second.note,
    path: path.map(base64),
  }
}

/** Checks a proof with nothing but the verify key. Returns undefined when it holds, else what is wrong. */
export function checkProof(proof: unknown, verifyKey: string): string | undefined {
  const key = parseVerifyKey(verifyKey)
  if (!key) return 'the key is no verify key'
  if (!isProof(proof)) return 'not a proof'
  const path = proof.path.map(decodeBase64)
  if (!path.every(hash => hash?.length === 32)) return 'the path is not a list of hashes'
  const hashes = path as Buffer[]
  if (proof.type === 'inclusion') {
    const checkpoint = openCheckpoint(proof.checkpoint, key)
    if (!checkpoint) return 'the checkpoint is not signed by this key'
    const leaf = leafHash(Buffer.from(proof.line))
    if (!verifyInclusion(proof.seq, checkpoint.size, leaf, hashes, checkpoint.root)) {
      return 'the record is not in the signed log'
    }
    return seqOf(proof.line) === proof.seq ? undefined : 'the record carries another sequence number'
  }
  const [first, second] = [openCheckpoint(proof.first, key), openCheckpoint(proof.second, key)]
  if (!first || !second) return 'a checkpoint is not signed by this key'
  return verifyConsistency(first.size, second.size, first.root, second.root, hashes)
    ? undefined
    : 'the second log does not continue the first'
}

function isProof(value: unknown): value is Proof {
  if (typeof value !== 'object' || value === null) return false
  const proof = value as Record<string, unknown>
  const path = proof['path']
  if (!Array.isArray(path) || path.length > 128 || !path.every(hash => typeof hash === 'string')) return false
  const isText = (name: string) => typeof proof[name] === 'string'
  if (proof['type'] === 'inclusion')
    return isText('line') && isText('checkpoint') && Number.isSafeInteger(proof['seq'])
  return proof['type'] === 'consistency' && isText('first') && isText('second')
}

function seqOf(line: string): unknown {
  try {
    return (JSON.parse(line) as { seq?: unknown } | null)?.seq
  } catch {
    return undefined
  }
}

interface StoredNote {
  readonly note: string
  readonly checkpoint: Checkpoint
}

function stored(folder: string): StoredNote[] {
  return splitNotes(readFileSync(join(folder, CHECKPOINTS), 'utf8')).notes.map((note, at) => {
    const checkpoint = readCheckpoint(note)
    if (!checkpoint) throw corrupt(`checkpoint ${at + 1} cannot be read`)
    return { note, checkpoint }
  })
}

function latest(folder: string): StoredNote {
  const descriptor = openSync(join(folder, CHECKPOINTS), 'r')
  try {
    const note = readLastNote(descriptor)?.note
    const checkpoint = note === undefined ? null : readCheckpoint(note)
    if (note === undefined || checkpoint === null) throw corrupt('no whole checkpoint is left')
    return { note, checkpoint }
  } finally {
    closeSync(descriptor)
  }
}

function noteOfSize(notes: readonly StoredNote[], size: number): StoredNote {
  const found = notes.find(({ checkpoint }) => checkpoint.size === size)
  if (found) return found
  const near = notes.findLast(({ checkpoint }) => checkpoint.size < size)?.checkpoint.size ?? 0
  throw new PortcullisError(
    'usage',
    `no checkpoint of ${size} records is stored`,
    `name the size of a stored one; the nearest below is ${near}`,
  )
}

async function lineOf(folder: string, seq: number): Promise<string> {
  for await (const { line } of readLines(folder, seq, seq + 1)) return line
  throw corrupt(`record ${seq} is missing`)
}

function withTree<T>(folder: string, use: (tree: TreeFile) => T): T {
  const tree = openTreeFile(join(folder, TREE), 'read')
  try {
    return use(tree)
  } finally {
    closeSync(tree.descriptor)
  }
}

function base64(hash: Buffer): string {
  return hash.toString('base64')
}
