import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  held,
  type Judge,
  native,
  noBreach,
  notMade,
  type Probe,
  python,
  secretKept,
  sh,
  unchanged,
} from '../probe.ts'
import type { Scene } from '../scene.ts'

const secretOf = ({ outside }: Scene) => join(outside, 'secret.txt')
const targetOf = ({ outside }: Scene) => join(outside, 'target.txt')
const inWork = (name: string) => (at: Scene) => join(at.work, name)

/** No file or folder that the program left in its working folder has a set-id bit. */
const noSetId: Judge = ({ scene }) => {
  const found = readdirSync(scene.work, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isSymbolicLink())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => lstatSync(path).mode & 0o6000)
  return found.length > 0 ? `set-id: ${found.join(', ')}` : null
}

const noDevice: Judge = ({ scene }) => {
  const found = readdirSync(scene.work, { withFileTypes: true }).filter(
    entry => entry.isBlockDevice() || entry.isCharacterDevice(),
  )
  return found.length > 0 ? `device: ${found.map(entry => entry.name).join(', ')}` : null
}

/** What was written belongs to somebody, but not to root. */
const notRoots: Judge = ({ scene }) => {
  const path = join(scene.work, 'mine')
  if (!existsSync(path)) return 'the file was not written'
  return lstatSync(path).uid === 0 ? 'it belongs to root on the host' : null
}

const oddNames = ['odd name', 'odd:1', 'odd[a]*', 'odd"\'`$(x)', 'odd\\n', '-odd', '\u00fcodd']

/** Exchanges a folder and a link without a pause, for a while, as a program in another sandbox of the same folder could. */
const swapper = `import ctypes, time
libc = ctypes.CDLL(None)
end = time.time() + 20
while time.time() < end: libc.renameat2(-100, b"src", -100, b"evil", 2)`

/** Files and folders that the policy does not name, or names as read-only or denied. */
export const files: readonly Probe[] = [
  {
    id: 'F01',
    title: 'a file that the policy does not name is not read',
    argv: at =>
      sh(at, `cat ${secretOf(at)}; cat ${at.work}/../outside/secret.txt; cd / && cat .${secretOf(at)}`),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F02',
    title: 'no file is made outside',
    argv: at => sh(at, `echo x > ${at.outside}/new; mkdir ${at.outside}/folder; touch ${at.base}/new`),
    judge: held(
      notMade(at => join(at.outside, 'new')),
      notMade(at => join(at.outside, 'folder')),
      notMade(at => join(at.base, 'new')),
    ),
    harmless: true,
  },
  {
    id: 'F03',
    title: 'a file outside is not appended to, truncated, removed or replaced',
    argv: at =>
      sh(
        at,
        `echo x >> ${targetOf(at)}; : > ${targetOf(at)}; rm -f ${targetOf(at)}; mv hello.txt ${targetOf(at)}`,
      ),
    judge: unchanged(targetOf, 'target\n'),
    harmless: true,
  },
  {
    id: 'F04',
    title: 'other roads through /proc lead to no file outside',
    argv: at =>
      sh(
        at,
        `for r in self/root self/cwd/../../../.. 1/root thread-self/root $$/root; do cat /proc/$r${secretOf(at)}; done; cat /proc/1/cwd/${secretOf(at)}`,
      ),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F05',
    title: 'a denied folder inside an allowed one is not read',
    argv: at => sh(at, `cat private/key ${at.work}/private/key; cat private/*; cat deep/inner/private/key`),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F06',
    title: 'a denied file inside an allowed folder is not read',
    argv: at => sh(at, `cat .env; cat < .env; head -c 99 ${at.work}/.env; dd if=.env; . ./.env; echo $KEY`),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F07',
    title: 'a link made inside does not reach a denied or a foreign file',
    argv: at =>
      sh(
        at,
        `ln -s ${secretOf(at)} a; ln -s private b; ln -s .env c; ln -s /proc/self/root${secretOf(at)} d; cat a b/key c d`,
      ),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F08',
    title: 'a link that was there before does not reach a denied or a foreign file',
    argv: at => sh(at, 'cat link-out link-private/key; cp -L link-out copied; cat copied'),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F09',
    title: 'writing through a link reaches nothing outside',
    argv: at =>
      sh(
        at,
        `ln -s ${targetOf(at)} t; echo x > t; echo x >> t; ln -sfn ${at.outside} o; echo x > o/new; cp hello.txt o/target.txt`,
      ),
    judge: held(
      unchanged(targetOf, 'target\n'),
      notMade(at => join(at.outside, 'new')),
    ),
    harmless: true,
  },
  {
    id: 'F10',
    title: 'a hard link to a foreign or denied file cannot be made or used',
    argv: at =>
      sh(
        at,
        `ln ${targetOf(at)} h && echo x > h; ln ${secretOf(at)} s && cat s; ln .env e && cat e; ln private/key k && cat k`,
      ),
    judge: held(secretKept, unchanged(targetOf, 'target\n')),
    harmless: true,
  },
  {
    id: 'F11',
    title: 'a denied folder stays denied when it is renamed',
    argv: at => sh(at, 'mv private p2; cat p2/key; mv .env e2; cat e2'),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F12',
    title: 'a denied folder stays denied when a folder above it is renamed',
    argv: at =>
      sh(at, 'mv deep d2; cat d2/inner/private/key; mv deep/inner deep/i2; cat deep/i2/private/key'),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F13',
    title: 'renames inside do not bring a denied file to light for the next run',
    argv: at => sh(at, 'mv deep d2; mv deep/inner deep/i2; mv private p2'),
    judge: held(
      notMade(inWork('d2')),
      notMade(inWork('deep/i2')),
      notMade(inWork('p2')),
      unchanged(inWork('private/key'), at => `${at.canary}\n`),
    ),
    harmless: true,
  },
  {
    id: 'F14',
    title: 'exchanging two names by renameat2 does not uncover a denied folder',
    argv: at =>
      python(
        at,
        `import ctypes, os
libc = ctypes.CDLL(None)
os.mkdir("other")
for a, b in ((b"other", b"private"), (b"other", b"deep"), (b"hello.txt", b".env")):
    libc.renameat2(-100, a, -100, b, 2)
for path in ("other/key", "other/inner/private/key", "hello.txt"):
    try: print(open(path).read())
    except OSError as error: print(error)`,
      ),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F15',
    title: 'a read-only folder is not written to, whatever its mode',
    argv: at =>
      sh(
        at,
        `cd ${at.readonly}; chmod 777 . data.txt; echo x > data.txt; echo x > new; rm -f data.txt; mv data.txt d2; touch -t 200001010000 data.txt`,
      ),
    judge: held(
      unchanged(at => join(at.readonly, 'data.txt'), 'data\n'),
      notMade(at => join(at.readonly, 'new')),
      ({ scene }) =>
        lstatSync(join(scene.readonly, 'data.txt')).mtimeMs < 10 ** 12 ? 'its time was changed' : null,
    ),
    harmless: true,
  },
  {
    id: 'F16',
    title: 'a folder protected from writing is not changed, replaced or emptied',
    argv: at =>
      sh(
        at,
        'echo x > locked/config.json; rm -rf locked; mv locked l2; mkdir locked; cp hello.txt locked/new; chmod -R 777 locked; echo x > locked/config.json',
      ),
    judge: held(
      unchanged(inWork('locked/config.json'), '{}\n'),
      notMade(inWork('locked/new')),
      notMade(inWork('l2')),
    ),
    harmless: true,
  },
  {
    id: 'F17',
    title: 'files of the user’s home are not read',
    argv: at =>
      sh(
        at,
        `cat ${at.home}/.ssh/id_probe; cat ~/.ssh/id_probe; ls -a ${at.home}/.ssh && echo breach: listed`,
      ),
    judge: held(secretKept, noBreach),
    env: at => ({ HOME: at.home }),
    harmless: true,
  },
  {
    id: 'F18',
    title: 'names beside the allowed folders are not seen',
    argv: at =>
      sh(at, `ls ${at.base}; ls ..; ls ${at.outside}; stat ${secretOf(at)} && echo breach: it is there`),
    judge: held(noBreach, ({ outcome }) => (outcome.stdout.includes('outside') ? 'names were listed' : null)),
    harmless: true,
  },
  {
    id: 'F19',
    title: 'temporary folders and shared memory are its own',
    prepare: at => writeFileSync(`/dev/shm/probe-${at.mark}`, at.canary, { mode: 0o666 }),
    argv: at =>
      sh(
        at,
        `cat /dev/shm/probe-${at.mark}; for d in /tmp /var/tmp /dev/shm; do echo x > $d/made-${at.mark}; done`,
      ),
    judge: async seen => {
      const { mark } = seen.scene
      const made = ['/tmp', '/var/tmp', '/dev/shm']
        .map(folder => `${folder}/made-${mark}`)
        .filter(path => existsSync(path))
      for (const path of [...made, `/dev/shm/probe-${mark}`]) rmSync(path, { force: true })
      return made.length > 0 ? `made on the host: ${made.join(', ')}` : secretKept(seen)
    },
    harmless: true,
  },
  {
    id: 'F20',
    title: 'a system file is not changed',
    argv: at =>
      sh(
        at,
        'for f in /etc/passwd /etc/hosts /etc/profile /usr/bin/env /etc/ld.so.preload /etc/cron.d/x; do (: >> $f) && echo breach: $f may be written; done',
      ),
    judge: noBreach,
  },
  {
    id: 'F21',
    title: 'password hashes are not read',
    argv: at => sh(at, 'cat /etc/shadow /etc/gshadow /etc/sudoers > s && [ -s s ] && echo breach: read'),
    judge: noBreach,
  },
  {
    id: 'F22',
    title: 'a link swapped to and fro while it is read never leads outside',
    argv: at =>
      sh(
        at,
        `mkdir in; echo fine > in/secret.txt
(i=0; while [ $i -lt 300 ]; do ln -sfn in swap; ln -sfn ${at.outside} swap; ln -sfn private swap2; ln -sfn in swap2; i=$((i+1)); done) &
i=0; while [ $i -lt 150 ]; do cat swap/secret.txt swap2/key; i=$((i+1)); done; wait`,
      ),
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F23',
    title: 'a folder turned into a link by an earlier run opens nothing outside in the next',
    prepare: at => symlinkSync(at.outside, join(at.work, 'sub')),
    policy: at => ({ filesystem: { readWrite: [at.work, join(at.work, 'sub')] } }),
    argv: at => sh(at, `cat sub/secret.txt ${secretOf(at)}; echo x > sub/new; echo x > ${targetOf(at)}`),
    judge: held(
      secretKept,
      unchanged(targetOf, 'target\n'),
      notMade(at => join(at.outside, 'new')),
    ),
    mayRefuse: true,
    harmless: true,
  },
  {
    id: 'F24',
    title: 'a parent turned into a link by an earlier run opens nothing outside in the next',
    prepare: at => symlinkSync(at.base, join(at.work, 'up')),
    policy: at => ({ filesystem: { readWrite: [at.work, join(at.work, 'up/outside')] } }),
    argv: at => sh(at, `cat up/outside/secret.txt ${secretOf(at)}; echo x > ${targetOf(at)}`),
    judge: held(secretKept, unchanged(targetOf, 'target\n')),
    mayRefuse: true,
    harmless: true,
  },
  {
    id: 'F25',
    title: 'a denial given by way of a link holds for the real file too',
    prepare: at => {
      writeFileSync(join(at.work, 'real'), at.canary, { mode: 0o666 })
      symlinkSync('real', join(at.work, 'alias'))
    },
    policy: at => ({ filesystem: { deny: [join(at.work, 'alias')] } }),
    argv: at => sh(at, 'cat alias real'),
    judge: secretKept,
    mayRefuse: true,
    harmless: true,
  },
  {
    id: 'F26',
    title: 'a folder swapped on the host while the program runs shows it nothing new',
    argv: at =>
      sh(
        at,
        `i=0; while [ $i -lt 40 ]; do cat src/secret.txt ${at.work}/src/secret.txt; sleep 0.02; i=$((i+1)); done`,
      ),
    during: async at => {
      await sleep(200)
      renameSync(join(at.work, 'src'), join(at.work, 'src2'))
      symlinkSync(at.outside, join(at.work, 'src'))
    },
    judge: secretKept,
    harmless: true,
  },
  {
    id: 'F27',
    title: 'no file with a set-id bit is left on the host',
    argv: at => native(at, 'set_ids', at.work),
    judge: held(noSetId, noBreach),
    harmless: true,
  },
  {
    id: 'F28',
    title: 'no copy of a shell with a set-id bit is left by install, cp or tar',
    argv: at =>
      sh(
        at,
        'install -m 4755 /bin/sh i; cp /bin/sh c; chmod u+s,g+s c; umask 0; mkdir -m 2777 d; tar -cf t.tar c; tar -xpf t.tar; python3 -c "import os; os.chmod(\'c\', 0o6755)"',
      ),
    judge: noSetId,
    harmless: true,
  },
  {
    id: 'F29',
    title: 'no file gets capabilities',
    argv: at => native(at, 'file_caps', at.work),
    judge: noBreach,
  },
  {
    id: 'F30',
    title: 'no device is made',
    argv: at => native(at, 'device_nodes', at.work),
    judge: held(noDevice, noBreach),
  },
  {
    id: 'F31',
    title: 'no device of the machine is there',
    argv: at =>
      sh(
        at,
        'for d in /dev/vda /dev/sda /dev/mem /dev/kmsg /dev/kvm /dev/fuse /dev/net/tun /dev/input /dev/loop-control /dev/vhost-vsock; do [ -e $d ] && echo breach: $d; done; true',
      ),
    judge: noBreach,
  },
  {
    id: 'F32',
    title: 'a file handle opens nothing outside',
    argv: at => native(at, 'handles', at.work),
    judge: noBreach,
  },
  {
    id: 'F33',
    title: 'what it writes never belongs to root on the host',
    argv: at => sh(at, 'echo x > mine; id -u'),
    judge: notRoots,
  },
  {
    id: 'F34',
    title: 'it gives no file to root and becomes nobody else',
    argv: at => native(at, 'owners', join(at.work, 'hello.txt')),
    judge: held(noBreach, ({ scene }) =>
      process.getuid!() === 0 && scene.owner.uid !== 0 && lstatSync(join(scene.work, 'hello.txt')).uid === 0
        ? 'the file was given to root'
        : null,
    ),
  },
  {
    id: 'F35',
    title: 'a file that only root’s group may read is not read',
    only: 'root',
    prepare: at => {
      const path = join(at.readonly, 'group.txt')
      writeFileSync(path, at.canary)
      chownSync(path, 0, 0)
      chmodSync(path, 0o640)
    },
    argv: at => sh(at, `cat ${at.readonly}/group.txt`),
    judge: secretKept,
  },
  {
    id: 'F36',
    title: 'a set-uid program of root gives no power',
    only: 'root',
    prepare: at => {
      const path = join(at.readonly, 'id')
      copyFileSync('/usr/bin/id', path)
      chownSync(path, 0, 0)
      chmodSync(path, 0o4755)
    },
    argv: at =>
      sh(
        at,
        `[ "$(${at.readonly}/id -u)" = 0 ] && [ "$(grep CapEff /proc/self/status | tr -d '0\\t ')" != CapEff: ] && echo breach: root; ${at.readonly}/id`,
      ),
    judge: held(noBreach, ({ outcome }) =>
      /euid=0/.test(outcome.stdout.toString()) ? 'it became root' : null,
    ),
  },
  {
    id: 'F37',
    title: 'no core file is left by a crash',
    argv: at => native(at, 'crash', at.work),
    judge: ({ scene }) =>
      readdirSync(scene.work).some(name => name.startsWith('core')) ? 'a core file was left' : null,
  },
  {
    id: 'F38',
    title: 'a denied file with an odd name is not read',
    prepare: at => {
      for (const name of oddNames) writeFileSync(join(at.work, name), at.canary, { mode: 0o666 })
    },
    policy: at => ({ filesystem: { deny: oddNames.map(name => join(at.work, name)) } }),
    argv: at => sh(at, 'cat -- ./odd* ./*odd'),
    judge: secretKept,
    mayRefuse: true,
    harmless: true,
  },
  {
    id: 'F39',
    title: 'a read-only folder inside a writable one is not written to',
    policy: at => ({ filesystem: { readOnly: [join(at.work, 'src')] } }),
    argv: at => sh(at, 'echo x > src/main.txt; echo x > src/new; mv src s2; rm -rf src'),
    judge: held(
      unchanged(inWork('src/main.txt'), 'main\n'),
      notMade(inWork('src/new')),
      notMade(inWork('s2')),
    ),
    harmless: true,
  },
  {
    id: 'F40',
    title: 'a folder swapped for a link by another run while this one starts opens nothing outside',
    repeat: 12,
    prepare: at => {
      symlinkSync(at.outside, join(at.work, 'evil'))
      spawn('/usr/bin/python3', ['-I', '-c', swapper, at.mark], { cwd: at.work, stdio: 'ignore' })
    },
    policy: at => ({
      filesystem: { readWrite: [join(at.work, 'src')], readOnly: [at.tools], deny: [], denyWrite: [] },
    }),
    job: at => ({ cwd: at.tools }),
    argv: at => sh(at, `cat ${at.work}/src/secret.txt ${secretOf(at)}; echo x > ${at.work}/src/new`),
    judge: held(
      secretKept,
      notMade(at => join(at.outside, 'new')),
    ),
    mayRefuse: true,
    harmless: true,
  },
]
