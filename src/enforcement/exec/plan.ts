import type { Capabilities } from './capabilities.ts'
import { isLoaders } from './environment.ts'
import { mountOptions } from './mounts.ts'
import type { SandboxPolicy } from './policy.ts'
import { encode } from './seccomp/assemble.ts'
import { filterProgram } from './seccomp/program.ts'
import type { Survey } from './survey.ts'

/** Everything a run does, decided before anything is done. Printable: `portcullis exec --explain`. */
export interface Plan {
  /** The whole chain of programs; each replaces the one before, so that nothing stands between us and the kernel's kill. */
  readonly command: readonly [string, ...string[]]
  /** Options of bubblewrap, handed over in a file: a command line has a length and is seen by everybody. */
  readonly options: readonly string[]
  /** Made inside from these bytes; descriptors from `descriptors.files` on, in this order. */
  readonly files: readonly PlacedFile[]
  /** Opened by us and mounted by descriptor; the descriptors follow those of `files` and of the settings. */
  readonly sources: readonly string[]
  /** The filter of system calls, as bytes. */
  readonly filter: Buffer<ArrayBuffer>
  readonly env: Readonly<Record<string, string>>
  /** Made before the start and taken away after it, where still empty. */
  readonly mountPoints: readonly string[]
  /** The command waits until its group, or the way to its proxy, is ready. */
  readonly isHeld: boolean
  readonly policy: SandboxPolicy
  readonly survey: Survey
}

/** A file that exists inside alone: what lies at its place outside, or comes to lie there, is not looked at. */
export interface PlacedFile {
  /** Absolute, in no folder that the policy shows. */
  readonly path: string
  readonly content: Buffer
}

/** Descriptors that bubblewrap gets besides the standard three; it closes each before the command starts. */
export const descriptors = { options: 3, filter: 4, status: 5, gate: 6, files: 7 } as const

export interface PlanOptions {
  /** The caller's variables; the policy says which of them pass. */
  readonly env: NodeJS.ProcessEnv
  readonly files?: readonly PlacedFile[]
  /** How programs find the proxy. */
  readonly proxyVariables?: Readonly<Record<string, string>>
}

/** Pure: the same policy, machine and disk give the same plan. */
export function plan(
  argv: readonly string[],
  policy: SandboxPolicy,
  caps: Capabilities,
  found: Survey,
  options: PlanOptions,
): Plan {
  const { bwrap = 'bwrap', prlimit = 'prlimit', setpriv = 'setpriv' } = caps.programs
  const hasProxy = policy.network.mode === 'allowlist'
  const { files = [] } = options
  const isHeld = hasProxy || caps.controlGroups !== null
  const drop = found.identity
    ? [
        setpriv,
        `--reuid=${found.identity.uid}`,
        `--regid=${found.identity.gid}`,
        '--clear-groups',
        '--inh-caps=-all',
        '--no-new-privs',
        '--',
      ]
    : []
  const mounts = mountOptions(policy, found, {
    hasProxy,
    files: files.flatMap(placedFile),
    firstSetting: descriptors.files + files.length,
    firstSource: descriptors.files + files.length + found.settings.files.length,
  })
  const limited = [prlimit, ...resourceLimits(policy, caps), '--', ...argv]
  const [first, ...rest] = [...drop, bwrap, '--args', `${descriptors.options}`, '--', ...limited]
  return {
    command: [first!, ...rest],
    options: [
      ...namespaces(hasProxy),
      '--seccomp',
      `${descriptors.filter}`,
      '--json-status-fd',
      `${descriptors.status}`,
      ...(isHeld ? ['--block-fd', `${descriptors.gate}`] : []),
      ...mounts.options,
      '--chdir',
      found.cwd ?? found.home,
    ],
    files,
    sources: mounts.sources,
    filter: encode(filterProgram(caps.architecture ?? 'x64', policy.allowUnsafeCalls)),
    env: environment(policy, found, options),
    mountPoints: [...found.hidden, ...found.sealed].flatMap(({ path, state }) =>
      state === 'missing' ? [path] : [],
    ),
    isHeld,
    policy,
    survey: found,
  }
}

/** Read to its end and closed by bubblewrap, which shows a copy that nobody can write. */
function placedFile({ path }: PlacedFile, index: number): readonly string[] {
  return ['--perms', '0555', '--ro-bind-data', `${descriptors.files + index}`, path]
}

/**
 * With a proxy the network namespace is entered from outside, and must belong to the first user namespace: what makes
 * bubblewrap stack a second one is left out, and the filter alone refuses new ones.
 */
function namespaces(hasProxy: boolean): readonly string[] {
  return [
    '--unshare-user',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--unshare-net',
    '--hostname',
    'sandbox',
    ...(hasProxy ? [] : ['--disable-userns']),
    '--new-session',
    '--die-with-parent',
    '--cap-drop',
    'ALL',
  ]
}

const MB = 1024 * 1024

/** What the kernel counts for each process; counted inside, so that the processes of the caller's login are not. */
function resourceLimits({ limits }: SandboxPolicy, caps: Capabilities): readonly string[] {
  const both = (value: number) => `${value}:${value}`
  return [
    `--nofile=${both(limits.openFiles)}`,
    `--nproc=${both(limits.processes)}`,
    `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 1}`,
    `--fsize=${both(limits.fileSizeMb * MB)}`,
    '--core=0:0',
    // A watcher looks some times a second; this holds what one process could take between two looks.
    ...(caps.controlGroups === null ? [`--data=${both((limits.memoryMb * 2 + 512) * MB)}`] : []),
  ]
}

const SAFE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The command's variables, which are bubblewrap's own too: what it was started with can be read inside.
 * INVARIANT: nothing here may tell a loader or a shell what to run before the sandbox stands.
 */
function environment(
  policy: SandboxPolicy,
  { home }: Survey,
  { env, proxyVariables }: PlanOptions,
): Record<string, string> {
  const passed = policy.env.allow.flatMap(name => {
    const value = env[name]
    return value === undefined || isLoaders(name) ? [] : [[name, value] as const]
  })
  return {
    PATH: SAFE_PATH,
    ...Object.fromEntries(passed),
    HOME: home,
    TMPDIR: '/tmp',
    ...proxyVariables,
  }
}
