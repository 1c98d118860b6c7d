import { readSync } from 'node:fs'
import { sha256 } from './merkle.ts'

/** Whole lines of a file: bytes [from, to), `to` just behind a newline. The byte at `from - 1` belongs to nobody. */
export interface LineChunk {
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
}

const NEWLINE = 0x0a
const CHUNK_BYTES = 1024 * 1024
/** A file without a newline for so long is not ours; its rest counts as torn. */
const LONGEST = 4 * CHUNK_BYTES

/** Reads whole lines from `offset` on, in a buffer used again for each chunk. Returns the offset behind the last newline. */
export function* readChunks(descriptor: number, offset: number): Generator<LineChunk, number> {
  let bytes = Buffer.allocUnsafe(CHUNK_BYTES + 1)
  let kept = 0
  let position = offset
  for (;;) {
    if (1 + kept === bytes.length) {
      if (kept >= LONGEST) return position - kept
      bytes = Buffer.concat([bytes, Buffer.allocUnsafe(bytes.length)])
    }
    const count = readSync(descriptor, bytes, 1 + kept, bytes.length - 1 - kept, position)
    if (count === 0) return position - kept
    position += count
    const end = 1 + kept + count
    const to = bytes.lastIndexOf(NEWLINE, end - 1) + 1
    // A newline before what was kept belongs to an older chunk.
    if (to <= 1) {
      kept = end - 1
      continue
    }
    yield { bytes, from: 1, to }
    bytes.copyWithin(1, to, end)
    kept = end - to
  }
}

/** Leaf hash of the line [start, end), borrowing the byte before it for the prefix instead of copying the line. */
export function leafOf(bytes: Buffer, start: number, end: number): Buffer {
  const before = bytes[start - 1]!
  bytes[start - 1] = 0
  const leaf = sha256(bytes.subarray(start - 1, end))
  bytes[start - 1] = before
  return leaf
}
