import { indexOfByte } from './bytes.ts'
import { charset, isByteIn, skipBytesBack } from './charsets.ts'
import { UNSEEN } from './narrow.ts'
import type { Scan } from './scan.ts'
import { escapeLength } from './views.ts'

const BACKSLASH = 92
const PERCENT = 37
const AMPERSAND = 38
const NUMBER_SIGN = 35
const QUOTE = 34
/** A stretch goes on over blanks when another escape follows so soon. */
const REACH = 64
const NEAR = 64

/** Finds the next escape at or after a place; remembers every kind, so that each is searched once. */
export function createEscapeFinder(scan: Scan): (from: number) => number {
  const { length } = scan.text
  let backslash = -1
  let percent = -1
  let ampersand = -1
  let unseen = scan.hasUnseen ? -1 : length
  return from => {
    if (unseen < from) unseen = indexOfSign(scan, UNSEEN, from)
    if (backslash < from) backslash = indexOfEscape(scan, BACKSLASH, from)
    if (percent < from) percent = indexOfEscape(scan, PERCENT, from)
    if (ampersand < from) ampersand = indexOfEscape(scan, AMPERSAND, from)
    return Math.min(backslash, percent, ampersand, unseen)
  }
}

function indexOfEscape(scan: Scan, sign: number, from: number): number {
  let at = indexOfSign(scan, sign, from)
  while (at < scan.text.length && escapeLength(scan.bytes, at) === 1) at = indexOfSign(scan, sign, at + 1)
  return at
}

/** Signs stand close together or not at all: what is near is looked at here, and a call searches the rest. */
function indexOfSign(scan: Scan, sign: number, from: number): number {
  const { bytes } = scan
  const near = Math.min(scan.text.length, from + NEAR)
  for (let index = from; index < near; index++) if (bytes[index] === sign) return index
  return indexOfByte(scan, sign, near)
}

/**
 * A block that is cut ends in front of a run of token characters and of the escape before it. Blocks cut inside of tokens would
 * hang together: a stream, which cuts neither a block nor a token, could release nothing.
 */
export function betweenRuns({ bytes }: Scan, start: number, end: number): number {
  const least = start + (end - start) / 2
  let index = skipBytesBack(bytes, end, charset.R, least)
  while (index > least && beginsEscape(bytes[index - 1]!)) index--
  return index > least ? index : end
}

function beginsEscape(byte: number): boolean {
  return byte === BACKSLASH || byte === PERCENT || byte === AMPERSAND || byte === NUMBER_SIGN
}

const ORDINARY = 0
const ESCAPE = 1
const GAP = 2
/** What every byte means for the end of a stretch. */
const meanings = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++)
  if (byte < 33 || byte > 126 || isByteIn(byte, charset.gap)) meanings[byte] = GAP
meanings[UNSEEN] = ORDINARY
for (const sign of [BACKSLASH, PERCENT, AMPERSAND]) meanings[sign] = ESCAPE

/**
 * Where a stretch of escapes ends: a line end, a bare double quote, or where no further escape is near. An encoded text that
 * holds several words is one stretch, so that a rule sees a name and its value; words around a lone escape are none of it.
 */
export function stretchEnd({ text, bytes }: Scan, at: number, limit: number): number {
  const end = Math.min(text.length, limit)
  let reach = at
  let firstGap = -1
  let index = at
  while (index < end) {
    const byte = bytes[index]!
    const meaning = meanings[byte]!
    if (meaning === ESCAPE) {
      const size = escapeLength(bytes, index)
      if (size > 1) {
        firstGap = -1
        reach = index + size + REACH
      }
      // what a backslash stands before belongs to it
      index += size === 1 && byte === BACKSLASH && isGraphic(bytes[index + 1]!) ? 2 : size
      continue
    }
    if (firstGap >= 0 && index > reach) return firstGap
    if (meaning === GAP) {
      if (index > reach || byte < 32 || byte === QUOTE) return index
      if (firstGap < 0) firstGap = index
    }
    index++
  }
  return end
}

function isGraphic(byte: number): boolean {
  return byte > 32 && byte < 127
}
