import type { Report } from '../rule.ts'
import { readYaml } from '../yaml-file.ts'

/** Reads the settings of GitHub's update bot. */
export function readDependabot(text: string, report: Report): void {
  const file = readYaml(text, report)
  for (const root of file?.roots ?? [])
    for (const update of file!.items(file!.get(root, 'updates'))) {
      const execution = file!.get(update, 'insecure-external-code-execution')
      if (execution?.text === 'allow')
        report({
          rule: 'configuration.lets-updates-run-code',
          start: execution.start,
          end: execution.end,
          message: 'the update bot may run code of packages while it resolves versions',
          grade: 'certain',
          fix: { start: execution.start, end: execution.end, replacement: 'deny' },
        })
    }
}
