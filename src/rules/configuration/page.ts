import type { Severity } from '../../access/finding.ts'
import { readingRules } from './catalogue.ts'
import { codeRules } from './code/rules.ts'
import { containerRules } from './containers/rules.ts'
import type { Rule } from './rule.ts'
import { settingsRules } from './settings/rules.ts'
import { shellRules } from './shell/rules.ts'
import { workflowRules } from './workflows/rules.ts'

const subjects: readonly (readonly [string, Readonly<Record<string, Rule>>])[] = [
  ['Shell text, wherever it stands', shellRules],
  ['Source text', codeRules],
  ['Container images', containerRules],
  ['Workflows and pipelines', workflowRules],
  ['Settings and package manifests', settingsRules],
  ['Reading', readingRules],
]

const levels: Record<Severity, string> = { deny: 'error', ask: 'warning', note: 'note' }

/** `docs/reference/code-rules.md`. */
export function configurationRulesPage(): string {
  return `# Rules for code and configuration

Every question that \`portcullis scan\` asks of scripts, workflows, container files, settings and source text; a finding is a yes.
Written by \`portcullis scan --list-rules\`; do not edit by hand. How files are read: [code analysis](../code-analysis.md).
${subjects.map(section).join('')}`
}

function section([name, rules]: readonly [string, Readonly<Record<string, Rule>>]): string {
  return `
## ${name}
${Object.entries(rules).map(entry).join('')}`
}

function entry([id, { question, why, remedy, references, severity, threat }]: readonly [
  string,
  Rule,
]): string {
  return `
### ${id}

${question} ${why}

- ${levels[severity]}; [${threat}](threats.md#${threat.toLowerCase()})
- remedy: ${remedy}
- ${references.join(', ')}
`
}
