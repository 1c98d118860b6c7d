import type { Candidate } from './scan.ts'
import type { Placeholder, SecretFinding } from './types.ts'

/** The stretch of `text` from `from` to `to` with the candidates inside replaced. */
export function replace(
  text: string,
  from: number,
  to: number,
  candidates: readonly Candidate[],
  placeholder: Placeholder,
): string {
  if (candidates.length === 0) return text.slice(from, to)
  let masked = ''
  let at = from
  for (const { kind, start, end } of candidates) {
    masked += text.slice(at, start) + placeholder(kind, text.slice(start, end))
    at = end
  }
  return masked + text.slice(at, to)
}

/** The rule that finds secrets of a kind. */
export function ruleOf(kind: string): string {
  return `secret.${kind}`
}

/** A candidate as the rest of the program sees it; `base` is where its text begins in the original. */
export function toFinding({ kind, grade, start, end }: Candidate, base: number): SecretFinding {
  return {
    rule: ruleOf(kind),
    threat: 'KEY-EXP-001',
    grade,
    severity: grade === 'possible' ? 'ask' : 'deny',
    message: `the text holds what looks like a secret of kind \`${kind}\``,
    start: base + start,
    end: base + end,
  }
}
