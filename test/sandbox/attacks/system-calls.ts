import { native, noBreach, type Probe, sh } from '../probe.ts'
import type { Scene } from '../scene.ts'

interface Row {
  readonly id: string
  readonly title: string
  readonly attack: string
  readonly argument?: (at: Scene) => string
  readonly harmless?: true
}

const rows: readonly Row[] = [
  { id: 'S01', title: 'no user namespace by unshare', attack: 'unshare_user', harmless: true },
  { id: 'S02', title: 'no other namespace by unshare', attack: 'unshare_others' },
  { id: 'S03', title: 'no time namespace', attack: 'unshare_time' },
  { id: 'S04', title: 'no user namespace by clone', attack: 'clone_user', harmless: true },
  { id: 'S05', title: 'no network namespace by clone', attack: 'clone_net', harmless: true },
  { id: 'S06', title: 'no user namespace by clone3', attack: 'clone3_user', harmless: true },
  { id: 'S07', title: 'no namespace is entered', attack: 'setns_self' },
  { id: 'S08', title: 'no file system is mounted', attack: 'mount_tmpfs', argument: at => at.work },
  { id: 'S09', title: 'no second /proc is mounted', attack: 'mount_proc', argument: at => at.work },
  { id: 'S10', title: 'no mount becomes writable', attack: 'mount_writable', argument: at => at.readonly },
  {
    id: 'S11',
    title: 'no cover is taken off by umount',
    attack: 'unmount',
    argument: at => `${at.work}/private`,
  },
  { id: 'S12', title: 'no newer call mounts', attack: 'mount_new', argument: at => at.work },
  { id: 'S13', title: 'the root is not changed', attack: 'change_root', argument: at => at.work },
  { id: 'S14', title: 'no program is given to the kernel (bpf)', attack: 'bpf' },
  { id: 'S15', title: 'no performance events', attack: 'perf' },
  { id: 'S16', title: 'no page faults handled by the program', attack: 'userfault' },
  { id: 'S17', title: 'no io_uring', attack: 'uring', harmless: true },
  { id: 'S18', title: 'no key rings of the kernel', attack: 'keys' },
  { id: 'S19', title: 'no other personality', attack: 'persona', harmless: true },
  { id: 'S20', title: 'no 32-bit calls by interrupt 0x80', attack: 'calls32' },
  { id: 'S21', title: 'no x32 calls', attack: 'calls_x32' },
  { id: 'S22', title: 'no ports of the machine', attack: 'ports' },
  { id: 'S23', title: 'no kernel modules', attack: 'modules' },
  { id: 'S24', title: 'no other kernel', attack: 'kexec' },
  { id: 'S25', title: 'no restart', attack: 'restart' },
  { id: 'S26', title: 'no swap and no accounting', attack: 'swap' },
  { id: 'S27', title: 'the clock is not set', attack: 'clock_set' },
  { id: 'S28', title: 'the kernel’s log is not read', attack: 'kernel_log' },
  { id: 'S29', title: 'file systems are not watched and quotas not asked', attack: 'watch_all' },
  { id: 'S30', title: 'no socket of the machine’s own kind', attack: 'unix_socket', harmless: true },
  { id: 'S31', title: 'no socket to the hypervisor', attack: 'vsock' },
  { id: 'S32', title: 'no packets and no raw sockets', attack: 'packet' },
  { id: 'S33', title: 'no netlink but routes', attack: 'netlink' },
  { id: 'S34', title: 'no unusual protocols', attack: 'odd_families' },
]

const programs: readonly Probe[] = [
  {
    id: 'S35',
    title: 'ordinary tools make no namespace either',
    argv: at =>
      sh(
        at,
        'unshare -Ur true && echo breach: unshare; unshare -n true && echo breach: network; nsenter -t 1 -m true && echo breach: nsenter; bwrap --ro-bind / / true && echo breach: bwrap; true',
      ),
    judge: noBreach,
  },
  {
    id: 'S36',
    title: 'the filter holds for what the program starts',
    argv: at =>
      sh(at, `sh -c 'setsid ${at.tools}/attacks uring x & wait; exec ${at.tools}/attacks unshare_user x'`),
    judge: noBreach,
  },
  {
    id: 'S37',
    title: 'a program started through the loader, by descriptor or as a copy is held the same',
    argv: at =>
      sh(
        at,
        `cp ${at.tools}/attacks copy; ./copy uring x; for l in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do [ -e $l ] && $l ./copy keys x; done; exec 9< copy; /proc/self/fd/9 unix_socket x; true`,
      ),
    judge: noBreach,
  },
]

/** System calls and what they open up; see `native/attacks.c`. */
export const systemCalls: readonly Probe[] = [
  ...rows.map(
    ({ attack, argument, ...row }): Probe => ({
      ...row,
      argv: at => native(at, attack, ...(argument ? [argument(at)] : [])),
      judge: noBreach,
    }),
  ),
  ...programs,
]
