const PROBE = 8_192

export type Encoding = 'utf8' | 'utf16le' | 'utf16be' | 'binary'

/** How the beginning of a file is encoded, and how many bytes its byte order mark takes. Text holds no NUL, unless it is UTF-16. */
export function encodingOf(bytes: Uint8Array): { readonly encoding: Encoding; readonly mark: number } {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: 'utf16le', mark: 2 }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: 'utf16be', mark: 2 }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: 'utf8', mark: 3 }
  const probe = bytes.subarray(0, PROBE)
  return { encoding: probe.includes(0) ? guess(probe) : 'utf8', mark: 0 }
}

/** UTF-16 without a mark: nearly all of one half of the bytes are zero and hardly any of the other. */
function guess(probe: Uint8Array): Encoding {
  const zeros = [0, 0]
  const pairs = probe.length >> 1
  for (let index = 0; index < pairs * 2; index++) if (probe[index] === 0) zeros[index & 1]!++
  const [even, odd] = zeros as [number, number]
  if (pairs < 4 || (even > 0 && odd > 0 && Math.min(even, odd) * 20 > pairs)) return 'binary'
  if (odd * 10 > pairs * 7) return 'utf16le'
  return even * 10 > pairs * 7 ? 'utf16be' : 'binary'
}

/** Decodes a stretch that does not cut a character; see `wholeCharacters`. */
export function decode(bytes: Buffer, encoding: Encoding): string {
  switch (encoding) {
    case 'utf8':
      return bytes.toString('utf8')
    case 'binary':
      return bytes.toString('latin1')
    case 'utf16le':
      return bytes.toString('utf16le')
    case 'utf16be':
      return Buffer.from(bytes.subarray(0, bytes.length & ~1))
        .swap16()
        .toString('utf16le')
  }
}

/** How many bytes at the beginning hold whole characters only. */
export function wholeCharacters(bytes: Uint8Array, encoding: Encoding): number {
  const { length } = bytes
  if (encoding === 'binary') return length
  if (encoding !== 'utf8') {
    const even = length & ~1
    const high = bytes[even - (encoding === 'utf16le' ? 1 : 2)] ?? 0
    // the first half of a surrogate pair waits for the second
    return high >= 0xd8 && high < 0xdc ? even - 2 : even
  }
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back]!
    if (byte < 0x80) return length
    if (byte < 0xc0) continue
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return size > back ? length - back : length
  }
  return length
}
