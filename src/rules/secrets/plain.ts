import { charset, isIn } from './charsets.ts'
import { beginScan, type Scan } from './scan.ts'
import type { Ruleset } from './scanner.ts'

/** A run of so many is looked into by the scanner. */
const RUN = 24
const BACKSLASH = 92
const PERCENT = 37
const LAST_SEEN = 126
/** Longer texts rarely hold no word of the rules, so that looking first would be looking twice. */
const LONGEST = 4_096

/**
 * Tells short texts a scan would find nothing in: no rule reports anything, nothing is encoded, nothing beyond ASCII.
 * Most of what a record or an answer consists of is that, and a scan of nothing still costs its bookkeeping.
 */
export function createPlainCheck({ automaton, triggers }: Ruleset): (text: string) => boolean {
  const { classes, transitions, accepting, width, hits } = automaton

  /** Asks the rules whose literal ends here, as the scanner would. */
  function isHarmless(scan: Scan, hit: readonly number[], end: number): boolean {
    for (const index of hit) {
      const trigger = triggers[index]!
      const start = end - trigger.literal.length
      if (trigger.exact && !scan.text.startsWith(trigger.literal, start)) continue
      trigger.inspect(scan, start, end)
    }
    return scan.candidates.length === 0 && scan.shields.length === 0
  }

  return function isPlain(text) {
    const { length } = text
    if (length > LONGEST) return false
    let state = 0
    let run = 0
    let scan: Scan | undefined
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > LAST_SEEN || code === BACKSLASH || code === PERCENT) return false
      if (isIn(code, charset.R)) {
        if (++run >= RUN) return false
      } else run = 0
      state = transitions[state + classes[code]!]!
      if (state < accepting) continue
      scan ??= beginScan(text, true)
      if (!isHarmless(scan, hits[(state - accepting) / width]!, index + 1)) return false
    }
    return true
  }
}
