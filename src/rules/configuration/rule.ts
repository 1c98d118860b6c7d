import type { Grade, Severity } from '../../access/finding.ts'
import type { ThreatId } from '../../access/threat-id.ts'

/** One question about a file; a finding is a yes. */
export interface Rule {
  /** With a yes or no answer. */
  readonly question: string
  readonly why: string
  readonly remedy: string
  /** CWE numbers, OWASP lists, the vendor's own page. */
  readonly references: readonly string[]
  readonly severity: Severity
  readonly threat: ThreatId
}

/** A place in the text, and what would mend it. Offsets are UTF-16 code units; the end is exclusive. */
export interface CodeFinding {
  readonly rule: string
  readonly threat: ThreatId
  readonly grade: Grade
  readonly severity: Severity
  readonly message: string
  readonly remedy: string
  readonly start: number
  readonly end: number
  readonly fix?: Fix
}

/** Put `replacement` in the place of `start` to `end`; a suggestion for a person to look at. */
export interface Fix {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** What a reader saw, before the rule's own words are put to it. */
export interface Sighting {
  readonly rule: string
  readonly start: number
  readonly end: number
  readonly message: string
  readonly grade?: Grade
  /** Where the place makes it better or worse than the rule says. */
  readonly severity?: Severity
  readonly fix?: Fix | undefined
}

export type Report = (sighting: Sighting) => void
