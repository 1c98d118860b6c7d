import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { capabilities } from '../../src/enforcement/exec/capabilities.ts'
import { treeOf } from '../../src/enforcement/exec/processes.ts'
import type { SandboxVerdict } from '../../src/enforcement/exec/verdict.ts'

// Real programs in the real sandbox, before a stand-in on this machine's loopback that the policy lists by its address.

const { programs, uid } = capabilities()
const isWhole = (['bwrap', 'prlimit', 'setpriv', 'nsenter', 'socat'] as const).every(name => programs[name])
const main = join(import.meta.dirname, '../../src/cli/main.ts')
const NOBODY = 65_534

// Several programs start one after another, each in a sandbox of its own.
vi.setConfig({ testTimeout: 60_000 })

const callers = uid === 0 ? (['root', 'an ordinary user'] as const) : (['an ordinary user'] as const)

describe.skipIf(!isWhole).each(callers)('a command started by %s', caller => {
  const top = mkdtempSync(join(tmpdir(), 'proxy-run-'))
  const work = join(top, 'work')
  const home = join(top, 'home')
  const served = join(top, 'served')
  const asked: string[] = []
  let standIn: Server
  let other: Server
  let address = ''
  let otherAddress = ''

  beforeAll(async () => {
    chmodSync(top, 0o755)
    for (const folder of [work, home, served]) mkdirSync(folder)
    if (uid === 0) chownSync(work, NOBODY, NOBODY)
    if (uid === 0 && caller !== 'root') for (const folder of [top, home]) chownSync(folder, NOBODY, NOBODY)
    makeRepository(served)
    standIn = createServer((request, response) => {
      asked.push(request.url!)
      response.setHeader('connection', 'close')
      if (request.url === '/npm/small') response.end(JSON.stringify(packageEntry(address)))
      else if (existsSync(join(served, request.url!.split('?', 1)[0]!)) && request.url !== '/')
        serveFile(request.url!, response)
      else response.writeHead(request.url === '/here' ? 200 : 404).end('here\n')
    })
    other = createServer((_, response) => response.end('elsewhere\n'))
    address = await listen(standIn)
    otherAddress = await listen(other)
  })
  afterAll(() => {
    standIn?.close()
    other?.close()
    rmSync(top, { recursive: true, force: true })
  })

  const serveFile = (url: string, response: { end(bytes: Buffer): void }) =>
    response.end(readFileSync(join(served, url.split('?', 1)[0]!)))

  const run = async (command: string, allow = [address]) => {
    asked.length = 0
    const child = start(command, allow)
    const text = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name]!.setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk
      })
    const code = await new Promise(resolve => child.once('close', resolve))
    const verdict: SandboxVerdict = JSON.parse(readFileSync(join(top, 'home', 'verdict.json'), 'utf8'))
    return { ...text, code, refused: verdict.violations.map(({ detail }) => detail), asked: [...asked] }
  }

  function start(command: string, allow: readonly string[]): ChildProcess {
    const policy = join(top, 'policy.json')
    const node = dirname(process.execPath)
    writeFileSync(
      policy,
      JSON.stringify({
        version: 1,
        filesystem: { readWrite: [work], readOnly: [node] },
        network: { mode: 'allowlist', allow },
        limits: { memoryMb: 2048, processes: 500, openFiles: 1024, cpuSeconds: 60 },
      }),
    )
    const inside = `export PATH=${node}:$PATH; ${command}`
    const portcullis = [
      main,
      'exec',
      '--policy',
      policy,
      '--verdict',
      join(home, 'verdict.json'),
      '--',
      'bash',
      '-c',
      inside,
    ]
    const as =
      uid === 0 && caller !== 'root' ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'] : []
    return spawn(programs.setpriv!, [...as, process.execPath, ...portcullis], {
      cwd: work,
      env: { PATH: process.env['PATH'], HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  const fetchOf = (url: string) =>
    `node -e 'fetch("${url}").then(async r => console.log(r.status, await r.text()), e => console.log("failed", e.cause?.message))'`
  const urllib = (url: string) =>
    `python3 -c 'import urllib.request as u; print(u.urlopen("${url}").read().decode())'`

  test.each<[string, (url: string) => string]>([
    ['curl', url => `curl -sS ${url}`],
    ['curl through CONNECT', url => `curl -sS --proxytunnel ${url}`],
    ['curl through SOCKS5', url => `curl -sS -x "socks5h://\${http_proxy#http://}" ${url}`],
    ['fetch of Node', fetchOf],
    ['urllib of Python', urllib],
  ])('%s reaches what is listed, and nothing else', async (_, get) => {
    const urls = [`http://${address}/here`, `http://${otherAddress}/`, 'http://evil.test/']
    const { stdout, refused, asked: seen } = await run(urls.map(get).join('; '))
    expect(stdout).toContain('here')
    expect(stdout).not.toContain('elsewhere')
    expect(seen).toEqual(['/here'])
    expect(refused).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:\d+: .*proxy\.port-not-allowed/),
      expect.stringMatching(/^evil\.test:80: .*proxy\.host-not-allowed/),
    ])
  })

  test('git reaches what is listed, and nothing else', async () => {
    const clone = (host: string) => `git clone -q http://${host}/repository.git ${host}`
    const { stdout, refused } = await run(
      `${clone(address)}; cat ${address}/file; ${clone('evil.test')} || echo none`,
    )
    expect(stdout).toBe('in the repository\nnone\n')
    expect(refused).toEqual([expect.stringContaining('evil.test:80')])
  })

  test('npm reaches what is listed, and nothing else', async () => {
    const view = (registry: string) =>
      `npm view small version --registry ${registry} --fetch-retries 0 --cache /tmp/npm --update-notifier false`
    const {
      stdout,
      refused,
      asked: seen,
    } = await run(`${view(`http://${address}/npm/`)}; ${view('http://evil.test/npm/')} || echo none`)
    expect([stdout, seen]).toEqual(['1.2.3\nnone\n', ['/npm/small']])
    expect(refused).toEqual([expect.stringContaining('evil.test:80')])
  })

  test('nothing is reached without the proxy', async () => {
    const { stdout, asked: seen } = await run(
      `for url in http://${address}/here http://${otherAddress}/ http://1.1.1.1/; do curl -sS --noproxy '*' --max-time 3 $url || echo none; done`,
    )
    expect([stdout, seen]).toEqual(['none\nnone\nnone\n', []])
  })

  test('a request without the token is refused and recorded', async () => {
    const {
      stdout,
      refused,
      asked: seen,
    } = await run(`curl -sS -x http://127.0.0.1:3128 http://${address}/here`)
    expect(stdout).toContain('proxy.token-missing')
    expect([refused, seen]).toEqual([[expect.stringContaining('proxy.token-missing')], []])
  })

  test('much is carried whole, and one side may end before the other', async () => {
    const sent = randomBytes(24 << 20)
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
    const got: Buffer[] = []
    const server = createTcpServer({ allowHalfOpen: true }, socket => {
      // Answers a while after the other side has ended.
      socket
        .on('data', bytes => got.push(bytes as Buffer))
        .on('end', () => setTimeout(() => socket.end(sent), 1_000))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`
    writeFileSync(join(work, 'sent'), sent, { mode: 0o644 })
    const { stdout, refused } = await run(
      `python3 - <<'END'
import base64, hashlib, os, socket, urllib.parse
proxy = urllib.parse.urlparse(os.environ['http_proxy'])
line = socket.create_connection((proxy.hostname, proxy.port))
basic = base64.b64encode(f'{proxy.username}:{proxy.password}'.encode()).decode()
line.sendall(f'CONNECT ${target} HTTP/1.1\\r\\nHost: ${target}\\r\\nProxy-Authorization: Basic {basic}\\r\\n\\r\\n'.encode())
assert b' 200 ' in line.recv(1024)
line.sendall(open('sent', 'rb').read())
line.shutdown(socket.SHUT_WR)
hash = hashlib.sha256()
while bytes := line.recv(65536): hash.update(bytes)
print(hash.hexdigest())
END`,
      [target],
    )
    server.close()
    expect([stdout.trim(), refused]).toEqual([digest(sent), []])
    expect(digest(Buffer.concat(got))).toBe(digest(sent))
  })

  test('a killed caller leaves no relay, and its socket goes with the next run', async () => {
    const child = start(`curl -sS http://${address}/here; echo ready; sleep 60`, [address])
    await new Promise<void>(resolve =>
      child.stdout!.on('data', text => String(text).includes('ready') && resolve()),
    )
    const tree = treeOf(child.pid!).filter(pid => pid !== child.pid)
    const relays = tree.filter(pid => commandOf(pid).includes('socat'))
    expect(relays.length).toBeGreaterThan(0)
    child.kill('SIGKILL')
    await expect.poll(() => tree.filter(pid => commandOf(pid) !== ''), { timeout: 5_000 }).toEqual([])
    await run('true')
    expect(readdirSync(join(home, '.portcullis', 'data', 'exec'))).toEqual([])
  })
})

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // Gone, which is what the test waits for.
    return ''
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function packageEntry(address: string) {
  const version = { name: 'small', version: '1.2.3', dist: { tarball: `http://${address}/npm/small.tgz` } }
  return { name: 'small', 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': version } }
}

/** A repository as plain files, which git reads over HTTP, too. */
function makeRepository(folder: string): void {
  const source = join(folder, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'file'), 'in the repository\n')
  const git = (...parts: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'init.defaultBranch=main', ...parts],
      { cwd: source, stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: folder } },
    )
  git('init')
  git('add', 'file')
  git('commit', '-m', 'x')
  git('clone', '--bare', source, join(folder, 'repository.git'))
  execFileSync('git', ['update-server-info'], {
    cwd: join(folder, 'repository.git'),
    env: { PATH: process.env['PATH'], HOME: folder },
  })
}
