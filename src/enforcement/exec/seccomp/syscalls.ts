// Numbers of the system calls the filter speaks about, from the kernel's tables. A call that an architecture never had is left out.

export type Architecture = 'x64' | 'arm64'

/** What the kernel calls the architecture in `seccomp_data.arch`. */
export const auditArchitecture: Readonly<Record<Architecture, number>> = {
  x64: 0xc000003e,
  arm64: 0xc00000b7,
}

/** The newest call of these tables. A kernel that knows more is told "no such call", so that nothing new passes unseen. */
export const newestCall = 469

const both = (number: number) => ({ x64: number, arm64: number })

export const syscalls = {
  // namespaces
  unshare: { x64: 272, arm64: 97 },
  setns: { x64: 308, arm64: 268 },
  clone: { x64: 56, arm64: 220 },
  clone3: both(435),
  // mounts
  mount: { x64: 165, arm64: 40 },
  umount2: { x64: 166, arm64: 39 },
  pivot_root: { x64: 155, arm64: 41 },
  chroot: { x64: 161, arm64: 51 },
  open_tree: both(428),
  move_mount: both(429),
  fsopen: both(430),
  fsconfig: both(431),
  fsmount: both(432),
  fspick: both(433),
  mount_setattr: both(442),
  statmount: both(457),
  listmount: both(458),
  open_tree_attr: both(467),
  // programs in the kernel, its counters, its page faults, its rings
  bpf: { x64: 321, arm64: 280 },
  perf_event_open: { x64: 298, arm64: 241 },
  userfaultfd: { x64: 323, arm64: 282 },
  io_uring_setup: both(425),
  io_uring_enter: both(426),
  io_uring_register: both(427),
  fanotify_init: { x64: 300, arm64: 262 },
  lsm_set_self_attr: both(460),
  // keys
  add_key: { x64: 248, arm64: 217 },
  request_key: { x64: 249, arm64: 218 },
  keyctl: { x64: 250, arm64: 219 },
  // other processes
  ptrace: { x64: 101, arm64: 117 },
  process_vm_readv: { x64: 310, arm64: 270 },
  process_vm_writev: { x64: 311, arm64: 271 },
  process_madvise: both(440),
  kcmp: { x64: 312, arm64: 272 },
  pidfd_getfd: both(438),
  migrate_pages: { x64: 256, arm64: 238 },
  move_pages: { x64: 279, arm64: 239 },
  // files by handle
  name_to_handle_at: { x64: 303, arm64: 264 },
  open_by_handle_at: { x64: 304, arm64: 265 },
  // the kernel itself
  create_module: { x64: 174 },
  init_module: { x64: 175, arm64: 105 },
  delete_module: { x64: 176, arm64: 106 },
  get_kernel_syms: { x64: 177 },
  query_module: { x64: 178 },
  finit_module: { x64: 313, arm64: 273 },
  kexec_load: { x64: 246, arm64: 104 },
  kexec_file_load: { x64: 320, arm64: 294 },
  reboot: { x64: 169, arm64: 142 },
  swapon: { x64: 167, arm64: 224 },
  swapoff: { x64: 168, arm64: 225 },
  syslog: { x64: 103, arm64: 116 },
  acct: { x64: 163, arm64: 89 },
  quotactl: { x64: 179, arm64: 60 },
  quotactl_fd: both(443),
  nfsservctl: { x64: 180, arm64: 42 },
  lookup_dcookie: { x64: 212, arm64: 18 },
  vhangup: { x64: 153, arm64: 58 },
  iopl: { x64: 172 },
  ioperm: { x64: 173 },
  modify_ldt: { x64: 154 },
  uselib: { x64: 134 },
  ustat: { x64: 136 },
  sysfs: { x64: 139 },
  _sysctl: { x64: 156 },
  memfd_secret: both(447),
  // the clock and the names
  settimeofday: { x64: 164, arm64: 170 },
  clock_settime: { x64: 227, arm64: 112 },
  clock_adjtime: { x64: 305, arm64: 266 },
  adjtimex: { x64: 159, arm64: 171 },
  sethostname: { x64: 170, arm64: 161 },
  setdomainname: { x64: 171, arm64: 162 },
  // judged by their arguments
  personality: { x64: 135, arm64: 92 },
  socket: { x64: 41, arm64: 198 },
  socketpair: { x64: 53, arm64: 199 },
  ioctl: { x64: 16, arm64: 29 },
  mknod: { x64: 133 },
  mknodat: { x64: 259, arm64: 33 },
  chmod: { x64: 90 },
  fchmod: { x64: 91, arm64: 52 },
  fchmodat: { x64: 268, arm64: 53 },
  fchmodat2: both(452),
  creat: { x64: 85 },
  open: { x64: 2 },
  openat: { x64: 257, arm64: 56 },
  openat2: both(437),
} as const satisfies Record<string, Partial<Record<Architecture, number>>>

export type SyscallName = keyof typeof syscalls

/** The number of a call, or undefined where the architecture does not have it. */
export function numberOf(name: SyscallName, architecture: Architecture): number | undefined {
  const numbers: Partial<Record<Architecture, number>> = syscalls[name]
  return numbers[architecture]
}
