import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Backend, commandBackend, type Job } from './backend.ts'

/** No sandbox at all: shows that an attack has teeth. Only for probes that harm nothing. */
export const bare: Backend = commandBackend(
  { name: 'none', ownsAsRoot: true, hasAllowList: false },
  ({ argv }) => ({ argv }),
)

/** Bubblewrap as somebody careful would call it by hand: named folders, masks, all namespaces; no filter and no limits. */
export const bubblewrap: Backend = commandBackend(
  { name: 'bwrap by hand', ownsAsRoot: true, hasAllowList: false },
  ({ argv, policy: { filesystem }, cwd }) => {
    const bind = (kind: string, paths: readonly string[]) =>
      paths.filter(path => existsSync(path)).flatMap(path => [kind, path, path])
    const hide = filesystem.deny
      .filter(path => existsSync(path))
      .flatMap(path => (isFolder(path) ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path]))
    return {
      argv: [
        'bwrap',
        ...['/usr', '/etc'].flatMap(path => ['--ro-bind', path, path]),
        ...['bin', 'sbin', 'lib', 'lib64'].flatMap(name => ['--symlink', `usr/${name}`, `/${name}`]),
        ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--tmpfs', '/var/tmp'],
        ...bind('--ro-bind', filesystem.readOnly),
        ...bind('--bind', filesystem.readWrite),
        ...bind('--ro-bind', filesystem.denyWrite),
        ...hide,
        ...['--unshare-all', '--die-with-parent', '--new-session', '--chdir', cwd, '--', ...argv],
      ],
    }
  },
)

/** firejail with every flag that makes it stricter and the limits that it can set. */
export const firejail: Backend = commandBackend(
  { name: 'firejail', ownsAsRoot: true, hasAllowList: false },
  ({ argv, policy: { filesystem, limits }, cwd }, { uid }) => ({
    argv: [
      'firejail',
      ...[
        '--quiet',
        '--noprofile',
        '--net=none',
        '--caps.drop=all',
        '--seccomp',
        '--seccomp.block-secondary',
      ],
      ...['--nonewprivs', '--private-dev', '--nogroups', '--ipc-namespace', '--hostname=sandbox', '--nodbus'],
      ...['--protocol=inet,inet6', '--restrict-namespaces', '--read-only=/'],
      ...(uid === 0 ? [] : ['--noroot']),
      ...[...filesystem.readWrite, ...filesystem.readOnly].flatMap(path => [`--whitelist=${path}`]),
      ...filesystem.readWrite.map(path => `--read-write=${path}`),
      ...filesystem.readOnly.map(path => `--read-only=${path}`),
      ...filesystem.denyWrite.map(path => `--read-only=${path}`),
      ...filesystem.deny.map(path => `--blacklist=${path}`),
      `--rlimit-nofile=${limits.openFiles}`,
      `--rlimit-nproc=${limits.processes}`,
      `--rlimit-cpu=${limits.cpuSeconds}`,
      `--rlimit-fsize=${limits.fileSizeMb * 2 ** 20}`,
      // With a time limit it looks at the clock but every other second, for short programs too.
      ...(limits.timeoutSeconds < 60
        ? [`--timeout=00:00:${String(limits.timeoutSeconds).padStart(2, '0')}`]
        : []),
      ...['LD_PRELOAD', 'BASH_ENV', 'ENV'].map(name => `--rmenv=${name}`),
      `--private-cwd=${cwd}`,
      '--',
      ...argv,
    ],
  }),
)

/** sandbox-runtime by its command, from a folder of npm; hosts by its own allow list. */
export function sandboxRuntime(folder: string): Backend {
  const program = join(folder, 'node_modules', '.bin', 'srt')
  return commandBackend(
    { name: 'sandbox-runtime', ownsAsRoot: true, hasAllowList: true },
    ({ argv, policy, cwd }) => {
      const { filesystem, network } = policy
      const settings = join(cwd, '..', 'srt-settings.json')
      writeFileSync(
        settings,
        JSON.stringify({
          filesystem: {
            denyRead: [...unlisted(policy), ...filesystem.deny],
            allowRead: [...filesystem.readWrite, ...filesystem.readOnly],
            allowWrite: filesystem.readWrite,
            denyWrite: filesystem.denyWrite,
          },
          network: {
            allowedDomains: network.allow ?? [],
            deniedDomains: [],
            allowLocalBinding: network.mode === 'loopback',
          },
        }),
        { mode: 0o644 },
      )
      return { argv: [process.execPath, program, '--settings', settings, '-c', argv.map(quoted).join(' ')] }
    },
  )
}

/** It takes a line for a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** What lies beside the named folders and the homes: it reads everything else unless it is told not to. */
function unlisted({ filesystem }: Job['policy']): string[] {
  const base = dirname(filesystem.readWrite[0]!)
  return [base, '/root', '/home', '/dev/shm'].filter(path => existsSync(path))
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false
    throw error
  }
}
