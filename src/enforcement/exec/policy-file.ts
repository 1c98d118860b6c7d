import { z } from 'zod'
import { readDocument } from '../../config/document.ts'
import { problemsOf } from '../../config/issues.ts'
import { keysOf } from '../../config/json-schema.ts'
import { readConfigText } from '../../config/load.ts'
import { ConfigRefusal } from '../../config/problem.ts'
import { isLoaders } from './environment.ts'
import { type Locate, refused } from './places.ts'
import { defaultLimits, type SandboxPolicy, unsafeCalls } from './policy.ts'
import { readHostRules } from './proxy/host-rules.ts'

/** Control characters, the line feed among them, mean that a name is not what it seems. */
const path = z
  .string()
  .min(1)
  .max(4096)
  .refine(text => !/\p{C}/u.test(text), 'must be a path without control characters')

const paths = (what: string) => z.array(path).max(1000).default([]).describe(what)

const limit = (highest: number, fallback: number, what: string) =>
  z.int().min(1).max(highest).default(fallback).describe(what)

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
  .refine(name => !isLoaders(name), 'must be a variable that chooses no code for a loader or a shell')

const target = z
  .string()
  .regex(/^[A-Za-z0-9*.:[\]_-]+$/, 'must be a host, such as `registry.npmjs.org` or `example.com:8443`')

const policySchema = z.strictObject({
  version: z.literal(1).default(1).describe('format of this file'),
  filesystem: z
    .strictObject({
      readWrite: paths('folders and files the command may change'),
      readOnly: paths('folders and files it may read besides the system’s programs'),
      deny: paths('what it may neither read nor write, also inside the others'),
      denyWrite: paths('what it may not write or make, also inside `readWrite`'),
    })
    .prefault({}),
  network: z
    .strictObject({
      mode: z.enum(['none', 'loopback', 'allowlist']).default('none').describe('who it reaches'),
      allow: z.array(target).max(1000).default([]).describe('hosts, with `allowlist`'),
    })
    .prefault({}),
  env: z
    .strictObject({ allow: z.array(variable).max(1000).default([]).describe('variables that pass') })
    .prefault({}),
  limits: z
    .strictObject({
      memoryMb: limit(1 << 20, defaultLimits.memoryMb, 'memory of all its processes and private files'),
      cpuSeconds: limit(1 << 20, defaultLimits.cpuSeconds, 'processor time of all its processes'),
      openFiles: limit(1 << 20, defaultLimits.openFiles, 'files open at once, each process'),
      processes: limit(1 << 15, defaultLimits.processes, 'processes and threads at once'),
      timeoutSeconds: limit(1 << 20, defaultLimits.timeoutSeconds, 'time until it is ended'),
      fileSizeMb: limit(1 << 20, defaultLimits.fileSizeMb, 'size of one file it writes'),
      outputMb: limit(1 << 20, defaultLimits.outputMb, 'what it may print'),
    })
    .prefault({}),
  allowUnsafeCalls: z
    .array(z.enum(unsafeCalls))
    .default([])
    .describe('system calls opened although they weaken the sandbox: `ptrace` for debuggers, `unix-sockets`'),
})

/** A policy and where its parts stand in its file. */
export interface ReadPolicy {
  readonly policy: SandboxPolicy
  readonly locate: Locate
}

/** Reads a policy file, YAML or JSON. Throws `config.unreadable`, `file.insecure` or `config.invalid`. */
export async function readPolicyFile(file: string): Promise<ReadPolicy> {
  const text = await readConfigText(file)
  if (text === undefined) throw refused(`there is no policy file \`${file}\``, 'name one that exists')
  return parsePolicy(text, file)
}

/** Parses a policy; `file` is for messages. */
export function parsePolicy(text: string, file: string): ReadPolicy {
  const document = readDocument(text)
  const [first, ...others] = document.problems
  if (first) throw new ConfigRefusal(file, [first, ...others])
  const checked = policySchema.safeParse(document.value, { reportInput: true })
  if (!checked.success) {
    const [problem, ...more] = problemsOf(checked.error.issues, document, keysOf(policySchema))
    throw new ConfigRefusal(file, [problem!, ...more])
  }
  const { version: _, ...policy } = checked.data
  const locate: Locate = at => {
    const { line, column } = document.locate(at)
    return `${file}:${line}:${column}: `
  }
  refuseIdleHosts(policy, locate)
  readHostRules(
    policy.network.allow,
    index => `${locate(['network', 'allow', index])}\`network.allow[${index}]\``,
  )
  return { policy, locate }
}

/** Hosts beside another mode would look as if they were enforced. */
function refuseIdleHosts({ network: { mode, allow } }: SandboxPolicy, locate: Locate): void {
  if (mode === 'allowlist' || allow.length === 0) return
  throw refused(
    `${locate(['network', 'allow'])}\`network.allow\` names hosts, and \`network.mode\` is \`${mode}\``,
    'set `network.mode: allowlist`, or take the hosts out',
  )
}
