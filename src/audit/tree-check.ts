import { fstatSync } from 'node:fs'
import { readAt } from './folder.ts'
import { HASH_BYTES, nodeCount } from './merkle.ts'

/** Compares the kept tree with the nodes worked out anew, in the order both are written. */
export interface TreeCheck {
  /** Sequence number of the first leaf whose nodes differ; undefined while all agree. */
  readonly firstDifference: number | undefined
  /** Whether the kept hash of exactly this leaf differs from the line as it is now. */
  leafDiffers(seq: number): boolean
  compare(seq: number, nodes: readonly Buffer[]): void
  /** What is wrong with the kept tree of `signed` leaves in a log of `records`; undefined when nothing is. */
  verdict(signed: number, records: number): string | undefined
}

const READ_BYTES = 1024 * 1024

export function createTreeCheck(descriptor: number): TreeCheck {
  const size = fstatSync(descriptor).size
  let bytes: Buffer = Buffer.alloc(0)
  let bytesFrom = 0
  let position = 0
  let firstDifference: number | undefined
  let lastLeafDiffers = -1

  function next(): Buffer {
    if (position + HASH_BYTES > bytesFrom + bytes.length) {
      bytes = readAt(descriptor, position, READ_BYTES)
      bytesFrom = position
    }
    const at = position - bytesFrom
    position += HASH_BYTES
    return bytes.subarray(at, at + HASH_BYTES)
  }

  return {
    get firstDifference() {
      return firstDifference
    },
    leafDiffers: seq => lastLeafDiffers === seq,
    compare(seq, nodes) {
      for (let i = 0; i < nodes.length; i++) {
        const kept = next()
        if (nodes[i]!.equals(kept)) continue
        firstDifference ??= seq
        // Behind the end of the file nothing is kept that could speak against the line.
        if (i === 0 && kept.length === HASH_BYTES) lastLeafDiffers = seq
      }
    },
    verdict(signed, records) {
      if (firstDifference !== undefined && firstDifference < signed)
        return 'the kept tree does not fit the records'
      if (size < nodeCount(signed) * HASH_BYTES) return 'the kept tree was cut'
      if (size > nodeCount(records) * HASH_BYTES) return 'the kept tree is longer than the log'
      return undefined
    },
  }
}
