import type { Readable } from 'node:stream'
import { PortcullisError } from '../../kernel/errors.ts'

const LARGEST_EVENT = 32 * 1024 * 1024

/** All of a stream, at most 32 MB. Rejects with `hook.bad-event` beyond. */
export async function readBounded(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // The stream stays open beyond the limit, so that a refusal can still be said on its connection.
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > LARGEST_EVENT) {
      throw new PortcullisError('hook.bad-event', 'the hook event is larger than 32 MB', 'send less')
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
