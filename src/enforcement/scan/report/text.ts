import type { Severity } from '../../../access/finding.ts'
import type { LocatedFinding, Skip } from '../outcome.ts'
import type { ScanReport } from './scan-report.ts'

/** So many files skipped for the same harmless reason are named, the others counted. */
const NAMED = 5

export function asText(report: ScanReport): string {
  const { findings, skipped } = report
  const lines = [
    ...findings.map(asLines),
    ...skipped.filter(({ incomplete }) => incomplete).map(skip => skipLine(skip)),
    ...harmless(skipped.filter(({ incomplete }) => !incomplete)),
    countsOf(report).join(', '),
  ]
  return `${lines.join('\n')}\n`
}

/** Of what is no secret it counts how bad it is. */
const levels: Record<Severity, string> = { deny: 'error', ask: 'warning', note: 'note' }

function asLines(finding: LocatedFinding): string {
  const { path, line, column, rule, grade, severity, excerpt, commit, message, remedy } = finding
  const origin = commit ? `  ${commit.hash} ${commit.date.slice(0, 10)}` : ''
  const advice = rule.startsWith('secret.') ? '' : `\n    ${message}; ${remedy}`
  const judged = finding.class ? `${grade}  ${finding.class}` : levels[severity]
  return `${shown(path)}:${line}:${column}  ${rule}  ${judged}${origin}\n    ${excerpt}${advice}`
}

function skipLine({ path, why }: Skip): string {
  return `${shown(path)}: skipped, ${shown(why)}`
}

function harmless(skips: readonly Skip[]): string[] {
  const reasons = Map.groupBy(skips, ({ why }) => why)
  return [...reasons].flatMap(([why, same]) => [
    ...same.slice(0, NAMED).map(skipLine),
    ...(same.length > NAMED
      ? [`${same.length - NAMED} more skipped, ${why} (--format json names them)`]
      : []),
  ])
}

function countsOf(report: ScanReport): string[] {
  const { files, findings, accepted, stale, allowed, ignored, skipped, leftOut, only } = report
  const secrets = findings.filter(({ rule }) => rule.startsWith('secret.')).length
  const others = findings.length - secrets
  const counts: [number, string][] = [
    ...(only === 'configuration'
      ? []
      : [[others, others === 1 ? 'other finding' : 'other findings'] satisfies [number, string]]),
    [accepted, 'in the baseline'],
    [stale, 'of the baseline gone (--update-baseline drops them)'],
    [allowed, 'allowed by a comment'],
    [skipped.length, 'skipped'],
    [ignored, 'left out by patterns'],
    ...Object.entries(leftOut).map(([name, count]): [number, string] => [count, `${name} left out`]),
  ]
  return [
    `${files} ${files === 1 ? 'file' : 'files'} scanned`,
    only === 'configuration'
      ? `${others} ${others === 1 ? 'finding' : 'findings'}`
      : `${secrets} ${secrets === 1 ? 'secret' : 'secrets'} found`,
    ...counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
  ]
}

/** A name may hold a line break or repaint the terminal. */
function shown(name: string): string {
  return name.replace(/\p{C}|[\u2028\u2029]/gu, character => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}
