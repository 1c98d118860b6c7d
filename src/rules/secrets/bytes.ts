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
  readonly text: string
  /** May be longer than the text; `END` stands behind it. */
  readonly bytes: Uint8Array
  /** Whether a character that nobody sees is among them. */
  readonly hasUnseen: boolean
}

/** Up to here a loop of ours is quicker than a call. */
const SHORT = 64

const kept: Buffer[] = []

/** Reads a text into the memory of its level: views lie in texts that are still being read. Valid until the next call for that level. */
export function readBytes(text: string, level: number): TextBytes {
  const { length } = text
  const bytes = memoryFor(length + 1, level)
  bytes.write(text, 0, 'latin1')
  bytes[length] = END
  return { text, bytes, hasUnseen: !isPlain(text, bytes, 0) && markBeyond(text, bytes, 0) }
}

/** The text of a stream that is still to be decided: grows at its end and is dropped from its beginning. */
export interface StreamBytes extends TextBytes {
  text: string
  bytes: Uint8Array
  hasUnseen: boolean
}

export function createStreamBytes(): StreamBytes {
  return { text: '', bytes: Buffer.alloc(1_024, END), hasUnseen: false }
}

export function append(buffer: StreamBytes, piece: string): void {
  const start = buffer.text.length
  const length = start + piece.length
  buffer.text += piece
  if (length >= buffer.bytes.length) {
    const grown = Buffer.allocUnsafe(length * 2)
    grown.set(buffer.bytes.subarray(0, start))
    buffer.bytes = grown
  }
  if (writePiece(piece, buffer.bytes, start)) buffer.hasUnseen = true
  buffer.bytes[length] = END
}

export function drop(buffer: StreamBytes, count: number): void {
  if (count === 0) return
  buffer.text = buffer.text.slice(count)
  buffer.bytes.copyWithin(0, count, count + buffer.text.length + 1)
  if (buffer.text === '') buffer.hasUnseen = false
}

/** Short pieces are written by hand: a native call takes longer. Tells whether a character nobody sees is among them. */
function writePiece(piece: string, bytes: Uint8Array, start: number): boolean {
  if (piece.length > SHORT) {
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).write(piece, start, 'latin1')
    return !isPlain(piece, bytes, start) && markBeyond(piece, bytes, start)
  }
  let isBeyond = false
  for (let index = 0; index < piece.length; index++) {
    const code = piece.charCodeAt(index)
    bytes[start + index] = code
    if (code > 127 || code === 0) isBeyond = true
  }
  return isBeyond && markBeyond(piece, bytes, start)
}

/** The index of a byte at or after `from`, or the length of the text. */
export function indexOfByte({ text, bytes }: TextBytes, byte: number, from: number): number {
  const { length } = text
  if (length - from > SHORT) {
    const found = bytes.subarray(0, length).indexOf(byte, from)
    return found < 0 ? length : found
  }
  for (let index = from; index < length; index++) if (bytes[index] === byte) return index
  return length
}

function memoryFor(size: number, level: number): Buffer {
  const own = kept[level]
  if (own !== undefined && own.length >= size) return own
  if (size > KEPT) return Buffer.allocUnsafeSlow(size)
  const grown = Buffer.allocUnsafeSlow(Math.min(KEPT, Math.max(16_384, size * 2)))
  kept[level] = grown
  return grown
}

/** Whether all of the text is ASCII, and no NUL; its low halves stand in the bytes from `start` on. */
function isPlain(text: string, bytes: Uint8Array, start: number): boolean {
  return isAscii(text) && !hasNul(bytes, start, text.length)
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** Also true for the low half of a character beyond ASCII. */
function hasNul(bytes: Uint8Array, start: number, length: number): boolean {
  return bytes.subarray(start, start + length).includes(0)
}

/**
 * Latin 1 keeps the low half of a code, which could look like a letter: puts a mark there. Where UTF-16 is read as bytes
 * a NUL stands beside every letter, so nobody sees that either.
 */
function markBeyond(text: string, bytes: Uint8Array, at: number): boolean {
  const mayHoldNul = hasNul(bytes, at, text.length)
  let hasUnseen = false
  for (let start = 0; start < text.length; start += BLOCK) {
    const block = text.slice(start, start + BLOCK)
    if (isAscii(block) && !(mayHoldNul && hasNul(bytes, at + start, block.length))) continue
    for (let index = 0; index < block.length; index++) {
      const code = block.charCodeAt(index)
      if (code > 0 && code < 128) continue
      const unseen = isUnseen(code)
      bytes[at + start + index] = unseen ? UNSEEN : BEYOND
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
  if (code < 0xad) return code === 0
  if (code >= 0x200b && code <= 0x2064) return code <= 0x200f || code >= 0x2060
  return code === 0xad || code === 0xfeff || code === 0x34f || code === 0x180e
}
