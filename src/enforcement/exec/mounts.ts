import { dirname } from 'node:path'
import { isWithin, type ProtectedPath } from './places.ts'
import type { SandboxPolicy } from './policy.ts'
import type { Survey } from './survey.ts'

const MB = 1024 * 1024

interface MountParts {
  readonly hasProxy: boolean
  readonly files: readonly string[]
  /** The descriptors of the first of the settings that are copied, and of the first source. */
  readonly firstSetting: number
  readonly firstSource: number
}

interface Mounts {
  readonly options: readonly string[]
  /**
   * Paths whose descriptors the options name, in this order, from `firstSource` on. Opened and checked before the start:
   * by name, what another run puts in their place between our look and the mount would be shown.
   */
  readonly sources: readonly string[]
}

/** The options that build the command's view of the disk: nothing is there but what is named here. */
export function mountOptions(
  { limits }: SandboxPolicy,
  found: Survey,
  { hasProxy, files, firstSetting, firstSource }: MountParts,
): Mounts {
  const share = (part: number) => `${Math.max(1, Math.floor(limits.memoryMb / part)) * MB}`
  const sources: string[] = []
  const source = (path: string) => `${firstSource + sources.push(path) - 1}`
  const options = [
    ...found.system.flatMap(({ path, target }) =>
      target === null ? ['--ro-bind', path, path] : ['--symlink', target, path],
    ),
    ...found.settings.folders.flatMap(path => ['--ro-bind', path, path]),
    ...found.settings.files.flatMap((path, index) => [
      ...['--perms', '0444', '--file', `${firstSetting + index}`, path],
    ]),
    '--proc',
    '/proc',
    ...(hasProxy ? devicesByHand : ['--dev', '/dev']),
    ...['--size', share(4), '--tmpfs', '/dev/shm'],
    ...['--remount-ro', '/dev'],
    ...['--perms', '1777', '--size', share(2), '--tmpfs', '/tmp'],
    ...['--dir', '/var', '--symlink', '/tmp', '/var/tmp', '--dir', '/run'],
    ...['--perms', '0700', '--size', share(4), '--tmpfs', found.home],
    ...ordered(found).flatMap(entry => optionsOf(entry, source)),
    ...files,
    // Last: the folders made on the way belong to a file system that could hold files, too.
    '--remount-ro',
    '/',
  ]
  return { options, sources }
}

/** `--dev` would make bubblewrap stack a second user namespace; there are no terminals this way. */
const devicesByHand: readonly string[] = [
  '--tmpfs',
  '/dev',
  ...['null', 'zero', 'full', 'random', 'urandom', 'tty'].flatMap(name => [
    '--dev-bind',
    `/dev/${name}`,
    `/dev/${name}`,
  ]),
  ...[
    ['/proc/self/fd', '/dev/fd'],
    ['/proc/self/fd/0', '/dev/stdin'],
    ['/proc/self/fd/1', '/dev/stdout'],
    ['/proc/self/fd/2', '/dev/stderr'],
  ].flatMap(([target, path]) => ['--symlink', target!, path!]),
]

interface Entry {
  readonly path: string
  readonly as: 'read-write' | 'read-only' | 'pin' | 'sealed' | 'hidden'
  readonly state: ProtectedPath['state']
}

/** What was mounted over what counts, so the shallow come first; at the same place the stricter comes last. */
function ordered({ readWrite, readOnly, sealed, hidden }: Survey): readonly Entry[] {
  const strictness = ['read-write', 'read-only', 'pin', 'sealed', 'hidden']
  const fixed = [...sealed, ...hidden]
  const pins = pinsOf(
    readWrite,
    readOnly,
    fixed.map(({ path }) => path),
  ).filter(path => !fixed.some(one => isWithin(path, one.path)))
  const entries: Entry[] = [
    ...readWrite.map(path => ({ path, as: 'read-write', state: 'directory' }) as const),
    ...readOnly.map(path => ({ path, as: 'read-only', state: 'directory' }) as const),
    ...pins.map(path => ({ path, as: 'pin', state: 'directory' }) as const),
    ...sealed.map(one => ({ ...one, as: 'sealed' }) as const),
    ...hidden.map(one => ({ ...one, as: 'hidden' }) as const),
  ]
  const depth = (path: string) => path.split('/').length
  return entries.toSorted(
    (a, b) => depth(a.path) - depth(b.path) || strictness.indexOf(a.as) - strictness.indexOf(b.as),
  )
}

function optionsOf({ path, as, state }: Entry, source: (path: string) => string): readonly string[] {
  switch (as) {
    case 'read-write':
    case 'pin':
      return ['--bind-fd', source(path), path]
    case 'read-only':
      return ['--ro-bind-fd', source(path), path]
    case 'sealed':
      return state === 'missing' ? emptyFolder(path, '0555') : ['--ro-bind-fd', source(path), path]
    case 'hidden':
      if (state === 'missing') return emptyFolder(path, '0555')
      return state === 'directory' ? emptyFolder(path, '0000') : noFile(path)
  }
}

function emptyFolder(path: string, mode: string): readonly string[] {
  return ['--perms', mode, '--size', '4096', '--tmpfs', path, '--remount-ro', path]
}

/** A device on a mount without devices: it cannot be opened at all. */
function noFile(path: string): readonly string[] {
  return ['--ro-bind', '/dev/null', path]
}

/**
 * The folders between a folder that may be written and a path protected in it: renamed, they would take it along. Below
 * a folder that is only read nothing can be renamed, and a pin would open it for writing.
 */
function pinsOf(
  readWrite: readonly string[],
  readOnly: readonly string[],
  protectedPaths: readonly string[],
): readonly string[] {
  const pins = new Set<string>()
  for (const path of protectedPaths) {
    const root = innermost(readWrite, path)
    if (root === undefined || (innermost(readOnly, path) ?? '').length > root.length) continue
    for (let at = dirname(path); at !== root && isWithin(at, root); at = dirname(at)) pins.add(at)
  }
  return [...pins]
}

function innermost(folders: readonly string[], path: string): string | undefined {
  return folders.filter(one => isWithin(path, one)).toSorted((a, b) => b.length - a.length)[0]
}
