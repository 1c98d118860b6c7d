import type { Grade } from '../../access/finding.ts'
import type { TextBytes } from './bytes.ts'
import { skipBytes } from './charsets.ts'
import type { Sightings } from './landmarks.ts'
import type { FoundWords } from './words.ts'

/** A possible secret in one text, before overlaps are joined. */
export interface Candidate {
  readonly kind: string
  readonly grade: Grade
  readonly start: number
  readonly end: number
  /** Where reading must begin to find it again: at its literal or name, at or before `start`. */
  readonly anchor: number
}

/** A keyword of some rules, seen in a text. */
export interface KeywordHit {
  readonly start: number
  readonly end: number
  readonly rules: readonly number[]
}

interface Stretch {
  start: number
  end: number
}

/** How many characters may still be decoded. */
export interface Budget {
  left: number
}

/** One pass over one text. Matchers read `text` and report through the methods of `scan.ts`. */
export interface Scan extends TextBytes {
  /** How many views deep the text lies. */
  readonly level: number
  /** What the views of one stretch may still hold together; each stretch of the text itself has its own. */
  readonly budget: Budget | undefined
  /** No more text will come. When false, a matcher that reaches the end calls `holdFrom` instead of deciding. */
  readonly final: boolean
  readonly candidates: Candidate[]
  /** Existing placeholders: nothing inside one is a secret. */
  readonly shields: { start: number; end: number }[]
  /** Stretches decoded as one: a stream is never cut inside. */
  readonly atoms: { start: number; end: number }[]
  /** Of each set the last long run of its characters, first and end; see `skipAhead`. */
  runs: Int32Array | undefined
  /** The words before the value that was looked at last. */
  context: FoundWords | undefined
  /** Stretches known to hold nothing that ends a bare value. */
  readonly clear: { readonly inCode: Stretch; readonly inSetting: Stretch }
  readonly sightings: Sightings
  /** Everything before is decided. */
  settled: number
  /** The file the text is of, when it is of one. */
  path: string | undefined
  /** Keywords of user rules, for the windows around them. */
  hits: KeywordHit[] | undefined
  /** A window that begins at `from` stays open until the text has this length. */
  needs: { from: number; length: number } | undefined
}

export function beginScan(
  { text, bytes, hasUnseen }: TextBytes,
  final: boolean,
  level = 0,
  budget?: Budget,
): Scan {
  return {
    text,
    bytes,
    hasUnseen,
    level,
    budget,
    final,
    candidates: [],
    shields: [],
    atoms: [],
    runs: undefined,
    context: undefined,
    clear: { inCode: { start: 0, end: 0 }, inSetting: { start: 0, end: 0 } },
    sightings: [],
    settled: text.length,
    path: undefined,
    hits: undefined,
    needs: undefined,
  }
}

/** Not decidable before more text arrives: nothing from `start` on may be released. */
export function holdFrom(scan: Scan, start: number): void {
  if (start < scan.settled) scan.settled = start
}

export function report(
  scan: Scan,
  kind: string,
  grade: Grade,
  start: number,
  end: number,
  anchor: number = start,
): void {
  scan.candidates.push({ kind, grade, start, end, anchor })
}

/** Shorter runs are walked again: that is quicker than looking for them. */
const LONG_RUN = 48

/**
 * As `skipBytes`, for one set. Remembers where a long run ends: a text of nothing but heads of tokens is one run for each
 * of them, and would be walked again from every head.
 */
export function skipAhead(scan: Scan, at: number, set: number, limit: number): number {
  const slot = (31 - Math.clz32(set)) << 1
  const { bytes, runs } = scan
  const isKnown = runs !== undefined && runs[slot]! <= at && at < runs[slot + 1]!
  const end = skipBytes(bytes, isKnown ? Math.min(limit, runs[slot + 1]!) : at, set, limit)
  if (end - at < LONG_RUN) return end
  scan.runs ??= new Int32Array(64)
  scan.runs[slot] = at
  if (!isKnown || end > runs[slot + 1]!) scan.runs[slot + 1] = end
  return end
}

/** Something that inspects the text around a literal of the automaton. */
export interface Trigger {
  readonly literal: string
  /** Upper and lower case count. */
  readonly exact: boolean
  /** A hit asks for a look around it, whatever follows. */
  readonly opensWindow?: true
  /** The literal begins a token: behind a character of a word it is none. */
  readonly bounded?: boolean
  /** `start` and `end` enclose the literal. */
  inspect(scan: Scan, start: number, end: number): void
}
