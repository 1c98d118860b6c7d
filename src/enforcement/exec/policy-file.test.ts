import { expect, test } from 'vitest'
import { PortcullisError } from '../../kernel/errors.ts'
import { parsePolicy } from './policy-file.ts'

function refusal(text: string): string {
  try {
    parsePolicy(text, 'p.yaml')
  } catch (error) {
    if (error instanceof PortcullisError) return `${error.code} ${error.message} | ${error.remedy}`
    throw error
  }
  throw new TypeError('the policy was taken')
}

test('a policy is completed with the defaults', () => {
  const { policy } = parsePolicy('version: 1\nfilesystem:\n  readWrite: [.]\n', 'p.yaml')
  expect(policy.filesystem).toEqual({ readWrite: ['.'], readOnly: [], deny: [], denyWrite: [] })
  expect(policy.network).toEqual({ mode: 'none', allow: [] })
  expect(policy.limits.memoryMb).toBe(128)
})

test('JSON is read as well', () => {
  expect(parsePolicy('{"version": 1, "env": {"allow": ["LANG"]}}', 'p.json').policy.env.allow).toEqual([
    'LANG',
  ])
})

test.each([
  [
    'an unknown key',
    'version: 1\nfilesystem:\n  readwrite: [.]\n',
    /p\.yaml:3:3: unknown key .*did you mean `readWrite`/,
  ],
  ['another version', 'version: 2\n', /`version` is `2`; it must be `1`/],
  ['a limit of zero', 'version: 1\nlimits:\n  memoryMb: 0\n', /p\.yaml:3:.*at least 1/],
  ['a limit in words', 'version: 1\nlimits: { cpuSeconds: unlimited }\n', /must be a number/],
  [
    'a name with a newline',
    'version: 1\nfilesystem: { readOnly: ["a\\nb"] }\n',
    /without control characters/,
  ],
  ['a loader’s variable', 'version: 1\nenv: { allow: [LD_PRELOAD] }\n', /chooses no code/],
  ['hosts without the proxy', 'version: 1\nnetwork: { allow: [example.com] }\n', /network\.mode/],
  ['an unknown mode', 'version: 1\nnetwork: { mode: host }\n', /`none`, `loopback` or `allowlist`/],
  ['no map', '- a\n', /not a map/],
])('%s is refused with its place', (_, text, expected) => {
  expect(refusal(text)).toMatch(expected)
})
