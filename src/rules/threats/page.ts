import type { ThreatId } from '../../access/threat-id.ts'
import { register, type Threat } from './register.ts'
import { riskOf } from './risk.ts'

/** The register by falling risk. */
export function threatsByRisk(): readonly (readonly [ThreatId, Threat])[] {
  const entries = Object.entries(register) as [ThreatId, Threat][]
  return entries.sort(([a, x], [b, y]) => riskOf(y).score - riskOf(x).score || a.localeCompare(b))
}

/** `docs/reference/threats.md`. */
export function threatsPage(): string {
  const threats = threatsByRisk()
  const rows = threats.map(([id, threat]) => {
    const { score, level } = riskOf(threat)
    return `| [${id}](#${id.toLowerCase()}) | ${threat.name} | ${threat.severity} | ${score} ${level} |`
  })
  return `# Threats

Every refusal names one of these threats. Written by \`portcullis threats list --markdown\`; do not edit by hand.
Risk is likelihood × impact, each from 1 to 10: 70 and more is Critical, 50 High, 30 Medium, less is Low.
References: OWASP Top 10 for LLM applications 2025 (LLM), OWASP Top 10 for agentic applications 2026 (ASI),
MITRE ATLAS (AML) and MITRE ATT&CK (T).

| id | name | severity | risk |
| --- | --- | --- | --- |
${rows.join('\n')}
${threats.map(section).join('')}`
}

function section([id, threat]: readonly [ThreatId, Threat]): string {
  const { score, level } = riskOf(threat)
  const { llm, agentic, atlas, attack } = threat.references
  const references = [...llm, ...agentic, ...atlas, ...attack]
  return `
## ${id}

**${threat.name}** (${threat.category}). ${threat.description}

- severity ${threat.severity}; likelihood ${threat.likelihood} × impact ${threat.impact} = risk ${score}, ${level}
- references: ${references.join(', ')}
- seen by: ${seenBy(threat)}

How it comes:

${list(threat.vectors)}

What helps:

${list(threat.mitigations)}
`
}

/** What sees a threat, in words. */
function seenBy({ detection }: Threat): string {
  const rules = detection.rules.map(rule => `\`${rule}${/[.-]$/.test(rule) ? '*' : ''}\``)
  return [...rules, ...(detection.otherwise ? [detection.otherwise] : [])].join(', ')
}

function list(items: readonly string[]): string {
  return items.map(item => `- ${item}`).join('\n')
}
