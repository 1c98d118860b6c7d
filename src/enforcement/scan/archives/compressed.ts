import { pipeline, Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib'

const unpackers: Readonly<Record<'gzip' | 'zstd' | 'brotli', () => Transform>> = {
  gzip: createGunzip,
  zstd: createZstdDecompress,
  brotli: createBrotliDecompress,
}

/** What a compressed file holds, as it is unpacked. Throws for a broken one, after what could be unpacked. */
export function unpack(kind: keyof typeof unpackers, chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const unpacker = unpackers[kind]()
  // a fault reaches whoever iterates
  pipeline(Readable.from(chunks, { objectMode: false }), unpacker, () => {})
  return unpacker
}
