import type { Readable } from 'node:stream'
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl'

/** A file inside of an archive: its bytes, or why they cannot be had. */
export type ArchiveEntry =
  | { readonly name: string; readonly open: () => Promise<AsyncIterable<Uint8Array>> }
  | { readonly name: string; readonly problem: string }

// names stay bytes: a name that climbs out of a folder harms nobody who writes nothing, and must not hide the rest
const options = { lazyEntries: true, decodeStrings: false, validateEntrySizes: true } as const

/** Every file of a zip archive, which lies in memory or, when it is large, on disk. Throws for a broken one. */
export async function* readZip(source: Buffer | string): AsyncGenerator<ArchiveEntry> {
  const zip = await (typeof source === 'string'
    ? openPromise(source, options)
    : fromBufferPromise(source, options))
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry)
      if (!name.endsWith('/')) yield toEntry(zip, entry, name)
    }
  } finally {
    zip.close()
  }
}

function toEntry(zip: ZipFile, entry: Entry, name: string): ArchiveEntry {
  if (entry.isEncrypted()) return { name, problem: 'encrypted' }
  if (!entry.canDecodeFileData())
    return { name, problem: `compressed by method ${entry.compressionMethod}, which cannot be unpacked here` }
  return { name, open: (): Promise<Readable> => zip.openReadStreamPromise(entry) }
}

function nameOf({ fileNameRaw, generalPurposeBitFlag }: Entry): string {
  return fileNameRaw.toString(generalPurposeBitFlag & 0x800 ? 'utf8' : 'latin1')
}
