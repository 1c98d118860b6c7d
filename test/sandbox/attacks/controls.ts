import { createHash, randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exits, held, type Judge, node, type Probe, prints, python, sh } from '../probe.ts'
import type { Scene } from '../scene.ts'
import { proxyControls } from './proxy.ts'

const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex')
const binary = randomBytes(300_000)

const wrote =
  (name: string, content: string): Judge =>
  ({ scene }) => {
    const path = join(scene.work, name)
    if (!existsSync(path)) return `${name} was not written`
    return readFileSync(path, 'utf8').includes(content) ? null : `${name} holds something else`
  }

const place = (at: Scene, files: Readonly<Record<string, string>>) => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(at.work, name, '..'), { recursive: true })
    writeFileSync(join(at.work, name), content)
    if (process.getuid!() === 0) chownSync(join(at.work, name), at.owner.uid, at.owner.gid)
  }
}

/** Honest programs, which a sandbox must not hinder. */
export const controls: readonly Probe[] = [
  { id: 'C01', title: 'a program’s own number comes back', argv: at => sh(at, 'exit 7'), judge: exits(7) },
  {
    id: 'C02',
    title: 'files are written into the working folder and stay',
    argv: at =>
      sh(
        at,
        `echo made > made.txt; mkdir d; mv hello.txt d/; cat ${at.readonly}/data.txt >> made.txt; rm src/main.txt`,
      ),
    judge: held(exits(0), wrote('made.txt', 'made\ndata'), wrote('d/hello.txt', 'hello')),
  },
  {
    id: 'C03',
    title: 'pipelines, sub-shells, here-documents and substitutions of processes',
    argv: at => [
      'bash',
      '-c',
      'echo reached; printf "b\\na\\n" | sort | tr a-z A-Z; cat <<< here; diff <(echo 1) <(echo 1) && echo same; (exit 3) || echo "three $?"; seq 1000 | xargs -n 100 echo | wc -l',
      at.mark,
    ],
    judge: held(exits(0), prints('A\nB\nhere\nsame\nthree 3\n10')),
  },
  {
    id: 'C04',
    title: 'node with workers, children, timers and files',
    argv: at =>
      node(
        at,
        `const {Worker}=require('worker_threads'),{execFileSync}=require('child_process'),fs=require('fs'),os=require('os'),path=require('path');
new Worker("require('worker_threads').parentPort.postMessage(6*7)",{eval:true}).on('message',m=>{
fs.writeFileSync('out.txt','from node '+m);const d=fs.mkdtempSync(path.join(os.tmpdir(),'x-'));fs.writeFileSync(d+'/a','b');
console.log('node says',m,execFileSync('/bin/echo',['child']).toString())})`,
      ),
    judge: held(exits(0), prints('node says 42 child'), wrote('out.txt', 'from node 42')),
  },
  {
    id: 'C05',
    title: 'python with processes, threads, temporary files and a database',
    argv: at =>
      python(
        at,
        `import multiprocessing, sqlite3, tempfile, threading, subprocess
def square(n): return n * n
with multiprocessing.get_context("fork").Pool(2) as pool: print(sum(pool.map(square, range(10))))
with tempfile.NamedTemporaryFile() as f: f.write(b"x"); f.flush(); print(open(f.name).read())
db = sqlite3.connect("a.db"); db.execute("create table t(a)"); db.execute("insert into t values (5)"); db.commit(); print(db.execute("select a from t").fetchall())
t = threading.Thread(target=lambda: print("thread")); t.start(); t.join()
print(subprocess.run(["echo", "child"], capture_output=True, text=True).stdout)`,
      ),
    judge: held(exits(0), prints('285\nx\n[(5,)]\nthread\nchild')),
  },
  {
    id: 'C06',
    title: 'git makes a repository, commits and shows it',
    argv: at =>
      sh(
        at,
        'mkdir repo && cd repo && git init -q . && echo x > a && git add a && git -c user.name=a -c user.email=a@b commit -qm first && git branch other && git checkout -q other && git log --oneline | wc -l && git status --porcelain && echo clean',
      ),
    judge: held(exits(0), prints('1\nclean')),
  },
  {
    id: 'C07',
    title: 'a compiler makes a program, and it runs',
    prepare: at =>
      place(at, { 'a.c': '#include <stdio.h>\nint main(void) { puts("compiled"); return 0; }\n' }),
    argv: at => sh(at, 'gcc -O2 -o a a.c && ./a'),
    judge: held(exits(0), prints('compiled')),
  },
  {
    id: 'C08',
    title: 'make builds what is out of date',
    prepare: at =>
      place(at, { Makefile: 'all: one two\none two: %: src/main.txt\n\tcp $< $@\n\t@echo built $@\n' }),
    argv: at => sh(at, 'make -s -j2 && make'),
    judge: held(exits(0), prints('Nothing to be done'), wrote('two', 'main')),
  },
  {
    id: 'C09',
    title: 'npm runs the tests of a small package',
    prepare: at =>
      place(at, {
        'package.json':
          '{"name":"small","version":"1.0.0","scripts":{"pretest":"echo before","test":"node --test a.test.js"}}',
        'a.test.js': "const t=require('node:test'),a=require('node:assert');t('adds',()=>a.equal(1+1,2))",
      }),
    argv: at => sh(at, 'npm test'),
    judge: held(exits(0), prints('pass 1')),
  },
  {
    id: 'C10',
    title: 'temporary files by mktemp and its kin',
    argv: at =>
      sh(
        at,
        'f=$(mktemp) && echo x > $f && d=$(mktemp -d) && cp $f $d/ && cat $d/* && echo y > /tmp/z && cat /tmp/z && echo s > /dev/shm/z && rm /dev/shm/z',
      ),
    judge: held(exits(0), prints('x\ny')),
  },
  {
    id: 'C11',
    title: 'much output comes whole',
    argv: at => sh(at, 'seq 1 600000'),
    judge: held(exits(0), ({ outcome }) => {
      const lines = outcome.stdout.toString().trimEnd().split('\n')
      return lines.length === 600_001 && lines.at(-1) === '600000' ? null : `${lines.length} lines came`
    }),
  },
  {
    id: 'C12',
    title: 'bytes go through unchanged',
    argv: () => ['/bin/cat'],
    job: () => ({ stdin: binary }),
    judge: ({ outcome }) =>
      digest(outcome.stdout) === digest(binary) ? null : `${outcome.stdout.length} bytes came back`,
  },
  {
    id: 'C13',
    title: 'arguments arrive as they are',
    argv: at => [
      ...python(at, 'import sys; print(ascii(sys.argv[2:]))'),
      '',
      'a b',
      '$(x) `y` "z" \'q\'',
      'line\nbreak',
      'ünï–€😀',
      '--',
      '-c',
    ],
    judge: prints(
      `['', 'a b', '$(x) \`y\` "z" \\'q\\'', 'line\\nbreak', '\\xfcn\\xef\\u2013\\u20ac\\U0001f600', '--', '-c']`,
    ),
  },
  {
    id: 'C14',
    title: 'an allowed variable comes in',
    env: () => ({ PROBE_ALLOWED: 'yes it does' }),
    argv: at => sh(at, 'echo "$PROBE_ALLOWED" $PWD'),
    judge: prints(at => `yes it does ${at.work}`),
  },
  {
    id: 'C15',
    title: 'the common devices work',
    argv: at =>
      sh(
        at,
        'head -c 16 /dev/urandom | wc -c; head -c 4 /dev/zero | od -An -tx1; echo gone > /dev/null; [ -r /dev/random ] && echo full > /dev/full || echo out',
      ),
    judge: held(exits(0), prints('16\n 00 00 00 00\nout')),
  },
  {
    id: 'C16',
    title: 'archives are packed, compressed and unpacked',
    argv: at =>
      sh(
        at,
        'tar -czf a.tgz src hello.txt && mkdir u && tar -xzf a.tgz -C u && cat u/src/main.txt && gzip -k hello.txt && zcat hello.txt.gz',
      ),
    judge: held(exits(0), prints('main\nhello')),
  },
  {
    id: 'C17',
    title: 'files are locked, watched, mapped and linked',
    argv: at =>
      python(
        at,
        `import fcntl, mmap, os
f = open("lock", "w+"); fcntl.flock(f, fcntl.LOCK_EX); fcntl.lockf(f, fcntl.LOCK_EX)
f.write("x" * 4096); f.flush(); m = mmap.mmap(f.fileno(), 4096); m[0:1] = b"y"; m.flush(); print(open("lock").read(1))
os.link("lock", "hard"); os.symlink("lock", "soft"); os.chmod("lock", 0o640); os.utime("soft"); os.mkfifo("pipe"); os.truncate("hard", 3); print(os.path.getsize("soft"))`,
      ),
    judge: held(exits(0), prints('y\n3')),
  },
  {
    id: 'C18',
    title: 'a server and a client inside talk to each other where loopback is allowed',
    policy: () => ({ network: { mode: 'loopback' } }),
    argv: at =>
      python(
        at,
        `import socket, threading
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
threading.Thread(target=lambda: s.accept()[0].sendall(b"hello from inside")).start()
print(socket.create_connection(s.getsockname()).recv(99).decode())`,
      ),
    judge: held(exits(0), prints('hello from inside')),
  },
  {
    id: 'C19',
    title: 'a program in a folder below starts there',
    job: at => ({ cwd: join(at.work, 'src') }),
    argv: at => sh(at, 'pwd; cat main.txt; cat ../hello.txt; echo n > ../next.txt'),
    judge: held(
      exits(0),
      prints(at => `${at.work}/src\nmain\nhello`),
      wrote('next.txt', 'n'),
    ),
  },
  {
    id: 'C20',
    title: 'signals and traps between its own processes',
    argv: at =>
      sh(
        at,
        `trap 'echo caught' USR1; kill -USR1 $$; sleep 5 & p=$!; kill $p; wait $p; echo "ended $?"; timeout 0.1 sleep 5; echo "timed out $?"`,
      ),
    judge: held(exits(0), prints('caught\nended 143\ntimed out 124')),
  },
  {
    id: 'C21',
    title: 'a program killed by a signal is told as such',
    argv: at => sh(at, 'kill -SEGV $$'),
    judge: ({ outcome: { exit } }) => (exit === 139 || exit === null ? null : `it ended with ${exit}`),
  },
  {
    id: 'C22',
    title: 'names of users, time zones and encodings are known',
    argv: at =>
      sh(
        at,
        'date +%Y && TZ=Europe/Berlin date +%Z && id -u && getent passwd root && python3 -c "print(\'ä\'.encode())" && locale > /dev/null && hostname',
      ),
    judge: held(exits(0), prints('root:')),
  },
  {
    id: 'C23',
    title: 'perl, awk, sed and find',
    argv: at =>
      sh(
        at,
        `perl -e 'print join("-", 1..3), "\\n"'; echo a b | awk '{print $2}'; echo x | sed s/x/y/; find src -name "*.txt" -exec cat {} +`,
      ),
    judge: held(exits(0), prints('1-2-3\nb\ny\nmain')),
  },
  {
    id: 'C24',
    title: 'node runs in the memory that the default limits give',
    policy: () => ({ limits: { memoryMb: 128, openFiles: 64, cpuSeconds: 30 } }),
    argv: at =>
      node(at, 'console.log("sum", Array.from({length: 1e5}, (_, i) => i).reduce((a, b) => a + b))'),
    judge: held(exits(0), prints('sum 4999950000')),
  },
  ...proxyControls,
]
