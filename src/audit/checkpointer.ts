import type { KeyObject } from 'node:crypto'
import { ftruncateSync } from 'node:fs'
import { sha256 } from './merkle.ts'
import { type Checkpoint, signCheckpoint, type VerifyKey } from './note.ts'
import type { SignedHead } from './recover.ts'
import type { TreeFile } from './tree-file.ts'
import { replaceFile, syncData, writeFully } from './write.ts'

/** A durable state of the log, and the tree's nodes finished since the one before. */
interface Snapshot {
  readonly size: number
  readonly root: Buffer
  /** Size of the tree when `nodes` began. */
  readonly nodesFrom: number
  readonly nodes: readonly Buffer[]
}

export interface Checkpointer {
  /** Size of the last checkpoint that is stored and copied outside. */
  readonly size: number
  /** Signs and stores a snapshot: tree, then checkpoint, then the copies outside, so that no copy is ever ahead. */
  store(snapshot: Snapshot): Promise<void>
}

export interface CheckpointerParts {
  readonly head: SignedHead
  readonly checkpointFile: number
  readonly treeFile: TreeFile
  readonly signingKey: KeyObject
  readonly key: VerifyKey
  /** Files outside the folder that hold a copy of the latest checkpoint. */
  readonly copies: readonly string[]
}

export function createCheckpointer(parts: CheckpointerParts): Checkpointer {
  const { checkpointFile, treeFile, signingKey, key, copies } = parts
  let head = parts.head
  // At open a copy may be behind: a crash can fall between the two.
  let copied = -1

  async function sign({ size, root, nodesFrom, nodes }: Snapshot): Promise<SignedHead> {
    treeFile.write(nodesFrom, nodes)
    await syncData(treeFile.descriptor)
    const checkpoint: Checkpoint = { origin: key.name, size, root, previous: sha256(Buffer.from(head.note)) }
    const note = signCheckpoint(checkpoint, signingKey, key)
    const bytes = Buffer.from(note)
    ftruncateSync(checkpointFile, head.end)
    writeFully(checkpointFile, bytes, head.end)
    await syncData(checkpointFile)
    return { checkpoint, note, end: head.end + bytes.length }
  }

  return {
    get size() {
      return Math.min(copied, head.checkpoint.size)
    },
    async store(snapshot) {
      if (snapshot.size > head.checkpoint.size) head = await sign(snapshot)
      if (copied === head.checkpoint.size) return
      for (const copy of copies) await replaceFile(copy, head.note)
      copied = head.checkpoint.size
    },
  }
}
