import { ReadableStream } from 'node:stream/web'
import { createTarDecoder } from 'modern-tar'
import type { ArchiveEntry } from './zip.ts'

/** Every file of a tar archive as it comes by; an entry is to be read before the next is asked for. Throws for a broken one. */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry> {
  const entries = ReadableStream.from(chunks).pipeThrough(createTarDecoder({ strict: true }))
  for await (const { header, body } of entries) {
    if (header.size > 0 && header.type !== 'directory') yield { name: header.name, open: async () => body }
    else await body.cancel()
  }
}
