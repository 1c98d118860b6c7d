import { lstatSync, readFileSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'
import type { SandboxPolicy } from './policy.ts'

/** The lists of a policy that hold paths. */
type PathList = keyof SandboxPolicy['filesystem']

/** Says where in the policy something stands: `policy.yaml:4:7: `, or nothing for a built-in one. */
export type Locate = (path: readonly PropertyKey[]) => string

/** What paths of a policy are read against. */
export interface Whereabouts {
  readonly cwd: string
  readonly home: string
}

/**
 * A path that must not be reached in one way or another. For one that does not exist, its first missing part: an empty
 * folder stands there while the command runs, which git does not list.
 */
export interface ProtectedPath {
  readonly path: string
  readonly state: 'file' | 'directory' | 'missing'
}

/** Folders that hold the system, or everybody's things: nobody means to hand over the whole of one. */
const tooBroad: readonly string[] = [
  '/',
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/home',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/srv',
  '/sys',
  '/usr',
  '/usr/bin',
  '/usr/lib',
  '/usr/sbin',
  '/var',
  '/var/run',
]

/** Kernel interfaces: nothing in them is a file of somebody's. */
const notFiles: readonly string[] = ['/proc', '/sys', '/dev']

/** A path of the policy, absolute, not yet looked at. */
export function absolutePath(path: string, { cwd, home }: Whereabouts): string {
  if (path === '~') return home
  if (path.startsWith('~/')) return resolve(home, path.slice(2))
  return resolve(cwd, path)
}

/** Paths to be shown to the command: each must exist, and links are followed once and for all. Throws `sandbox.refused`. */
export function shownPaths(
  policy: SandboxPolicy,
  list: 'readWrite' | 'readOnly',
  whereabouts: Whereabouts,
  locate: Locate,
): readonly string[] {
  const paths = policy.filesystem[list].map((path, index) => {
    const where = locate(['filesystem', list, index])
    const absolute = absolutePath(path, whereabouts)
    const real = realPath(absolute, where, path)
    if (real !== absolute) refuseLedAway(absolute, real, `${where}\`${list}\` names \`${shown(path)}\``)
    refuseOverBroad(real, list, where, path)
    return real
  })
  return [...new Set(paths)]
}

function realPath(path: string, where: string, written: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    const why =
      systemCode(error) === 'ENOENT' ? 'does not exist' : `cannot be looked at (${systemCode(error)})`
    throw refused(
      `${where}\`${shown(written)}\` ${why}`,
      'name a file or folder that is there, or make it first',
    )
  }
}

/**
 * A link in a folder that somebody besides root may write leads where the last command in there wanted, now or a moment
 * from now; and a path that was a link only while it was followed is being swapped.
 */
function refuseLedAway(path: string, real: string, what: string): void {
  const links = linksOnTheWay(path, '/')
  const planted = links.find(link => isWritableByOthers(dirname(link)))
  if (links.length > 0 && planted === undefined) return
  throw refused(
    planted === undefined
      ? `${what}, which was replaced while it was looked at`
      : `${what} by way of the link \`${shown(planted)}\`, which a sandboxed command could have put there`,
    `name the place it leads to, if that is what you mean: \`${shown(real)}\``,
  )
}

function isWritableByOthers(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false })
  return found === undefined || found.uid !== 0 || (found.mode & 0o022) !== 0
}

function refuseOverBroad(real: string, list: PathList, where: string, written: string): void {
  const isKernels = notFiles.some(folder => isWithin(real, folder))
  const isTooBroad =
    list === 'readWrite' ? tooBroad.includes(real) || isAtOrAbove(real, ownHome()) : real === '/'
  if (!isKernels && !isTooBroad) return
  const what = isKernels ? 'is no place of files' : 'would open far more than a command needs'
  throw refused(
    `${where}\`${list}\` names \`${shown(written)}\`, which ${what}`,
    'name the folder the command works in',
  )
}

function isAtOrAbove(path: string, below: string): boolean {
  return below !== '' && isWithin(below, path)
}

function ownHome(): string {
  try {
    return realpathSync(userInfo().homedir)
  } catch {
    // A user without an entry, or without a home, has none to protect.
    return ''
  }
}

/**
 * Follows links as far as the path exists; says what stands there, or what is missing first. What `standing` names
 * was put there by a run that still lasts, and counts as missing.
 */
export function protectedPath(path: string, standing: ReadonlySet<string> = new Set()): ProtectedPath {
  let missing: string | null = null
  let at = path
  for (;;) {
    const real = realOrNull(at)
    if (real !== null) {
      if (standing.has(real)) return { path: real, state: 'missing' }
      if (missing !== null) return { path: join(real, missing), state: 'missing' }
      const found = statSync(real, { throwIfNoEntry: false })
      if (found === undefined)
        throw refused(
          `\`${shown(path)}\` was moved while it was looked at`,
          'run it again once nothing else changes it',
        )
      return { path: real, state: found.isDirectory() ? 'directory' : 'file' }
    }
    missing = basename(at)
    at = dirname(at)
  }
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw refused(`\`${shown(path)}\` cannot be looked at (${code})`, 'check the folders above it')
  }
}

/** The links on the way to a path, below a folder the command may write: it could put something else in their place. */
export function linksOnTheWay(path: string, root: string): readonly string[] {
  const links: string[] = []
  let at = path
  while (at !== root && isWithin(at, root)) {
    if (statOrNull(at)?.isSymbolicLink()) links.push(at)
    at = dirname(at)
  }
  return links
}

export function statOrNull(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null
}

/** Whether a path is a folder or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder}/`)
}

/** The folder that a `.git` file names, or null where it is none. */
function gitFolderOf(file: string): string | null {
  const text = readSmall(file)
  const target = /^gitdir: (.+)\n?$/.exec(text)?.[1]
  if (target === undefined) return null
  const folder = isAbsolute(target) ? target : resolve(dirname(file), target)
  return realOrNull(folder)
}

/** A repository of worktrees, and the folder in it that belongs to one of them. */
export interface Repository {
  readonly common: string
  readonly own: string
}

/** Whether a folder holds what git takes for a repository. */
export function isRepository(folder: string): boolean {
  return ['HEAD', 'objects', 'refs'].every(name => statOrNull(join(folder, name)) !== null)
}

/**
 * The repository a worktree belongs to, or null. The repository must name the worktree in turn: a `.git` file that
 * somebody wrote must not open any folder of their choice.
 */
export function repositoryOf(gitFile: string): Repository | null {
  const own = gitFolderOf(gitFile)
  if (own === null) return null
  const back = readSmall(join(own, 'gitdir')).trim()
  if (back === '' || realOrNull(resolve(own, back)) !== realOrNull(gitFile)) return null
  const common = realOrNull(resolve(own, readSmall(join(own, 'commondir')).trim() || '.'))
  if (common === null || !isWithin(own, common)) return null
  return isRepository(common) ? { common, own } : null
}

const SMALL = 4096

function readSmall(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() && found.size <= SMALL ? readFileSync(path, 'utf8') : ''
}

/** Where a link points, as it is written. */
export function linkTarget(path: string): string {
  return readlinkSync(path)
}

/** A refusal before anything was started. */
export function refused(message: string, remedy: string, cause?: unknown): PortcullisError {
  return new PortcullisError('sandbox.refused', message, remedy, cause)
}

/** A path for a message: control characters must not reach a terminal. */
export function shown(path: string): string {
  return path.replace(/[\p{C}`]/gu, '?')
}
