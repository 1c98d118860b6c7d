import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Capabilities } from './capabilities.ts'
import { homesOfAccounts, type Identity, identityFor } from './identity.ts'
import {
  absolutePath,
  isRepository,
  isWithin,
  type Locate,
  linksOnTheWay,
  linkTarget,
  type ProtectedPath,
  protectedPath,
  type Repository,
  refused,
  repositoryOf,
  shown,
  shownPaths,
  statOrNull,
  type Whereabouts,
} from './places.ts'
import type { SandboxPolicy } from './policy.ts'
import { hiddenAtHome, neverWritten, neverWrittenAtHome, neverWrittenInGit } from './protected.ts'

/** A link that the command could replace; put back after the run if it did. */
export interface WatchedLink {
  readonly path: string
  readonly target: string
}

/** What the plan needs to know of the disk, looked at once before the start. */
export interface Survey {
  /** Where the command starts; null where it cannot see the caller's folder. */
  readonly cwd: string | null
  /** Where its private home lies. */
  readonly home: string
  readonly readWrite: readonly string[]
  readonly readOnly: readonly string[]
  readonly hidden: readonly ProtectedPath[]
  readonly sealed: readonly ProtectedPath[]
  readonly links: readonly WatchedLink[]
  /** Entries of the root: links are made again, folders are shown. */
  readonly system: readonly { readonly path: string; readonly target: string | null }[]
  /** What is there of /etc: files are copied, which takes a tenth of the time of a mount; folders are shown. */
  readonly settings: { readonly files: readonly string[]; readonly folders: readonly string[] }
  /** Null: the caller's own. */
  readonly identity: Identity | null
  /** Folders that had no `.git`: one that appears is told of. */
  readonly withoutGit: readonly string[]
}

export interface SurveyOptions extends Whereabouts {
  /** Never seen, whatever the policy says: our own home and data. */
  readonly hide: readonly string[]
  /** Never written: the policy file, the configuration. */
  readonly seal: readonly string[]
  readonly locate: Locate
  /** Folders that runs which still last have put in the place of missing ones. */
  readonly standing?: ReadonlySet<string>
}

const roots = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']

/** What programs need of /etc; nothing that says who works here, and no secret. */
const settings = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'ld.so.preload',
  'alternatives',
  'ssl',
  'pki',
  'ca-certificates',
  'ca-certificates.conf',
  'passwd',
  'group',
  'nsswitch.conf',
  'localtime',
  'timezone',
  'locale.alias',
  'locale.conf',
  'os-release',
  'debian_version',
  'host.conf',
  'hosts',
  'gai.conf',
  'protocols',
  'services',
  'mime.types',
  'inputrc',
  'bash.bashrc',
  'profile',
  'terminfo',
  'magic',
  'fonts',
  'python3',
  'perl',
  'java-17-openjdk',
  'java-21-openjdk',
].map(name => `/etc/${name}`)

const LARGEST_COPY = 1024 * 1024
const READ_BY_ALL = 0o004

/** What not everybody may read is shown and not copied: the command may be somebody else. */
function settingsHere(): Survey['settings'] {
  const files: string[] = []
  const folders: string[] = []
  for (const path of settings) {
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found) continue
    const isCopied = found.isFile() && found.size <= LARGEST_COPY && (found.mode & READ_BY_ALL) !== 0
    const list = isCopied ? files : folders
    list.push(path)
  }
  return { files, folders }
}

/** Looks at everything the policy names. Throws `sandbox.refused` for what cannot be done as it says. */
export function survey(policy: SandboxPolicy, caps: Capabilities, options: SurveyOptions): Survey {
  const { locate } = options
  const granted = shownPaths(policy, 'readWrite', options, locate)
  const readOnly = shownPaths(policy, 'readOnly', options, locate)
  const { repositories, worktrees } = repositoriesOf(granted)
  const readWrite = [...new Set([...granted, ...repositories])]
  const hidden = [
    ...policy.filesystem.deny.map(path => absolutePath(path, options)),
    ...options.hide,
    ...([...readWrite, ...readOnly].some(path => isWithin(options.home, path))
      ? hiddenAtHome.map(name => join(options.home, name)).filter(statOrNull)
      : []),
  ]
  refuseContradictions(policy, { readWrite, readOnly }, options)
  const sealed = [
    ...policy.filesystem.denyWrite.map(path => absolutePath(path, options)),
    ...options.seal,
    ...readWrite.flatMap(root => sealedBelow(root, worktrees, options.home)),
  ]
  const visible = [...readWrite, ...readOnly, ...roots, '/etc']
  const reach = (folders: readonly string[]) => (path: string) =>
    folders.some(folder => isWithin(path, folder))
  const hiddenPaths = outermost(
    unique(hidden.map(path => protectedPath(path, options.standing))).filter(one =>
      isMaskable(one, readWrite, reach(visible)),
    ),
  )
  const sealedPaths = unique(sealed.map(path => protectedPath(path, options.standing))).filter(
    ({ path }) => reach(readWrite)(path) && !hiddenPaths.some(one => isWithin(path, one.path)),
  )
  const links = [...hidden, ...sealed].flatMap(path => readWrite.flatMap(root => linksOnTheWay(path, root)))
  return {
    cwd: reach([...readWrite, ...readOnly, '/usr'])(options.cwd) ? options.cwd : null,
    home: homeInside(options.home, [...readWrite, ...readOnly]),
    readWrite,
    readOnly,
    hidden: hiddenPaths,
    sealed: sealedPaths,
    links: [...new Set(links)].map(path => ({ path, target: linkTarget(path) })),
    system: roots.flatMap(path => {
      const found = statOrNull(path)
      return found ? [{ path, target: found.isSymbolicLink() ? linkTarget(path) : null }] : []
    }),
    settings: settingsHere(),
    identity:
      caps.uid === 0 ? identityFor(workFolders(options.cwd, readWrite, readOnly), readWrite, caps) : null,
    withoutGit: readWrite.filter(root => !statOrNull(join(root, '.git'))),
  }
}

/** What lies in a hidden folder is hidden with it, and has nothing to stand on. */
function outermost(paths: readonly ProtectedPath[]): readonly ProtectedPath[] {
  return paths.filter(({ path }) => !paths.some(one => one.path !== path && isWithin(path, one.path)))
}

/** What is missing can be made only where the command may write; elsewhere it stays missing. */
function isMaskable(
  { path, state }: ProtectedPath,
  readWrite: readonly string[],
  isSeen: (path: string) => boolean,
): boolean {
  return state === 'missing' ? readWrite.some(root => isWithin(path, root)) : isSeen(path)
}

/** The repositories of worktrees among the folders, which git must be able to write. */
function repositoriesOf(folders: readonly string[]) {
  const found = folders.flatMap(folder => {
    const file = join(folder, '.git')
    const repository = statOrNull(file)?.isFile() ? repositoryOf(file) : null
    return repository ? [repository] : []
  })
  return {
    repositories: found
      .map(({ common }) => common)
      .filter(common => !folders.some(folder => isWithin(common, folder))),
    worktrees: found,
  }
}

function sealedBelow(root: string, worktrees: readonly Repository[], home: string): readonly string[] {
  const below = (folder: string, names: readonly string[]) => names.map(name => join(folder, name))
  const git = join(root, '.git')
  const found = statOrNull(git)
  const repositories = worktrees
    .filter(({ common }) => isWithin(common, root))
    .flatMap(({ common, own }) => [
      ...below(common, neverWrittenInGit),
      ...below(own, ['commondir', 'gitdir', 'config.worktree']),
    ])
  // The folder itself may be the inside of a repository.
  if (isRepository(root)) return [...below(root, neverWrittenInGit), ...repositories]
  const own = found?.isDirectory() ? below(git, neverWrittenInGit) : found ? [git] : []
  return [...below(root, neverWritten), ...startFiles(root, home), ...own, ...repositories]
}

/** Where nobody is at home, only those that are there: for each that is missing a folder has to stand there meanwhile. */
function startFiles(root: string, home: string): readonly string[] {
  const paths = neverWrittenAtHome.map(name => join(root, name))
  return [home, ...homesOfAccounts()].some(one => isWithin(one, root)) ? paths : paths.filter(statOrNull)
}

/** An allow inside a deny could mean either; a deny is never the weaker one, so the policy must say which it is. */
function refuseContradictions(
  { filesystem }: SandboxPolicy,
  { readWrite, readOnly }: Pick<Survey, 'readWrite' | 'readOnly'>,
  options: SurveyOptions,
): void {
  const check = (list: 'deny' | 'denyWrite', shownOnes: readonly string[]) => {
    for (const [index, written] of filesystem[list].entries()) {
      const { path, state } = protectedPath(absolutePath(written, options), options.standing)
      if (state === 'missing') continue
      const inside = shownOnes.find(one => isWithin(one, path))
      if (inside === undefined) continue
      throw refused(
        `${options.locate(['filesystem', list, index])}\`${list}\` names \`${shown(written)}\`, and \`${shown(inside)}\` in it is allowed`,
        'take one of the two out',
      )
    }
  }
  check('deny', [...readWrite, ...readOnly])
  check('denyWrite', readWrite)
  const both = readWrite.find(path => readOnly.includes(path))
  if (both !== undefined)
    throw refused(`\`${shown(both)}\` is in \`readWrite\` and in \`readOnly\``, 'take it out of one of them')
  const ours = options.hide.find(path =>
    [...readWrite, ...readOnly].some(one => isWithin(one, protectedPath(path, options.standing).path)),
  )
  if (ours !== undefined)
    throw refused(
      `the policy would show the gate's own folder \`${shown(ours)}\``,
      'name a folder outside of it',
    )
}

function unique(paths: readonly ProtectedPath[]): readonly ProtectedPath[] {
  return [...new Map(paths.map(one => [one.path, one])).values()]
}

/** The home keeps its name, so that paths below it mean the same; unless it lies in what is shown. */
function homeInside(home: string, shownOnes: readonly string[]): string {
  const isOrdinary =
    dirname(home) !== home && !roots.some(root => isWithin(home, root)) && !home.startsWith('/etc')
  return isOrdinary && !shownOnes.some(path => isWithin(home, path)) ? home : '/home/sandbox'
}

/** The folders whose owner the command may become: the one it works in first. */
function workFolders(
  cwd: string,
  readWrite: readonly string[],
  readOnly: readonly string[],
): readonly string[] {
  const all = [...readWrite, ...readOnly]
  return [...all.filter(folder => isWithin(cwd, folder)), ...all]
}
