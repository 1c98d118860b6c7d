import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, openSync } from 'node:fs'
import { readAt } from './folder.ts'
import { HASH_BYTES, nodeCount, nodePosition, type ReadNode } from './merkle.ts'
import { writeFully } from './write.ts'

/** Every finished node of the tree on disk, so that proofs and the frontier need a few reads and never the log. */
export interface TreeFile {
  readonly descriptor: number
  readonly read: ReadNode
  /** Writes the nodes finished after the tree had `size` leaves. */
  write(size: number, nodes: readonly Buffer[]): void
  truncate(size: number): void
  close(): void
}

/** Opens the file of nodes. It is derived: whoever reads it compares with a signed root. */
export function openTreeFile(path: string, access: 'read' | 'write'): TreeFile {
  const flags = access === 'read' ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT
  const descriptor = openSync(path, flags | constants.O_NOFOLLOW, 0o600)
  return {
    descriptor,
    read: (level, index) => readNode(descriptor, nodePosition(level, index)),
    write(size, nodes) {
      writeFully(descriptor, Buffer.concat(nodes), nodeCount(size) * HASH_BYTES)
    },
    truncate(size) {
      const bytes = nodeCount(size) * HASH_BYTES
      if (fstatSync(descriptor).size === bytes) return
      ftruncateSync(descriptor, bytes)
      fdatasyncSync(descriptor)
    },
    close: () => closeSync(descriptor),
  }
}

/** A node that is not there reads as zeros, which no signed root agrees with. */
function readNode(descriptor: number, position: number): Buffer {
  const bytes = readAt(descriptor, position * HASH_BYTES, HASH_BYTES)
  return bytes.length === HASH_BYTES ? bytes : Buffer.alloc(HASH_BYTES)
}
