/** What stands for a character beyond ASCII, for one that nobody sees, and for the end; none is in any set. */
const BEYOND = 0x80
export const UNSEEN = 0x81
const END = 0x82

/** A stretch so long is looked at as a whole before its characters are. */
const BLOCK = 1_024
/** Longer texts get memory of their own, which is given back. */
const KEPT = 4 * 1024 * 1024

/** A text with one byte for each UTF-16 code: loops over bytes run several times faster than over a string. */
export interface TextBytes {
  /** May be longer than the text; `END` stands behind it. */
  readonly bytes: Uint8Array
  /** Whether a character that nobody sees is among them. */
  readonly hasUnseen: boolean
}

const kept: Buffer[] = []

/** Reads a text into the memory of its level: views lie in texts that are still being read. Valid until the next call for that level. */
export function readBytes(text: string, level: number): TextBytes {
  const { length } = text
  const bytes = memoryFor(length + 1, level)
  bytes.write(text, 0, 'latin1')
  bytes[length] = END
  return { bytes, hasUnseen: !isAscii(text) && markBeyond(text, bytes) }
}

function memoryFor(size: number, level: number): Buffer {
  const own = kept[level]
  if (own !== undefined && own.length >= size) return own
  if (size > KEPT) return Buffer.allocUnsafeSlow(size)
  const grown = Buffer.allocUnsafeSlow(Math.min(KEPT, Math.max(16_384, size * 2)))
  kept[level] = grown
  return grown
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** Latin 1 keeps the low half of a code, which could look like a letter: puts a mark there. */
function markBeyond(text: string, bytes: Uint8Array): boolean {
  let hasUnseen = false
  for (let start = 0; start < text.length; start += BLOCK) {
    const block = text.slice(start, start + BLOCK)
    if (isAscii(block)) continue
    for (let index = 0; index < block.length; index++) {
      const code = block.charCodeAt(index)
      if (code < 128) continue
      const unseen = isUnseen(code)
      bytes[start + index] = unseen ? UNSEEN : BEYOND
      hasUnseen ||= unseen
    }
  }
  return hasUnseen
}

/**
 * Characters nobody sees: soft hyphen, grapheme joiner, Mongolian separator, zero widths, word joiner, byte order mark.
 * A token with one of them inside reads the same to a person, and to a model that strips them.
 */
function isUnseen(code: number): boolean {
  if (code < 0xad) return false
  if (code >= 0x200b && code <= 0x2064) return code <= 0x200f || code >= 0x2060
  return code === 0xad || code === 0xfeff || code === 0x34f || code === 0x180e
}
