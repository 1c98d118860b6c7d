import { append, createStreamBytes, drop } from './bytes.ts'
import { charset, isIn } from './charsets.ts'
import { replace, toFinding } from './replace.ts'
import type { Ruleset } from './ruleset.ts'
import type { Candidate } from './scan.ts'
import { beginning, LOOK_BACK, type Progress, scanText } from './scanner.ts'
import type { Placeholder, SecretFinding, StreamMasker } from './types.ts'

/** Held text beyond this is scanned again only when it has grown by an eighth, so that drops of one character cost little. */
const PATIENCE = 512
/** What was released is dropped in one go when so much of it has gathered. */
const DROP_AT = 2 * LOOK_BACK

interface StreamOptions {
  readonly rules: Ruleset
  readonly isMasked: (found: Candidate) => boolean
  readonly placeholder: Placeholder
  readonly path?: string | undefined
}

/** A masker for one text in pieces. It keeps what is undecided and the little before it that matchers look back at. */
export function createStreamMasker({ rules, isMasked, placeholder, path }: StreamOptions): StreamMasker {
  const findings: SecretFinding[] = []
  // INVARIANT: buffer.text[progress.from...] was not released yet; what comes before is there to be looked back at
  const buffer = createStreamBytes()
  let base = 0
  let progress: Progress = beginning
  let scannedLength = 0
  /** Nothing more can be decided before the buffer is that long. */
  let needed = 0

  function release(final: boolean): string {
    const { candidates, settled, inRegion, needs } = scanText(rules, buffer, progress, final, path)
    const { from } = progress
    const decided =
      candidates.length === 0
        ? candidates
        : candidates.filter(found => found.end <= settled && found.start >= from)
    for (const found of decided) findings.push(toFinding(found, base))
    const released = replace(buffer.text, from, settled, decided.filter(isMasked), placeholder)
    const passed = settled > DROP_AT ? settled - LOOK_BACK : 0
    drop(buffer, passed)
    base += passed
    progress = { from: settled - passed, inRegion }
    scannedLength = buffer.text.length - progress.from
    needed = (needs ?? 0) - passed
    return released
  }

  /** A long candidate is still open and nothing came that could close it: characters of keys, line by line. */
  function canWait(piece: string): boolean {
    if (buffer.text.length < needed) return true
    const held = buffer.text.length - progress.from
    if (held < PATIENCE || held > scannedLength * 1.125) return false
    let at = 0
    while (at < piece.length && (isIn(piece.charCodeAt(at), charset.E) || isLineEnd(piece.charCodeAt(at))))
      at++
    return at === piece.length
  }

  return {
    findings,
    push(piece) {
      if (piece === '') return ''
      append(buffer, piece)
      return canWait(piece) ? '' : release(false)
    },
    end() {
      const released = release(true)
      drop(buffer, buffer.text.length)
      return released
    },
  }
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13
}
