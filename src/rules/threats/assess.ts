import type { Finding } from '../../access/finding.ts'
import type { ThreatId } from '../../access/threat-id.ts'
import { register, type Threat } from './register.ts'
import { type Risk, riskOf } from './risk.ts'
import { findSigns } from './signs.ts'

/** The rules `assess` asks; handed in, because only the caller knows the disk and the workplace. */
export interface AssessmentJudges {
  readonly command: (text: string) => readonly Finding[]
  readonly path: (path: string) => readonly Finding[]
  readonly url: (url: string) => readonly Finding[]
  readonly secrets: (text: string) => readonly Finding[]
}

/** A threat that a text speaks for, with what was seen. */
export interface AssessedThreat {
  readonly id: ThreatId
  readonly threat: Threat
  readonly risk: Risk
  readonly findings: readonly Finding[]
}

/** Names the threats in a text that may be a command, a path, an address, prose or all of them; highest risk first. */
export function assess(text: string, judges: AssessmentJudges): readonly AssessedThreat[] {
  // Many lines are a document more often than a script; there only what is harmful for certain counts.
  const counts = text.trim().includes('\n') ? isHarmful : saysMoreThanNoShell
  const findings = [
    ...commandsIn(text).flatMap(command => judges.command(command).filter(counts)),
    ...pathsIn(text).flatMap(judges.path),
    ...addressesIn(text).flatMap(judges.url),
    ...judges.secrets(text),
    ...findSigns(text),
  ]
  const byThreat = Map.groupBy(findings, ({ threat }) => threat)
  return [...byThreat]
    .map(([id, seen]) => ({
      id,
      threat: register[id],
      risk: riskOf(register[id]),
      findings: [...new Map(seen.map(finding => [`${finding.rule} ${finding.message}`, finding])).values()],
    }))
    .sort((a, b) => b.risk.score - a.risk.score || a.id.localeCompare(b.id))
}

/** What prose read as shell sets off, which says nothing about it. */
const aboutAnyProse: ReadonlySet<string> = new Set([
  'command.is-unreadable',
  'command.is-too-large',
  'command.runs-unknown-program',
])

function isHarmful(finding: Finding): boolean {
  return finding.severity === 'deny' && saysMoreThanNoShell(finding)
}

function saysMoreThanNoShell({ rule, severity }: Finding): boolean {
  return severity !== 'note' && !aboutAnyProse.has(rule)
}

const MOST_PARTS = 1000

/**
 * A single line and a script whole; of other texts each line that does not begin like a comment or a list, and what
 * stands in backticks, for people quote commands so.
 */
function commandsIn(text: string): readonly string[] {
  const whole = text.trim()
  if (whole.startsWith('#!') || !whole.includes('\n')) return unique([whole, ...quotedIn(whole)])
  const lines = whole
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map(line => line.trim().replace(/^[$>] /, ''))
    .filter(line => !/^(?:\/[*/]|[*#|-])/.test(line))
  return unique([...lines, ...quotedIn(whole)])
}

function quotedIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]{2,2000})`/g)].map(match => match[1]!)
}

/** A path names something: `/**` begins a comment more often than a search. */
function pathsIn(text: string): readonly string[] {
  const words = text.split(/[\s"'`<>|;&(),=]+/).map(word => word.replace(/[.:!?]+$/, ''))
  const named = words.filter(word => /\w/.test(word))
  return unique(named.filter(word => /^(?:~|\.{1,2})?\/./.test(word) || /^\.[a-z][\w.-]{1,60}$/i.test(word)))
}

function addressesIn(text: string): readonly string[] {
  const found = text.matchAll(/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>]{1,2000}/gi)
  return unique([...found].map(match => match[0].replace(/[.,:;!?)]{1,5}$/, '')))
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].filter(text => text !== '').slice(0, MOST_PARTS)
}
