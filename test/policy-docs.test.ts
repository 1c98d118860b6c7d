import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { judgeFor } from '../src/cli/judge.ts'
import { runPolicyTests } from '../src/cli/policy/run-tests.ts'
import { parseConfig } from '../src/config/load.ts'
import { resolvePaths } from '../src/config/paths.ts'

const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'policy.md'), 'utf8')
const secrets = readFileSync(join(import.meta.dirname, '..', 'docs', 'secrets.md'), 'utf8')
const home = '/home/made-up'

test('the policy of the documentation is valid, and its tests pass', async () => {
  const example = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? ''
  const config = parseConfig(example, 'policy.md')
  const judge = await judgeFor(resolvePaths({ env: { HOME: home } }), config)
  const outcomes = await runPolicyTests(config.validation.tests, judge, home)
  expect(outcomes.length).toBeGreaterThan(5)
  expect(outcomes.filter(({ isPassed }) => !isPassed)).toEqual([])
})

test('the examples about secrets are valid', () => {
  const examples = [...secrets.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '')
  expect(examples).toHaveLength(3)
  for (const example of examples) expect(() => parseConfig(example, 'secrets.md')).not.toThrow()
})
