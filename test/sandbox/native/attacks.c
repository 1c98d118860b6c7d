/*
 * System calls that a sandboxed program must not get. `attacks NAME MARK [ARGUMENT]` says `reached`, tries one, and says `breach: …` if it
 * got what it was after. Whatever could hurt a machine is called with arguments the kernel refuses after its permission check, or is
 * opened and not used.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static const char *argument;

static void got(const char *what) { printf("breach: %s\n", what); fflush(stdout); }

/* A call that must fail, whatever the reason. */
static void call(const char *what, long result) {
  if (result >= 0) got(what);
  else printf("refused: %s: %s\n", what, strerror(errno));
}

/* A call whose arguments are bad on purpose: any other answer than a refusal shows that the kernel looked at them. */
static void gate(const char *what, long result) {
  if (result < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS)) printf("refused: %s: %s\n", what, strerror(errno));
  else { char text[200]; snprintf(text, sizeof text, "%s reached the kernel: %s", what, result < 0 ? strerror(errno) : "success"); got(text); }
}

static void space(const char *what, int flag) { call(what, unshare(flag)); }
static void unshare_user(void) { space("unshare user", CLONE_NEWUSER); }
static void unshare_others(void) {
  space("unshare mount", CLONE_NEWNS); space("unshare net", CLONE_NEWNET); space("unshare pid", CLONE_NEWPID);
  space("unshare ipc", CLONE_NEWIPC); space("unshare uts", CLONE_NEWUTS); space("unshare cgroup", CLONE_NEWCGROUP);
}
static void unshare_time(void) { space("unshare time", 0x80); }

static void child_of(const char *what, long pid) {
  if (pid == 0) _exit(0);
  call(what, pid);
  if (pid > 0) waitpid(pid, NULL, 0);
}
static void clone_user(void) { child_of("clone user", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }
static void clone_net(void) { child_of("clone user and net", syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0)); }
static void clone3_user(void) {
  struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
  child_of("clone3 user", syscall(SYS_clone3, &args, sizeof args));
}
static void setns_self(void) {
  const char *const names[] = { "user", "net", "mnt", "pid", "ipc", "uts" };
  char path[64];
  for (int pid = 0; pid < 2; pid++)
    for (unsigned i = 0; i < 6; i++) {
      snprintf(path, sizeof path, "/proc/%s/ns/%s", pid ? "1" : "self", names[i]);
      int fd = open(path, O_RDONLY);
      if (fd >= 0) { gate(path, setns(fd, 0)); close(fd); }
    }
}

static void mount_tmpfs(void) { call("mount", mount("none", argument, "tmpfs", 0, "")); }
static void mount_proc(void) { call("mount proc", mount("proc", argument, "proc", 0, "")); }
static void mount_writable(void) { call("remount writable", mount(NULL, argument, NULL, MS_REMOUNT | MS_BIND, NULL)); }
static void unmount(void) { gate("umount2", umount2(argument, MNT_DETACH)); }
static void mount_new(void) {
  call("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
  call("open_tree clone", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
  uint64_t attributes[4] = { 0, 1, 0, 0 };
  gate("mount_setattr", syscall(SYS_mount_setattr, AT_FDCWD, argument, 0, attributes, sizeof attributes));
  gate("move_mount", syscall(SYS_move_mount, -1, "", AT_FDCWD, argument, 4));
}
static void change_root(void) { gate("chroot", chroot(argument)); gate("pivot_root", syscall(SYS_pivot_root, argument, argument)); }

static void bpf(void) { char attributes[128] = { 1, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1 }; call("bpf map", syscall(SYS_bpf, 0, attributes, sizeof attributes)); }
static void perf(void) {
  uint32_t attributes[32] = { 1, sizeof attributes };
  attributes[10] = 0x60;
  gate("perf_event_open", syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}
static void userfault(void) { call("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC | 1)); }
static void uring(void) {
  char params[256] = { 0 };
  call("io_uring_setup", syscall(SYS_io_uring_setup, 4, params));
  gate("io_uring_enter", syscall(SYS_io_uring_enter, -1, 0, 0, 0, 0, 0));
  gate("io_uring_register", syscall(SYS_io_uring_register, -1, 0, 0, 0));
}
static void keys(void) {
  call("add_key", syscall(SYS_add_key, "user", "portcullis-probe", "x", 1, -1));
  call("keyctl join session", syscall(SYS_keyctl, 1, "portcullis-probe"));
  gate("request_key", syscall(SYS_request_key, "user", "portcullis-absent", NULL, 0));
}
static void persona(void) {
  call("personality no randomization", personality(ADDR_NO_RANDOMIZE));
  call("personality read implies exec", personality(READ_IMPLIES_EXEC));
}

static void trace_child(void) {
  pid_t child = fork();
  if (child == 0) { pause(); _exit(0); }
  call("ptrace seize", ptrace(PTRACE_SEIZE, child, 0, 0));
  call("ptrace attach", ptrace(PTRACE_ATTACH, child, 0, 0));
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  call("ptrace traceme", ptrace(PTRACE_TRACEME, 0, 0, 0));
}
static char target[8] = "private";
static void read_memory(void) {
  char seen[8] = "";
  struct iovec mine = { seen, 8 }, other = { target, 8 };
  pid_t child = fork();
  if (child == 0) { pause(); _exit(0); }
  call("process_vm_readv", process_vm_readv(child, &mine, 1, &other, 1, 0));
  call("process_vm_writev", process_vm_writev(child, &mine, 1, &other, 1, 0));
  gate("kcmp", syscall(SYS_kcmp, getpid(), child, 0, 0, 1));
  int fd = syscall(SYS_pidfd_open, child, 0);
  call("pidfd_getfd", fd < 0 ? -1 : syscall(SYS_pidfd_getfd, fd, 1, 0));
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}
/* A process that no filter holds may run what the filter refuses for whoever can write into its memory. */
static void unfiltered_memory(void) {
  DIR *proc = opendir("/proc");
  char path[300], line[200];
  for (struct dirent *entry; proc && (entry = readdir(proc));) {
    int mode = -1;
    if (atoi(entry->d_name) <= 0 || atoi(entry->d_name) == getpid()) continue;
    snprintf(path, sizeof path, "/proc/%s/status", entry->d_name);
    FILE *status = fopen(path, "r");
    while (status && fgets(line, sizeof line, status)) sscanf(line, "Seccomp: %d", &mode);
    if (status) fclose(status);
    snprintf(path, sizeof path, "/proc/%s/mem", entry->d_name);
    int fd = open(path, O_RDWR);
    if (mode == 0 && fd >= 0) got(path);
    if (fd >= 0) close(fd);
  }
}
static void first_process(void) {
  int fd = open("/proc/1/exe", O_WRONLY);
  call("/proc/1/exe for writing", fd);
  fd = open("/usr/bin/bwrap", O_WRONLY);
  call("/usr/bin/bwrap for writing", fd);
}
static void signal_all(void) {
  signal(SIGTERM, SIG_IGN);
  kill(0, SIGTERM);
  kill(getppid(), SIGTERM);
}

static int open_socket(const char *what, int family, int type, int protocol) {
  int fd = socket(family, type, protocol);
  call(what, fd);
  return fd;
}
static void unix_socket(void) { open_socket("AF_UNIX stream", AF_UNIX, SOCK_STREAM, 0); open_socket("AF_UNIX datagram", AF_UNIX, SOCK_DGRAM, 0); }
static void vsock(void) { open_socket("AF_VSOCK", 40, SOCK_STREAM, 0); }
static void packet(void) { open_socket("AF_PACKET", AF_PACKET, SOCK_DGRAM, 0); open_socket("AF_INET raw", AF_INET, SOCK_RAW, 255); }
static void netlink(void) {
  open_socket("netlink netfilter", AF_NETLINK, SOCK_RAW, 12);
  open_socket("netlink audit", AF_NETLINK, SOCK_RAW, 9);
  open_socket("netlink uevent", AF_NETLINK, SOCK_DGRAM, 15);
  open_socket("netlink sock_diag", AF_NETLINK, SOCK_DGRAM, 4);
}
static void odd_families(void) {
  static const struct { const char *name; int family, type, protocol; } odd[] = {
    { "AF_ALG", 38, SOCK_SEQPACKET, 0 }, { "AF_KEY", 15, SOCK_RAW, 2 }, { "AF_XDP", 44, SOCK_RAW, 0 }, { "AF_TIPC", 30, SOCK_SEQPACKET, 0 },
    { "AF_BLUETOOTH", 31, SOCK_RAW, 1 }, { "AF_RDS", 21, SOCK_SEQPACKET, 0 }, { "AF_CAN", 29, SOCK_RAW, 1 }, { "AF_SMC", 43, SOCK_STREAM, 0 },
    { "SCTP", AF_INET, SOCK_SEQPACKET, 132 }, { "DCCP", AF_INET, 6, 33 }, { "MPTCP", AF_INET, SOCK_STREAM, IPPROTO_MPTCP },
  };
  for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) open_socket(odd[i].name, odd[i].family, odd[i].type, odd[i].protocol);
}
/* Connects to a path, or with an `@` at its head to a name of the abstract kind. */
static void connect_unix(void) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  size_t length = strlen(argument);
  memcpy(address.sun_path, argument, length);
  if (*argument == '@') address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) { perror("socket"); return; }
  call("connect", connect(fd, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + length));
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) call("connect of a pair", connect(pair[0], (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + length));
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0) call("send out of a pair", sendto(pair[0], "x", 1, 0, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + length));
}

#ifdef __x86_64__
static long call32(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
  if (result < 0 && result > -4096) { errno = -result; return -1; }
  return result;
}
static void calls32(void) {
  call("getpid by int 0x80", call32(20, 0, 0, 0));
  call("unshare by int 0x80", call32(310, CLONE_NEWUSER, 0, 0));
  call("socket by int 0x80", call32(359, AF_UNIX, SOCK_STREAM, 0));
  call("keyctl by int 0x80", call32(288, 1, 0, 0));
}
static void calls_x32(void) {
  call("getpid by x32", syscall(0x40000000 | SYS_getpid));
  call("unshare by x32", syscall(0x40000000 | SYS_unshare, CLONE_NEWUSER));
  call("socket by x32", syscall(0x40000000 | SYS_socket, AF_UNIX, SOCK_STREAM, 0));
}
static void ports(void) { gate("iopl", syscall(SYS_iopl, 3)); gate("ioperm", syscall(SYS_ioperm, 0x80, 1, 1)); }
#else
static void calls32(void) { puts("no such calls here"); }
static void calls_x32(void) { puts("no such calls here"); }
static void ports(void) { puts("no such calls here"); }
#endif

static void modules(void) { gate("init_module", syscall(SYS_init_module, "", 0, "")); gate("finit_module", syscall(SYS_finit_module, -1, "", 0)); gate("delete_module", syscall(SYS_delete_module, "portcullis_absent", O_NONBLOCK)); }
static void kexec(void) { gate("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0xffff)); }
static void restart(void) { gate("reboot", syscall(SYS_reboot, 0, 0, 0, 0)); }
static void swap(void) { gate("swapon", syscall(SYS_swapon, "/portcullis-absent", 0)); gate("swapoff", syscall(SYS_swapoff, "/portcullis-absent")); gate("acct", syscall(SYS_acct, "/portcullis-absent/x")); }
static void clock_set(void) { struct timespec now; clock_gettime(CLOCK_REALTIME, &now); call("clock_settime", clock_settime(CLOCK_REALTIME, &now)); }
static void kernel_log(void) {
  char text[256];
  call("syslog", syscall(SYS_syslog, 3, text, sizeof text));
  call("/dev/kmsg", open("/dev/kmsg", O_RDONLY));
}
static void handles(void) {
  struct { unsigned bytes; int type; unsigned long inode[2]; } root = { 8, 1, { 2, 0 } };
  int fd = open(argument, O_RDONLY);
  gate("open_by_handle_at", syscall(SYS_open_by_handle_at, fd, &root, O_RDONLY));
}
static void watch_all(void) { gate("fanotify_init", syscall(SYS_fanotify_init, 0, O_RDONLY)); gate("quotactl", syscall(SYS_quotactl, 0x800004, "/dev/absent", 0, 0)); }

static void made(const char *how, const char *path, long result) {
  struct stat seen;
  if (result >= 0 && stat(path, &seen) == 0 && (seen.st_mode & 06000)) got(how);
}
/* Every way to leave a set-id bit on a file of the folder. */
static void set_ids(void) {
  char path[300];
#define AT(name) (snprintf(path, sizeof path, "%s/%s", argument, name), path)
  close(open(AT("plain"), O_CREAT | O_RDWR, 0755));
  made("chmod", path, syscall(SYS_fchmodat, AT_FDCWD, path, 04755));
#ifdef SYS_chmod
  made("old chmod", path, syscall(SYS_chmod, path, 06755));
#endif
  int fd = open(path, O_RDWR);
  made("fchmod", path, syscall(SYS_fchmod, fd, 02755));
  made("fchmodat2", path, syscall(SYS_fchmodat2, AT_FDCWD, path, 04755, 0));
  made("openat", AT("opened"), open(path, O_CREAT | O_RDWR, 04755));
#ifdef SYS_creat
  made("creat", AT("created"), syscall(SYS_creat, path, 04755));
  made("mknod", AT("node"), syscall(SYS_mknod, path, S_IFREG | 04755, 0));
#endif
  made("mknodat", AT("node2"), syscall(SYS_mknodat, AT_FDCWD, path, S_IFREG | 06755, 0));
  made("mkdirat", AT("folder"), syscall(SYS_mkdirat, AT_FDCWD, path, 06755));
  uint64_t how[3] = { O_CREAT | O_RDWR, 04755, 0 };
  made("openat2", AT("opened2"), syscall(SYS_openat2, AT_FDCWD, path, how, sizeof how));
  fd = open(argument, O_TMPFILE | O_RDWR, 04755);
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  made("unnamed file", AT("linked"), fd < 0 ? -1 : linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}
static void file_caps(void) {
  struct { uint32_t words[5]; } caps = { { 0x02000001, 0xffffffff, 0, 0xffffffff, 0 } };
  char path[300];
  close(open(AT("capable"), O_CREAT | O_RDWR, 0755));
  call("setxattr security.capability", setxattr(path, "security.capability", &caps, sizeof caps, 0));
}
static void device_nodes(void) {
  char path[300];
  call("mknod null", mknod(AT("null"), S_IFCHR | 0666, 0x103));
  call("mknod disk", mknod(AT("disk"), S_IFBLK | 0666, 0xfe00));
}
static void owners(void) { call("chown to root", chown(argument, 0, 0)); call("setuid 0", syscall(SYS_setuid, 0)); call("setgid 0", syscall(SYS_setgid, 0)); }

static void terminal_call(const char *what, unsigned long number, const char *byte) {
  int fd = open("/dev/tty", O_RDWR);
  if (fd < 0) fd = 0;
  errno = 0;
  long result = syscall(SYS_ioctl, fd, number, byte);
  printf("%s: %ld %s\n", what, result, strerror(errno));
  if (errno != EPERM && errno != ENOSYS) got(what);
}
static void type_in(void) { terminal_call("TIOCSTI", 0x5412, "x"); }
static void type_in_wide(void) { terminal_call("TIOCSTI with high bits", 0x5412ul | 1ul << 32, "x"); terminal_call("TIOCSTI with the highest bit", 0x5412ul | 1ul << 63, "x"); }
static void console(void) { terminal_call("TIOCLINUX", 0x541c, "\2"); terminal_call("TIOCLINUX with high bits", 0x541cul | 1ul << 32, "\2"); }
static void discipline(void) { int kind = 99; terminal_call("TIOCSETD", 0x5423, (char *)&kind); }
static void steal_terminal(void) {
  int fd = open("/dev/tty", O_RDWR);
  call("/dev/tty", fd);
  if (fork() == 0) { setsid(); call("TIOCSCTTY", ioctl(0, TIOCSCTTY, 1)); _exit(0); }
  wait(NULL);
}

static void raise_limits(void) {
  static const int which[] = { RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_CPU, RLIMIT_FSIZE };
  for (int i = 0; i < 4; i++) {
    struct rlimit now;
    getrlimit(which[i], &now);
    if (now.rlim_max == RLIM_INFINITY) { got("a limit is open"); continue; }
    now.rlim_max *= 2;
    call("setrlimit", setrlimit(which[i], &now));
  }
}
/* Touches memory of a kind, block by block, and says how much it got. */
static void fill(int blocks, char *(*block)(size_t)) {
  const size_t size = 20u << 20;
  int got_blocks = 0;
  for (; got_blocks < blocks; got_blocks++) {
    char *memory = block(size);
    if (memory == NULL || memory == MAP_FAILED) break;
    memset(memory, 1, size);
    printf("held %d MB\n", (got_blocks + 1) * 20);
    fflush(stdout);
  }
  usleep(400000);
  if (got_blocks == blocks) got("all of it was held");
}
static char *private_block(size_t size) { return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static char *shared_block(size_t size) { return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); }
static char *memfd_block(size_t size) {
  int fd = memfd_create("probe", 0);
  if (fd < 0 || ftruncate(fd, size) < 0) return NULL;
  return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}
static char *segment_block(size_t size) {
  int id = shmget(IPC_PRIVATE, size, 0600);
  char *memory = id < 0 ? NULL : shmat(id, NULL, 0);
  return memory == (char *)-1 ? NULL : memory;
}
static void memory_private(void) { fill(15, private_block); }
static void memory_shared(void) { fill(15, shared_block); }
static void memory_memfd(void) { fill(15, memfd_block); }
static void memory_segments(void) { fill(15, segment_block); }
/* Written, not mapped, and so in no process's resident set. */
static void memory_unmapped(void) {
  static char block[1 << 20];
  int held = 0;
  for (int file = 0; file < 15; file++) {
    int fd = memfd_create("probe", 0);
    for (int i = 0; fd >= 0 && i < 20; i++) if (write(fd, block, sizeof block) == sizeof block) held++;
    printf("held %d MB\n", held);
    fflush(stdout);
  }
  usleep(400000);
  if (held == 300) got("all of it was held");
}
static void memory_several(void) {
  int pipes[2];
  if (pipe(pipes) < 0) return;
  for (int i = 0; i < 6; i++)
    if (fork() == 0) {
      char *memory = private_block(50 << 20);
      if (memory != MAP_FAILED) { memset(memory, 1, 50 << 20); if (write(pipes[1], "x", 1) < 0) _exit(1); usleep(900000); }
      _exit(0);
    }
  close(pipes[1]);
  char byte;
  for (int count = 0; read(pipes[0], &byte, 1) == 1;) if (++count == 6) { usleep(400000); got("300 MB in six processes"); }
}
static void forks(void) {
  int count = 0;
  for (; count < 150; count++) {
    pid_t child = fork();
    if (child < 0) break;
    if (child == 0) { sleep(2); _exit(0); }
  }
  printf("forked %d\n", count);
  if (count > atoi(argument)) got("more processes than allowed");
}
static char stacks[300][16384];
static int rest(void *unused) { (void)unused; sleep(2); return 0; }
static void threads(void) {
  int count = 0;
  for (; count < 300; count++)
    if (clone(rest, stacks[count] + 16384, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, NULL) < 0) break;
  printf("threads %d\n", count);
  if (count > atoi(argument)) got("more threads than allowed");
}
static void crash(void) { struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY }; setrlimit(RLIMIT_CORE, &all); if (chdir(argument) == 0) abort(); }

static const struct { const char *name; void (*run)(void); } attacks[] = {
#define A(name) { #name, name }
  A(unshare_user), A(unshare_others), A(unshare_time), A(clone_user), A(clone_net), A(clone3_user), A(setns_self), A(mount_tmpfs), A(mount_proc),
  A(mount_writable), A(unmount), A(mount_new), A(change_root), A(bpf), A(perf), A(userfault), A(uring), A(keys), A(persona), A(trace_child),
  A(read_memory), A(unfiltered_memory), A(first_process), A(signal_all), A(unix_socket), A(vsock), A(packet), A(netlink), A(odd_families),
  A(connect_unix), A(calls32), A(calls_x32), A(ports), A(modules), A(kexec), A(restart), A(swap), A(clock_set), A(kernel_log), A(handles),
  A(watch_all), A(set_ids), A(file_caps), A(device_nodes), A(owners), A(type_in), A(type_in_wide), A(console), A(discipline), A(steal_terminal),
  A(raise_limits), A(memory_private), A(memory_shared), A(memory_memfd), A(memory_segments), A(memory_unmapped), A(memory_several), A(forks),
  A(threads), A(crash),
};

int main(int count, char **arguments) {
  argument = count > 3 ? arguments[3] : "";
  for (unsigned i = 0; count > 1 && i < sizeof attacks / sizeof *attacks; i++)
    if (strcmp(attacks[i].name, arguments[1]) == 0) {
      puts("reached");
      fflush(stdout);
      attacks[i].run();
      return 0;
    }
  fputs("no such attack\n", stderr);
  return 2;
}
