import { charset, isByteIn } from './charsets.ts'

const BACKSLASH = 92
const PERCENT = 37
const SEMICOLON = 59
const BRACKET = 91
const UNDERSCORE = 95
const SMALL_M = 109
const SMALL_U = 117

/**
 * Whether a token may begin at `at`: the character before is not of a word, or is the tail of an escape.
 * A token at the start of a line inside a JSON string follows `\n`, whose `n` is a word character; `\b` fails there.
 * Two underscores part the names of one tool: `mcp__server__tool`.
 */
export function mayBeginAt(bytes: Uint8Array, at: number): boolean {
  if (at === 0) return true
  const last = bytes[at - 1]!
  if (!isByteIn(last, charset.W)) return true
  if (last === UNDERSCORE) return bytes[at - 2] === UNDERSCORE
  return endsEscape(bytes, at, last)
}

/** `last` is the letter or digit before `at`. */
function endsEscape(bytes: Uint8Array, at: number, last: number): boolean {
  const before = bytes[at - 2]!
  if (before === BACKSLASH && isEscapeLetter(last)) return true
  if (!isByteIn(last, charset.X)) return last === SMALL_M && endsColour(bytes, at)
  if (bytes[at - 3] === PERCENT && isByteIn(before, charset.X)) return true
  return bytes[at - 6] === BACKSLASH && bytes[at - 5] === SMALL_U
}

/** Of `\n`, `\t`, `\r`, `\b` and `\f`. */
function isEscapeLetter(code: number): boolean {
  return code === 110 || code === 116 || code === 114 || code === 98 || code === 102
}

/** Whether a line begins at `at`, also inside a JSON string, and behind the mark of a diff. */
export function beginsLine(bytes: Uint8Array, at: number): boolean {
  return isAfterLine(bytes, at) || (isDiffMark(bytes[at - 1]!) && isAfterLine(bytes, at - 1))
}

function isAfterLine(bytes: Uint8Array, at: number): boolean {
  if (at === 0) return true
  const before = bytes[at - 1]
  return before === 10 || before === 13 || (before === 110 && at > 1 && bytes[at - 2] === BACKSLASH)
}

/** `+` or `-`: whether a line was added or taken away. */
export function isDiffMark(byte: number): boolean {
  return byte === 43 || byte === 45
}

/** Past the mark of a diff at the beginning of a line. */
export function skipDiffMark(bytes: Uint8Array, at: number): number {
  return isDiffMark(bytes[at]!) ? at + 1 : at
}

/** The end of a terminal colour: ESC [ 1 m. */
function endsColour(bytes: Uint8Array, at: number): boolean {
  let index = at - 2
  while (index >= 0 && index >= at - 12 && (isByteIn(bytes[index]!, charset.D) || bytes[index] === SEMICOLON))
    index--
  return bytes[index] === BRACKET
}
