import type { TextBytes } from './bytes.ts'
import { charset, countIn } from './charsets.ts'
import { rarityOf } from './rarity.ts'

/** What a value is made of. */
export interface Shape {
  readonly value: string
  readonly digits: number
  readonly letters: number
  /** What joins words: `_-.:/`. */
  readonly joiners: number
  /** Neither letters nor digits nor what joins words. */
  readonly signs: number
  readonly hasCapitals: boolean
  readonly bothCases: boolean
  readonly isAscii: boolean
  readonly rarity: number
  /** Which characters that tell something stand in it: bits of `mark`. */
  readonly marks: number
}

/** A bit each for characters that no test must look for where there are none. */
export const mark = { blank: 1, dot: 2, slash: 4, bracket: 8, arrow: 16 } as const
const BEYOND = 32

const marks = new Uint8Array(256)
for (const [characters, bit] of [
  [' ', mark.blank],
  ['.', mark.dot],
  ['/', mark.slash],
  ['([', mark.bracket],
  // of `->`, `=>`, `::`, `?.`
  ['>:?', mark.arrow],
] as const)
  for (const character of characters) marks[character.charCodeAt(0)]! |= bit
marks.fill(BEYOND, 127)

/** So many characters can be counted in eight bits. */
const COUNTED = 255
const DIGIT = 1
const SMALL = 1 << 8
const CAPITAL = 1 << 16
const JOINER = 1 << 24
/** Four counts in one number, so that a character costs one addition. */
const weights = new Int32Array(256)
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code)
  if (character >= 'a' && character <= 'z') weights[code] = SMALL
  else if (character >= 'A' && character <= 'Z') weights[code] = CAPITAL
  else if (character >= '0' && character <= '9') weights[code] = DIGIT
  else if ('_-.:/'.includes(character)) weights[code] = JOINER
}

export function shapeOf({ text, bytes }: TextBytes, start: number, end: number): Shape {
  let digits = 0
  let small = 0
  let capitals = 0
  let joiners = 0
  let seen = 0
  for (let from = start; from < end; from += COUNTED) {
    const to = Math.min(end, from + COUNTED)
    let counts = 0
    for (let index = from; index < to; index++) {
      const byte = bytes[index]!
      counts = (counts + weights[byte]!) | 0
      seen |= marks[byte]!
    }
    digits += counts & 255
    small += (counts >>> 8) & 255
    capitals += (counts >>> 16) & 255
    joiners += counts >>> 24
  }
  const letters = small + capitals
  const value = text.slice(start, end)
  return {
    value,
    digits,
    letters,
    joiners,
    signs: end - start - digits - letters - joiners,
    hasCapitals: capitals > 0,
    bothCases: small > 0 && capitals > 0,
    isAscii: (seen & BEYOND) === 0 || isAscii(value),
    rarity: rarityOf(bytes, start, end),
    marks: seen,
  }
}

/** The byte of a NUL looks like one beyond. */
function isAscii(value: string): boolean {
  for (let index = 0; index < value.length; index++) if (value.charCodeAt(index) > 126) return false
  return true
}

/** Whether the value is made of letters and what joins words. */
export function isWords({ value, letters, joiners }: Shape): boolean {
  return letters + joiners === value.length
}

export function isDigits(part: string): boolean {
  return part !== '' && countIn(part, 0, part.length, charset.D) === part.length
}
