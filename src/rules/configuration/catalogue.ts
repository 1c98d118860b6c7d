import { codeRules } from './code/rules.ts'
import { containerRules } from './containers/rules.ts'
import type { CodeFinding, Report, Rule } from './rule.ts'
import { settingsRules } from './settings/rules.ts'
import { shellRules } from './shell/rules.ts'
import { workflowRules } from './workflows/rules.ts'

/** Of the reading itself. */
export const readingRules: Readonly<Record<string, Rule>> = {
  'configuration.could-not-be-read': {
    question: 'Is there a part that could not be read?',
    why: 'What could not be read may hold anything; it is not clean.',
    remedy: 'mend the file, or look at the part yourself',
    references: ['CWE-1286'],
    severity: 'note',
    threat: 'SUP-CHN-001',
  },
}

/** Every question asked of scripts, workflows, containers, settings and source text, by its id. */
export const configurationRules: Readonly<Record<string, Rule>> = {
  ...shellRules,
  ...codeRules,
  ...containerRules,
  ...workflowRules,
  ...settingsRules,
  ...readingRules,
}

/** Of one file; a file that is wrong in every line says so with the first. */
const MOST_FINDINGS = 500

/** Gathers what the readers see, each place once for a rule, in the order of the file. */
export function gather(): { readonly report: Report; readonly findings: () => CodeFinding[] } {
  const seen = new Map<string, CodeFinding>()
  return {
    report(sighting) {
      const key = `${sighting.rule} ${sighting.start}`
      if (seen.size >= MOST_FINDINGS || seen.has(key)) return
      const { threat, severity, remedy } = configurationRules[sighting.rule]!
      const { fix, ...rest } = sighting
      seen.set(key, { threat, severity, remedy, grade: 'likely', ...rest, ...(fix && { fix }) })
    },
    findings: () => [...seen.values()].sort((a, b) => a.start - b.start || a.end - b.end),
  }
}
