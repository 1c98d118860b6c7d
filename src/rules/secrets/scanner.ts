import { beginsLine, isDiffMark } from './boundary.ts'
import { readBytes, type TextBytes } from './bytes.ts'
import { isShielded, join, settle } from './candidates.ts'
import { charset, isByteIn, skipBytes, skipBytesBack } from './charsets.ts'
import { inspectContext } from './context.ts'
import { encodedView, encodingOf, gatherLines, type Line } from './encoded.ts'
import { betweenRuns, createEscapeFinder, stretchEnd } from './escapes.ts'
import { UNSEEN } from './narrow.ts'
import { type Ruleset, runAutomaton } from './ruleset.ts'
import { findRuns, RUN_SHORTEST } from './runs.ts'
import { type Budget, beginScan, type Candidate, holdFrom, report, type Scan } from './scan.ts'
import { inspectRun } from './structures.ts'
import { unescapedView, type View } from './views.ts'

/** Characters before the first undecided one that a matcher may look back at. A stream keeps that many. */
export const LOOK_BACK = 256
/** Longest stretch of token characters that may belong to a secret whose mark comes last. */
const HELD_RUN = 128
const BASE64_SHORTEST = 24
const INVISIBLE_SHORTEST = 12
const RUN_BLOCK = 8_192
const REGION_BLOCK = 4_096
const REGION_HEAD = 64
const DEEPEST = 3
/** What all views of one stretch may hold together, as a multiple of its length. */
const BUDGET = 2
const BACKSLASH = 92

/** Where a scan takes up again, and whether it does so inside a block of escapes. */
export interface Progress {
  readonly from: number
  readonly inRegion: boolean
}

export interface Scanned {
  /** Sorted, without overlaps; those that end at or before `settled` are final. */
  readonly candidates: readonly Candidate[]
  readonly settled: number
  readonly inRegion: boolean
  /** The length the text must have before more of it can be decided; undefined when any more may do. */
  readonly needs?: number | undefined
}

export const beginning: Progress = { from: 0, inRegion: false }

/**
 * One pass over `text` from `progress.from`. When not final, `settled` tells up to where every decision stands
 * whatever comes next; scanning on from there gives what scanning the whole would.
 */
export function scanText(
  rules: Ruleset,
  source: TextBytes,
  progress: Progress,
  final: boolean,
  path?: string,
): Scanned {
  const { text } = source
  const scan = beginScan(source, final)
  scan.path = path
  const depth = runAutomaton(rules, scan, progress.from)
  const blocks = decodeText(rules, scan, progress)
  rules.windows?.(scan, progress.from)
  const candidates = join(scan)
  if (final) return { candidates, settled: text.length, inRegion: false }
  holdFrom(scan, text.length - depth)
  holdFrom(scan, skipBytesBack(scan.bytes, text.length, charset.run, Math.max(0, text.length - HELD_RUN)))
  const settled = Math.max(progress.from, settle(scan, candidates))
  const inRegion = blocks.includes(settled) || (progress.inRegion && settled === progress.from)
  const needs = scan.needs?.from === settled ? scan.needs.length : undefined
  return { candidates, settled, inRegion, needs }
}

/** Looks at what is encoded; gives the places where a block of escapes was cut. */
function decodeText(rules: Ruleset, scan: Scan, progress: Progress): number[] {
  decodeRuns(rules, scan, progress.from)
  return decodeEscapes(rules, scan, progress)
}

/** Every run of 16 or more base64 characters, up to one that is held. */
function decodeRuns(rules: Ruleset, scan: Scan, from: number): void {
  const runs = findRuns(scan.bytes, from, scan.text.length)
  let at = from
  for (let index = 0; index < runs.length; index += 2) {
    at = Math.max(at, runs[index]!)
    for (const end = runs[index + 1]!; end - at >= RUN_SHORTEST; ) {
      const next = decodeRun(rules, scan, at, Math.min(end, at + RUN_BLOCK))
      if (next === at) return
      at = next
    }
  }
}

/** Gives how far it went: nowhere, where more of the text must come. */
function decodeRun(rules: Ruleset, scan: Scan, begin: number, end: number): number {
  const { text, bytes } = scan
  if (isOpen(scan, begin, end)) {
    holdFrom(scan, begin)
    return begin
  }
  const start = skipForeign(scan, begin, end)
  if (end - start < BASE64_SHORTEST) {
    // so short, without a digit, it is a name
    if (end - start >= RUN_SHORTEST && hasDigit(bytes, start, end)) inspectContext(scan, start, end)
    return end
  }
  inspectRun(scan, start, end)
  const encoding = scan.level < DEEPEST ? encodingOf(bytes, start, end) : undefined
  const lines: [Line, ...Line[]] = [{ start, end }]
  if (encoding && gatherLines(scan, lines, start + RUN_BLOCK) === 'open') {
    holdFrom(scan, begin)
    return begin
  }
  for (const line of lines.slice(1)) inspectRun(scan, line.start, line.end)
  const last = lines.at(-1)!.end
  scan.atoms.push({ start: begin, end: last })
  if (encoding) {
    const view = encodedView(text, lines, encoding)
    scanView(rules, scan, view, scan.budget ?? { left: BUDGET * (last - start) })
  }
  return last
}

/** Whether more of the run may come, or of the padding that tells whether a sign before it is the mark of a diff. */
function isOpen({ text, bytes, final }: Scan, begin: number, end: number): boolean {
  if (final) return false
  const sign = bytes[begin - 1] === BACKSLASH ? begin + 1 : begin
  return end === text.length || (end + 2 > text.length && isDiffMark(bytes[sign]!))
}

/** Past the letter of an escape, or the mark of a diff, that stands before a run and looks like a part of it. */
function skipForeign({ text, bytes }: Scan, begin: number, end: number): number {
  const start = bytes[begin - 1] === BACKSLASH && 'nrt'.includes(text[begin]!) ? begin + 1 : begin
  if (!isDiffMark(bytes[start]!) || !beginsLine(bytes, start)) return start
  // one character more than four times some is no base64
  const size = skipBytes(bytes, end, charset.E, end + 2) - start
  return size % 4 === 1 ? start + 1 : start
}

function hasDigit(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (isByteIn(bytes[index]!, charset.D)) return true
  return false
}

/** Every stretch that holds a backslash, an escape of addresses or HTML, or a character nobody sees. */
function decodeEscapes(rules: Ruleset, scan: Scan, progress: Progress): number[] {
  const { text, bytes } = scan
  const cuts: number[] = []
  const escapes = createEscapeFinder(scan)
  let floor = progress.from
  let continued = progress.inRegion
  for (;;) {
    const mark = continued ? floor : escapes(floor)
    if (mark >= text.length) return cuts
    const start = continued
      ? floor
      : skipBytesBack(bytes, mark, charset.run, Math.max(floor, mark - REGION_HEAD))
    const limit = start + REGION_BLOCK
    const whole = stretchEnd(scan, mark, limit)
    if (whole >= text.length && !scan.final) {
      holdFrom(scan, start)
      return cuts
    }
    const isCut = whole >= limit
    const end = isCut ? betweenRuns(scan, start, whole) : whole
    // Joiners stand alone in many scripts and between emoji; a token around one is longer.
    const isTooShort = end - start < INVISIBLE_SHORTEST && bytes[mark] === UNSEEN
    if (end > start && !isTooShort) {
      scan.atoms.push({ start, end })
      if (scan.level < DEEPEST) {
        const view = unescapedView(scan, start, end, scan.level)
        scanView(rules, scan, view, scan.budget ?? { left: BUDGET * (end - start) })
      }
    }
    continued = isCut
    if (continued) cuts.push(end)
    floor = continued ? end : Math.max(end, mark + 1)
  }
}

/** Scans a decoded view and reports what it holds at its place in the source. */
function scanView(rules: Ruleset, scan: Scan, view: View, budget: Budget): void {
  budget.left -= view.text.length
  if (budget.left < 0) return
  const inner = beginScan(readBytes(view.text, scan.level + 1), true, scan.level + 1, budget)
  inner.path = scan.path
  runAutomaton(rules, inner, 0)
  decodeText(rules, inner, beginning)
  rules.windows?.(inner, 0)
  for (const { kind, grade, start, end } of inner.candidates) {
    if (isShielded(inner, start, end)) continue
    report(scan, kind, grade, view.begin(start), view.end(end))
  }
}
