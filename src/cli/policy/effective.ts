import type { Config } from '../../config/schema.ts'
import { catalogue } from '../../rules/policy/catalogue.ts'
import { isExpired } from '../../rules/policy/policy.ts'

/** One rule in force, wherever it comes from. */
interface EffectiveRule {
  readonly id: string
  readonly from: 'built-in' | 'own'
  readonly decision: 'ask' | 'deny'
  readonly threat: string
  readonly description: string
  /** No exception lifts it. */
  readonly isFinal: boolean
}

/** One exception and whether it still counts. */
interface EffectiveException {
  readonly id: string
  readonly rule: string
  readonly reason: string
  readonly expires?: string
  readonly isExpired: boolean
}

export interface EffectivePolicy {
  readonly rules: readonly EffectiveRule[]
  readonly exceptions: readonly EffectiveException[]
}

/** Everything that decides about acts of agents under a configuration. */
export function effectivePolicy({ validation }: Config, now: number): EffectivePolicy {
  const builtIn = catalogue().map(
    ({ id, severity, threat, description, isFinal }): EffectiveRule => ({
      id,
      from: 'built-in',
      decision: severity,
      threat,
      description,
      isFinal,
    }),
  )
  const own = validation.rules.map(
    ({ id, decision, threat, description }): EffectiveRule => ({
      id,
      from: 'own',
      decision,
      threat,
      description,
      isFinal: false,
    }),
  )
  return {
    rules: [...own, ...builtIn],
    exceptions: validation.exceptions.map(exception => ({
      id: exception.id,
      rule: exception.rule,
      reason: exception.reason,
      ...(exception.expires !== undefined && { expires: exception.expires }),
      isExpired: isExpired(exception, now),
    })),
  }
}

/** What `status` and `doctor` say of the policy. */
export function policySummary(config: Config, now: number) {
  const { rules, exceptions } = config.validation
  const expired = exceptions.filter(exception => isExpired(exception, now)).map(({ id }) => id)
  return { rules: rules.length, exceptions: exceptions.length - expired.length, expired }
}

/** `docs/reference/rules.md`. */
export function rulesPage(): string {
  const rows = catalogue().map(
    ({ id, severity, threat, description, isFinal }) =>
      `| \`${id}\` | ${severity} | [${threat}](threats.md#${threat.toLowerCase()}) | ${description} | ${isFinal ? 'no' : 'yes'} |`,
  )
  return `# Rules

Every built-in rule about what agents do, by name. The decision is the usual one: the target can make it stricter or
milder. A rule that no exception lifts guards the guard, the record, or secrets on their way out; besides them, reading a
private key is never lifted, whatever the rule. Kinds of secrets in texts are not listed here. Written by
\`portcullis policy list --markdown\`; do not edit by hand. [Policy](../policy.md) tells how to add rules and exceptions.

| rule | decision | threat | holds when | exceptions |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}
