import type { Grade, Severity } from '../../../access/finding.ts'
import type { Fix, LocatedFinding, Skip } from '../outcome.ts'
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
    defaultConfiguration: { level: levelOf({ ...own[0]!, grade: surest }) },
    properties: {
      precision: precisions[surest],
      'security-severity': scoreOf(own, surest),
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
  const {
    path,
    line,
    column,
    endLine,
    endColumn,
    rule,
    grade,
    message,
    fingerprint,
    place,
    commit,
    fix,
    remedy,
    class: dataClass,
  } = finding
  return {
    ruleId: rule,
    ruleIndex: rules.indexOf(rule),
    level: levelOf(finding),
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
    ...(fix && { fixes: [toFix(path, fix, remedy)] }),
    properties: {
      grade,
      ...(dataClass && { class: dataClass }),
      ...(commit && { commit: commit.hash, committedAt: commit.date }),
    },
  }
}

function toFix(path: string, { line, column, endLine, endColumn, replacement }: Fix, remedy: string) {
  return {
    description: { text: remedy },
    artifactChanges: [
      {
        artifactLocation: { uri: uriOf(path) },
        replacements: [
          {
            deletedRegion: { startLine: line, startColumn: column, endLine, endColumn },
            insertedContent: { text: replacement },
          },
        ],
      },
    ],
  }
}

const levels: Record<Severity, 'error' | 'warning' | 'note'> = { deny: 'error', ask: 'warning', note: 'note' }

/** Of a secret it counts how sure we are, of anything else how bad it is. */
function levelOf({
  rule,
  grade,
  severity,
}: Pick<LocatedFinding, 'rule' | 'grade' | 'severity'>): 'error' | 'warning' | 'note' {
  if (!rule.startsWith('secret.')) return levels[severity]
  return grade === 'possible' ? 'warning' : 'error'
}

const severityScores: Record<Severity, string> = { deny: '8.0', ask: '5.5', note: '2.0' }
const severities: readonly Severity[] = ['note', 'ask', 'deny']

function scoreOf(own: readonly LocatedFinding[], surest: Grade): string {
  if (own[0]!.rule.startsWith('secret.')) return scores[surest]
  return severityScores[severities.findLast(one => own.some(({ severity }) => severity === one)) ?? 'ask']
}

/** Relative to the folder the scan ran in, or absolute for what lies elsewhere. */
function uriOf(path: string): string {
  const uri = path.toWellFormed().split('/').map(encodeURIComponent).join('/')
  return path.startsWith('/') ? `file://${uri}` : uri
}
