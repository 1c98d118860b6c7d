import { type CharsetName, charset, isByteIn } from './charsets.ts'
import { type Scan, skipAhead } from './scan.ts'

/**
 * The shape of a token's body as data: `A{36}`, `S{22}.S{43}`, `H{16,32}`, `'T3BlbkFJ'`.
 * A capital letter names a set of `charsets.ts`, quotes hold literal letters, anything else stands for itself.
 * Parts are taken greedily and never given back, so matching costs the token's length.
 */
export interface Pattern {
  readonly parts: readonly Part[]
  /** The set a following character may not belong to, or the token goes on. */
  readonly after: number
  /** Longest possible match. */
  readonly longest: number
}

type Part =
  | { readonly set: number; readonly minimum: number; readonly maximum: number }
  | { readonly literal: string }

/** No match, or not decidable before more text arrives. */
export const NO_MATCH = -1
export const OPEN = -2

const narrow = new Set(['H', 'X', 'D', 'L', 'U', 'T', 'Q', 'Z', 'Y'])

export function compilePattern(source: string): Pattern {
  const parts: Part[] = []
  let lastSet: CharsetName = 'W'
  let longest = 0
  for (let at = 0; at < source.length; ) {
    const character = source[at]!
    if (character === "'") {
      const close = source.indexOf("'", at + 1)
      if (close < 0) throw new TypeError(`pattern ${source} has an open quote`)
      parts.push({ literal: source.slice(at + 1, close) })
      longest += close - at - 1
      at = close + 1
    } else if (source[at + 1] === '{') {
      const close = source.indexOf('}', at)
      const [minimum, maximum = minimum] = source
        .slice(at + 2, close)
        .split(',')
        .map(Number)
      if (!(character in charset) || !minimum || !maximum)
        throw new TypeError(`pattern ${source} is malformed`)
      lastSet = character as CharsetName
      parts.push({ set: charset[lastSet], minimum, maximum })
      longest += maximum
      at = close + 1
    } else {
      parts.push({ literal: character })
      longest++
      at++
    }
  }
  return { parts, after: charset[narrow.has(lastSet) ? 'A' : lastSet], longest }
}

/** Matches at `at`; gives the end, `NO_MATCH`, or `OPEN` when the text is not final and ends too soon to tell. */
export function matchPattern(pattern: Pattern, scan: Scan, at: number): number {
  const { bytes, final } = scan
  const { length } = scan.text
  const undecided = final ? NO_MATCH : OPEN
  let index = at
  for (const part of pattern.parts) {
    if ('literal' in part) {
      for (let k = 0; k < part.literal.length; k++, index++) {
        if (index >= length) return undecided
        if (bytes[index] !== part.literal.charCodeAt(k)) return NO_MATCH
      }
      continue
    }
    const begin = index
    index = skipAhead(scan, index, part.set, index + part.maximum)
    if (index >= length && !final) return OPEN
    if (index - begin < part.minimum) return NO_MATCH
  }
  if (index >= length) return final ? index : OPEN
  return isByteIn(bytes[index]!, pattern.after) ? NO_MATCH : index
}
