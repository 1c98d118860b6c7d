import { SHIFT } from './automaton.ts'
import { charset, isIn } from './charsets.ts'
import { entityAt } from './entities.ts'
import type { Ruleset } from './ruleset.ts'

const RUN = 24
/** So short, only a run with a digit is looked at by the scanner. */
const SHORT_RUN = 16

/**
 * Asks raw bytes whether decoding and scanning them is worth while. It runs the same automaton and looks for what a view would open
 * (a run of base64 or hexadecimal, a backslash, a percent escape), and answers true at the first of them that could matter.
 * A literal that merely names a secret counts only when an operator follows soon, as the matcher would ask.
 */
export function createPrefilter({ automaton, triggers, heads }: Ruleset) {
  const { classes, transitions, accepting, hits } = automaton

  return function mayHoldSecret(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    let state = 0
    let run = 0
    let hasDigit = false
    for (let index = start; index < end; index++) {
      const code = bytes[index]!
      if (code === 92 || code === 0) return true
      if (code === 37 && isHexByte(bytes[index + 1]) && isHexByte(bytes[index + 2])) return true
      if (code === 38 && entityAt(bytes, index) !== 0) return true
      if (code > 127 && isUnseen(bytes, index)) return true
      if (isIn(code, charset.R)) {
        hasDigit ||= isIn(code, charset.D)
        if (++run >= (hasDigit ? SHORT_RUN : RUN)) return true
      } else {
        run = 0
        hasDigit = false
      }
      state = transitions[(state << SHIFT) | classes[code]!]!
      if (state >= accepting && mayMatter(hits[state - accepting]!, bytes, index + 1, end)) return true
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
    // the last byte of a character beyond ASCII holds six bits of it
    if (
      wanted > 127
        ? byte < 128 || (exact && byte !== (0x80 | (wanted & 0x3f)))
        : byte !== wanted && (exact || !isLetterOf(byte, wanted))
    )
      return false
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
  if (!isIn(literal.charCodeAt(literal.length - 1), charset.A)) return true
  let index = at
  // a letter beyond ASCII may stand in a name
  while (index < end && (isIn(bytes[index]!, charset.G) || bytes[index]! > 127)) index++
  if (isIn(bytes[index] ?? 0, charset.quote)) index++
  if (bytes[index] === 93 || bytes[index] === 41) index++
  const adjacent = index
  while (index < end && isIn(bytes[index]!, charset.blank)) index++
  if (index >= end) return false
  if (OPERATORS.has(bytes[index]!)) return true
  // `--name value`, `name "value"`, `name type = value`, `name is value`
  if (index > adjacent)
    return (
      isIn(bytes[index]!, charset.quote) ||
      mayAssignByBlank(bytes, at - literal.length) ||
      mayLink(bytes, index, end)
    )
  return false
}

const OPERATORS = new Set([...'=:!>,?([{|<\n\r'].map(character => character.charCodeAt(0)))

/** `is`, `to`, `for`, `value`, or a type with an equals sign behind it. */
function mayLink(bytes: Uint8Array, at: number, end: number): boolean {
  const first = bytes[at]! | 32
  const second = (bytes[at + 1] ?? 0) | 32
  if (
    (first === 105 && second === 115) ||
    (first === 116 && second === 111) ||
    (first === 102 && second === 111)
  )
    return true
  if (first === 118 && second === 97) return true
  let index = at
  while (index < end && index < at + 64 && isIn(bytes[index]!, charset.annotation | charset.blank)) index++
  return bytes[index] === 61
}

/** The matcher looks at what the name begins with, and back 120 characters of up to three bytes each. */
function mayAssignByBlank(bytes: Uint8Array, start: number): boolean {
  let begin = start
  while (begin > 0 && begin > start - 48 && isIn(bytes[begin - 1]!, charset.W | charset.S)) begin--
  // -Password, requirepass, masterauth, set -gx NAME
  if (
    bytes[begin] === 45 ||
    (bytes[begin]! | 32) === 114 ||
    (bytes[begin]! | 32) === 109 ||
    bytes[begin - 2] === 120
  )
    return true
  for (let index = Math.max(0, start - 360); index + 1 < start; index++) {
    if (bytes[index] === 108 && bytes[index + 1] === 111) return true
    // ENV and ARG of a container file
    if (bytes[index] === 69 && bytes[index + 1] === 78) return true
    if (bytes[index] === 65 && bytes[index + 1] === 82) return true
  }
  return false
}
