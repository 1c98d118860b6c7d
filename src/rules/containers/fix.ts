import type { Fix } from '../configuration/rule.ts'
import { type AuditOptions, auditContainers } from './audit.ts'

const MOST_ROUNDS = 200

/**
 * The text with every fix put in that is safe without a person's look; all else stays as it is, comments too. Each one
 * is tried for itself: it stays only when it ends its finding and nothing becomes worse or unreadable.
 */
export function mended(path: string, text: string, options: AuditOptions): { text: string; count: number } {
  let current = text
  let state = stateOf(path, current, options)
  let count = 0
  const tried = new Set<string>()
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const fix = state.fixes.find(one => !tried.has(keyOf(one)))
    if (!fix) break
    const next = current.slice(0, fix.start) + fix.replacement + current.slice(fix.end)
    const after = stateOf(path, next, options)
    if (after.troubles <= state.troubles && after.findings < state.findings) {
      current = next
      state = after
      count++
    } else tried.add(keyOf(fix))
  }
  return { text: current, count }
}

function keyOf({ start, end, replacement }: Fix): string {
  return `${start} ${end} ${replacement}`
}

function stateOf(path: string, text: string, options: AuditOptions) {
  const { findings, troubles } = auditContainers(path, text, options)
  return {
    findings: findings.length,
    troubles: troubles.length,
    fixes: findings.flatMap(({ file, fix }) => (file === path && fix ? [fix] : [])),
  }
}
