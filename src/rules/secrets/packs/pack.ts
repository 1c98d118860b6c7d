import { mayBeginAt } from '../boundary.ts'
import { charset, isIn } from '../charsets.ts'
import type { Scan, Trigger } from '../scan.ts'

/** Further rules for an engine. Kinds begin with `personal-` or `internal-`, which gives them their class. */
export interface Pack {
  readonly kinds: readonly string[]
  readonly triggers: readonly Trigger[]
}

/** Triggers that look at each run of digits once, where it begins. */
export function digitTriggers(inspect: (scan: Scan, start: number) => void): Trigger[] {
  return [...'0123456789'].map(literal => ({
    literal,
    exact: true,
    inspect(scan, start) {
      if (!isIn(scan.text.charCodeAt(start - 1), charset.D)) inspect(scan, start)
    },
  }))
}

/** Whether a number stands for itself: not a part of a word, a version, a path or a longer number. */
export function standsAlone({ text, bytes }: Scan, start: number, end: number): boolean {
  if (!mayBeginAt(bytes, start) || (start > 0 && '.-/#$'.includes(text[start - 1]!))) return false
  const after = text.charCodeAt(end)
  if (isIn(after, charset.W)) return false
  const goesOn = text[end] === '-' || text[end] === '.' || text[end] === '/'
  return !goesOn || !isIn(text.charCodeAt(end + 1), charset.A)
}

const NEAR = 48

/** Whether one of the words, in lower case, begins shortly before: `telephone` and `userPhone` name one, `Bestellung` does not. */
export function isNear({ text, bytes }: Scan, start: number, words: readonly string[]): boolean {
  const from = Math.max(0, start - NEAR)
  const before = text.slice(from, start)
  const lower = before.toLowerCase()
  return words.some(word => {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1))
      if (
        !isIn(before.charCodeAt(at - 1), charset.Z) ||
        before[at] !== lower[at] ||
        mayBeginAt(bytes, from + at)
      )
        return true
    return false
  })
}
