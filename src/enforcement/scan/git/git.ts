import { type ChildProcessByStdio, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { PortcullisError, systemCode } from '../../../kernel/errors.ts'

/** Where a command of git is to run, and for whom. */
export interface Repository {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * What says where the repository lies. Git sets some of it for its own hooks: without the index file of a `commit -a`
 * the wrong content would be looked at. Everything else of GIT_* may name programs or write files.
 */
const kept = new Set([
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_COMMON_DIR',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_QUARANTINE_PATH',
  'GIT_CEILING_DIRECTORIES',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CONFIG_GLOBAL',
])

/** A repository's own configuration may name programs; none of them is run, and nothing is fetched. */
const settings = [
  '--no-pager',
  '--no-optional-locks',
  '--literal-pathspecs',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.quotePath=false',
  '-c',
  'protocol.allow=never',
  '-c',
  'log.showSignature=false',
  '-c',
  'log.showRoot=true',
  '-c',
  'diff.relative=false',
]

type Listing = ChildProcessByStdio<null, Readable, Readable>

/** A command that only writes. */
export function startGit(args: readonly string[], { cwd, env }: Repository): Listing {
  return spawn('git', [...settings, ...args], { cwd, env: cleaned(env), stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A command that is fed. */
export function startFedGit(
  args: readonly string[],
  { cwd, env }: Repository,
): ChildProcessWithoutNullStreams {
  return spawn('git', [...settings, ...args], { cwd, env: cleaned(env), stdio: 'pipe' })
}

/** The whole answer of a command. Throws `file.unreadable` with what it was to do when it fails. */
export async function askGit(
  args: readonly string[],
  repository: Repository,
  purpose: string,
): Promise<Buffer> {
  const child = startGit(args, repository)
  const [answer, complaint, code] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    exitOf(child),
  ])
  if (code === 0) return answer
  throw gitFault(purpose, complaint)
}

/** The exit code. Throws when git cannot be started at all. */
export function exitOf(child: Listing | ChildProcessWithoutNullStreams): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', error => reject(startFault(error)))
    child.once('close', code => resolve(code ?? 1))
  })
}

export function gitFault(purpose: string, complaint: string): PortcullisError {
  const said = complaint.trim().split('\n')[0] ?? ''
  const isForeign = said.includes('dubious ownership')
  return new PortcullisError(
    'file.unreadable',
    `git could not ${purpose}${said === '' ? '' : `: ${said}`}`,
    isForeign
      ? 'the repository belongs to somebody else; git tells how to trust it (safe.directory)'
      : 'run the command inside a git repository',
  )
}

export function startFault(error: Error): PortcullisError {
  return systemCode(error) === 'ENOENT'
    ? new PortcullisError(
        'file.unreadable',
        'git is not installed',
        'install git, or name the files to scan',
        error,
      )
    : new PortcullisError('file.unreadable', 'git could not be started', 'check that git can be run', error)
}

function cleaned(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('GIT_') || kept.has(name))
  return {
    ...Object.fromEntries(others),
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  }
}
