import type { Grade } from '../../access/finding.ts'
import type { LocatedFinding } from './findings.ts'

/** What a whole scan came to. */
export interface ScanReport {
  readonly findings: readonly LocatedFinding[]
  readonly files: number
  /** Findings left out because the baseline holds them. */
  readonly accepted: number
  readonly skipped: readonly { readonly path: string; readonly why: string; readonly incomplete: boolean }[]
}

export const formats = ['text', 'json', 'sarif'] as const
export type Format = (typeof formats)[number]

export function formatReport(report: ScanReport, format: Format, version: string): string {
  switch (format) {
    case 'text':
      return asText(report)
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`
    case 'sarif':
      return `${JSON.stringify(asSarif(report, version), null, 2)}\n`
  }
}

function asText({ findings, files, accepted, skipped }: ScanReport): string {
  const lines = findings.map(
    ({ path, line, column, rule, grade, excerpt }) =>
      `${path}:${line}:${column}  ${rule}  ${grade}\n    ${excerpt}`,
  )
  const skips = skipped.map(({ path, why }) => `${path}: skipped, ${why}`)
  const counts = [
    `${files} ${files === 1 ? 'file' : 'files'} scanned`,
    `${findings.length} ${findings.length === 1 ? 'secret' : 'secrets'} found`,
    ...(accepted > 0 ? [`${accepted} in the baseline`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ]
  return `${[...lines, ...skips, counts.join(', ')].join('\n')}\n`
}

const levels: Record<Grade, string> = { certain: 'error', likely: 'error', possible: 'warning' }

/** SARIF 2.1.0: one run, one rule for each kind found, one result for each finding. */
function asSarif({ findings, skipped }: ScanReport, version: string) {
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Portcullis',
            version,
            rules: rules.map(id => ({
              id,
              shortDescription: { text: `a secret of kind ${id.replace('secret.', '')}` },
              help: { text: 'revoke the secret, take it out of the text and keep it in a secret store' },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: !skipped.some(({ incomplete }) => incomplete),
            toolExecutionNotifications: skipped.map(({ path, why, incomplete }) => ({
              level: incomplete ? 'error' : 'note',
              message: { text: `${path}: skipped, ${why}` },
            })),
          },
        ],
        results: findings.map(finding => toResult(finding, rules)),
      },
    ],
  }
}

function toResult(finding: LocatedFinding, rules: readonly string[]) {
  const { path, line, column, endLine, endColumn, rule, grade, message, fingerprint } = finding
  return {
    ruleId: rule,
    ruleIndex: rules.indexOf(rule),
    level: levels[grade],
    message: { text: message },
    ...(fingerprint && { partialFingerprints: { 'portcullis/v1': fingerprint } }),
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/') },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
      },
    ],
  }
}
