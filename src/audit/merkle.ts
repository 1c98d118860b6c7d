import { hash } from 'node:crypto'

// The Merkle tree of RFC 6962 §2.1 (RFC 9162 §2.1), kept as its complete subtrees in the order they are finished.

export const HASH_BYTES = 32

/** Root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot = (): Buffer => sha256(Buffer.alloc(0))

/** The digest every part of the journal uses. */
export function sha256(bytes: Uint8Array): Buffer {
  // By way of a string the result comes from Node's pool; asked for as a buffer it costs twice as much.
  return Buffer.from(hash('sha256', bytes, 'latin1'), 'latin1')
}

/** Leaf hash: SHA-256(0x00 ‖ bytes). */
export function leafHash(bytes: Uint8Array): Buffer {
  const prefixed = Buffer.allocUnsafe(bytes.length + 1)
  prefixed[0] = 0
  prefixed.set(bytes, 1)
  return sha256(prefixed)
}

const pair = Buffer.allocUnsafe(1 + 2 * HASH_BYTES)
pair[0] = 1

/** Interior hash: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1)
  pair.set(right, 1 + HASH_BYTES)
  return sha256(pair)
}

/** The roots of the complete subtrees a tree of `size` leaves consists of, largest first. All that is needed to go on. */
export interface Frontier {
  readonly size: number
  readonly roots: readonly Buffer[]
}

const emptyFrontier: Frontier = { size: 0, roots: [] }

/** A tree that grows; `push` returns the nodes the leaf finished: itself, then each parent it completes. */
export interface GrowingTree {
  readonly size: number
  push(leaf: Buffer): readonly Buffer[]
  root(): Buffer
  frontier(): Frontier
}

export function growTree(from: Frontier = emptyFrontier): GrowingTree {
  const roots = [...from.roots]
  let size = from.size
  return {
    get size() {
      return size
    },
    push(leaf) {
      const finished = [leaf]
      let node = leaf
      // A trailing one bit of the old size is a subtree as large as the one just finished.
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
        node = nodeHash(roots.pop()!, node)
        finished.push(node)
      }
      roots.push(node)
      size++
      return finished
    },
    root: () => rootOf({ size, roots }),
    frontier: () => ({ size, roots: [...roots] }),
  }
}

/** The tree head of a frontier. */
export function rootOf({ roots }: Frontier): Buffer {
  const last = roots.at(-1)
  if (last === undefined) return emptyRoot()
  return roots.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last)
}

/** Reads one finished node: the subtree of 2^level leaves that starts at leaf `index`·2^level. */
export type ReadNode = (level: number, index: number) => Buffer

/** Place of a node in the order of finishing (a post-order walk): what `push` returns, one after the other. */
export function nodePosition(level: number, index: number): number {
  const lastLeaf = (index + 1) * 2 ** level - 1
  return nodeCount(lastLeaf) + level
}

/** How many nodes are finished once `size` leaves are in. */
export function nodeCount(size: number): number {
  return 2 * size - ones(size)
}

function ones(value: number): number {
  let count = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}

/** The frontier of the first `size` leaves, read from finished nodes. */
export function frontierAt(size: number, read: ReadNode): Frontier {
  return { size, roots: completeSubtrees(0, size).map(({ level, index }) => read(level, index)) }
}

/** Splits [start, end) into complete subtrees; `start` must be a multiple of the largest one. */
function completeSubtrees(start: number, end: number): { level: number; index: number }[] {
  const subtrees = []
  for (let at = start; at < end; ) {
    const level = Math.floor(Math.log2(end - at))
    subtrees.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return subtrees
}

/** Root of the leaves [start, end). */
function rangeRoot(start: number, end: number, read: ReadNode): Buffer {
  const roots = completeSubtrees(start, end).map(({ level, index }) => read(level, index))
  return rootOf({ size: end - start, roots })
}

/** The largest power of two smaller than `size`. */
function split(size: number): number {
  const power = 2 ** Math.floor(Math.log2(size))
  return power === size ? power / 2 : power
}

/** Audit path of leaf `index` in the tree of `size` leaves (RFC 6962 §2.1.1), nearest sibling first. */
export function inclusionPath(index: number, size: number, read: ReadNode): Buffer[] {
  const path = []
  for (let start = 0, end = size; end - start > 1; ) {
    const middle = start + split(end - start)
    if (index < middle) {
      path.push(rangeRoot(middle, end, read))
      end = middle
    } else {
      path.push(rangeRoot(start, middle, read))
      start = middle
    }
  }
  return path.reverse()
}

/** Consistency proof between the trees of `first` and `second` leaves (RFC 6962 §2.1.2). */
export function consistencyPath(first: number, second: number, read: ReadNode): Buffer[] {
  if (first === 0 || first === second) return []
  const path = []
  let start = 0
  let end = second
  let whole = true
  while (first !== end) {
    const middle = start + split(end - start)
    if (first <= middle) {
      path.push(rangeRoot(middle, end, read))
      end = middle
    } else {
      path.push(rangeRoot(start, middle, read))
      start = middle
      whole = false
    }
  }
  if (!whole) path.push(rangeRoot(start, end, read))
  return path.reverse()
}

/** Checks an audit path (RFC 9162 §2.1.3.2). */
export function verifyInclusion(
  index: number,
  size: number,
  leaf: Buffer,
  path: readonly Buffer[],
  root: Buffer,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  let node = index
  let last = size - 1
  let computed = leaf
  for (const sibling of path) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      computed = nodeHash(sibling, computed)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      computed = nodeHash(computed, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && computed.equals(root)
}

/** Checks a consistency proof (RFC 9162 §2.1.4.2). */
export function verifyConsistency(
  first: number,
  second: number,
  firstRoot: Buffer,
  secondRoot: Buffer,
  path: readonly Buffer[],
): boolean {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 0 || first > second)
    return false
  if (first === second) return path.length === 0 && firstRoot.equals(secondRoot)
  if (first === 0) return path.length === 0 && firstRoot.equals(emptyRoot())
  const steps = Number.isInteger(Math.log2(first)) ? [firstRoot, ...path] : [...path]
  const start = steps.shift()
  if (start === undefined || path.length === 0) return false
  let node = first - 1
  let last = second - 1
  while (node % 2 === 1) {
    node = (node - 1) / 2
    last = Math.floor(last / 2)
  }
  let older = start
  let newer = start
  for (const step of steps) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      older = nodeHash(step, older)
      newer = nodeHash(step, newer)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      newer = nodeHash(newer, step)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && older.equals(firstRoot) && newer.equals(secondRoot)
}
