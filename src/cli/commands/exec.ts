import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { resolvePaths } from '../../config/paths.ts'
import type { RunTerms } from '../../enforcement/exec/admit.ts'
import { closeInherited } from '../../enforcement/exec/descriptors.ts'
import type { Locate } from '../../enforcement/exec/places.ts'
import type { PlacedFile, Plan } from '../../enforcement/exec/plan.ts'
import type { SandboxPolicy } from '../../enforcement/exec/policy.ts'
import { defaultProfile, profileOf, profiles } from '../../enforcement/exec/profiles.ts'
import { planSandboxed, runSandboxed } from '../../enforcement/exec/sandbox.ts'
import type { SandboxVerdict } from '../../enforcement/exec/verdict.ts'
import { systemClock } from '../../kernel/clock.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { createIdSource } from '../../kernel/ids.ts'
import type { Random } from '../../kernel/random.ts'
import { admitRun } from '../admission.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

interface ExecOptions extends GlobalOptions {
  readonly policy?: string
  readonly profile?: string
  readonly verdict?: string
  readonly explain?: boolean
  readonly emit?: string
  readonly image?: string
  readonly allowWeaker?: boolean
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('exec [command...]')
    .description('run a command in a sandbox: only the files, hosts, variables and means its policy names')
    .option('--policy <file>', 'policy of your own, YAML or JSON')
    .option('--profile <name>', `built-in policy: ${Object.keys(profiles).join(', ')}`)
    .option('--explain', 'say what would be done, and do nothing')
    .option('--emit <target>', 'write the policy for another program: claude, codex, docker, systemd')
    .option('--image <name@digest>', 'of the container, with --emit docker')
    .option('--allow-weaker', 'write it although the other program cannot hold all of the policy')
    .option('--verdict <file>', 'write how it ended into this file, as JSON')
    .addHelpText('after', help)
    .action((argv: string[], _options: unknown, self: { optsWithGlobals(): ExecOptions }) =>
      execute(argv, self.optsWithGlobals(), terminal),
    )
}

const help = `
Without a policy the profile is \`${defaultProfile}\`: the working folder may be changed, the network is off.
Exit codes: the command's own, 128+n for a signal; 124 time, 125 output, 126 refused or a layer is missing,
137 memory or processor time; 2 usage.`

/** All of `exec`; `files` exist inside alone. */
export async function execute(
  argv: readonly string[],
  options: ExecOptions,
  terminal: Terminal,
  files: readonly PlacedFile[] = [],
): Promise<void> {
  closeInherited()
  const { policy, place } = await sandboxFor(options, terminal, files)
  if (options.emit !== undefined) {
    const { emitPolicy } = await import('../emit-policy.ts')
    emitPolicy(policy, place, { ...options, target: options.emit, command: argv }, terminal)
    return
  }
  if (options.explain) {
    terminal.stdout.write(explained(planSandboxed(policy, argv, place)))
    return
  }
  const report = options.verdict === undefined ? null : openReport(resolve(terminal.cwd, options.verdict))
  try {
    const admitted = await admitRun(argv, options, terminal)
    for (const notice of admitted.notices) terminal.stderr.write(`portcullis: ${notice}\n`)
    const { profile, limits } = admitted.terms
    const required = profile === null ? policy : requiredPolicy(profile, options)
    const verdict = await runToItsEnd(tightened(required, limits), argv, place, terminal)
    await admitted.ended(verdict)
    report?.(verdict)
    terminal.exitCode = verdict.exitCode
    if (verdict.limit !== null)
      for (const { detail } of verdict.violations) terminal.stderr.write(`portcullis: stopped, ${detail}\n`)
  } catch (error) {
    report?.(refusedVerdict(error))
    throw error
  }
}

/** The profile that the configuration demands of every command; whoever named another policy is refused, not overruled. */
function requiredPolicy(name: string, { policy, profile = name }: ExecOptions): SandboxPolicy {
  const required = profileOf(name)
  if (required && policy === undefined && profile === name) return required
  throw new PortcullisError(
    'sandbox.refused',
    required
      ? `every command must run in the profile \`${name}\``
      : `\`execution.sandboxProfile\` names \`${name}\`, which is no profile`,
    required
      ? 'leave --policy and --profile away; `execution.sandboxProfile` in the configuration says so'
      : `set it to one of ${Object.keys(profiles).join(', ')}`,
  )
}

/** The stricter of the policy's limits and those of the configuration. */
function tightened(policy: SandboxPolicy, limits: RunTerms['limits']): SandboxPolicy {
  if (limits === null) return policy
  const least = (key: 'timeoutSeconds' | 'memoryMb' | 'outputMb') => Math.min(policy.limits[key], limits[key])
  return {
    ...policy,
    limits: {
      ...policy.limits,
      timeoutSeconds: least('timeoutSeconds'),
      memoryMb: least('memoryMb'),
      outputMb: least('outputMb'),
    },
  }
}

/** The policy that the options name, where it holds and where runs are written down. */
async function sandboxFor(options: ExecOptions, terminal: Terminal, files: readonly PlacedFile[]) {
  const { policy, locate, file } = await policyOf(options, terminal)
  const paths = resolvePaths({ config: options.config, data: options.data, env: terminal.env })
  const place = {
    cwd: terminal.cwd,
    home: resolve(terminal.env['HOME'] || homedir()),
    env: terminal.env,
    state: join(paths.data, 'exec'),
    hide: [paths.home, paths.data],
    seal: [paths.config, ...(file === undefined ? [] : [file])],
    locate,
    files,
  }
  return { policy, place }
}

type Place = Omit<Parameters<typeof runSandboxed>[2], 'id' | 'stdout' | 'stderr'>

/** Runs with the terminal's streams; its signals reach the command. */
async function runToItsEnd(
  policy: SandboxPolicy,
  argv: readonly string[],
  place: Place,
  { stdin, stdout, stderr }: Terminal,
): Promise<SandboxVerdict> {
  const stop = new AbortController()
  const passed: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
  const seen = new Set<NodeJS.Signals>()
  let send: ((signal: NodeJS.Signals) => void) | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    // Asked twice, or before there is anybody to ask.
    if (seen.has(signal) || send === undefined) stop.abort()
    else send(signal)
    seen.add(signal)
  }
  for (const signal of passed) process.on(signal, onSignal)
  try {
    return await runSandboxed(policy, argv, {
      ...place,
      id: createIdSource(systemClock, deviceRandom)('run'),
      stdin: stdin === process.stdin ? 'own' : stdin,
      stdout,
      stderr,
      signal: stop.signal,
      onStart: to => {
        send = to
      },
    })
  } finally {
    for (const signal of passed) process.off(signal, onSignal)
  }
}

/** The kernel's own source: loading the runtime's cryptography takes a tenth of what a whole start may. */
const deviceRandom: Random = bytes => {
  const device = openSync('/dev/urandom', constants.O_RDONLY)
  try {
    readSync(device, bytes)
    return bytes
  } finally {
    closeSync(device)
  }
}

async function policyOf(
  { policy, profile }: ExecOptions,
  { cwd }: Terminal,
): Promise<{ policy: SandboxPolicy; locate: Locate; file?: string }> {
  if (policy !== undefined && profile !== undefined)
    throw new PortcullisError('usage', 'a policy and a profile are both named', 'keep one of the two')
  if (policy !== undefined) {
    const file = resolve(cwd, policy)
    const { readPolicyFile } = await import('../../enforcement/exec/policy-file.ts')
    return { ...(await readPolicyFile(file).catch(asRefusal)), file }
  }
  const found = profileOf(profile ?? defaultProfile)
  if (found) return { policy: found, locate: () => '' }
  throw new PortcullisError(
    'usage',
    `there is no profile \`${profile}\``,
    `take one of ${Object.keys(profiles).join(', ')}, or write a policy file`,
  )
}

/** Whatever is wrong with a policy, the command is not started: that is one exit code. */
function asRefusal(error: unknown): never {
  if (error instanceof PortcullisError)
    throw new PortcullisError('sandbox.refused', error.message, error.remedy, error)
  throw error
}

/** Opened before the command runs: afterwards it could have put a link in its place. */
function openReport(path: string): (verdict: SandboxVerdict) => void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
  const file = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
  return verdict => {
    writeSync(file, `${JSON.stringify(verdict)}\n`)
    closeSync(file)
  }
}

function refusedVerdict(error: unknown): SandboxVerdict {
  return {
    version: 1,
    outcome: 'refused',
    exitCode: 126,
    limit: null,
    reason: error instanceof PortcullisError ? error.message : 'the run failed',
    violations: [],
    used: { seconds: 0, cpuSeconds: 0, peakMemoryMb: 0, outputBytes: 0 },
    counted: 'watcher',
  }
}

function explained({ command, options, filter, env, mountPoints, isHeld, policy }: Plan): string {
  const shown = {
    command,
    options,
    filterInstructions: filter.length / 8,
    environment: Object.keys(env),
    mountPoints,
    waitsForGroupOrProxy: isHeld,
    policy,
  }
  return `${JSON.stringify(shown, null, 2)}\n`
}
