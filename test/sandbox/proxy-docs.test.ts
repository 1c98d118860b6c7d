import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parsePolicy } from '../../src/enforcement/exec/policy-file.ts'
import { refusals } from '../../src/enforcement/exec/proxy/refusal.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/sandbox-network.md'), 'utf8')

test('the policy on the page about the network is one', () => {
  const [, text] = /^```yaml\n([\s\S]*?)^```/m.exec(page)!
  expect(parsePolicy(text!, 'policy.yaml').policy.network.allow).toHaveLength(5)
})

test('a rule that is none is refused with its line', () => {
  const text = 'network:\n  mode: allowlist\n  allow:\n    - example.com\n    - example.com:22\n'
  expect(() => parsePolicy(text, 'policy.yaml')).toThrow(
    /^policy\.yaml:5:7: `network\.allow\[1\]` is `example\.com:22`/,
  )
})

test('the page lists every reason there is', () => {
  const rows = Object.entries(refusals).map(
    ([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`,
  )
  expect(
    page
      .split('## Reasons')[1]!
      .split('\n')
      .filter(line => line.startsWith('| `')),
  ).toEqual(rows)
})
