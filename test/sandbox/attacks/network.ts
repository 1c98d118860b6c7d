import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { held, native, noBreach, type Probe, python, unheard } from '../probe.ts'
import type { Scene } from '../scene.ts'

type Listening = Awaited<ReturnType<Scene['listen']>>

const listening = new Map<string, Listening>()
const listen: NonNullable<Probe['prepare']> = async at => {
  listening.set(at.mark, await at.listen())
}
const of = (at: Scene) => listening.get(at.mark)!

const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
const foreign = addresses
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address)

/** Tries every address with every call that a program can send by. */
const knock = (hosts: readonly string[], port: number) => `import socket
for host in ${JSON.stringify(hosts)}:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as s:
            s.settimeout(1); s.connect((host, ${port})); s.send(b"x"); print("breach: connected to", host)
    except OSError as error: print(host, error)
    try:
        with socket.socket(family, socket.SOCK_STREAM) as s:
            s.settimeout(1); s.sendto(b"x", 0x20000000, (host, ${port})); print("breach: fast open to", host)
    except OSError as error: print(host, error)`

const datagrams = (hosts: readonly string[], port: number) => `import socket
query = b"\\x12\\x34\\x01\\0\\0\\x01\\0\\0\\0\\0\\0\\0\\x06secret\\x07example\\0\\0\\x01\\0\\x01"
for host in ${JSON.stringify(hosts)}:
    for flags in ((), ((socket.SOL_SOCKET, socket.SO_BROADCAST, 1),)):
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                for flag in flags: s.setsockopt(*flag)
                s.sendto(query, (host, ${port}))
        except OSError as error: print(host, error)`

const unixAttempts = (at: Scene, target: string) => native(at, 'connect_unix', target)

let reserved = 20_000 + (process.pid % 10_000)
const servers = new Map<string, number>()

/** Ways to the host and beyond for a program that may have no network, or loopback of its own. */
export const network: readonly Probe[] = [
  {
    id: 'N01',
    title: 'a listener on the host’s loopback is not reached',
    prepare: listen,
    argv: at => python(at, knock(['127.0.0.1', '127.1.2.3', 'localhost', '0.0.0.0'], of(at).tcp)),
    judge: held(unheard, noBreach),
    harmless: true,
  },
  {
    id: 'N02',
    title: 'a listener on the host’s IPv6 loopback is not reached',
    prepare: listen,
    argv: at => python(at, knock(['::1', '::ffff:127.0.0.1', '::'], of(at).tcp6)),
    judge: held(unheard, noBreach),
    harmless: true,
  },
  {
    id: 'N03',
    title: 'no datagram reaches the host, not dressed as a question of DNS either',
    prepare: listen,
    argv: at =>
      python(at, datagrams(['127.0.0.1', '255.255.255.255', '224.0.0.251', ...foreign], of(at).udp)),
    judge: unheard,
    harmless: true,
  },
  {
    id: 'N04',
    title: 'the host is not reached by its other addresses',
    prepare: listen,
    argv: at => python(at, knock([...foreign, '10.0.2.2', '172.17.0.1'], of(at).tcp)),
    judge: held(unheard, noBreach),
  },
  {
    id: 'N05',
    title: 'a socket of the host in an allowed folder is not reached',
    prepare: listen,
    argv: at => unixAttempts(at, of(at).path),
    judge: held(unheard, noBreach),
    harmless: true,
  },
  {
    id: 'N06',
    title: 'a socket of the host without a path is not reached',
    prepare: listen,
    argv: at => unixAttempts(at, `@${of(at).abstract}`),
    judge: held(unheard, noBreach),
    harmless: true,
  },
  {
    id: 'N07',
    title: 'sockets of the system’s services are not there',
    argv: at =>
      python(
        at,
        `import os
for path in ("/run/dbus/system_bus_socket", "/run/docker.sock", "/var/run/docker.sock", "/run/systemd/private", "/run/user", "/run/containerd/containerd.sock", "/run/udev/control"):
    if os.path.lexists(path) and os.listdir(path) if os.path.isdir(path) else os.path.lexists(path): print("breach:", path)`,
      ),
    judge: noBreach,
  },
  {
    id: 'N08',
    title: 'the address of cloud metadata is not asked',
    argv: at =>
      python(
        at,
        `import socket, errno
for host in ("169.254.169.254", "fd00:ec2::254"):
    try:
        s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET); s.settimeout(0.5); s.connect((host, 80)); print("breach: connected")
    except TimeoutError: print("breach: a packet left")
    except OSError as error: print(error)`,
      ),
    judge: noBreach,
  },
  {
    id: 'N09',
    title: 'there is no interface but loopback',
    argv: at =>
      python(
        at,
        'import socket\nfor _, name in socket.if_nameindex():\n    if name != "lo": print("breach:", name)',
      ),
    judge: noBreach,
  },
  {
    id: 'N10',
    title: 'what listens inside is not reached from the host',
    prepare: at => {
      servers.set(at.mark, reserved++)
    },
    argv: at =>
      python(
        at,
        `import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("0.0.0.0", ${servers.get(at.mark)})); s.listen(); s.settimeout(1.2)
try: s.accept(); print("breach: the host came in")
except OSError as error: print(error)`,
      ),
    during: async at => {
      for (let tries = 0; tries < 8; tries++) {
        await sleep(100)
        const socket = connect(servers.get(at.mark)!, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.on('connect', () => at.heard.push('the inner listener'))
        setTimeout(() => socket.destroy(), 90)
      }
    },
    judge: held(noBreach, unheard),
    harmless: true,
  },
  {
    id: 'N11',
    title: 'loopback of its own is not the host’s',
    policy: () => ({ network: { mode: 'loopback' } }),
    prepare: listen,
    argv: at => python(at, knock(['127.0.0.1', '127.1.2.3', ...foreign], of(at).tcp)),
    judge: held(unheard, noBreach),
    harmless: true,
  },
  {
    id: 'N12',
    title: 'loopback of its own lets no datagram and no local socket out',
    policy: () => ({ network: { mode: 'loopback' } }),
    prepare: listen,
    argv: at =>
      python(
        at,
        `${datagrams(['127.0.0.1', '255.255.255.255', ...foreign], of(at).udp)}
import subprocess
subprocess.run([${JSON.stringify(`${at.tools}/attacks`)}, "connect_unix", "x", ${JSON.stringify(of(at).path)}])`,
      ),
    judge: held(unheard, noBreach),
    harmless: true,
  },
  {
    id: 'N13',
    title: 'no name is resolved',
    argv: at =>
      python(
        at,
        `import socket
for name in ("example.com", "secret.example.org"):
    try: print("breach:", socket.getaddrinfo(name, 80))
    except OSError as error: print(error)`,
      ),
    judge: noBreach,
  },
  {
    id: 'N14',
    title: 'a connected socket handed in by the caller is not usable',
    job: at => ({ descriptors: [at.outside] }),
    argv: at =>
      python(
        at,
        `import os, socket, stat
for fd in range(3, 64):
    try: mode = os.fstat(fd).st_mode
    except OSError: continue
    if stat.S_ISSOCK(mode) or stat.S_ISDIR(mode): print("breach: descriptor", fd)`,
      ),
    judge: noBreach,
  },
]
