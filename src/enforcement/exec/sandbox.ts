import type { Readable, Writable } from 'node:stream'
import { systemClock } from '../../kernel/clock.ts'
import { systemRandom } from '../../kernel/random.ts'
import { mendAfterwards } from './afterwards.ts'
import { type Capabilities, capabilities, type ProgramName, packageOf } from './capabilities.ts'
import { openRunBook, standingMountPoints, sweepLeftovers } from './leftovers.ts'
import { type Locate, refused } from './places.ts'
import { type PlacedFile, type Plan, type PlanOptions, plan } from './plan.ts'
import type { SandboxPolicy } from './policy.ts'
import type { RunProxy } from './proxy/run-proxy.ts'
import { carryOut } from './run.ts'
import { survey } from './survey.ts'
import type { SandboxVerdict } from './verdict.ts'

/** What a command is run with; every default is resolved here and nowhere else. */
export interface SandboxOptions {
  /** Names the run; must be fresh. */
  readonly id: string
  readonly cwd: string
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  /** A private folder for the books of runs; left-overs of earlier ones are swept from it first. */
  readonly state: string
  /** Hidden whatever the policy says: the gate's own home and data. */
  readonly hide?: readonly string[]
  /** Not written whatever the policy says: the policy itself. */
  readonly seal?: readonly string[]
  readonly locate?: Locate
  /** Files that exist inside alone. */
  readonly files?: readonly PlacedFile[]
  /** `own`: what this process was given. Nothing unless given. */
  readonly stdin?: Readable | 'none' | 'own'
  readonly stdout: Writable
  readonly stderr: Writable
  readonly signal?: AbortSignal
  readonly onStart?: (send: (signal: NodeJS.Signals) => void) => void
}

/** Says what would be done. Throws `sandbox.refused` as the run would. */
export function planSandboxed(
  policy: SandboxPolicy,
  argv: readonly string[],
  options: Pick<SandboxOptions, 'cwd' | 'home' | 'env' | 'state' | 'hide' | 'seal' | 'locate' | 'files'>,
  caps: Capabilities = capabilities(),
  proxyVariables: PlanOptions['proxyVariables'] = {},
): Plan {
  refuseMissingLayers(policy, caps)
  refuseMalformed(argv)
  const { cwd, home, env, state, hide = [], seal = [], locate = () => '', files = [] } = options
  const standing = standingMountPoints(state)
  const found = survey(policy, caps, { cwd, home, hide, seal, locate, standing })
  return plan(argv, policy, caps, found, { env, files, proxyVariables })
}

/**
 * Runs one command in the sandbox that the policy describes and resolves when nothing of it is left.
 * Rejects with `sandbox.refused` or `sandbox.unavailable` when it was not started at all.
 */
export async function runSandboxed(
  policy: SandboxPolicy,
  argv: readonly string[],
  options: SandboxOptions,
): Promise<SandboxVerdict> {
  const caps = capabilities()
  const { id, state, stdin = 'none', stdout, stderr, signal, onStart } = options
  sweepLeftovers(state)
  const book = openRunBook(state, id)
  let proxy: RunProxy | null = null
  try {
    proxy = await proxyFor(policy, book.folder, caps)
    const made = planSandboxed(policy, argv, options, caps, proxy?.environment)
    const verdict = await carryOut(made, caps, {
      id,
      book,
      stdin,
      stdout,
      stderr,
      ...(signal && { signal }),
      ...(onStart && { onStart }),
      ...(proxy && { connect: proxy.connect }),
    })
    const undone = mendAfterwards(made.survey)
    return { ...verdict, violations: [...verdict.violations, ...undone] }
  } finally {
    await proxy?.close()
    book.close()
  }
}

/** Loaded only by a policy that needs it: most runs have no network. */
async function proxyFor(
  { network }: SandboxPolicy,
  folder: string,
  caps: Capabilities,
): Promise<RunProxy | null> {
  if (network.mode !== 'allowlist') return null
  const { createRunProxy } = await import('./proxy/run-proxy.ts')
  return createRunProxy({ folder, allow: network.allow, caps, clock: systemClock, random: systemRandom })
}

/** Everything the policy needs and the machine lacks, at once. */
function refuseMissingLayers({ network }: SandboxPolicy, caps: Capabilities): void {
  if (caps.platform !== 'linux')
    throw unavailable(['a Linux kernel'], 'run it on Linux, or in a Linux container')
  if (caps.architecture === null)
    throw unavailable(['a filter of system calls for this processor'], 'x64 and arm64 have one')
  const needed: ProgramName[] = ['bwrap', 'prlimit']
  if (caps.uid === 0) needed.push('setpriv')
  if (network.mode === 'allowlist') needed.push('nsenter', 'setpriv', 'socat')
  const missing = needed.filter(name => caps.programs[name] === undefined)
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(name => packageOf[name]))]
  throw unavailable(
    missing.map(name => `\`${name}\``),
    `install what is missing: \`apt-get install ${packages.join(' ')}\``,
  )
}

function unavailable(missing: readonly string[], remedy: string) {
  return refused(`this machine lacks what the sandbox is made of: ${missing.join(', ')}`, remedy)
}

function refuseMalformed(argv: readonly string[]): void {
  if (argv.length === 0 || argv[0] === '') throw refused('no command is named', 'put it after `--`')
  if (argv.some(word => word.includes('\0')))
    throw refused('the command holds a NUL character', 'take it out')
}
