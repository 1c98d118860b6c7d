import { charset, skip } from './charsets.ts'
import { replace, toFinding } from './replace.ts'
import type { Ruleset } from './ruleset.ts'
import type { Candidate } from './scan.ts'
import { beginning, LOOK_BACK, type Progress, scanText } from './scanner.ts'
import type { Placeholder, SecretFinding, StreamMasker } from './types.ts'

/** Held text beyond this is scanned again only when it has grown by an eighth, so that drops of one character cost little. */
const PATIENCE = 512

interface StreamOptions {
  readonly rules: Ruleset
  readonly isMasked: (found: Candidate) => boolean
  readonly placeholder: Placeholder
}

/** A masker for one text in pieces. It keeps what is undecided and the little before it that matchers look back at. */
export function createStreamMasker({ rules, isMasked, placeholder }: StreamOptions): StreamMasker {
  const findings: SecretFinding[] = []
  // INVARIANT: buffer[progress.from...] was not released yet; what comes before is there to be looked back at
  let buffer = ''
  let base = 0
  let progress: Progress = beginning
  let scannedLength = 0

  function release(final: boolean): string {
    const { candidates, settled, inRegion } = scanText(rules, buffer, progress, final)
    const decided = candidates.filter(found => found.end <= settled && found.start >= progress.from)
    for (const found of decided) findings.push(toFinding(found, base))
    const released = replace(buffer, progress.from, settled, decided.filter(isMasked), placeholder)
    const kept = Math.max(0, settled - LOOK_BACK)
    buffer = buffer.slice(kept)
    base += kept
    progress = { from: settled - kept, inRegion }
    scannedLength = buffer.length - progress.from
    return released
  }

  /** A long candidate is still open and nothing came that could close it. */
  function canWait(piece: string): boolean {
    const held = buffer.length - progress.from
    if (held < PATIENCE || held > scannedLength * 1.125) return false
    return skip(piece, 0, charset.E, piece.length) === piece.length
  }

  return {
    findings,
    push(piece) {
      if (piece === '') return ''
      buffer += piece
      return canWait(piece) ? '' : release(false)
    },
    end() {
      const released = release(true)
      buffer = ''
      return released
    },
  }
}
