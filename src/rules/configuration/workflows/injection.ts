import type { YamlValue } from '../yaml-file.ts'
import { type Origin, originOf } from './attacker-texts.ts'
import { expressionsIn, readExpression } from './expressions.ts'
import type { Workflow } from './github.ts'

/** The origin of the worst text that a value may take in. */
function originIn(
  code: string,
  tainted: ReadonlySet<string>,
): { source: string; origin: Origin } | undefined {
  let named: { source: string; origin: Origin } | undefined
  for (const source of readExpression(code).sources) {
    if (source.startsWith('env.') && tainted.has(source.slice(4).toUpperCase()))
      return { source, origin: 'stranger' }
    const origin = originOf(source)
    if (origin === 'stranger') return { source, origin }
    if (origin) named ??= { source, origin }
  }
  return named
}

/** Says where a script takes in a text that somebody else chooses, before it is read as a script. */
export function judgeInjection(
  { file, report }: Workflow,
  script: YamlValue,
  language: string,
  tainted: ReadonlySet<string>,
): void {
  const passage = file.passage(script)
  for (const { code, start, end } of expressionsIn(passage.text)) {
    const found = originIn(code, tainted)
    if (!found) continue
    const isStranger = found.origin === 'stranger'
    report({
      rule: 'configuration.injects-text-of-strangers',
      start: passage.toFile(start),
      end: passage.toFile(end - 1) + 1,
      message: `\`${found.source}\` becomes part of ${language}${isStranger ? ', and anybody may choose it' : ''}`,
      ...(!isStranger && { grade: 'possible' as const, severity: 'note' as const }),
    })
  }
}

/** The variables of an `env:` that hold a text of strangers, in upper case: names of the expression are read without case. */
export function taintedNames(workflow: Workflow, env: YamlValue | undefined): Set<string> {
  const names = new Set<string>()
  for (const { key, value } of workflow.file.entries(env))
    if (isTainted(workflow, value)) names.add(key.toUpperCase())
  return names
}

export function isTainted(_workflow: Workflow, value: YamlValue): boolean {
  return expressionsIn(value.text).some(({ code }) => originIn(code, new Set())?.origin === 'stranger')
}

/** All secrets at once, or one chosen by what only shows when it runs. */
export function judgeSecretsDump({ file, report }: Workflow, job: YamlValue): void {
  const text = file.source.slice(job.start, job.end)
  if (!/secrets/i.test(text)) return
  for (const { code, start, end } of expressionsIn(text)) {
    const sources = readExpression(code).sources
    if (!sources.includes('secrets') && !sources.includes('secrets.*')) continue
    report({
      rule: 'configuration.hands-over-all-secrets',
      start: job.start + start,
      end: job.start + end,
      message: 'every secret of the repository is put into one text, and the runner keeps all of them',
    })
  }
}
