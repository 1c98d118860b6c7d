import { decode, type Encoding, wholeCharacters } from './encoding.ts'
import { believable, type FindingOptions, locateAll, type Sighting } from './findings.ts'
import type { Outcome } from './outcome.ts'

/**
 * Of the text before and behind a finding so much is at hand when it is put down: its line, the comment above it, and
 * every secret beside it, however long it stayed open. The longest that does is a private key, of 16 KB.
 */
const AROUND = 64 * 1024
/** Smaller pieces are gathered first. */
const PIECE = 1024 * 1024

export interface WindowScan {
  push(bytes: Buffer): void
  end(): void
}

/**
 * Finds secrets in a text of any length, piece by piece. The engine's own stream carries what is open across a border,
 * so that the findings are those of the whole; memory is bounded by a few pieces.
 */
export function scanWindows(
  path: string,
  encoding: Encoding,
  options: FindingOptions,
  outcome: Outcome,
  pieceSize = PIECE,
): WindowScan {
  const stream = options.engine.stream(path)
  let gathered: Buffer[] = []
  let gatheredLength = 0
  // INVARIANT: `text` begins at offset `base` of the file, in its line `line` after `column` code units
  let text = ''
  let base = 0
  let line = 0
  let column = 0
  let seen = 0
  /** Found, but not all that stands around it was decided yet. */
  let pending: readonly Sighting[] = []
  let reported: readonly Sighting[] = []

  function take(isEnd: boolean): void {
    const bytes = Buffer.concat(gathered)
    const whole = isEnd ? bytes.length : wholeCharacters(bytes, encoding)
    gathered = whole < bytes.length ? [bytes.subarray(whole)] : []
    gatheredLength = bytes.length - whole
    const piece = decode(bytes.subarray(0, whole), encoding)
    text += piece
    stream.push(piece)
    if (isEnd) stream.end()
    settle(isEnd)
  }

  function settle(isEnd: boolean): void {
    pending = [...pending, ...stream.findings.slice(seen)]
    seen = stream.findings.length
    const limit = isEnd ? Number.POSITIVE_INFINITY : base + text.length - AROUND
    const settled = pending.filter(({ end }) => end <= limit)
    report(settled, [...reported, ...pending])
    pending = pending.slice(settled.length)
    reported = [...reported, ...settled]
    forget((pending[0]?.start ?? base + text.length - AROUND) - AROUND)
  }

  function report(sightings: readonly Sighting[], all: readonly Sighting[]): void {
    if (sightings.length === 0) return
    const passage = { path, text, line, column }
    locateAll(believable(sightings, encoding).map(toHere), all.map(toHere), passage, options, outcome)
  }

  function toHere(sighting: Sighting): Sighting {
    return { ...sighting, start: sighting.start - base, end: sighting.end - base }
  }

  function forget(before: number): void {
    const length = before - base
    if (length <= 0) return
    let newline = -1
    for (let at = text.indexOf('\n'); at >= 0 && at < length; at = text.indexOf('\n', at + 1)) {
      newline = at
      line++
    }
    column = newline < 0 ? column + length : length - newline - 1
    text = text.slice(length)
    base = before
    reported = reported.filter(({ end }) => end > base)
  }

  return {
    push(bytes) {
      outcome.bytes += bytes.length
      gathered.push(bytes)
      gatheredLength += bytes.length
      if (gatheredLength >= pieceSize) take(false)
    },
    end() {
      take(true)
      outcome.files++
    },
  }
}
