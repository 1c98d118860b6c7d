import { createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { BREACH, exits, held, type Judge, noBreach, type Probe, python, unheard } from '../probe.ts'
import type { Scene } from '../scene.ts'

interface Row {
  readonly id: string
  readonly title: string
  /** Python, with `forbidden` and `allowed` as ports of 127.0.0.1 and the names of `native/proxy_client.py`. */
  readonly attack: string
  readonly allow?: (ports: Ports) => readonly string[]
  readonly judge?: Judge
  readonly mayRefuse?: true
}

interface Ports {
  readonly allowed: number
  readonly forbidden: number
}

const places = new Map<string, Ports>()
const commonAllow = ({ allowed, forbidden }: Ports) => [
  `127.0.0.1:${allowed}`,
  `allowed.test:${forbidden}`,
  `*.allowed.test:${forbidden}`,
]

/** Two listeners on loopback: one that the policy names, one that nothing may reach. */
async function open(at: Scene): Promise<void> {
  const { tcp: forbidden } = await at.listen()
  const server = await new Promise<Server>(resolve => {
    const made = createServer({ allowHalfOpen: true }, socket => {
      socket.on('error', () => undefined)
      socket.on('data', (chunk: Buffer) => {
        if (chunk.includes('GET')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nwelcome')
      })
      socket.on('end', () => socket.end())
      setTimeout(() => socket.destroy(), 6000)
    })
    made.listen(0, '127.0.0.1', () => resolve(made))
  })
  server.unref()
  places.set(at.mark, { allowed: (server.address() as { port: number }).port, forbidden })
}

const foreign = Object.values(networkInterfaces())
  .flatMap(list => list ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

const hosts = (list: string, body: string) => `for host in ${list}:
    authority = host + b":%d" % forbidden
    ${body}`

const rows: readonly Row[] = [
  {
    id: 'A01',
    title: 'what the policy does not name is not reached past the proxy',
    attack:
      'import socket\nfor port in (forbidden, allowed):\n    try: socket.create_connection(("127.0.0.1", port), 1).send(b"x"); print("breach: direct", port)\n    except OSError as error: print(error)',
  },
  {
    id: 'A02',
    title: 'another port of a named host is not reached',
    attack:
      'tunnel(b"127.0.0.1:%d" % forbidden); get(b"http://127.0.0.1:%d/" % forbidden); socks(b"127.0.0.1", forbidden); socks(b"\\x7f\\0\\0\\1", forbidden, kind=1)',
  },
  {
    id: 'A03',
    title: 'a name that the policy does not give is not reached',
    attack:
      'tunnel(b"localhost:%d" % forbidden); get(b"http://localhost:%d/" % forbidden); socks(b"localhost", forbidden)',
  },
  {
    id: 'A04',
    title: 'other spellings of loopback are not reached',
    attack: hosts(
      '[b"127.1", b"0x7f000001", b"2130706433", b"0177.0.0.1", b"0x7f.1", b"0", b"0.0.0.0", b"127.0.0.1.", b"[::1]", b"[::ffff:127.0.0.1]", b"[::ffff:7f00:1]", b"localhost."]',
      'tunnel(authority); get(b"http://" + authority + b"/"); socks(host, forbidden)',
    ),
  },
  {
    id: 'A05',
    title: 'a name cut short by NUL is not reached by SOCKS',
    attack:
      'socks(b"127.0.0.1\\0.allowed.test", forbidden); socks(b"127.0.0.1\\0allowed.test", forbidden); socks(b"localhost\\0.allowed.test", forbidden)',
  },
  {
    id: 'A06',
    title: 'a name cut short by NUL is not reached by CONNECT',
    attack: hosts(
      '[b"127.0.0.1\\0.allowed.test", b"127.0.0.1%00.allowed.test", b"localhost\\0.allowed.test"]',
      'tunnel(authority); get(b"http://" + authority + b"/")',
    ),
  },
  {
    id: 'A07',
    title: 'a name with the marks of an address line is not reached',
    attack: hosts(
      '[b"127.0.0.1#.allowed.test", b"127.0.0.1/.allowed.test", b"127.0.0.1?.allowed.test", b"127.0.0.1\\\\.allowed.test", b"127.0.0.1;.allowed.test", b"127.0.0.1,.allowed.test"]',
      'tunnel(authority); get(b"http://" + authority + b"/"); socks(host, forbidden)',
    ),
  },
  {
    id: 'A08',
    title: 'a user part does not stand for the host',
    attack:
      'for text in (b"allowed.test@127.0.0.1:%d", b"allowed.test:1@127.0.0.1:%d", b"127.0.0.1:%d@allowed.test", b"127.0.0.1:%d#@allowed.test"):\n    tunnel(text % forbidden); get(b"http://" + text % forbidden + b"/")',
  },
  {
    id: 'A09',
    title: 'a line break in a name brings in no second request',
    attack:
      'for end in (b"\\r\\n", b"\\n", b"\\r"):\n    tunnel(b"allowed.test:%d HTTP/1.1" % forbidden + end + end + b"CONNECT 127.0.0.1:%d" % forbidden); socks(b"127.0.0.1" + end + b".allowed.test", forbidden)',
  },
  {
    id: 'A10',
    title: 'spaces and control marks in a name are refused',
    attack: hosts(
      '[b"127.0.0.1 .allowed.test", b"127.0.0.1\\t.allowed.test", b" 127.0.0.1", b"127.0.0.1\\x0b.allowed.test", b"\\xef\\xbc\\x91\\xef\\xbc\\x92\\xef\\xbc\\x97.0.0.1", b"127\\xe3\\x80\\x820\\xe3\\x80\\x820\\xe3\\x80\\x821"]',
      'tunnel(authority); get(b"http://" + authority + b"/"); socks(host, forbidden)',
    ),
  },
  {
    id: 'A11',
    title: 'the host line does not lead elsewhere than the address',
    attack:
      'get(b"http://127.0.0.1:%d/" % allowed, b"127.0.0.1:%d" % forbidden); get(b"/", b"127.0.0.1:%d" % forbidden); get(b"http://127.0.0.1:%d/" % forbidden, b"127.0.0.1:%d" % allowed); get(b"//127.0.0.1:%d/" % forbidden, b"127.0.0.1:%d" % allowed)',
  },
  {
    id: 'A12',
    title: 'a second request on an open connection is judged anew',
    attack:
      's = raw(b"GET http://127.0.0.1:%d/ HTTP/1.1\\r\\nHost: x\\r\\nAUTH\\r\\n\\r\\nGET http://127.0.0.1:%d/ HTTP/1.1\\r\\nHost: x\\r\\nAUTH\\r\\nConnection: close\\r\\n\\r\\n" % (allowed, forbidden)); show("two", receive(s))',
  },
  {
    id: 'A13',
    title: 'no request is smuggled in the body of another',
    attack:
      's = raw(b"POST http://127.0.0.1:%d/ HTTP/1.1\\r\\nHost: x\\r\\nAUTH\\r\\nContent-Length: 4\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nGET http://127.0.0.1:%d/ HTTP/1.1\\r\\nHost: x\\r\\nAUTH\\r\\n\\r\\n" % (allowed, forbidden)); show("smuggled", receive(s)); s = raw(b"POST http://127.0.0.1:%d/ HTTP/1.1\\r\\nHost: x\\r\\nAUTH\\r\\nContent-Length: 0\\r\\nContent-Length: 80\\r\\n\\r\\nGET http://127.0.0.1:%d/ HTTP/1.1\\r\\nHost: x\\r\\nAUTH\\r\\n\\r\\n" % (allowed, forbidden)); show("twice", receive(s))',
  },
  {
    id: 'A14',
    title: 'odd port numbers are refused',
    attack:
      'for port in (b"+%d", b"0%d", b" %d", b"%d ", b"%d/", b"%d.0"):\n    tunnel(b"127.0.0.1:" + port % forbidden); get(b"http://127.0.0.1:" + port % forbidden + b"/")\ntunnel(b"127.0.0.1:%d" % (forbidden + 65536)); tunnel(b"127.0.0.1:%d:%d" % (allowed, forbidden)); tunnel(b"127.0.0.1:0x%x" % forbidden)',
  },
  {
    id: 'A15',
    title: 'SOCKS 4 and 4a are not a way round',
    attack:
      'socks(b"\\x7f\\0\\0\\1user\\0", forbidden, version=4); socks(b"\\0\\0\\0\\1user\\0" + b"localhost\\0", forbidden, version=4); socks(b"\\0\\0\\0\\1user\\0" + b"127.0.0.1\\0", forbidden, version=4)',
  },
  {
    id: 'A16',
    title: 'addresses of SOCKS in both families are judged',
    attack:
      'socks(b"\\x7f\\0\\0\\1", forbidden, kind=1); socks(b"\\0" * 15 + b"\\1", forbidden, kind=4); socks(b"\\0" * 10 + b"\\xff\\xff\\x7f\\0\\0\\1", forbidden, kind=4); socks(b"\\0\\0\\0\\0", forbidden, kind=1)',
  },
  {
    id: 'A17',
    title: 'SOCKS neither listens for others nor relays datagrams',
    attack:
      'for command in (2, 3, 0, 255):\n    answer = socks(b"\\x7f\\0\\0\\1", allowed, kind=1, command=command)\n    if answer[:2] == b"\\5\\0": print("breach: command", command)',
  },
  {
    id: 'A18',
    title: 'nobody without the run’s own token is served',
    attack:
      'from urllib.parse import urlsplit\nhttp = place("HTTPS_PROXY", "HTTP_PROXY")\nfor line in (b"", authorization("portcullis", "wrong"), authorization("x", "x" * 64), b"Proxy-Authorization: Bearer x\\r\\n"):\n    s = dial(http); s.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\\r\\nHost: x\\r\\n" % allowed + line + b"\\r\\n")\n    if b" 200" in show("token", receive(s))[:16]: print("breach: served without the token")\nif socks(b"127.0.0.1", allowed, login=False)[:2] == b"\\5\\0": print("breach: SOCKS without the token")',
    judge: noBreach,
  },
  {
    id: 'A19',
    title: 'a listed name that stands for loopback is not reached',
    attack:
      'tunnel(b"localhost:%d" % forbidden); get(b"http://localhost:%d/" % forbidden); socks(b"localhost", forbidden)',
    allow: ({ forbidden }) => [`localhost:${forbidden}`],
    mayRefuse: true,
  },
  {
    id: 'A20',
    title: 'an empty list allows nothing',
    attack:
      'import os\nfor port in (allowed, forbidden):\n    try: tunnel(b"127.0.0.1:%d" % port); get(b"http://127.0.0.1:%d/" % port); socks(b"127.0.0.1", port)\n    except BaseException as error: print(error)',
    allow: () => [],
    mayRefuse: true,
  },
  {
    id: 'A21',
    title: 'the proxy is no road to the addresses of the host or of metadata',
    attack: `for host in (b"169.254.169.254", ${foreign ? `b"${foreign}", ` : ''}b"[fd00:ec2::254]"):\n    for port in (80, forbidden):\n        if b" 200" in tunnel(host + b":%d" % port)[:16]: print("breach: connected to", host)`,
    judge: noBreach,
  },
  {
    id: 'A22',
    title: 'datagrams and listeners of its own do not leave',
    attack:
      'import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nfor port in (allowed, forbidden):\n    try: s.sendto(b"x", ("127.0.0.1", port))\n    except OSError as error: print(error)\ntry: socket.getaddrinfo("example.com", 80); print("breach: resolved")\nexcept OSError as error: print(error)',
  },
  {
    id: 'A23',
    title: 'local sockets of the host are not reached while the proxy is there',
    attack:
      'import socket\nfor path in (b"\\0sandbox-" + mark.encode(), (work + "/host.sock").encode()):\n    try: s = socket.socket(socket.AF_UNIX); s.connect(path); print("breach: connected")\n    except OSError as error: print(error)',
  },
  {
    id: 'A24',
    title: 'a very long head or name does not open or break it',
    attack:
      'tunnel(b"a" * 70000 + b".allowed.test:%d" % forbidden); tunnel(b"127.0.0.1:%d" % forbidden, b"X: " + b"y" * 200000 + b"\\r\\n"); socks(b"a" * 255, forbidden)\nif b"welcome" not in tunnel(b"127.0.0.1:%d" % allowed): print("breach: the proxy is gone")',
  },
  {
    id: 'A25',
    title: 'what a tunnel carries after its refusal reaches nobody',
    attack:
      's = raw(b"CONNECT 127.0.0.1:%d HTTP/1.1\\r\\nHost: 127.0.0.1:%d\\r\\nAUTH\\r\\n\\r\\nCONNECT 127.0.0.1:%d HTTP/1.1\\r\\nHost: x\\r\\nAUTH\\r\\n\\r\\nGET / HTTP/1.1\\r\\n\\r\\n" % (forbidden, allowed, forbidden)); show("after", receive(s))',
  },
]

const client = (at: Scene) => {
  const { allowed, forbidden } = places.get(at.mark)!
  return `import sys; sys.path.insert(0, ${JSON.stringify(at.tools)})
from proxy_client import *
allowed, forbidden, mark, work = ${allowed}, ${forbidden}, ${JSON.stringify(at.mark)}, ${JSON.stringify(at.work)}
`
}

/** A program whose proxy was never named to it proves nothing by reaching nobody. */
const proxyWasNamed: Judge = ({ outcome }) =>
  outcome.stdout.includes('no proxy is named') || outcome.stderr.includes('no proxy is named')
    ? 'no proxy was named to the program'
    : null

function allowList(allow: NonNullable<Row['allow']>): Pick<Probe, 'policy' | 'prepare'> {
  return {
    prepare: open,
    policy: at => ({ network: { mode: 'allowlist', allow: allow(places.get(at.mark)!) } }),
  }
}

/** Tricks on the proxy by which a program reaches the hosts that its policy names. */
export const proxy: readonly Probe[] = rows.map(
  ({ attack, allow = commonAllow, judge = held(unheard, noBreach), ...row }): Probe => ({
    ...row,
    ...allowList(allow),
    argv: at => python(at, client(at) + attack),
    judge: held(judge, allow === commonAllow ? proxyWasNamed : () => null),
  }),
)

/** What the proxy is for. */
export const proxyControls: readonly Probe[] = [
  {
    id: 'C31',
    title: 'a named host is reached by CONNECT, by an absolute address and by SOCKS',
    ...allowList(commonAllow),
    argv: at =>
      python(
        at,
        `${client(at)}for answer in (tunnel(b"127.0.0.1:%d" % allowed), get(b"http://127.0.0.1:%d/" % allowed), socks(b"127.0.0.1", allowed)):
    if b"welcome" not in answer: print("${BREACH} not reached")`,
      ),
    judge: held(exits(0), noBreach),
  },
  {
    id: 'C32',
    title: 'an ordinary client finds the proxy by its environment',
    ...allowList(commonAllow),
    argv: at =>
      python(
        at,
        `import os, urllib.request
os.environ.pop("no_proxy", ""); os.environ.pop("NO_PROXY", "")
print(urllib.request.urlopen("http://127.0.0.1:${places.get(at.mark)!.allowed}/", timeout=5).read())`,
      ),
    judge: ({ outcome }) =>
      outcome.stdout.includes('welcome') ? null : outcome.stderr.toString().slice(-300),
  },
]
