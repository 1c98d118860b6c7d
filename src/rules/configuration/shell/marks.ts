import { marksOf, REMOTE, UNKNOWN } from '../../paths/pattern.ts'

/** Text that a stranger wrote: a title, a branch name, a message. */
export const ATTACKER = '\uE00A'
/** Part of a name that `mktemp` made up. */
export const FRESH = '\uE00B'

export const REMOTE_TEXT = UNKNOWN + REMOTE

const LONGEST_PRINTED = 512

/** What two programs print, one after the other; of much text only its marks are kept. */
export function printedTogether(first: string, second: string): string {
  if (first === '' || second === '') return first || second
  const both = `${first}\n${second}`
  return both.length > LONGEST_PRINTED ? allMarksOf(both) : both
}

export function allMarksOf(text: string): string {
  return marksOf(text) + (text.includes(ATTACKER) ? ATTACKER : '') + (text.includes(FRESH) ? FRESH : '')
}

/** Marks as nothing, for a text that is read again. */
export function withoutMarks(text: string): string {
  return text.replace(/[\uE000-\uE00B]/g, '_')
}
