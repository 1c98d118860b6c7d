import type { DataClass } from '../../access/data-class.ts'
import type { Finding } from '../../access/finding.ts'

/** A secret, or other data of a class above public, seen in one text. `start` and `end` are UTF-16 offsets of the secret itself, not of its context. */
export interface SecretFinding extends Finding {
  readonly dataClass: DataClass
  readonly start: number
  readonly end: number
}

/**
 * The placeholder that stands for a secret, stable per secret and deployment so that prompt caching survives:
 * `<masked:github-pat:7f3a9c21>`. Keyed, because a plain hash of a short secret can be guessed; handed in, because rules do no I/O.
 */
export type Placeholder = (kind: string, secret: string) => string

export interface MaskResult {
  readonly text: string
  readonly findings: readonly SecretFinding[]
}

/** Masks one text that arrives in pieces. Joined output equals masking the whole; holds back only an open candidate. */
export interface StreamMasker {
  /** Takes the next decoded piece and returns what is safe to release. */
  push(piece: string): string
  /** The text is complete: returns what was held back, masked. */
  end(): string
  /** Findings so far; offsets are into the original text. */
  readonly findings: readonly SecretFinding[]
}

export interface SecretEngine {
  /**
   * Every secret in one decoded text, in order, not overlapping. Never throws; linear in the text.
   * User rules for certain files count only with the `path` the text is of.
   */
  scan(text: string, path?: string): readonly SecretFinding[]
  /** The text with every finding of at least `minimumGrade` replaced. */
  mask(text: string): MaskResult
  stream(path?: string): StreamMasker
  /** Whether `mask` and `stream` replace what was found. */
  masks(finding: Finding): boolean
  /** The same rules; what `isSpared` says of a rule is still found, but not replaced. */
  sparing(isSpared: (rule: string) => boolean): SecretEngine
  /**
   * False only when `scan` of the decoded bytes would find nothing. Reads UTF-8 (or any ASCII superset) without decoding.
   * Sound for the raw bytes of a JSON string too: a backslash or a percent escape answers true.
   */
  mayHoldSecret(bytes: Uint8Array, start?: number, end?: number): boolean
}
