import { charset, isIn } from './charsets.ts'
import type { Ruleset } from './scanner.ts'

/** A run of so many is looked into by the scanner. */
const RUN = 24
const BACKSLASH = 92
const PERCENT = 37
const LAST_SEEN = 126
/** Longer texts rarely hold no word of the rules, so that looking first would be looking twice. */
const LONGEST = 4_096

/**
 * Tells short texts a scan could find nothing in: no literal of a rule, nothing encoded, nothing beyond ASCII.
 * Most of what a record or an answer consists of is that, and a scan of nothing still costs its bookkeeping.
 */
export function createPlainCheck({ automaton }: Ruleset): (text: string) => boolean {
  const { classes, transitions, accepting } = automaton

  return function isPlain(text) {
    const { length } = text
    if (length > LONGEST) return false
    let state = 0
    let run = 0
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > LAST_SEEN || code === BACKSLASH || code === PERCENT) return false
      if (isIn(code, charset.R)) {
        if (++run >= RUN) return false
      } else run = 0
      state = transitions[state + classes[code]!]!
      if (state >= accepting) return false
    }
    return true
  }
}
