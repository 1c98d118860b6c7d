import type { ThreatId } from '../../access/threat-id.ts'
import { commandRules } from '../commands/rule-names.ts'
import { readRules, writeRules } from '../paths/judge.ts'
import { isFinalRule } from './final.ts'

/** One built-in rule as it is listed. */
export interface CatalogueEntry {
  readonly id: string
  readonly threat: ThreatId
  /** The usual one; a table or a target may make it stricter or milder. */
  readonly severity: 'ask' | 'deny'
  readonly description: string
  /** No exception and no break-glass lifts it. */
  readonly isFinal: boolean
}

type Row = Omit<CatalogueEntry, 'isFinal'>

const others: readonly Row[] = [
  row('path.is-outside-project', 'PATH-TRV-001', 'ask', 'the path of a write lies outside the project'),
  row('path.is-unreadable', 'PATH-TRV-001', 'ask', 'the path is empty or holds invisible characters'),
  row('url.is-unreadable', 'SSRF-001', 'ask', 'the address cannot be parsed'),
  row('url.has-other-scheme', 'SSRF-001', 'deny', 'the address is no web address'),
  row('url.has-credentials', 'SSRF-001', 'deny', 'the address carries a login'),
  row('url.is-disguised', 'SSRF-001', 'ask', 'the address holds characters that hide what it is'),
  row('url.is-metadata-service', 'SSRF-001', 'deny', 'the host hands out cloud credentials'),
  row('url.reaches-control-port', 'SSRF-001', 'deny', 'the port controls this machine or its guard'),
  row('url.is-private-address', 'SSRF-001', 'deny', 'the host is private or this machine'),
]

function row(id: string, threat: ThreatId, severity: Row['severity'], description: string): Row {
  return { id, threat, severity, description }
}

/** Every built-in rule about what agents do, by name. Secrets in texts have kinds of their own and are not among them. */
export function catalogue(): readonly CatalogueEntry[] {
  const commands = Object.entries(commandRules).map(([id, { threat, severity, does }]) =>
    row(id, threat, severity, `a command ${does.replace(/:$/, '').replace(/ the$/, '')}`),
  )
  const paths = [...Object.values(writeRules), ...Object.values(readRules)].map(
    ({ rule, threat, severity, why }) => row(rule, threat, severity, `the path ${why}`),
  )
  const byId = new Map<string, Row>()
  for (const entry of [...commands, ...paths, ...others]) {
    const known = byId.get(entry.id)
    if (!known || (known.severity === 'ask' && entry.severity === 'deny')) byId.set(entry.id, entry)
  }
  return [...byId.values()]
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(entry => ({ ...entry, isFinal: isFinalRule(entry.id, entry.threat) }))
}
