import type { Subject } from '../examine.ts'
import type { LocatedFinding, Skip } from '../outcome.ts'

/** What a whole scan came to. */
export interface ScanReport {
  readonly findings: readonly LocatedFinding[]
  readonly files: number
  readonly bytes: number
  /** Findings left out because the baseline holds them. */
  readonly accepted: number
  /** Findings of the baseline that are not there any more. */
  readonly stale: number
  /** Findings left to their author by a comment. */
  readonly allowed: number
  /** Files and folders left out by patterns. */
  readonly ignored: number
  /** Folders left out by their name, and how many. */
  readonly leftOut: Readonly<Record<string, number>>
  readonly skipped: readonly Skip[]
  /** ISO 8601. */
  readonly startedAt: string
  readonly endedAt: string
  /** What alone was looked for. */
  readonly only?: Subject
  /** Of a scan of a history. */
  readonly repository?: RepositoryPlace
}

interface RepositoryPlace {
  /** Without the credentials a remote may carry. */
  readonly uri: string
  readonly revision: string
}

/** The scan as a whole could not be. */
export function isIncomplete({ skipped }: Pick<ScanReport, 'skipped'>): boolean {
  return skipped.some(({ incomplete }) => incomplete)
}

/** A number for each finding that tells those of the same place apart. */
export function numbered(
  findings: readonly LocatedFinding[],
): readonly { readonly finding: LocatedFinding; readonly number: number }[] {
  const counts = new Map<string, number>()
  return findings.map(finding => {
    const number = (counts.get(finding.place) ?? 0) + 1
    counts.set(finding.place, number)
    return { finding, number }
  })
}
