import { leafOf } from './chunks.ts'
import { finishLine, scanLine } from './line.ts'
import { type GrowingTree, growTree } from './merkle.ts'

/** A record waiting for its place. */
export interface Entry {
  /** The line up to where `seq` follows. */
  readonly head: string
  readonly isRefusal: boolean
}

/** Lines laid out for one write, and the log as it will be once they are durable. */
export interface Batch<E extends Entry> {
  readonly bytes: Buffer
  readonly entries: readonly E[]
  /** Entries that would not have made a line the verifier accepts. */
  readonly misfits: readonly { readonly entry: E; readonly fault: string }[]
  readonly nodes: readonly Buffer[]
  readonly tree: GrowingTree
  readonly chain: Buffer
}

const PLACE_BYTES = 128

/** Gives each entry its sequence number and chain. Nothing is changed: a batch that cannot be written is dropped. */
export function buildBatch<E extends Entry>(group: readonly E[], from: GrowingTree, chain: Buffer): Batch<E> {
  const tree = growTree(from.frontier())
  const room = group.reduce((sum, entry) => sum + 3 * entry.head.length + PLACE_BYTES, 1)
  const bytes = Buffer.allocUnsafe(room)
  const entries: E[] = []
  const misfits: { entry: E; fault: string }[] = []
  const nodes: Buffer[] = []
  let last = chain
  let start = 1
  for (const entry of group) {
    const end = start + bytes.write(finishLine(entry.head, tree.size, last.toString('hex')), start)
    const scanned = scanLine(bytes, start, end)
    if (typeof scanned === 'string') {
      misfits.push({ entry, fault: scanned })
      continue
    }
    const leaf = leafOf(bytes, start, end)
    nodes.push(...tree.push(leaf))
    last = leaf
    bytes[end] = 0x0a
    start = end + 1
    entries.push(entry)
  }
  return { bytes: bytes.subarray(1, start), entries, misfits, nodes, tree, chain: last }
}
