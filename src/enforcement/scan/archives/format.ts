/** What an archive or a compressed file is, as far as it can be opened here; `unsupported` ones are named and skipped aloud. */
export type ArchiveFormat =
  | { readonly kind: 'zip' | 'tar' | 'gzip' | 'zstd' | 'brotli' }
  | { readonly kind: 'unsupported'; readonly name: string }

/** Bytes that must be at hand to tell. */
export const ARCHIVE_PROBE = 512

const USTAR = 257

const unsupported: readonly { readonly magic: readonly number[]; readonly name: string }[] = [
  // the block's own mark belongs to it, or any text that begins with BZh would do
  ...[...'123456789'].map(level => ({
    magic: [0x42, 0x5a, 0x68, level.charCodeAt(0), 0x31, 0x41, 0x59, 0x26, 0x53, 0x59],
    name: 'bzip2',
  })),
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], name: 'xz' },
  { magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], name: '7-Zip' },
  { magic: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], name: 'RAR' },
]

/** Undefined for what is no archive. Brotli has no mark of its own, so the name must tell. */
export function archiveFormat(head: Uint8Array, path: string): ArchiveFormat | undefined {
  const begins = (...magic: readonly number[]) => magic.every((byte, index) => head[index] === byte)
  if (begins(0x50, 0x4b, 3, 4) || begins(0x50, 0x4b, 5, 6)) return { kind: 'zip' }
  if (begins(0x1f, 0x8b, 8)) return { kind: 'gzip' }
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return { kind: 'zstd' }
  const other = unsupported.find(({ magic }) => begins(...magic))
  if (other) return { kind: 'unsupported', name: other.name }
  if ([...'ustar'].every((letter, index) => head[USTAR + index] === letter.charCodeAt(0)))
    return { kind: 'tar' }
  return path.endsWith('.br') ? { kind: 'brotli' } : undefined
}
