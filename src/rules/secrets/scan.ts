import type { Grade } from '../../access/finding.ts'
import type { TextBytes } from './bytes.ts'

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
  /** A stretch known to hold nothing that ends a bare value; so that `key=key=key=…` is not walked again and again. */
  readonly clear: { start: number; end: number; set: number }
  /** Up to where `login ` has been looked for, and where it stood last. */
  readonly logins: { searched: number; last: number }
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
    clear: { start: 0, end: 0, set: 0 },
    logins: { searched: 0, last: -1 },
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
