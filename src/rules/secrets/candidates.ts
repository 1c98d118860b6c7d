import type { Grade } from '../../access/finding.ts'
import type { Candidate, Scan } from './scan.ts'

/** Where decoded stretches hang together for longer, they are cut all the same; what a rule found never is. */
const MOST_HELD = 80_000

/** Whether a placeholder holds it all. */
export function isShielded(scan: Scan, start: number, end: number): boolean {
  return scan.shields.some(shield => start >= shield.start && end <= shield.end)
}

/** Overlapping candidates become one, under the name of the surest and most particular of them. */
export function join(scan: Scan): Candidate[] {
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
export function settle(scan: Scan, candidates: readonly Candidate[]): number {
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
