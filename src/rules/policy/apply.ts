import type { Finding } from '../../access/finding.ts'
import type { Judgement } from '../judgement.ts'
import { isFinal } from './final.ts'
import { nameFits } from './glob.ts'
import { coversEffect, type PolicyAct, spokenOf } from './match.ts'
import { isExpired, type OwnRule, type PolicyException } from './policy.ts'

export interface PolicyRules {
  readonly rules: readonly OwnRule[]
  readonly exceptions: readonly PolicyException[]
}

/**
 * The judgement once the deployment's own rules have spoken and its exceptions have been heard. Nothing becomes `allow`
 * that was not. An exception lifts a finding only when it covers every effect the finding is about; what it lifts stays as
 * a note with the exception's id. Of a command that could not be read to its end nothing is lifted.
 */
export function applyPolicy(
  judgement: Judgement,
  act: Omit<PolicyAct, 'acts' | 'calls'>,
  { rules, exceptions }: PolicyRules,
  now: number,
): Judgement {
  const { acts = [], calls = [], isPartial = false } = judgement
  const whole: PolicyAct = { ...act, acts, calls }
  const added = rules.flatMap(rule => findingsOf(rule, whole))
  const told = new Set(judgement.findings)
  // A crowd of findings is cut; what was cut away must not pass with those that are lifted.
  const isWhole = !isPartial && acts.every(({ findings }) => findings.every(finding => told.has(finding)))
  const active = !isWhole ? [] : exceptions.filter(exception => !isExpired(exception, now))

  const lift = (finding: Finding): Finding => {
    if (finding.severity === 'note') return finding
    const about = acts.filter(({ findings }) => findings.includes(finding))
    if (
      isFinal(
        finding,
        about.map(({ pattern }) => pattern),
      )
    )
      return { ...finding, isFinal: true }
    const exception = active.find(
      candidate =>
        nameFits(finding.rule, candidate.rule) &&
        about.length > 0 &&
        about.every(judged => coversEffect(candidate.when, whole, judged)),
    )
    return exception ? excepted(finding, exception) : finding
  }
  const findings = [
    ...judgement.findings.map(lift),
    ...added.map(({ finding, covered }) => {
      const exception = active.find(candidate => nameFits(finding.rule, candidate.rule) && covered(candidate))
      return exception ? excepted(finding, exception) : finding
    }),
  ]
  return { ...judgement, findings, opinion: opinionOf(judgement, findings) }
}

function excepted(finding: Finding, { id, reason }: PolicyException): Finding {
  const message = `${finding.message}; excepted by \`${id}\`: ${reason}`
  return { ...finding, severity: 'note', message, exception: id }
}

interface Added {
  readonly finding: Finding
  /** Whether an exception covers everything the rule speaks of here. */
  readonly covered: (exception: PolicyException) => boolean
}

function findingsOf(rule: OwnRule, act: PolicyAct): Added[] {
  const spoken = spokenOf(rule.when, act)
  if (spoken.length === 0) return []
  const { id, threat, decision, description, message, remedy } = rule
  const { effect, calls } = spoken[0]!
  const target = effect.target ?? calls[0]?.join(' ')
  const about = target === undefined ? '' : ` (\`${shorten(target)}\`)`
  const finding: Finding = {
    rule: id,
    threat,
    grade: 'certain',
    severity: decision,
    message: `${message ?? description}${about}`,
    ...(remedy !== undefined && { remedy }),
  }
  return [{ finding, covered: ({ when }) => spoken.every(judged => coversEffect(when, act, judged)) }]
}

function shorten(text: string): string {
  const line = text.replace(/[\u0000-\u001f\uE000-\uE006]+/g, ' ')
  return line.length > 120 ? `${line.slice(0, 120)}…` : line
}

/** What the findings ask for. An objection that no finding stands for stays, as nothing can lift it. */
function opinionOf(judgement: Judgement, findings: readonly Finding[]): Judgement['opinion'] {
  const { opinion } = judgement
  if (opinion === 'deny' && !hasSeverity(judgement.findings, 'deny')) return 'deny'
  if (hasSeverity(findings, 'deny')) return 'deny'
  if (opinion === 'ask' && !hasSeverity(judgement.findings, 'ask')) return 'ask'
  if (hasSeverity(findings, 'ask')) return 'ask'
  // What was asked about and lifted is not thereby known to be harmless.
  return opinion === 'allow' ? 'allow' : 'none'
}

function hasSeverity(findings: readonly Finding[], severity: Finding['severity']): boolean {
  return findings.some(finding => finding.severity === severity)
}
