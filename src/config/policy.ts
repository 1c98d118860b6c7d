import { z } from 'zod'
import type { ThreatId } from '../access/threat-id.ts'
import { register } from '../rules/threats/register.ts'

// The deployment's own rules, its exceptions and the tests that go with them; `rules/policy` says what they mean.

const threats = Object.keys(register) as [ThreatId, ...ThreatId[]]

/** A name of the user's making. */
export const id = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*$/,
    'must be a name of small letters, digits, `-` and `.`, such as `team.no-force-push`',
  )

const texts = (what: string) => z.array(z.string().min(1)).min(1).optional().describe(what)

/** Where a rule, an exception or a permission speaks. */
export const when = z.strictObject({
  agent: texts('agents, as `portcullis hook` names them'),
  action: z
    .array(z.enum(['command:run', 'file:read', 'file:write', 'net:connect', 'tool:call', 'mcp:call']))
    .min(1)
    .optional()
    .describe('kinds of acts'),
  tool: texts('names of tools, `*` for any part: `mcp__github__*`'),
  project: texts('globs of the folder the agent works for'),
  command: z
    .array(
      z
        .string()
        .regex(
          /^[^\s;&|<>`$()]+(?: +[^\s;&|<>`$()]+)*$/,
          'must be a program and its first words, such as `git push`, without shell signs',
        ),
    )
    .min(1)
    .optional()
    .describe(
      'programs and their first words: `git push`, `npm publish`; compared with what is run, wrappers taken off',
    ),
  effect: z
    .array(
      z.enum(['read', 'write', 'delete', 'execute', 'connect', 'escalate', 'persist', 'exhaust', 'tamper']),
    )
    .min(1)
    .optional()
    .describe('what would happen to the target'),
  path: texts(
    'globs of what is touched (`**`, `*`, `?`, leading `~`; without a leading slash in the project)',
  ),
  host: texts('hosts connected to: `api.example.com`, `*.example.com`'),
})

const rule = z.strictObject({
  id: id.describe('name of the rule; refusals carry it'),
  description: z.string().min(1).describe('what it is for; said in refusals unless `message` is given'),
  when: when.describe('conditions; all of them must hold, of a list any entry'),
  decision: z.enum(['ask', 'deny']).describe('what happens then; no rule of yours can allow'),
  threat: z.enum(threats).default('AUTHZ-ESC-001').describe('threat it stands for'),
  message: z.string().min(1).optional().describe('what a refusal says'),
  remedy: z.string().min(1).optional().describe('what the agent or the person can do instead'),
})

const exception = z.strictObject({
  id: id.describe('name of the exception; the record carries it'),
  rule: z.string().min(1).describe('rule it is for, or a glob of rules: `command.deletes-outside-project`'),
  when: when.describe(
    'narrow place it is for: at least one of `command`, `path`, `host`, `project` or an MCP tool',
  ),
  reason: z.string().min(1).describe('why; it stands in the record'),
  expires: z
    .string()
    .refine(isDay, 'must be a day such as 2027-01-31')
    .optional()
    .describe('last day on which it counts (UTC)'),
})

const test = z.strictObject({
  name: z.string().min(1).optional().describe('for the report'),
  command: z.string().optional().describe('shell command to judge'),
  tool: z.string().min(1).optional().describe('tool to judge, with `input`, in place of a command'),
  input: z.record(z.string(), z.unknown()).optional().describe('input of the tool'),
  agent: z.string().min(1).optional().describe('agent it comes from'),
  cwd: z
    .string()
    .regex(/^(?:\/|~(?:\/|$))/, 'must be an absolute path, or begin with `~`')
    .optional()
    .describe('folder it would run in, which is the project, too'),
  expect: z
    .enum(['allow', 'none', 'ask', 'deny'])
    .describe('decision it must come to; `none` is no objection'),
  rule: z.string().min(1).optional().describe('rule that must have decided'),
})

/** Keys of `validation` that hold the user's side. */
export const policySchemas = {
  rules: z.array(rule).max(500).default([]).describe('rules of your own; the built-in ones always hold, too'),
  exceptions: z
    .array(exception)
    .max(500)
    .default([])
    .describe(
      'narrow places in which a rule does not count; never for tampering, private keys or secrets that leave',
    ),
  tests: z
    .array(test)
    .max(2_000)
    .default([])
    .describe('what must come of what; `portcullis policy test` runs them'),
}

/** Whether a text is a day of the calendar. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
