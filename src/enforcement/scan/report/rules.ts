import { configurationRules } from '../../../rules/configuration/catalogue.ts'
import type { Rule } from '../../../rules/configuration/rule.ts'
import { containerRules } from '../../../rules/containers/catalogue.ts'
import type { LocatedFinding } from '../outcome.ts'

const known: Readonly<Record<string, Rule>> = { ...configurationRules, ...containerRules }

/** What a report says about a rule as such: never anything of one finding. */
export function describeRule({ rule, message, remedy }: LocatedFinding): { title: string; help: string } {
  const question = Object.hasOwn(known, rule) ? known[rule] : undefined
  if (question) return { title: question.question, help: `${question.why} Remedy: ${question.remedy}.` }
  if (!rule.startsWith('secret.')) return { title: message, help: remedy }
  return { title: `a secret of kind ${rule.replace('secret.', '')}`, help: remedy }
}
