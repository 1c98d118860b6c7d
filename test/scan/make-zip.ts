import { crc32, deflateRawSync } from 'node:zlib'

const VERSION = 20
const UTF8 = 0x800
const ENCRYPTED = 1

interface ZipEntry {
  readonly name: string
  readonly content: string | Uint8Array
  /** Marked as encrypted; the bytes are as good as any. */
  readonly isEncrypted?: boolean
  /** 8 is deflate, the only one that is really done. */
  readonly method?: number
}

/** A zip archive (APPNOTE 4.3) in memory: local headers with the deflated contents, the central directory, its end. */
export function makeZip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const bytes = deflateRawSync(entry.content)
    const common = commonHeader(entry, bytes)
    const local = Buffer.concat([words([0x04034b50], 4), common, words([name.length, 0], 2), name, bytes])
    const place = [words([0, 0, 0], 2), words([0, offset], 4)]
    const central = [words([0x02014b50], 4), words([VERSION], 2), common, words([name.length, 0], 2)]
    locals.push(local)
    directory.push(...central, ...place, name)
    offset += local.length
  }
  const list = Buffer.concat(directory)
  const end = [words([0x06054b50], 4), words([0, 0, entries.length, entries.length], 2)]
  return Buffer.concat([...locals, list, ...end, words([list.length, offset], 4), words([0], 2)])
}

function commonHeader({ content, isEncrypted, method = 8 }: ZipEntry, bytes: Buffer): Buffer {
  const flags = UTF8 | (isEncrypted ? ENCRYPTED : 0)
  const size = Buffer.from(content).length
  return Buffer.concat([
    words([VERSION, flags, method, 0, 33], 2),
    words([crc32(content), bytes.length, size], 4),
  ])
}

function words(values: readonly number[], size: 2 | 4): Buffer {
  const bytes = Buffer.alloc(values.length * size)
  for (const [index, value] of values.entries()) bytes.writeUIntLE(value, index * size, size)
  return bytes
}
