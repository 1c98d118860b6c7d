import { closeSync, readSync } from 'node:fs'
import type { Budget } from './archives/budget.ts'

/** What fits is looked into at once, what does not goes through in pieces. */
export const WINDOW = 8 * 1024 * 1024
const PIECE = 4 * 1024 * 1024

/** Something of which the beginning was read. */
export interface Body {
  readonly head: Buffer
  readonly isWhole: boolean
  readonly rest: AsyncIterator<Buffer>
  /** Where it lies on disk. */
  readonly file?: string
  readonly size?: number
}

/** Reads until the buffer is full or the file ends. */
export function fill(descriptor: number, buffer: Buffer): number {
  let length = 0
  while (length < buffer.length) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null)
    if (read === 0) break
    length += read
  }
  return length
}

export async function* piecesOf(descriptor: number): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const piece = Buffer.allocUnsafeSlow(PIECE)
      const length = fill(descriptor, piece)
      if (length > 0) yield piece.subarray(0, length)
      if (length < PIECE) return
    }
  } finally {
    closeSync(descriptor)
  }
}

export async function* nothing(): AsyncGenerator<Buffer> {}

/** Reads the beginning. */
export async function begin(chunks: AsyncIterable<Uint8Array>): Promise<Body> {
  const rest = toBuffers(chunks)
  const pieces: Buffer[] = []
  let length = 0
  while (length < WINDOW) {
    const { done, value } = await rest.next()
    if (done) return { head: Buffer.concat(pieces), isWhole: true, rest }
    length += value.length
    pieces.push(value)
  }
  return { head: Buffer.concat(pieces), isWhole: false, rest }
}

async function* toBuffers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

export async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  budget: Budget,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    budget.spend(chunk.length)
    yield chunk
  }
}

/** Tells the budget how large the file is, or how much of it was read. */
export function fed(body: Body, budget: Budget): Body {
  budget.feed(body.size ?? body.head.length)
  if (body.size !== undefined) return body
  async function* rest() {
    for await (const piece of following(body)) {
      budget.feed(piece.length)
      yield piece
    }
  }
  return { ...body, rest: rest() }
}

export async function* following({ rest }: Body): AsyncGenerator<Buffer> {
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

export async function* allOf(body: Body): AsyncGenerator<Buffer> {
  yield body.head
  yield* following(body)
}
