import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ProbePolicy } from '../backend.ts'
import {
  endsWithin,
  exits,
  held,
  type Judge,
  native,
  noBreach,
  nothingLeft,
  type Probe,
  python,
  sh,
} from '../probe.ts'

type Limits = ProbePolicy['limits']

const limit = (limits: Partial<Limits>): Pick<Probe, 'policy'> => ({ policy: () => ({ limits }) })

const memory = (id: string, title: string, attack: string): Probe => ({
  id,
  title,
  ...limit({ memoryMb: 128, timeoutSeconds: 10 }),
  argv: at => native(at, attack),
  judge: held(noBreach, nothingLeft),
})

/** What the attack reported to have worked stayed below, give or take what a watcher needs to see it. */
const workedBelow =
  (seconds: number): Judge =>
  ({ outcome }) => {
    const worked = outcome.stdout.toString().split('tick').length / 10
    return worked <= seconds ? null : `it worked for ${worked} s`
  }

const tick = `import os, time
def work(seconds):
    start = last = time.process_time()
    while time.process_time() - start < seconds:
        if time.process_time() - last > 0.1: last += 0.1; os.write(1, b"tick\\n")
`

/** Memory, time, files, processes and output beyond what the policy gives. */
export const limits: readonly Probe[] = [
  memory('L01', 'one process does not keep more memory than allowed', 'memory_private'),
  memory('L02', 'several processes together do not keep more memory than allowed', 'memory_several'),
  memory('L03', 'shared memory counts', 'memory_shared'),
  memory('L04', 'files in memory count when mapped', 'memory_memfd'),
  memory('L05', 'files in memory count when only written', 'memory_unmapped'),
  memory('L06', 'segments of System V count', 'memory_segments'),
  {
    id: 'L07',
    title: 'a private temporary folder does not take more memory than allowed',
    ...limit({ memoryMb: 128, timeoutSeconds: 10 }),
    argv: at =>
      sh(
        at,
        'for i in 1 2 3 4 5 6 7 8 9 10; do dd if=/dev/zero of=/tmp/f$i bs=1M count=30 2>&1; done; sleep 0.4; [ "$(du -sm /tmp | cut -f1)" -ge 290 ] && echo breach: filled',
      ),
    judge: held(noBreach, nothingLeft),
  },
  {
    id: 'L08',
    title: 'private shared memory does not take more than allowed',
    ...limit({ memoryMb: 128, timeoutSeconds: 10 }),
    argv: at =>
      sh(
        at,
        'for i in 1 2 3 4 5 6 7 8 9 10; do dd if=/dev/zero of=/dev/shm/f$i bs=1M count=30 2>&1; done; sleep 0.4; [ "$(du -sm /dev/shm | cut -f1)" -ge 290 ] && echo breach: filled',
      ),
    judge: held(noBreach, nothingLeft),
  },
  {
    id: 'L09',
    title: 'one process does not work longer than allowed',
    ...limit({ cpuSeconds: 1, timeoutSeconds: 12 }),
    argv: at => python(at, `${tick}work(6)\nprint("breach: six seconds of work")`),
    judge: held(noBreach, workedBelow(2.5), nothingLeft),
  },
  {
    id: 'L10',
    title: 'several processes together do not work longer than allowed',
    ...limit({ cpuSeconds: 2, timeoutSeconds: 12 }),
    argv: at => python(at, `${tick}for _ in range(3):\n    if os.fork() == 0: break\nwork(3)`),
    judge: held(workedBelow(4.5), nothingLeft),
  },
  {
    id: 'L11',
    title: 'a chain of short-lived workers does not work longer than allowed',
    ...limit({ cpuSeconds: 2, timeoutSeconds: 12 }),
    argv: at =>
      python(
        at,
        `${tick}for _ in range(14):
    child = os.fork()
    if child == 0: work(0.4); os._exit(0)
    os.waitpid(child, 0)
print("breach: all of them worked")`,
      ),
    judge: held(noBreach, workedBelow(4.5), nothingLeft),
  },
  {
    id: 'L12',
    title: 'no more processes than allowed',
    ...limit({ processes: 20, timeoutSeconds: 8 }),
    argv: at => native(at, 'forks', '20'),
    judge: held(noBreach, nothingLeft),
  },
  {
    id: 'L13',
    title: 'no more threads than allowed',
    ...limit({ processes: 20, timeoutSeconds: 8 }),
    argv: at => native(at, 'threads', '20'),
    judge: held(noBreach, nothingLeft),
  },
  {
    id: 'L14',
    title: 'no more open files than allowed',
    ...limit({ openFiles: 32 }),
    argv: at =>
      python(
        at,
        `import os
opened = []
try:
    while len(opened) < 200: opened.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error: print(error)
if len(opened) > 32: print("breach:", len(opened), "files")`,
      ),
    judge: noBreach,
  },
  {
    id: 'L15',
    title: 'no file grows larger than allowed',
    ...limit({ fileSizeMb: 1 }),
    argv: at =>
      sh(
        at,
        'dd if=/dev/zero of=big bs=1M count=10; truncate -s 20M sparse; head -c 5000000 /dev/zero >> appended; fallocate -l 9M reserved',
      ),
    judge: ({ scene }) => {
      const sizes = readdirSync(scene.work).map(name => ({
        name,
        size: statSync(join(scene.work, name), { throwIfNoEntry: false })?.size ?? 0,
      }))
      const large = sizes.filter(({ size }) => size > 2 ** 20)
      return large.length > 0
        ? `too large: ${large.map(({ name, size }) => `${name} ${size}`).join(', ')}`
        : null
    },
  },
  {
    id: 'L16',
    title: 'no more output than allowed',
    ...limit({ outputMb: 1, timeoutSeconds: 8 }),
    argv: at => sh(at, 'head -c 30000000 /dev/zero; sleep 0.2; echo; echo breach: all of it was written'),
    judge: held(
      ({ outcome }) => (outcome.stdout.length > 1.2 * 2 ** 20 ? `${outcome.stdout.length} bytes came` : null),
      nothingLeft,
    ),
  },
  {
    id: 'L17',
    title: 'no more errors printed than allowed',
    ...limit({ outputMb: 1, timeoutSeconds: 8 }),
    argv: at => sh(at, 'head -c 30000000 /dev/zero >&2; echo breach: all of it was written'),
    judge: held(
      ({ outcome }) => (outcome.stderr.length > 1.3 * 2 ** 20 ? `${outcome.stderr.length} bytes came` : null),
      nothingLeft,
    ),
  },
  {
    id: 'L18',
    title: 'a program that ignores every polite signal ends in time',
    ...limit({ timeoutSeconds: 1 }),
    argv: at =>
      sh(
        at,
        `trap '' TERM INT HUP QUIT ALRM XCPU USR1 USR2; (trap '' TERM; sleep ${at.mark}) & while :; do sleep 1; [ $((n=n+1)) -gt 7 ] && echo breach: late && exit; done`,
      ),
    judge: held(noBreach, endsWithin(5), nothingLeft),
  },
  {
    id: 'L19',
    title: 'a program that stopped itself ends in time',
    ...limit({ timeoutSeconds: 1 }),
    argv: at => sh(at, `(sleep 6; kill -CONT $$) & kill -STOP $$; echo breach: late`),
    judge: held(noBreach, endsWithin(5), nothingLeft),
  },
  {
    id: 'L20',
    title: 'a program that closes its output ends in time',
    ...limit({ timeoutSeconds: 1 }),
    argv: at => sh(at, `exec > /dev/null 2>&1 < /dev/null; sleep 7; exec sleep ${at.mark}`),
    judge: held(endsWithin(5), nothingLeft),
  },
  {
    id: 'L21',
    title: 'a limit is not raised from inside',
    argv: at => native(at, 'raise_limits'),
    judge: noBreach,
  },
  {
    id: 'L22',
    title: 'a program over its time is told from one that ends with the same number',
    ...limit({ timeoutSeconds: 1 }),
    argv: at => sh(at, 'sleep 7'),
    judge: exits(124),
  },
  {
    id: 'L23',
    title: 'a bomb of shells ends in time and leaves none',
    ...limit({ processes: 20, timeoutSeconds: 2 }),
    argv: at => sh(at, `n=0; while [ $n -lt 100 ]; do sleep ${at.mark} & n=$((n+1)); done; wait`),
    judge: held(endsWithin(6), nothingLeft),
  },
]
