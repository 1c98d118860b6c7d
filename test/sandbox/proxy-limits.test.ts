import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ownAddresses } from '../../src/enforcement/exec/proxy/addresses.ts'
import { systemDial } from '../../src/enforcement/exec/proxy/outlet.ts'
import { createProxy } from '../../src/enforcement/exec/proxy/proxy.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openLine, openStage, PUBLIC, requestsWith, type Stage, say, statusOf } from './proxy-stage.ts'

const stages: Stage[] = []
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close()
})

async function set(options: Parameters<typeof openStage>[0]) {
  const stage = await openStage(options)
  stages.push(stage)
  return { stage, ...requestsWith(stage.token) }
}

const reasons = ({ refusals }: Stage) => refusals.map(({ reason }) => reason)

describe('the addresses of a name', () => {
  test.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.127.255.255',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '192.88.99.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::a00:1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '::ffff:0:10.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::5db8:d822',
    '2002:7f00:1::',
    '2002:a9fe:a9fe::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:db8::1',
    '2606:4700::5efe:10.0.0.1',
    'fe80::1',
    'fe80::1%lo',
    'fec0::1',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '100::1',
    '4000::1',
    'not-an-address',
    '127.1',
    '2130706433',
  ])('%s is not dialled, alone or beside a public one', async address => {
    const { stage, connectTo } = await set({
      allow: ['alone.example.com', 'beside.example.com', 'public.example.com'],
      names: { 'alone.example.com': [[address]], 'beside.example.com': [[PUBLIC, address]] },
    })
    expect(statusOf(await say(stage, connectTo('alone.example.com:443')))).toBe(403)
    expect(statusOf(await say(stage, connectTo('beside.example.com:443')))).toBe(403)
    expect(reasons(stage)).toEqual(['proxy.address-forbidden', 'proxy.address-forbidden'])
    expect(stage.dialled).toEqual([])
    expect(statusOf(await say(stage, connectTo('public.example.com:443')))).toBe(200)
  })

  test.each([
    '93.184.216.34',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1',
    '64:ff9b::5db8:d822',
    '2002:5db8:d822::1',
    '::ffff:93.184.216.34',
  ])('%s is dialled', async address => {
    const { stage, connectTo } = await set({
      allow: ['a.example.com'],
      names: { 'a.example.com': [[address]] },
    })
    expect(statusOf(await say(stage, connectTo('a.example.com:443')))).toBe(200)
  })

  test('are asked for once, and what was checked is dialled: a name that is rebound gains nothing', async () => {
    const { stage, connectTo } = await set({
      allow: ['rebound.example.com'],
      names: { 'rebound.example.com': [[PUBLIC], ['127.0.0.1']] },
    })
    expect(statusOf(await say(stage, connectTo('rebound.example.com:443')))).toBe(200)
    expect([stage.resolved, stage.dialled]).toEqual([['rebound.example.com'], [`${PUBLIC}:443`]])
    expect(statusOf(await say(stage, connectTo('rebound.example.com:443')))).toBe(403)
    expect(stage.dialled).toHaveLength(1)
  })

  test('are not those of this machine', async () => {
    const { stage, connectTo } = await set({ allow: ['me.example.com'], ownAddresses: () => [PUBLIC] })
    expect(statusOf(await say(stage, connectTo('me.example.com:443')))).toBe(403)
    expect(reasons(stage)).toEqual(['proxy.address-forbidden'])
    const [first] = Object.values(networkInterfaces()).flat()
    expect(ownAddresses()).toContain(first!.address)
  })

  test('that are none, or do not come, are a failure and no refusal', async () => {
    const { stage, connectTo } = await set({
      allow: ['none.example.com'],
      names: { 'none.example.com': [[]] },
    })
    const answer = await say(stage, connectTo('none.example.com:443'))
    expect([statusOf(answer), reasons(stage)]).toEqual([502, []])
    expect(answer).toContain('proxy.name-not-found')
  })

  test('are not even asked for when the name is not listed', async () => {
    const { stage, connectTo } = await set({ allow: ['a.example.com'] })
    await say(stage, connectTo('secret-of-this-run.evil.test:443'))
    expect(stage.resolved).toEqual([])
  })
})

test('an empty list allows nothing', async () => {
  const { stage, connectTo, get } = await set({ allow: [] })
  for (const raw of [connectTo('example.com:443'), connectTo('127.0.0.1:443'), get('http://example.com/')])
    expect(statusOf(await say(stage, raw))).toBe(403)
  expect(stage.dialled).toEqual([])
})

test('a redirection leads nowhere that is not listed', async () => {
  const { stage, get } = await set({
    allow: ['a.example.com'],
    standIn: socket => {
      socket.once('data', () =>
        socket.end(
          'HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nContent-Length: 0\r\n\r\n',
        ),
      )
    },
  })
  const answer = await say(stage, get('http://a.example.com/'))
  expect(answer).toContain('302 Found')
  expect(answer).not.toMatch(/x-hop/i)
  expect(stage.dialled).toHaveLength(1)
  expect(statusOf(await say(stage, get('http://169.254.169.254/')))).toBe(403)
})

describe('an upstream', () => {
  test.each([
    ['that closes at once', ''],
    ['that speaks no HTTP', 'SSH-2.0-x\r\n'],
    [
      'that changes the protocol unasked',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    ],
    ['that answers in two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok'],
  ])('%s gives 502', async (_, bytes) => {
    const { stage, get } = await set({
      allow: ['a.example.com'],
      standIn: socket => socket.once('data', () => socket.end(bytes)),
    })
    const answer = await say(stage, get('http://a.example.com/'))
    expect([statusOf(answer), reasons(stage)]).toEqual([502, []])
    expect(answer).toContain('proxy.unreachable')
  })

  test('that breaks off midway is not passed as whole', async () => {
    const { stage, get } = await set({
      allow: ['a.example.com'],
      standIn: socket =>
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')),
    })
    const line = await openLine(stage)
    line.send(get('http://a.example.com/'))
    expect(await line.closed()).toMatch(/Content-Length: 10.*half$/s)
  })

  test('that cannot be reached gives 502', async () => {
    const { stage, connectTo } = await set({ allow: ['127.0.0.1:18079'], dial: systemDial })
    const answer = await say(stage, connectTo('127.0.0.1:18079'))
    expect([statusOf(answer), reasons(stage)]).toEqual([502, []])
  })

  test('is dialled at the checked addresses, the first that answers', async () => {
    const server = createServer(socket => socket.on('error', () => {}).end('here'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { signal } = new AbortController()
    const socket = await systemDial({ addresses: ['::1', '127.0.0.1'], port, timeoutMs: 2_000, signal })
    expect(socket.remoteAddress).toBe('127.0.0.1')
    socket.destroy()
    server.close()
  })
})

describe('a tunnel', () => {
  test('lets each side end for itself', async () => {
    const { stage, connectTo } = await set({
      allow: ['a.example.com'],
      // Speaks only once the other side has ended.
      standIn: (socket, received) => socket.on('data', received).on('end', () => socket.end('goodbye')),
    })
    const line = await openLine(stage)
    line.send(connectTo('a.example.com:443'))
    await line.until(/200/)
    line.send('all of it')
    line.socket.end()
    expect(await line.closed()).toMatch(/goodbye$/)
    expect(stage.received).toEqual(['all of it'])
    await expect.poll(stage.openUpstreams).toBe(0)
  })

  test('holds a fast sender back when the other side does not read', async () => {
    const { stage, connectTo } = await set({ allow: ['a.example.com'], standIn: socket => socket.pause() })
    const line = await openLine(stage)
    line.send(connectTo('a.example.com:443'))
    await line.until(/200/)
    for (let sent = 0; sent < 64; sent++) {
      line.socket.write(Buffer.alloc(1 << 20))
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    expect(line.socket.writableLength).toBeGreaterThan(40 << 20)
    line.socket.destroy()
  })

  test('ends when nothing passes, and not while something does', async () => {
    const { stage, connectTo } = await set({ allow: ['a.example.com'], limits: { idleMs: 300 } })
    const line = await openLine(stage)
    line.send(connectTo('a.example.com:443'))
    await line.until(/200/)
    for (let turn = 0; turn < 5; turn++) {
      await new Promise(resolve => setTimeout(resolve, 100))
      line.send('x')
    }
    await line.until(/xxxxx$/)
    await line.closed()
    await expect.poll(stage.openUpstreams).toBe(0)
  })

  test('ends on both sides when one breaks off', async () => {
    const { stage, connectTo } = await set({ allow: ['a.example.com'] })
    const line = await openLine(stage)
    line.send(connectTo('a.example.com:443'))
    await line.until(/200/)
    line.socket.destroy()
    await expect.poll(stage.openUpstreams).toBe(0)
  })
})

describe('limits', () => {
  test('of connections', async () => {
    const { stage, connectTo } = await set({ allow: ['a.example.com'], limits: { connections: 3 } })
    const lines = await Promise.all([1, 2, 3].map(() => openLine(stage)))
    for (const line of lines) line.send(connectTo('a.example.com:443'))
    await Promise.all(lines.map(line => line.until(/200/)))
    expect(statusOf(await say(stage, connectTo('a.example.com:443')))).toBe(503)
    expect(reasons(stage)).toEqual(['proxy.too-many-connections'])
    lines[0]!.socket.destroy()
    await expect.poll(async () => statusOf(await say(stage, connectTo('a.example.com:443')))).toBe(200)
  })

  test('of a head that drips, on a new connection and on one kept alive', async () => {
    const { stage, get } = await set({ allow: ['a.example.com'], limits: { headMs: 300 } })
    const line = await openLine(stage)
    line.send(get('http://a.example.com/'))
    await line.until(/ok$/)
    const slowly = [...get('http://a.example.com/')]
    const drip = setInterval(() => line.send(slowly.shift()!), 20)
    expect(await line.closed()).toMatch(/ok.*408 Request Timeout/s)
    clearInterval(drip)
    expect(reasons(stage)).toEqual(['proxy.too-slow'])
  })

  test('of a connection that says nothing: closed, and no refusal', async () => {
    const { stage } = await set({ allow: [], limits: { headMs: 100 } })
    expect(await (await openLine(stage)).closed()).toBe('')
    expect(reasons(stage)).toEqual([])
  })

  test('of refusals handed on: the rest is counted', async () => {
    const { stage, connectTo } = await set({ allow: [], limits: { refusals: 2 } })
    for (let turn = 0; turn < 5; turn++) await say(stage, connectTo('evil.test:443'))
    expect([stage.refusals.length, stage.proxy.refusalCount()]).toEqual([2, 5])
  })

  test('of time to resolve and to connect', async () => {
    const never = () => new Promise<never>(() => {})
    const folder = mkdtempSync(join(tmpdir(), 'proxy-'))
    const socketPath = join(folder, 'proxy.sock')
    const proxy = createProxy({
      allow: ['a.example.com'],
      clock: systemClock,
      random: systemRandom,
      onRefusal() {},
      resolve: never,
      limits: { connectMs: 50 },
    })
    await proxy.listen(socketPath)
    const token = new URL(proxy.environment(1)['http_proxy']!).password
    const answer = await say(
      { socketPath: join(folder, 'proxy.sock') },
      requestsWith(token).connectTo('a.example.com:443'),
    )
    expect(answer).toContain('proxy.name-not-found')
    await proxy.close()
    rmSync(folder, { recursive: true })
  })
})

describe('what is recorded', () => {
  test('says when, where to, why and how, and is fit for printing', async () => {
    const { stage, connectTo } = await set({ allow: ['a.example.com'] })
    const before = Date.now()
    await say(stage, connectTo('Evil.Test:443'))
    await say(stage, connectTo(`${'x'.repeat(300)}_:1`))
    expect(stage.refusals[0]).toEqual({
      at: expect.any(Number),
      host: 'evil.test',
      port: 443,
      reason: 'proxy.host-not-allowed',
      protocol: 'connect',
    })
    expect(stage.refusals[0]!.at).toBeGreaterThanOrEqual(before)
    expect(stage.refusals[1]!.host).toHaveLength(255)
  })

  test('never holds the token, wherever it was put', async () => {
    const { stage, connectTo, get } = await set({ allow: ['a.example.com'] })
    const { token } = stage
    for (const raw of [
      connectTo(`portcullis:${token}@evil.test:443`),
      connectTo(`${token}.evil.test:443`),
      connectTo(`${token.toUpperCase()}.evil.test:443`),
      connectTo(`${token}_:443`),
      get(`http://${token}@a.example.com/`),
      get(`ftp://${token}/`),
    ])
      await say(stage, raw)
    expect(stage.refusals).toHaveLength(6)
    expect(JSON.stringify(stage.refusals).toLowerCase()).not.toContain(token)
  })
})

describe('the socket', () => {
  const parts = { allow: [], clock: systemClock, random: systemRandom, onRefusal() {} }
  const made: string[] = []
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'proxy-'))
    made.push(path)
    return path
  }
  afterEach(() => {
    for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
  })

  test('is its user’s alone, and gone after the end', async () => {
    const socketPath = join(folder(), 'proxy.sock')
    const proxy = createProxy(parts)
    await proxy.listen(socketPath)
    expect(lstatSync(socketPath).mode & 0o777).toBe(0o600)
    await proxy.close()
    expect(existsSync(socketPath)).toBe(false)
  })

  test('is not opened in a folder that others may enter, nor through a symlink', async () => {
    const open = folder()
    chmodSync(open, 0o711)
    await expect(createProxy(parts).listen(join(open, 'proxy.sock'))).rejects.toMatchObject({
      code: 'file.insecure',
    })
    const link = join(folder(), 'link')
    symlinkSync(folder(), link)
    await expect(createProxy(parts).listen(join(link, 'proxy.sock'))).rejects.toThrow(/ENOTDIR|ELOOP/)
  })

  test('may lie deeper than a path of a socket may be long', async () => {
    const deep = join(folder(), 'd'.repeat(200))
    mkdirSync(deep, { mode: 0o700 })
    const proxy = createProxy(parts)
    await proxy.listen(join(deep, 'proxy.sock'))
    expect(lstatSync(join(deep, 'proxy.sock')).isSocket()).toBe(true)
    await proxy.close()
    expect(existsSync(join(deep, 'proxy.sock'))).toBe(false)
  })

  test('two proxies have two tokens', async () => {
    const first = await set({ allow: ['a.example.com'] })
    const second = await set({ allow: ['a.example.com'] })
    expect(statusOf(await say(second.stage, first.connectTo('a.example.com:443')))).toBe(407)
    expect(statusOf(await say(first.stage, first.connectTo('a.example.com:443')))).toBe(200)
  })

  test('closing cuts tunnels, requests and whoever waits, and leaves nothing open', async () => {
    const { stage, connectTo, get } = await set({
      allow: ['a.example.com'],
      standIn: socket => socket.resume().on('end', () => socket.end()),
    })
    const lines = await Promise.all([1, 2, 3, 4].map(() => openLine(stage)))
    lines[0]!.send(connectTo('a.example.com:443'))
    lines[1]!.send(get('http://a.example.com/'))
    lines[2]!.send('CONN')
    await lines[0]!.until(/200/)
    await expect.poll(stage.openUpstreams).toBe(2)
    await stage.proxy.close()
    await Promise.all(lines.map(line => line.closed()))
    await expect.poll(stage.openUpstreams).toBe(0)
    const late = connect(stage.socketPath)
    await new Promise(resolve => late.once('error', resolve))
    stages.pop()
  })
})
