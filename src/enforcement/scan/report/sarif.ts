import type { Grade } from '../../../access/finding.ts'
import type { LocatedFinding, Skip } from '../outcome.ts'
import { describeRule } from './rules.ts'
import { isIncomplete, numbered, type ScanReport } from './scan-report.ts'

const grades: readonly Grade[] = ['possible', 'likely', 'certain']
const precisions: Record<Grade, string> = { certain: 'very-high', likely: 'high', possible: 'medium' }
/** What code scanning of GitHub makes critical, high and medium of. */
const scores: Record<Grade, string> = { certain: '9.5', likely: '8.0', possible: '5.0' }

/** SARIF 2.1.0: one run, one rule for each kind found, one result for each finding. */
export function asSarif(report: ScanReport, version: string): object {
  const { findings, skipped, repository, startedAt, endedAt } = report
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'Portcullis', version, rules: rules.map(rule => toRule(rule, findings)) },
        },
        automationDetails: { id: 'portcullis/scan/' },
        columnKind: 'utf16CodeUnits',
        ...(repository && {
          versionControlProvenance: [{ repositoryUri: repository.uri, revisionId: repository.revision }],
        }),
        invocations: [
          {
            executionSuccessful: !isIncomplete(report),
            startTimeUtc: startedAt,
            endTimeUtc: endedAt,
            toolExecutionNotifications: skipped.map(toNotification),
          },
        ],
        results: numbered(findings).map(({ finding, number }) => toResult(finding, number, rules)),
      },
    ],
  }
}

function toRule(id: string, findings: readonly LocatedFinding[]) {
  const own = findings.filter(({ rule }) => rule === id)
  const surest = grades.findLast(grade => own.some(finding => finding.grade === grade)) ?? 'possible'
  const { title, help } = describeRule(own[0]!)
  return {
    id,
    shortDescription: { text: title },
    help: { text: help },
    defaultConfiguration: { level: levelOf(surest) },
    properties: {
      precision: precisions[surest],
      'security-severity': scores[surest],
      tags: ['security', id.startsWith('secret.') ? 'secret' : 'configuration', own[0]!.threat],
    },
  }
}

function toNotification({ path, why, incomplete }: Skip) {
  return {
    level: incomplete ? 'error' : 'note',
    message: { text: `${path}: skipped, ${why}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(path) } } }],
  }
}

function toResult(finding: LocatedFinding, number: number, rules: readonly string[]) {
  const { path, line, column, endLine, endColumn, rule, grade, message, fingerprint, place, commit } = finding
  return {
    ruleId: rule,
    ruleIndex: rules.indexOf(rule),
    level: levelOf(grade),
    message: { text: message },
    partialFingerprints: {
      'portcullisPlace/v1': `${place}:${number}`,
      ...(fingerprint && { 'portcullis/v1': fingerprint }),
    },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(path) },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
      },
    ],
    properties: { grade, ...(commit && { commit: commit.hash, committedAt: commit.date }) },
  }
}

function levelOf(grade: Grade): 'error' | 'warning' {
  return grade === 'possible' ? 'warning' : 'error'
}

/** Relative to the folder the scan ran in, or absolute for what lies elsewhere. */
function uriOf(path: string): string {
  const uri = path.toWellFormed().split('/').map(encodeURIComponent).join('/')
  return path.startsWith('/') ? `file://${uri}` : uri
}
