import type { SecretEngine, SecretFinding } from '../../rules/secrets/types.ts'

/** What was learned from the model's answer while it passed; ends up in the record. */
export interface ReplyFacts {
  model: string | null
  stopReason: string | null
  /** Counts of the `usage` object by their names; the last word of the upstream counts. */
  usage: Record<string, number>
  /** Client tools the model asked for. */
  readonly toolUseIds: readonly string[]
  /** Notes a tool use as it passes, before the client can act on it. */
  askedFor(toolUseId: string): void
  /** Rules of secrets replaced on the way to the client, one entry a finding. */
  masked: string[]
  /** Rules of secrets seen and left: in thinking, or in mode `observe`. */
  noted: string[]
  scanned: 'full' | 'partial' | 'none'
}

export function newReplyFacts(onToolUse: (toolUseId: string) => void = () => {}): ReplyFacts {
  const toolUseIds: string[] = []
  return {
    model: null,
    stopReason: null,
    usage: {},
    toolUseIds,
    askedFor(toolUseId) {
      toolUseIds.push(toolUseId)
      onToolUse(toolUseId)
    },
    masked: [],
    noted: [],
    scanned: 'none',
  }
}

export function noteUsage(facts: ReplyFacts, usage: unknown): void {
  if (typeof usage !== 'object' || usage === null) return
  for (const [name, count] of Object.entries(usage)) {
    if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) facts.usage[name] = count
  }
}

/** `engine` masked the text they are in, unless it could not be edited. In an answer nothing can be refused: `block` masks. */
export function noteFindings(
  facts: ReplyFacts,
  findings: readonly SecretFinding[],
  engine: SecretEngine,
  isEditable: boolean,
): void {
  for (const finding of findings) {
    const list = isEditable && engine.masks(finding) ? facts.masked : facts.noted
    list.push(finding.rule)
  }
}

export function countByRule(rules: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const rule of rules) counts[rule] = (counts[rule] ?? 0) + 1
  return counts
}
