import { isWithin } from '../places.ts'
import type { Emission, EmitOptions } from './emit.ts'
import { type GapList, gapList, limitGaps } from './gaps.ts'
import type { Scope, ScopedPath } from './scope.ts'

/** Seen by every command, as in the sandbox itself. */
const SYSTEM = ['/usr', '-/bin', '-/sbin', '-/lib', '-/lib32', '-/lib64', '-/libx32']
const SETTINGS = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'ssl',
  'passwd',
  'group',
  'nsswitch.conf',
  'localtime',
  'os-release',
]

/** A service for one run: an empty root, into which only what the policy names is bound. */
export function emitSystemd(scope: Scope, { command, identity }: EmitOptions): Emission {
  const { policy } = scope
  const { limits, network } = policy
  const gaps = gapList()
  const share = Math.max(1, Math.floor(limits.memoryMb / 2))
  const lines = [
    '[Unit]',
    'Description=A command in a sandbox, as its policy describes it',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command.map((word, i) => argument(word, i === 0)).join(' ')}`,
    `User=${identity.uid}`,
    `Group=${identity.gid}`,
    `WorkingDirectory=${isSeen(scope.cwd, scope) && isTellable(scope.cwd) ? percent(scope.cwd) : '/tmp'}`,
    '',
    `TemporaryFileSystem=/:ro /tmp:rw,nosuid,nodev,noexec,mode=1777,size=${share}M`,
    ...SYSTEM.map(path => `BindReadOnlyPaths=${path}`),
    ...SETTINGS.map(name => `BindReadOnlyPaths=-/etc/${name}`),
    ...bound('BindPaths', scope.readWrite, gaps),
    ...bound('BindReadOnlyPaths', scope.readOnly, gaps),
    ...restricted('ReadOnlyPaths', scope.denyWrite, scope, gaps),
    ...restricted('InaccessiblePaths', scope.deny, scope, gaps),
    ...hardening,
    ...networkLines(scope),
    ...(policy.env.allow.length > 0 ? [`PassEnvironment=${policy.env.allow.join(' ')}`] : []),
    'Environment=PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp TMPDIR=/tmp',
    '',
    `MemoryMax=${limits.memoryMb}M`,
    'MemorySwapMax=0',
    `TasksMax=${limits.processes}`,
    `LimitNOFILE=${limits.openFiles}`,
    `LimitFSIZE=${limits.fileSizeMb}M`,
    `LimitCPU=${limits.cpuSeconds}`,
    'LimitCORE=0',
    `RuntimeMaxSec=${limits.timeoutSeconds}`,
    'TimeoutStopSec=2',
    'KillMode=control-group',
  ]
  for (const host of network.mode === 'allowlist' ? network.allow : [])
    gaps.stricter(host, 'names and ports cannot be listed, so it is not reached')
  gaps.weaker('limits.cpuSeconds', 'the limit counts for each process, not for all of them together')
  limitGaps(
    policy,
    ['memoryMb', 'processes', 'openFiles', 'fileSizeMb', 'cpuSeconds', 'timeoutSeconds'],
    gaps,
  )
  return {
    text: `${lines.join('\n')}\n`,
    gaps: gaps.gaps,
    use: 'save it as /etc/systemd/system/NAME.service, look at it with `systemd-analyze verify`, start it with `systemctl start NAME`',
  }
}

const hardening = [
  'ProtectSystem=strict',
  'ProtectHome=tmpfs',
  'ProtectProc=invisible',
  'ProcSubset=pid',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'PrivateDevices=yes',
  'DevicePolicy=closed',
  'PrivateMounts=yes',
  'PrivateIPC=yes',
  'PrivateUsers=yes',
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'LockPersonality=yes',
  'KeyringMode=private',
  'RemoveIPC=yes',
  'UMask=0077',
  'SystemCallArchitectures=native',
  'SystemCallErrorNumber=EPERM',
  'SystemCallFilter=@system-service',
]

/** Taken out of the ordinary set again, as in the sandbox's own filter. */
const REFUSED_CALLS =
  '@keyring @mount @privileged @raw-io @reboot @swap @obsolete kcmp process_vm_readv process_vm_writev pidfd_getfd io_uring_setup io_uring_enter io_uring_register perf_event_open userfaultfd bpf'

function networkLines({ policy: { network, allowUnsafeCalls } }: Scope): readonly string[] {
  const families = network.mode === 'loopback' ? ['AF_INET', 'AF_INET6'] : []
  if (allowUnsafeCalls.includes('unix-sockets')) families.push('AF_UNIX')
  const isDebugged = allowUnsafeCalls.includes('ptrace')
  return [
    ...(isDebugged ? ['SystemCallFilter=ptrace'] : []),
    `SystemCallFilter=~${REFUSED_CALLS}${isDebugged ? '' : ' ptrace'}`,
    'PrivateNetwork=yes',
    'IPAddressDeny=any',
    ...(network.mode === 'loopback' ? ['IPAddressAllow=localhost'] : []),
    `RestrictAddressFamilies=${families.length > 0 ? families.join(' ') : 'none'}`,
  ]
}

function bound(key: string, paths: readonly ScopedPath[], gaps: GapList): readonly string[] {
  return paths.flatMap(({ path }) => {
    // A colon parts source and target.
    if (isTellable(path) && !path.includes(':')) return [`${key}=${quoted(path)}`]
    gaps.stricter(path, 'the name cannot be written in a unit, so it is not seen')
    return []
  })
}

function restricted(
  key: string,
  paths: readonly ScopedPath[],
  scope: Scope,
  gaps: GapList,
): readonly string[] {
  return paths.flatMap(({ path, kind }) => {
    if (!isSeen(path, scope)) {
      gaps.stricter(path, 'nothing of it is seen inside')
      return []
    }
    if (!isTellable(path)) {
      gaps.weaker(path, 'the name cannot be written in a unit')
      return []
    }
    if (kind === 'missing' && isSeen(path, { ...scope, readOnly: [] }))
      gaps.weaker(path, 'it is not there yet, and could be made')
    return [`${key}=-${quoted(path)}`]
  })
}

function isSeen(path: string, { readWrite, readOnly }: Pick<Scope, 'readWrite' | 'readOnly'>): boolean {
  return [...readWrite, ...readOnly].some(folder => isWithin(path, folder.path))
}

/** A path ends with its line, and there is no escape for what is no character to print. */
function isTellable(path: string): boolean {
  return !/\p{C}/u.test(path)
}

function percent(text: string): string {
  return text.replaceAll('%', '%%')
}

/** systemd.syntax(7): quotes and backslashes are escaped, a percent sign would be a specifier. */
function quoted(text: string): string {
  if (/^[\w/.@+,=-]+$/.test(text)) return text
  return `"${percent(text.replace(/[\\"]/g, String.raw`\$&`))}"`
}

/** A word of ExecStart: there a dollar names a variable, and control characters have escapes. */
function argument(word: string, isProgram: boolean): string {
  const plain = isProgram ? word : word.replaceAll('$', '$$$$')
  if (/^[\w/.@+,=-]+$/.test(plain)) return plain
  const escaped = percent(plain.replace(/[\\"]/g, String.raw`\$&`)).replace(
    /[\u0000-\u001f\u007f]/g,
    control => String.raw`\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `"${escaped}"`
}
