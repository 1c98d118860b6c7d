import { z } from 'zod'
import type { DataClass } from '../access/data-class.ts'
import { handlingOf } from '../access/handling.ts'
import { isAddressOrRange, isHost } from './addresses.ts'
import { dataClassesSchema } from './data-classes.ts'
import { id, policySchemas, when } from './policy.ts'
import { userRulesSchema } from './user-rules.ts'

// One schema; a description on every field (it becomes docs/reference/configuration.md); unknown keys refused.

const cidr = z
  .string()
  .refine(isAddressOrRange, 'must be an IP address or a range such as 10.0.0.0/8')
  .describe('an address or a range: 10.0.0.0/8, 2001:db8::/32, 203.0.113.7')

const network = z.strictObject({
  host: z
    .string()
    .refine(isHost, 'must be an IP address or a host name')
    .default('127.0.0.1')
    .describe('address the gateway listens on'),
  port: z.int().min(0).max(65535).default(8787).describe('port of the gateway; 0 takes any free one'),
  adminPort: z.int().min(0).max(65535).default(8788).describe('port of the admin interface, on loopback'),
  allow: z.array(cidr).default([]).describe('addresses served; empty serves all that `block` does not name'),
  block: z.array(cidr).default([]).describe('addresses never served; wins over `allow`'),
  trustedProxies: z
    .array(cidr)
    .default([])
    .describe('proxies whose X-Forwarded-For and X-Forwarded-Proto are believed'),
  tls: z
    .strictObject({
      certFile: z.string().min(1).describe('PEM certificate chain'),
      keyFile: z.string().min(1).describe('PEM private key, mode 0600'),
    })
    .optional()
    .describe('serve HTTPS; needed beyond loopback unless a trusted proxy ends TLS'),
  rateLimit: z
    .strictObject({
      requestsPerMinute: z
        .int()
        .min(0)
        .max(1_000_000)
        .optional()
        .describe('per key and per address; 0 is off; default 60 in mode `required`, off in mode `local`'),
      burst: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('requests at once; default: one minute’s worth'),
    })
    .prefault({}),
})

const authentication = z.strictObject({
  mode: z
    .enum(['local', 'required'])
    .default('local')
    .describe(
      '`local`: the caller is the local user, loopback only; `required`: a client key on every request',
    ),
})

const role = z.strictObject({
  description: z.string().default('').describe('for people'),
  allow: z.array(z.string()).default([]).describe('permission patterns granted'),
  deny: z.array(z.string()).default([]).describe('permission patterns refused; a deny wins over every allow'),
})

const authorization = z.strictObject({
  defaultRole: z.string().default('developer').describe('role of a principal that has none'),
  roles: z.record(z.string(), role).default({}).describe('roles added to, or replacing, the built-in ones'),
})

const mode = z.enum(['observe', 'mask', 'block'])

const secretSource = z.union([
  z.strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
      .describe('environment variable holding the key'),
  }),
  z.strictObject({ file: z.string().min(1).describe('file holding the key, mode 0600') }),
])

const permission = z.strictObject({
  id: id.describe('name of the permission; the record carries it'),
  kinds: z
    .array(z.string().min(1))
    .min(1)
    .describe('kinds of secrets, as their placeholders name them: `github-pat`, `known`'),
  when: when
    .pick({ agent: true, tool: true, project: true, command: true, host: true })
    .describe('calls it is for; a shell needs `command`, and every program the line runs must fit'),
})

const validation = z.strictObject({
  secrets: z
    .strictObject({
      mode: mode
        .default('mask')
        .describe(
          'what happens to a secret on its way to a model: it leaves and is noted (`observe`), leaves masked, or is refused',
        ),
      rules: z
        .record(z.string().min(1), mode)
        .default({})
        .describe(
          'the same for single rules, by name or glob (`secret.generic-*`); the longest that fits counts. `observe` lets such secrets leave as they are',
        ),
      known: z
        .array(secretSource)
        .max(100)
        .default([])
        .describe('values that are secret whatever they look like; masked as kind `known` in any encoding'),
      environment: z
        .boolean()
        .default(true)
        .describe(
          'the same for variables named like secrets, of the environment and of `.env` files of the project',
        ),
      restore: z
        .array(permission)
        .max(200)
        .default([])
        .describe(
          'where a masked secret is put back for a tool, besides files that hold it already; see docs/secrets.md',
        ),
      minimumGrade: z
        .enum(['certain', 'likely', 'possible'])
        .default('likely')
        .describe('findings below this grade are only noted'),
      userRules: userRulesSchema.prefault({}),
    })
    .prefault({}),
  classes: dataClassesSchema.prefault({}),
  paths: z
    .strictObject({
      protect: z
        .array(z.string().min(1))
        .default([])
        .describe('further paths (or globs) no agent may read or write'),
      outsideProject: z
        .enum(['allow', 'ask', 'deny'])
        .default('ask')
        .describe('writes outside the project, temporary and home cache folders'),
    })
    .prefault({}),
  commands: z
    .strictObject({
      autoAllow: z
        .boolean()
        .default(true)
        .describe('tell the agent to run commands known to only read, without asking the person'),
    })
    .prefault({}),
  ...policySchemas,
})

const execution = z.strictObject({
  sandboxProfile: z.string().optional().describe('sandbox profile every command must run in'),
  limits: z
    .strictObject({
      timeoutSeconds: z.int().min(1).default(600).describe('longest run of one command'),
      memoryMb: z.int().min(16).default(4096).describe('memory of one command and its children'),
      outputMb: z.int().min(1).default(16).describe('output kept of one command'),
    })
    .prefault({}),
})

const gateway = z.strictObject({
  upstream: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/ })
        .default('https://api.anthropic.com')
        .describe('origin of the model API; plain HTTP only on loopback; nothing in a request can change it'),
      credential: secretSource
        .default({ env: 'ANTHROPIC_API_KEY' })
        .describe(
          'our own key at the upstream; in mode `local` a client’s own login passes untouched instead',
        ),
    })
    .prefault({}),
  maxBodyMb: z.number().positive().max(1024).default(32).describe('largest request body'),
  maxInFlightMb: z
    .number()
    .positive()
    .default(256)
    .describe('bytes of all request bodies, and of answers that do not stream, held at once'),
  headersTimeoutSeconds: z.number().positive().default(15).describe('time a client has to send its headers'),
  bodyTimeoutSeconds: z.number().positive().default(60).describe('time a client has to send its body'),
  upstreamTimeoutSeconds: z.number().positive().default(600).describe('longest silence of the upstream'),
  restoreForFileTools: z
    .boolean()
    .default(false)
    .describe(
      'put masked secrets back into the Write and Edit calls of a streamed answer, for files on this machine that hold them; mode `local` only',
    ),
  block: z
    .enum(['status-451', 'assistant-turn'])
    .default('status-451')
    .describe('how a refusal is said: HTTP 451, or a synthetic assistant message with status 200'),
})

const hooks = z.strictObject({
  mode: z
    .enum(['observe', 'warn', 'enforce'])
    .default('enforce')
    .describe('`enforce` refuses; `warn` tells the person and lets it pass; `observe` only records'),
  deadlineMs: z
    .int()
    .min(50)
    .max(30_000)
    .default(2_000)
    .describe('time for one hook answer; past it the answer is deny'),
  breakGlass: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('let a person at a terminal make the hooks warn in place of refusing for some minutes'),
      maxMinutes: z.int().min(1).max(60).default(60).describe('longest time at once'),
    })
    .prefault({}),
})

const audit = z.strictObject({
  checkpointRecords: z.int().min(1).default(256).describe('records between signed checkpoints'),
  checkpointSeconds: z.number().positive().default(1).describe('longest time between signed checkpoints'),
  segmentMb: z.number().positive().default(64).describe('size at which a new segment begins'),
  outsideCheckpoint: z
    .string()
    .optional()
    .describe('a further file the latest checkpoint is copied to, best on another machine or volume'),
})

const days = (dataClass: DataClass, what: string) =>
  z
    .int()
    .min(1)
    .max(36_500)
    .default(handlingOf(dataClass).retentionDays ?? 36_500)
    .describe(`days that ${what} stay searchable; the journal keeps them all`)

const storage = z.strictObject({
  enabled: z.boolean().default(true).describe('keep a searchable projection of the journal'),
  retentionDays: z
    .strictObject({
      confidential: days('confidential', 'records that tell where secrets or personal data were found'),
      internal: days('internal', 'all other records'),
    })
    .prefault({}),
})

export const configSchema = z.strictObject({
  version: z.literal(1).default(1).describe('format of this file'),
  network: network.prefault({}),
  authentication: authentication.prefault({}),
  authorization: authorization.prefault({}),
  validation: validation.prefault({}),
  execution: execution.prefault({}),
  gateway: gateway.prefault({}),
  hooks: hooks.prefault({}),
  audit: audit.prefault({}),
  storage: storage.prefault({}),
})

/** The whole configuration with every default resolved. */
export type Config = z.output<typeof configSchema>
