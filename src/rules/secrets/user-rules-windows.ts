import type { Grade } from '../../access/finding.ts'
import { charset, skip, skipBack } from './charsets.ts'
import { holdFrom, type KeywordHit, report, type Scan, type Trigger } from './scan.ts'
import type { CompiledRule } from './user-rules.ts'

/**
 * Does the work and interrupts it after so many milliseconds; false when it had to. Handed in: a rule holds no clock, and
 * an expression cannot stop itself.
 */
export type Within = (milliseconds: number, work: () => void) => boolean

/** The kind of a stretch that a rule could not be run on to its end. It counts as a secret, for nobody knows. */
export const UNSCANNED = 'unscanned'

/** What a window shows of the text before its first keyword; a stream keeps that and one character more. */
const BEFORE = 255
/** Keywords that far behind the first share its window, so that each has 1,536 characters behind it. */
const SPAN = 1_536
const AFTER = 3_328
/** How far a secret that the window's end cuts is followed. */
const BEYOND = 512
/** A secret may begin in the word before its keyword: that much of it is not released yet. */
const HELD_RUN = 128
/** One slice of time. A text has four, and one more for each 100 KB; when they are over, rules are not run on the rest of it. */
const SLICE_MS = 50
const SLICES = 4
const SLICE_CHARACTERS = 100_000

/** The rules of the deployment: triggers for the automaton, and the second step that runs expressions around their hits. */
export interface UserRules {
  readonly triggers: readonly Trigger[]
  readonly kinds: readonly string[]
  inspect(scan: Scan, from: number): void
}

/** Joins rules for one engine. */
export function createUserRules(rules: readonly CompiledRule[], within: Within): UserRules {
  const byKeyword = new Map<string, number[]>()
  for (const [index, { keywords }] of rules.entries())
    for (const keyword of keywords) byKeyword.set(keyword, [...(byKeyword.get(keyword) ?? []), index])
  return {
    triggers: [...byKeyword].map(([keyword, indices]) => keywordTrigger(keyword, indices)),
    kinds: [...rules.map(({ kind }) => kind), UNSCANNED],
    inspect(scan, from) {
      if (!scan.hits) return
      const run = new WindowRun(rules, scan, from)
      while (!within(SLICE_MS, () => run.goOn())) run.interrupted()
    },
  }
}

function keywordTrigger(literal: string, rules: readonly number[]): Trigger {
  return {
    literal,
    exact: false,
    opensWindow: true,
    inspect(scan, start, end) {
      // the automaton takes all characters beyond ASCII for one
      if (scan.text.slice(start, end).toLowerCase() !== literal) return
      scan.hits ??= []
      scan.hits.push({ start, end, rules })
    },
  }
}

interface Window {
  readonly start: number
  readonly end: number
  readonly hold: number
  /** What stands before belongs to the window before. */
  readonly floor: number
  /** The end of the last keyword that shares it. */
  readonly last: number
  /** Rules still to be run, the last one first. */
  readonly pending: number[]
  readonly found: Found[]
}

interface Found {
  readonly kind: string
  readonly grade: Grade
  readonly start: number
  readonly end: number
}

/**
 * One text's windows, one after the other. INVARIANT: it may be interrupted at any line and goes on with the rule it was at;
 * doing a step twice does no harm, for what is reported twice is joined.
 */
class WindowRun {
  readonly #rules: readonly CompiledRule[]
  readonly #scan: Scan
  readonly #hits: readonly KeywordHit[]
  #next = 0
  /** Everything before belongs to windows that are done. */
  #floor: number
  #window: Window | undefined
  /** The rule that was at work when the time was over: it gets the whole time once more, alone. */
  #suspect: number | undefined
  #slices: number

  constructor(rules: readonly CompiledRule[], scan: Scan, from: number) {
    this.#rules = rules
    this.#scan = scan
    this.#hits = scan.hits!.toSorted((a, b) => a.start - b.start)
    this.#floor = from
    this.#slices = SLICES + scan.text.length / SLICE_CHARACTERS
  }

  goOn(): void {
    for (;;) {
      if (!this.#window && !this.#open()) return
      const { pending } = this.#window!
      while (pending.length > 0) {
        this.#examine(this.#rules[pending.at(-1)!]!)
        pending.pop()
        this.#suspect = undefined
      }
      this.#close()
    }
  }

  interrupted(): void {
    this.#slices--
    const rule = this.#window?.pending.at(-1)
    if (rule === undefined) return
    if (this.#suspect !== rule) {
      this.#suspect = rule
      return
    }
    this.#suspect = undefined
    this.#giveUp()
    this.#window!.pending.pop()
  }

  /** Nothing of the window may be taken for clean. */
  #giveUp(): void {
    const { hold, end, found } = this.#window!
    found.push({ kind: UNSCANNED, grade: 'certain', start: hold, end })
  }

  /** Begins the next window; false when there is none, or the text it needs is still to come. */
  #open(): boolean {
    const { text, final } = this.#scan
    while (this.#next < this.#hits.length && this.#hits[this.#next]!.start < this.#floor) this.#next++
    const first = this.#hits[this.#next]
    if (!first) return false
    const hold = skipBack(text, first.start, charset.run, Math.max(this.#floor, first.start - HELD_RUN))
    const needs = first.start + AFTER + BEYOND
    if (needs > text.length && !final) {
      holdFrom(this.#scan, hold)
      this.#scan.needs = { from: hold, length: needs }
      return false
    }
    const pending = new Set<number>()
    let last = first
    for (let at = this.#next; at < this.#hits.length && this.#hits[at]!.start < first.start + SPAN; at++) {
      last = this.#hits[at]!
      for (const rule of last.rules) pending.add(rule)
    }
    this.#window = {
      last: last.end,
      floor: this.#floor,
      start: Math.max(0, first.start - BEFORE),
      end: Math.min(text.length, first.start + AFTER),
      hold,
      pending: [...pending],
      found: [],
    }
    return true
  }

  #close(): void {
    const { hold, found, last } = this.#window!
    for (const { kind, grade, start, end } of found)
      report(this.#scan, kind, grade, start, end, Math.min(start, hold))
    this.#floor = Math.max(last, ...found.map(({ end }) => end))
    // a stream never cuts here, or its windows would lie elsewhere than those of the whole
    this.#scan.atoms.push({ start: hold, end: this.#floor })
    this.#window = undefined
  }

  #examine(rule: CompiledRule): void {
    if (this.#slices <= 0) {
      this.#giveUp()
      return
    }
    try {
      if (rule.appliesTo(this.#scan.path)) this.#window!.found.push(...this.#find(rule))
    } catch {
      // the stack an expression goes back on can overflow; what it did not see is not clean
      this.#giveUp()
    }
  }

  #find(rule: CompiledRule): Found[] {
    const { text, path } = this.#scan
    const { start, end, floor } = this.#window!
    // one character more on both sides tells a word's edge and the text's from the window's
    const from = Math.max(0, start - 1)
    const shown = text.slice(from, end + 1)
    const seen: Found[] = []
    for (let at = start - from; at <= shown.length; ) {
      const match = rule.find(shown, at)
      if (!match) break
      at = match.matchEnd > at ? match.matchEnd : at + 1
      if (!rule.counts(shown, match, path)) continue
      const isCut = from + match.end >= end && end < text.length
      const last = isCut ? skip(text, end, charset.run, end + BEYOND) : from + match.end
      const first = Math.max(floor, from + match.start)
      if (first < last) seen.push({ kind: rule.kind, grade: rule.grade, start: first, end: last })
    }
    return seen
  }
}
