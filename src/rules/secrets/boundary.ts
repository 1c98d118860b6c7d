import { charset, isIn } from './charsets.ts'

const BACKSLASH = 92

/**
 * Whether a token may begin at `at`: the character before is not of a word, or is the tail of an escape.
 * A token at the start of a line inside a JSON string follows `\n`, whose `n` is a word character; `\b` fails there.
 * Two underscores part the names of one tool: `mcp__server__tool`.
 */
export function mayBeginAt(text: string, at: number): boolean {
  if (at === 0 || !isIn(text.charCodeAt(at - 1), charset.W)) return true
  return text.endsWith('__', at) || endsEscape(text, at)
}

function endsEscape(text: string, at: number): boolean {
  const last = text.charCodeAt(at - 1)
  // \n \t \r \b \f
  if (text.charCodeAt(at - 2) === BACKSLASH && 'ntrbf'.includes(text[at - 1]!)) return true
  if (!isIn(last, charset.X)) return endsColour(text, at)
  if (text[at - 3] === '%' && isIn(text.charCodeAt(at - 2), charset.X)) return true
  return text.charCodeAt(at - 6) === BACKSLASH && text[at - 5] === 'u'
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
function endsColour(text: string, at: number): boolean {
  if (text[at - 1] !== 'm') return false
  let index = at - 2
  while (index >= at - 12 && (isIn(text.charCodeAt(index), charset.D) || text[index] === ';')) index--
  return text[index] === '['
}
