import { charset, isIn } from './charsets.ts'
import type { Ruleset } from './ruleset.ts'

const RUN = 24

/**
 * Asks raw bytes whether decoding and scanning them is worth while. It runs the same automaton and looks for what a view would open
 * (a run of base64 or hexadecimal, a backslash, a percent escape), and answers true at the first of them that could matter.
 * A literal that merely names a secret counts only when an operator follows soon, as the matcher would ask.
 */
export function createPrefilter({ automaton, triggers, heads }: Ruleset) {
  const { classes, transitions, accepting, width, hits } = automaton

  return function mayHoldSecret(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    let state = 0
    let run = 0
    for (let index = start; index < end; index++) {
      const code = bytes[index]!
      if (code === 92 || code === 0) return true
      if (code === 37 && isHexByte(bytes[index + 1]) && isHexByte(bytes[index + 2])) return true
      if (code > 127 && isUnseen(bytes, index)) return true
      if (isIn(code, charset.R)) {
        if (++run >= RUN) return true
      } else run = 0
      state = transitions[state + classes[code]!]!
      if (state >= accepting && mayMatter(hits[(state - accepting) / width]!, bytes, index + 1, end))
        return true
    }
    return false
  }

  function mayMatter(hit: readonly number[], bytes: Uint8Array, headEnd: number, end: number): boolean {
    for (const index of hit) {
      const { literal, exact, opensWindow } = triggers[index]!
      const at = headEnd - heads[index]!
      if (!isLiteral(bytes, at, end, literal, exact)) continue
      if (exact || opensWindow || namesValue(bytes, at + literal.length, end, literal)) return true
    }
    return false
  }
}

/** Whether the UTF-8 of a character that nobody sees begins here; `bytes.ts` says which they are. */
function isUnseen(bytes: Uint8Array, at: number): boolean {
  const second = bytes[at + 1]!
  const third = bytes[at + 2]!
  switch (bytes[at]) {
    case 0xc2:
      return second === 0xad
    case 0xcd:
      return second === 0x8f
    case 0xe1:
      return second === 0xa0 && third === 0x8e
    case 0xe2:
      return (second === 0x80 && third >= 0x8b && third <= 0x8f) || (second === 0x81 && third >= 0xa0)
    case 0xef:
      return second === 0xbb && third === 0xbf
    default:
      return false
  }
}

function isHexByte(byte: number | undefined): boolean {
  return byte !== undefined && isIn(byte, charset.X)
}

/** Whether the literal stands at `at`; in either case unless it must be exact. */
function isLiteral(bytes: Uint8Array, at: number, end: number, literal: string, exact: boolean): boolean {
  if (at + literal.length > end) return false
  for (let index = 0; index < literal.length; index++) {
    const byte = bytes[at + index]!
    const wanted = literal.charCodeAt(index)
    if (byte !== wanted && (exact || !isLetterOf(byte, wanted))) return false
  }
  return true
}

/** Whether the byte is the small letter `wanted` in capitals. */
function isLetterOf(byte: number, wanted: number): boolean {
  return wanted >= 97 && wanted <= 122 && (byte | 32) === wanted
}

/** Whether anything but a further letter of a word or the end of a sentence follows the rest of the name. */
function namesValue(bytes: Uint8Array, at: number, end: number, literal: string): boolean {
  // these carry their operator in themselves
  if (literal.endsWith(' ') || literal.endsWith('=')) return true
  let index = at
  while (index < end && isIn(bytes[index]!, charset.G)) index++
  if (isIn(bytes[index] ?? 0, charset.quote)) index++
  if (bytes[index] === 93 || bytes[index] === 41) index++
  const adjacent = index
  while (index < end && isIn(bytes[index]!, charset.blank)) index++
  // `--name value` and .netrc assign by a blank
  if (index > adjacent && mayAssignByBlank(bytes, at - literal.length)) return index < end
  // the `value` attribute of XML settings
  if (index > adjacent && (bytes[index]! | 32) === 118 && (bytes[index + 1]! | 32) === 97) return true
  return index < end && OPERATORS.has(bytes[index]!)
}

const OPERATORS = new Set([...'=:!>,?'].map(character => character.charCodeAt(0)))

/** The matcher looks back 120 characters, of up to three bytes each. */
function mayAssignByBlank(bytes: Uint8Array, start: number): boolean {
  for (let index = Math.max(0, start - 360); index + 1 < start; index++) {
    if (bytes[index] === 45 && bytes[index + 1] === 45) return true
    if (bytes[index] === 108 && bytes[index + 1] === 111) return true
    // ENV and ARG of a container file
    if (bytes[index] === 69 && bytes[index + 1] === 78) return true
    if (bytes[index] === 65 && bytes[index + 1] === 82) return true
  }
  return false
}
