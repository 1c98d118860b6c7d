import type { Grade, Severity } from '../../../access/finding.ts'
import type { LocatedFinding } from '../outcome.ts'
import { describeRule } from './rules.ts'
import { isIncomplete, numbered, type ScanReport } from './scan-report.ts'

/** The newest version of the secret detection report that GitLab documents. */
const SCHEMA = '15.2.1'
/** What GitLab's own analyzer gives for files that were scanned without their history. */
const NO_COMMIT = '0000000'
const LONGEST_NAME = 255

const severities: Record<Grade, string> = { certain: 'Critical', likely: 'High', possible: 'Medium' }

const levels: Record<Severity, string> = { deny: 'High', ask: 'Medium', note: 'Info' }

/**
 * A report of type `secret_detection`, or `sast` of a scan for configuration alone. Findings of another kind have no place
 * in either and are counted in a message.
 */
export function asGitlab(report: ScanReport, version: string): object {
  const isOfSecrets = report.only !== 'configuration'
  const own = report.findings.filter(({ rule }) => rule.startsWith('secret.') === isOfSecrets)
  const tool = { id: 'portcullis', name: 'Portcullis', version, vendor: { name: 'Portcullis' } }
  return {
    version: SCHEMA,
    scan: {
      type: isOfSecrets ? 'secret_detection' : 'sast',
      status: isIncomplete(report) ? 'failure' : 'success',
      start_time: toSeconds(report.startedAt),
      end_time: toSeconds(report.endedAt),
      analyzer: tool,
      scanner: tool,
      messages: messagesOf(report, report.findings.length - own.length),
    },
    vulnerabilities: numbered(own).map(({ finding, number }) => toVulnerability(finding, number)),
  }
}

function messagesOf({ skipped }: ScanReport, others: number) {
  const skips = skipped.map(({ path, why, incomplete }) => ({
    level: incomplete ? 'warn' : 'info',
    value: `${path}: skipped, ${why}`,
  }))
  if (others === 0) return skips
  return [
    ...skips,
    {
      level: 'info',
      value: `${others} findings that are no secrets are left out here; --only configuration reports those of scripts and settings`,
    },
  ]
}

function toVulnerability(finding: LocatedFinding, number: number) {
  const { rule, grade, severity, message, remedy, excerpt, path, line, endLine, commit, place } = finding
  const isSecret = rule.startsWith('secret.')
  return {
    id: toUuid(place, number),
    name: describeRule(finding).title.slice(0, LONGEST_NAME),
    description: message,
    severity: isSecret ? severities[grade] : levels[severity],
    solution: remedy,
    identifiers: [{ type: 'portcullis_rule', name: rule, value: rule }],
    location: {
      file: path,
      start_line: line,
      end_line: endLine,
      ...(isSecret && { commit: commit ? { sha: commit.hash, date: commit.date } : { sha: NO_COMMIT } }),
    },
    // GitLab's field; ours has the secret masked
    ...(isSecret && { raw_source_code_extract: excerpt }),
  }
}

function toSeconds(time: string): string {
  return time.slice(0, 19)
}

/** The same for the same place in every run. */
function toUuid(place: string, number: number): string {
  const tail = number.toString(16).padStart(12, '0').slice(-12)
  return [
    place.slice(0, 8),
    place.slice(8, 12),
    `8${place.slice(13, 16)}`,
    `8${place.slice(17, 20)}`,
    tail,
  ].join('-')
}
