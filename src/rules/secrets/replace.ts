import type { DataClass } from '../../access/data-class.ts'
import type { Candidate } from './scan.ts'
import type { Placeholder, SecretFinding } from './types.ts'
import { UNSCANNED } from './user-rules-windows.ts'

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

/** The rule that finds a kind: `secret.github-pat`, and of the packs `personal.iban` and `internal.address`. */
export function ruleOf(kind: string): string {
  return isOfPack(kind) ? kind.replace('-', '.') : `secret.${kind}`
}

/** The kind that a rule finds, as placeholders name it. */
export function kindOfRule(rule: string): string {
  return rule.startsWith('secret.') ? rule.slice('secret.'.length) : rule.replace('.', '-')
}

/** The class of what a rule finds. */
export function classOfRule(rule: string): DataClass {
  if (rule.startsWith('personal.')) return 'confidential'
  return rule.startsWith('internal.') ? 'internal' : 'secret'
}

/** No kind of secret begins so. */
function isOfPack(kind: string): boolean {
  return kind.startsWith('personal-') || kind.startsWith('internal-')
}

/** A candidate as the rest of the program sees it; `base` is where its text begins in the original. */
export function toFinding({ kind, grade, start, end }: Candidate, base: number): SecretFinding {
  const rule = ruleOf(kind)
  const dataClass = classOfRule(rule)
  return {
    rule,
    threat: dataClass === 'secret' ? 'KEY-EXP-001' : 'DATA-EXF-001',
    grade,
    severity: grade === 'possible' ? 'ask' : 'deny',
    dataClass,
    message: messages[dataClass](kind),
    start: base + start,
    end: base + end,
  }
}

const messages: Readonly<Record<DataClass, (kind: string) => string>> = {
  secret: kind =>
    kind === UNSCANNED
      ? 'a rule of your own did not end in its time here, so that this counts as a secret'
      : `the text holds what looks like a secret of kind \`${kind}\``,
  confidential: kind =>
    `the text holds what looks like personal data of kind \`${kind.slice('personal-'.length)}\``,
  internal: kind => `the text holds what looks like an internal \`${kind.slice('internal-'.length)}\``,
  public: () => 'the text holds nothing that must not be seen',
}
