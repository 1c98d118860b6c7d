import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { type CheckResult, checkLine, type Judge } from '../../enforcement/hooks/check.ts'

type PolicyTest = Config['validation']['tests'][number]

/** What came of one test of the configuration. */
export interface TestOutcome {
  readonly name: string
  readonly act: string
  readonly isPassed: boolean
  readonly expected: { readonly decision: string; readonly rule?: string }
  readonly got: { readonly decision: CheckResult['decision']; readonly rules: readonly string[] }
  readonly message?: string
}

/** Judges every test as a hook would. Without a `cwd` of its own a test is judged in `~/project`, which need not exist. */
export async function runPolicyTests(
  tests: readonly PolicyTest[],
  judge: Judge,
  home: string,
): Promise<TestOutcome[]> {
  const outcomes: TestOutcome[] = []
  for (const [index, test] of tests.entries()) outcomes.push(await runOne(test, index, judge, home))
  return outcomes
}

async function runOne(test: PolicyTest, index: number, judge: Judge, home: string): Promise<TestOutcome> {
  const { name, command, tool, input, agent, expect, rule } = test
  const cwd = test.cwd === undefined ? join(home, 'project') : test.cwd.replace(/^~(?=\/|$)/, home)
  const line = JSON.stringify({ id: index + 1, command, tool, input, agent, cwd })
  const { decision, reasons } = await checkLine(line, index + 1, judge, { cwd, home, project: cwd })
  const rules = reasons.map(reason => reason.rule ?? reason.code)
  const isPassed = decision === expect && (rule === undefined || rules.includes(rule))
  const message = reasons[0]?.message
  return {
    name: name ?? `test ${index + 1}`,
    act: command ?? `${tool} ${JSON.stringify(input ?? {})}`,
    isPassed,
    expected: { decision: expect, ...(rule !== undefined && { rule }) },
    got: { decision, rules },
    ...(message !== undefined && { message }),
  }
}
