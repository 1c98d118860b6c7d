import type { UnsafeCall } from '../policy.ts'
import { and, answer, answers, type Instruction, load, operation, skipWhen, when } from './assemble.ts'
import { type Architecture, auditArchitecture, newestCall, numberOf, type SyscallName } from './syscalls.ts'

// Offsets in `struct seccomp_data`; arguments are 64 bits wide, and the low half comes first on both architectures.
const NUMBER = 0
const ARCHITECTURE = 4
const low = (argument: number) => 16 + 8 * argument

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e020000

/** Refused whatever the arguments are. */
const refused: readonly SyscallName[] = [
  'unshare',
  'setns',
  'mount',
  'umount2',
  'pivot_root',
  'chroot',
  'open_tree',
  'move_mount',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'mount_setattr',
  'statmount',
  'listmount',
  'open_tree_attr',
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'fanotify_init',
  'lsm_set_self_attr',
  'add_key',
  'request_key',
  'keyctl',
  'process_madvise',
  'pidfd_getfd',
  'migrate_pages',
  'move_pages',
  'name_to_handle_at',
  'open_by_handle_at',
  'create_module',
  'init_module',
  'delete_module',
  'get_kernel_syms',
  'query_module',
  'finit_module',
  'kexec_load',
  'kexec_file_load',
  'reboot',
  'swapon',
  'swapoff',
  'syslog',
  'acct',
  'quotactl',
  'quotactl_fd',
  'nfsservctl',
  'lookup_dcookie',
  'vhangup',
  'iopl',
  'ioperm',
  'modify_ldt',
  'uselib',
  'ustat',
  'sysfs',
  '_sysctl',
  'memfd_secret',
  'settimeofday',
  'clock_settime',
  'clock_adjtime',
  'adjtimex',
  'sethostname',
  'setdomainname',
]

/** What a debugger needs; refused unless the policy opens it. */
const tracing: readonly SyscallName[] = ['ptrace', 'process_vm_readv', 'process_vm_writev', 'kcmp']

/** Their arguments lie behind a pointer, where a filter cannot look: programs fall back to the older call. */
const unreadable: readonly SyscallName[] = ['clone3', 'openat2']

const REFUSE = answer(answers.refuse)
const ALLOW = answer(answers.allow)

/** The filter for one architecture: a list of what is refused, since what honest programs use is not a short list. */
export function filterProgram(
  architecture: Architecture,
  opened: readonly UnsafeCall[] = [],
): readonly Instruction[] {
  const call = (name: SyscallName, body: readonly Instruction[]): readonly Instruction[] => {
    const number = numberOf(name, architecture)
    return number === undefined ? [] : [when(operation.jumpEqual, number, body.length), ...body]
  }
  const closed = opened.includes('ptrace') ? refused : [...refused, ...tracing]
  return [
    load(ARCHITECTURE),
    skipWhen(operation.jumpEqual, auditArchitecture[architecture], 1),
    answer(answers.unknown),
    load(NUMBER),
    // One test for x32 and for what is newer than the tables.
    when(operation.jumpGreater, newestCall, 1),
    answer(answers.unknown),
    ...closed.flatMap(name => call(name, [REFUSE])),
    ...unreadable.flatMap(name => call(name, [answer(answers.unknown)])),
    ...call('clone', [load(low(0)), when(operation.jumpSet, NEW_NAMESPACES, 1), REFUSE, ALLOW]),
    ...call('personality', personality),
    ...call('socket', socket(opened.includes('unix-sockets'))),
    ...call('socketpair', [load(low(0)), when(operation.jumpEqual, AF_UNIX, 1), ALLOW, REFUSE]),
    ...call('ioctl', terminalInjection),
    ...call('mknod', deviceNode(1)),
    ...call('mknodat', deviceNode(2)),
    ...call('chmod', setIdMode(1)),
    ...call('fchmod', setIdMode(1)),
    ...call('fchmodat', setIdMode(2)),
    ...call('fchmodat2', setIdMode(2)),
    ...call('creat', setIdMode(1)),
    ...call('open', setIdCreation(1, 2)),
    ...call('openat', setIdCreation(2, 3)),
    ALLOW,
  ]
}

const QUERY = 0xffffffff

/** Other personalities switch off address randomisation or make mappings executable. */
const personality: readonly Instruction[] = [
  load(low(0)),
  skipWhen(operation.jumpEqual, 0, 2),
  skipWhen(operation.jumpEqual, QUERY, 1),
  REFUSE,
  ALLOW,
]

const AF_UNIX = 1
const AF_INET = 2
const AF_INET6 = 10
const AF_NETLINK = 16
const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOCK_TYPE = 0xf
const IPPROTO_TCP = 6
const IPPROTO_UDP = 17

/** TCP and UDP, and routes to be read, which resolvers ask for. */
function socket(hasUnix: boolean): readonly Instruction[] {
  const internet = [
    load(low(1)),
    and(SOCK_TYPE),
    skipWhen(operation.jumpEqual, SOCK_STREAM, 2),
    skipWhen(operation.jumpEqual, SOCK_DGRAM, 1),
    REFUSE,
    load(low(2)),
    skipWhen(operation.jumpEqual, 0, 3),
    skipWhen(operation.jumpEqual, IPPROTO_TCP, 2),
    skipWhen(operation.jumpEqual, IPPROTO_UDP, 1),
    REFUSE,
    ALLOW,
  ]
  const routes = [load(low(2)), when(operation.jumpEqual, 0, 1), ALLOW, REFUSE]
  return [
    load(low(0)),
    ...(hasUnix ? [when(operation.jumpEqual, AF_UNIX, 1), ALLOW] : []),
    when(operation.jumpEqual, AF_NETLINK, routes.length),
    ...routes,
    skipWhen(operation.jumpEqual, AF_INET, 2),
    skipWhen(operation.jumpEqual, AF_INET6, 1),
    REFUSE,
    ...internet,
  ]
}

const TIOCSTI = 0x5412
const TIOCLINUX = 0x541c
const TIOCSETD = 0x5423

/** Typing into the caller's terminal. The kernel reads 32 bits of the number, so no more may be compared (CVE-2019-7303). */
const terminalInjection: readonly Instruction[] = [
  load(low(1)),
  skipWhen(operation.jumpEqual, TIOCSTI, 3),
  skipWhen(operation.jumpEqual, TIOCLINUX, 2),
  skipWhen(operation.jumpEqual, TIOCSETD, 1),
  ALLOW,
  REFUSE,
]

const S_IFMT = 0o170000
const S_IFCHR = 0o020000
const S_IFBLK = 0o060000
const SET_ID = 0o6000

function deviceNode(mode: number): readonly Instruction[] {
  return [
    load(low(mode)),
    skipWhen(operation.jumpSet, SET_ID, 4),
    and(S_IFMT),
    skipWhen(operation.jumpEqual, S_IFCHR, 2),
    skipWhen(operation.jumpEqual, S_IFBLK, 1),
    ALLOW,
    REFUSE,
  ]
}

function setIdMode(mode: number): readonly Instruction[] {
  return [load(low(mode)), when(operation.jumpSet, SET_ID, 1), REFUSE, ALLOW]
}

/** O_CREAT, and the bit that makes O_TMPFILE: only then does the kernel read the mode. */
const CREATES = 0o100 | 0o20000000

function setIdCreation(flags: number, mode: number): readonly Instruction[] {
  return [load(low(flags)), skipWhen(operation.jumpSet, CREATES, 1), ALLOW, ...setIdMode(mode)]
}
