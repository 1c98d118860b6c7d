import type { Grade } from '../../access/finding.ts'
import { beginsLine, isDiffMark } from './boundary.ts'
import { indexOfByte, readBytes, type TextBytes } from './bytes.ts'
import { charset, isByteIn, skipBytes, skipBytesBack } from './charsets.ts'
import { inspectContext } from './context.ts'
import { encodedView, encodingOf, gatherLines, type Line } from './encoded.ts'
import { entityAt } from './entities.ts'
import { UNSEEN } from './narrow.ts'
import { type Ruleset, runAutomaton } from './ruleset.ts'
import { findRuns, RUN_SHORTEST } from './runs.ts'
import { type Budget, beginScan, type Candidate, holdFrom, report, type Scan } from './scan.ts'
import { inspectRun } from './structures.ts'
import { escapeLength, isPercentEscape, unescapedView, type View } from './views.ts'

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
/** Where decoded stretches hang together for longer, they are cut all the same; what a rule found never is. */
const MOST_HELD = 80_000
const PERCENT = 37
const AMPERSAND = 38
const NUMBER_SIGN = 35
const QUOTE = 34
/** A stretch goes on over blanks when another escape follows so soon. */
const REACH = 64

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
    const whole = regionEnd(scan, mark, limit)
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
        const view = unescapedView(scan, start, end)
        scanView(rules, scan, view, scan.budget ?? { left: BUDGET * (end - start) })
      }
    }
    continued = isCut
    if (continued) cuts.push(end)
    floor = continued ? end : Math.max(end, mark + 1)
  }
}

/** Finds the next escape at or after a place; remembers every kind, so that each is searched once. */
function createEscapeFinder(scan: Scan): (from: number) => number {
  const { text, bytes, hasUnseen } = scan
  let backslash = -1
  let percent = -1
  let ampersand = -1
  let unseen = hasUnseen ? -1 : text.length
  return from => {
    if (unseen < from) unseen = indexOfByte(scan, UNSEEN, from)
    if (backslash < from) {
      backslash = indexOfByte(scan, BACKSLASH, from)
      while (backslash < text.length && escapeLength(bytes, backslash) === 1)
        backslash = indexOfByte(scan, BACKSLASH, backslash + 1)
    }
    if (percent < from) {
      percent = indexOfByte(scan, PERCENT, from)
      while (percent < text.length && !isPercentEscape(bytes, percent))
        percent = indexOfByte(scan, PERCENT, percent + 1)
    }
    if (ampersand < from) {
      ampersand = indexOfByte(scan, AMPERSAND, from)
      while (ampersand < text.length && !entityAt(bytes, ampersand))
        ampersand = indexOfByte(scan, AMPERSAND, ampersand + 1)
    }
    return Math.min(backslash, percent, ampersand, unseen)
  }
}

/**
 * A block that is cut ends in front of a run of token characters and of the escape before it. Blocks cut inside of tokens would
 * hang together: a stream, which cuts neither a block nor a token, could release nothing.
 */
function betweenRuns({ bytes }: Scan, start: number, end: number): number {
  const least = start + (end - start) / 2
  let index = skipBytesBack(bytes, end, charset.R, least)
  while (index > least && beginsEscape(bytes[index - 1]!)) index--
  return index > least ? index : end
}

function beginsEscape(byte: number): boolean {
  return byte === BACKSLASH || byte === PERCENT || byte === AMPERSAND || byte === NUMBER_SIGN
}

/**
 * Where a stretch of escapes ends: a line end, a bare double quote, or where no further escape is near. An encoded text that
 * holds several words is one stretch, so that a rule sees a name and its value; words around a lone escape are none of it.
 */
function regionEnd({ text, bytes }: Scan, at: number, limit: number): number {
  const end = Math.min(text.length, limit)
  let reach = at
  let firstGap = -1
  let index = at
  while (index < end) {
    const byte = bytes[index]!
    if (byte === BACKSLASH || byte === PERCENT || byte === AMPERSAND) {
      const size = escapeLength(bytes, index)
      if (size > 1) {
        firstGap = -1
        reach = index + size + REACH
      }
      // what a backslash stands before belongs to it
      index += size === 1 && byte === BACKSLASH && isGraphic(bytes[index + 1]!) ? 2 : size
      continue
    }
    if (firstGap >= 0 && index > reach) return firstGap
    if (byte !== UNSEEN && (byte < 33 || byte > 126 || isByteIn(byte, charset.gap))) {
      if (index > reach || byte < 32 || byte === QUOTE) return index
      if (firstGap < 0) firstGap = index
    }
    index++
  }
  return end
}

function isGraphic(byte: number): boolean {
  return byte > 32 && byte < 127
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

function isShielded(scan: Scan, start: number, end: number): boolean {
  return scan.shields.some(shield => start >= shield.start && end <= shield.end)
}

/** Overlapping candidates become one, under the name of the surest and most particular of them. */
function join(scan: Scan): Candidate[] {
  const sorted = scan.candidates
    .filter(({ start, end }) => !isShielded(scan, start, end))
    .sort((a, b) => a.start - b.start || b.end - a.end)
  const joined: Candidate[] = []
  for (const candidate of sorted) {
    const last = joined.at(-1)
    if (!last || candidate.start >= last.end) {
      joined.push(candidate)
      continue
    }
    const best = rank(candidate) > rank(last) ? candidate : last
    joined[joined.length - 1] = {
      ...best,
      start: last.start,
      end: Math.max(last.end, candidate.end),
      anchor: Math.min(last.anchor, candidate.anchor),
    }
  }
  return joined
}

const gradeRanks: Record<Grade, number> = { certain: 40, likely: 20, possible: 0 }

function rank({ kind, grade }: Candidate): number {
  const particular = kind.startsWith('generic-')
    ? 0
    : kind === 'known'
      ? 15
      : kind === 'authorization-header'
        ? 5
        : 10
  return gradeRanks[grade] + particular
}

/** The last place before which nothing is open, and which cuts neither a finding nor a decoded stretch. */
function settle(scan: Scan, candidates: readonly Candidate[]): number {
  const settled = settleBefore(scan, candidates, scan.atoms)
  return scan.text.length - settled > MOST_HELD ? settleBefore(scan, candidates, []) : settled
}

function settleBefore(scan: Scan, candidates: readonly Candidate[], atoms: Scan['atoms']): number {
  let settled = scan.settled
  let moved = true
  const snap = (start: number, end: number) => {
    if (start >= settled || settled >= end) return
    settled = start
    moved = true
  }
  while (moved) {
    moved = false
    for (const { anchor, end } of candidates) snap(anchor, end)
    for (const { start, end } of atoms) snap(start, end)
  }
  return cutsPair(scan, settled) ? settled - 1 : settled
}

/** Asked of the bytes first: what is ASCII is half of no pair, and the text need not be looked at. */
function cutsPair({ text, bytes }: Scan, at: number): boolean {
  if (at === 0 || bytes[at - 1]! < 128) return false
  return isTrail(text.charCodeAt(at)) && isLead(text.charCodeAt(at - 1))
}

function isLead(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00
}

/** NaN stands for the end of the text: what follows a lead there is still to come. */
function isTrail(code: number): boolean {
  return Number.isNaN(code) || (code >= 0xdc00 && code < 0xe000)
}
