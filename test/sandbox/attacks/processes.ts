import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  endsWithin,
  held,
  type Judge,
  native,
  noBreach,
  nothingLeft,
  type Probe,
  python,
  secretKept,
  sh,
} from '../probe.ts'

const victims = new Map<string, number>()
const startVictim: NonNullable<Probe['prepare']> = async at => {
  victims.set(at.mark, await at.victim())
}
const queues = new Map<string, string>()
const victimLives: Judge = ({ scene }) => {
  const path = `/proc/${victims.get(scene.mark)}/stat`
  const lives = existsSync(path) && !/\) [ZXT] /.test(readFileSync(path, 'utf8'))
  return lives ? null : 'the process outside was ended'
}

/** Processes outside, the sandbox's own first process, and terminals. */
export const processes: readonly Probe[] = [
  {
    id: 'P01',
    title: 'processes of the host are not seen',
    prepare: startVictim,
    argv: at =>
      sh(
        at,
        `cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -q "60\\.${at.mark.slice(1, 9)}" && echo breach: seen`,
      ),
    judge: noBreach,
    harmless: true,
  },
  {
    id: 'P02',
    title: 'the environment of a process outside is not read',
    prepare: startVictim,
    argv: at =>
      sh(at, `cat /proc/[0-9]*/environ | tr '\\0' '\\n'; cat /proc/${victims.get(at.mark)}/environ`),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'P03',
    title: 'a process outside is not signalled',
    prepare: startVictim,
    argv: at => sh(at, `kill -9 ${victims.get(at.mark)}; kill -STOP ${victims.get(at.mark)}; sleep 0.1`),
    judge: victimLives,
    harmless: true,
  },
  {
    id: 'P04',
    title: 'the secrets of whoever started it are in no environment that it sees',
    env: at => ({ SECRET_TOKEN: at.canary }),
    argv: at =>
      sh(at, "env; cat /proc/*/environ | tr '\\0' '\\n'; cat /proc/1/task/*/environ | tr '\\0' '\\n'"),
    judge: secretKept,
  },
  {
    id: 'P05',
    title: 'its first process shows no path that the policy hides',
    argv: at =>
      sh(at, `p=inner; tr '\\0' '\\n' < /proc/1/cmdline | grep -q "deep/$p/private" && echo breach: paths`),
    judge: held(noBreach, secretKept),
  },
  {
    id: 'P06',
    title: 'the memory of a process that no filter holds is not writable',
    argv: at => native(at, 'unfiltered_memory'),
    judge: noBreach,
  },
  {
    id: 'P07',
    title: 'the program of its first process is not writable',
    argv: at => native(at, 'first_process'),
    judge: noBreach,
  },
  {
    id: 'P08',
    title: 'no process is traced',
    argv: at => native(at, 'trace_child'),
    judge: noBreach,
    harmless: true,
  },
  {
    id: 'P09',
    title: 'the memory and descriptors of another process are not taken',
    argv: at => native(at, 'read_memory'),
    judge: noBreach,
    harmless: true,
  },
  {
    id: 'P10',
    title: 'a signal to its group or its parent ends nothing but itself',
    argv: at => native(at, 'signal_all'),
    prepare: startVictim,
    judge: victimLives,
  },
  {
    id: 'P11',
    title: 'no descriptor but the first three is handed in',
    job: at => ({
      descriptors: [join(at.outside, 'secret.txt'), at.outside, join(at.outside, 'secret.txt')],
    }),
    argv: at =>
      sh(
        at,
        'for f in 3 4 5 6 7 8 9; do cat <&$f; cat /proc/self/fd/$f/secret.txt; cat /proc/self/fd/$f; cat /proc/1/fd/$f; done',
      ),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'P12',
    title: 'no descriptor of its own start is left open',
    argv: at =>
      python(
        at,
        `import os
mine = os.open("/proc/self/fd", os.O_RDONLY)
for name in os.listdir(mine):
    if int(name) > 2 and int(name) != mine: print("breach: descriptor", name, os.readlink("/proc/self/fd/" + name))`,
      ),
    judge: noBreach,
  },
  {
    id: 'P13',
    title: 'settings of the kernel are not opened for writing',
    argv: at =>
      python(
        at,
        // What belongs to its own namespaces it may set.
        `import os
own = tuple("/proc/sys/" + name for name in ("fs/mqueue/", "kernel/msg", "kernel/sem", "kernel/shm", "kernel/auto_msgmni", "kernel/ns_last_pid", "kernel/pid_max", "net/", "user/"))
for top in ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"):
    paths = [top] if os.path.isfile(top) else [os.path.join(folder, name) for folder, _, names in os.walk(top) for name in names]
    for path in paths:
        if path.startswith(own): continue
        try: os.close(os.open(path, os.O_WRONLY)); print("breach:", path)
        except OSError: pass`,
      ),
    judge: noBreach,
  },
  {
    id: 'P14',
    title: 'nothing below /sys is opened for writing',
    argv: at =>
      python(
        at,
        `import os
for path in ("/sys/kernel/uevent_helper", "/sys/kernel/mm/ksm/run", "/sys/power/state", "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/tasks", "/sys/fs/cgroup/unified/cgroup.procs", "/sys/fs/cgroup/memory/release_agent"):
    try: os.close(os.open(path, os.O_WRONLY)); print("breach:", path)
    except OSError: pass
for folder in ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"):
    try: os.mkdir(folder + "/probe"); print("breach: made in", folder); os.rmdir(folder + "/probe")
    except OSError: pass`,
      ),
    judge: noBreach,
  },
  {
    id: 'P15',
    title: 'it has no capability and can gain none',
    argv: at =>
      sh(
        at,
        "grep -E '^Cap(Prm|Eff|Bnd|Amb)' /proc/self/status | grep -qv 0000000000000000 && echo breach: capabilities; grep -q 'NoNewPrivs:.1' /proc/self/status || echo breach: new privileges",
      ),
    judge: noBreach,
  },
  {
    id: 'P16',
    title: 'a daemon left behind ends with the program',
    argv: at =>
      sh(at, `(setsid sleep ${at.mark} > /dev/null 2>&1 &) ; sleep ${at.mark} > /dev/null 2>&1 & exit 0`),
    judge: held(endsWithin(5), nothingLeft),
    harmless: true,
  },
  {
    id: 'P17',
    title: 'a daemon that keeps the output open does not keep anybody waiting',
    argv: at => sh(at, `setsid sleep ${at.mark} & exit 0`),
    judge: held(endsWithin(5), nothingLeft),
    harmless: true,
  },
  {
    id: 'P18',
    title: 'a daemon forked twice that ignores every signal goes on writing nothing',
    argv: at =>
      python(
        at,
        `import os, signal, sys, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
null = os.open("/dev/null", os.O_RDWR)
for target in range(3): os.dup2(null, target)
end = time.time() + 6
while time.time() < end:
    open("log", "a").write("x"); time.sleep(0.02)`,
      ),
    judge: held(nothingLeft, async ({ scene }) => {
      const size = () => statSync(join(scene.work, 'log'), { throwIfNoEntry: false })?.size ?? 0
      const before = size()
      await sleep(200)
      return size() === before ? null : 'it still writes'
    }),
    harmless: true,
  },
  {
    id: 'P19',
    title: 'nothing is typed into the terminal of the host',
    job: () => ({ terminal: true }),
    argv: at => native(at, 'type_in'),
    judge: noBreach,
  },
  {
    id: 'P20',
    title: 'nothing is typed into the terminal by a number with high bits',
    job: () => ({ terminal: true }),
    argv: at => native(at, 'type_in_wide'),
    judge: noBreach,
  },
  {
    id: 'P21',
    title: 'the console is not pasted from or to',
    job: () => ({ terminal: true }),
    argv: at => native(at, 'console'),
    judge: noBreach,
  },
  {
    id: 'P22',
    title: 'the discipline of the terminal is not set',
    job: () => ({ terminal: true }),
    argv: at => native(at, 'discipline'),
    judge: noBreach,
  },
  {
    id: 'P23',
    title: 'the terminal of the host is not its controlling one, and cannot be made so',
    job: () => ({ terminal: true }),
    argv: at => native(at, 'steal_terminal'),
    judge: noBreach,
  },
  {
    id: 'P24',
    title: 'message queues and shared memory of the host are not seen',
    prepare: at => {
      const made = execFileSync('ipcmk', ['--queue', '-p', '0666'], { encoding: 'utf8' })
      queues.set(at.mark, /\d+/.exec(made)![0])
    },
    argv: at => sh(at, `ipcs -q | awk '{print $2}' | grep -qx ${queues.get(at.mark)} && echo breach: seen`),
    judge: seen => {
      execFileSync('ipcrm', ['--queue-id', queues.get(seen.scene.mark)!])
      return noBreach(seen)
    },
    harmless: true,
  },
  {
    id: 'P25',
    title: 'it does not shield itself when memory runs out, nor take the processor before others',
    argv: at =>
      sh(
        at,
        '(echo -1000 > /proc/self/oom_score_adj) && echo breach: shielded; [ "$(nice -n -10 nice)" -lt 0 ] && echo breach: favoured; chrt -f 10 true && echo breach: real time; true',
      ),
    judge: noBreach,
  },
]
