import type { DataClass } from '../../access/data-class.ts'
import type { Grade, Severity } from '../../access/finding.ts'
import type { ThreatId } from '../../access/threat-id.ts'

/** A finding at its place in a file, fit to be shown: it never holds the secret. */
export interface LocatedFinding {
  /** Inside of an archive `a.zip!/inner/file`. */
  readonly path: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly rule: string
  readonly threat: ThreatId
  readonly grade: Grade
  readonly severity: Severity
  /** Of the data that was found; absent when the finding is about a setting. */
  readonly class?: DataClass
  readonly message: string
  readonly remedy: string
  /** The line around it, with every finding in it masked. */
  readonly excerpt: string
  /** Tells this finding from others at another place; survives moves of lines and says nothing about the secret. */
  readonly place: string
  /** Of the secret itself, keyed; only when a baseline is in use. */
  readonly fingerprint?: string
  /** What would mend it: put this in the place of that. */
  readonly fix?: Fix
  /** Where git first saw it. */
  readonly commit?: FirstCommit
}

export interface Fix {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly replacement: string
}

export interface FirstCommit {
  readonly hash: string
  /** Of the author, ISO 8601. */
  readonly date: string
}

/** Something that was not read. `incomplete` means that the scan as a whole could not be. */
export interface Skip {
  readonly path: string
  readonly why: string
  readonly incomplete: boolean
}

/** What came of one file, blob or archive. */
export interface Outcome {
  readonly findings: LocatedFinding[]
  readonly skipped: Skip[]
  /** Texts looked into; each file inside of an archive counts. */
  files: number
  bytes: number
  /** Findings left to their author by a comment. */
  allowed: number
}

export function emptyOutcome(): Outcome {
  return { findings: [], skipped: [], files: 0, bytes: 0, allowed: 0 }
}

export function addOutcome(total: Outcome, part: Outcome): void {
  for (const finding of part.findings) total.findings.push(finding)
  for (const skip of part.skipped) total.skipped.push(skip)
  total.files += part.files
  total.bytes += part.bytes
  total.allowed += part.allowed
}
