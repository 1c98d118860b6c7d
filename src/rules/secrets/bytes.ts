import { narrow } from './narrow.ts'

/** What stands for the end; it is in no set. */
const END = 0x82

/** Longer texts get memory of their own, which is given back. */
const KEPT = 4 * 1024 * 1024

/** A text with one byte for each UTF-16 code: loops over bytes run several times faster than over a string. `narrow.ts` says what stands for which. */
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
  const hasUnseen = write(text, bytes, 0)
  bytes[length] = END
  return { text, bytes, hasUnseen }
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
  if (write(piece, buffer.bytes, start)) buffer.hasUnseen = true
  buffer.bytes[length] = END
}

export function drop(buffer: StreamBytes, count: number): void {
  if (count === 0) return
  buffer.text = buffer.text.slice(count)
  buffer.bytes.copyWithin(0, count, count + buffer.text.length + 1)
  if (buffer.text === '') buffer.hasUnseen = false
}

/** Writes the bytes of a text; tells whether a character nobody sees is among them. Short texts are written by hand: a native call takes longer. */
function write(text: string, bytes: Uint8Array, start: number): boolean {
  const { length } = text
  if (length > SHORT) return narrow(text, bytes, start)
  let isPlain = true
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    bytes[start + index] = code
    if (code > 127 || code === 0) isPlain = false
  }
  return !isPlain && narrow(text, bytes, start)
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
