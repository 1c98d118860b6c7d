import { decode, type Encoding, wholeCharacters } from './encoding.ts'
import { type FindingOptions, locateAll, type Sighting } from './findings.ts'
import type { Outcome } from './outcome.ts'

/** Of the text before a window so much stays at hand: a line around a finding, and the comment above it. */
const KEPT = 64 * 1024

export interface WindowScan {
  push(bytes: Buffer): void
  end(): void
}

/**
 * Finds secrets in a text of any length, piece by piece. The engine's own stream carries what is open across a border,
 * so that the findings are those of the whole; memory is bounded by two pieces.
 */
export function scanWindows(
  path: string,
  encoding: Encoding,
  options: FindingOptions,
  outcome: Outcome,
): WindowScan {
  const stream = options.engine.stream(path)
  let carried: Buffer = Buffer.alloc(0)
  // INVARIANT: `text` begins at offset `base` of the file, in its line `line` after `column` code units
  let text = ''
  let base = 0
  let line = 0
  let column = 0
  let seen = 0
  /** Found, but what follows was not decided yet: it might show in the excerpt. */
  let pending: readonly Sighting[] = []
  let reported: readonly Sighting[] = []

  function take(piece: string): void {
    text += piece
    stream.push(piece)
    settle(piece.length)
  }

  function settle(fresh: number): void {
    const found = stream.findings.slice(seen)
    seen = stream.findings.length
    report(pending, [...reported, ...pending, ...found])
    reported = pending
    pending = found
    const oldest = Math.min(pending[0]?.start ?? Number.POSITIVE_INFINITY, base + text.length - fresh)
    forget(oldest - KEPT)
  }

  function report(sightings: readonly Sighting[], all: readonly Sighting[]): void {
    if (sightings.length === 0) return
    const passage = { path, text, line, column }
    locateAll(sightings.map(toHere), all.map(toHere), passage, options, outcome)
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
  }

  return {
    push(bytes) {
      outcome.bytes += bytes.length
      const all = carried.length > 0 ? Buffer.concat([carried, bytes]) : bytes
      const whole = wholeCharacters(all, encoding)
      carried = Buffer.from(all.subarray(whole))
      take(decode(all.subarray(0, whole), encoding))
    },
    end() {
      take(decode(carried, encoding))
      stream.end()
      settle(0)
      settle(0)
      outcome.files++
    },
  }
}
