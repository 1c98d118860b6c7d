import type { Severity } from '../../access/finding.ts'
import { type ContainerRuleId, containerRuleIds, containerRules } from './catalogue.ts'

const levels: Record<Severity, string> = { deny: 'error', ask: 'warning', note: 'note' }

/** `docs/reference/container-rules.md`. */
export function containerRulesPage(): string {
  return `# Rules for containers

Every question that \`portcullis containers audit\` asks; a finding is a yes. Written by \`portcullis containers rules\`; do not
edit by hand. How files are read and what is left out: [containers](../containers.md). The level is the usual one: a place may make
it better or worse.
${containerRuleIds.map(entry).join('')}`
}

function entry(id: ContainerRuleId): string {
  const { number, question, why, remedy, references, severity, threat } = containerRules[id]
  return `
## R${number} ${id}

${question} ${why}

- ${levels[severity]}; [${threat}](threats.md#${threat.toLowerCase()})
- remedy: ${remedy}
- ${references.join(', ')}
`
}
