import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProxy } from '../src/enforcement/exec/proxy/proxy.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { systemRandom } from '../src/kernel/random.ts'

// A tunnel of the sandbox's proxy beside a direct connection, in turns: `node bench/proxy.ts`. Each part has its own process.

const MB = 1 << 20
const SENT_MB = 256
const ROUNDS = 5
const CONNECTIONS = 300

if (process.argv[2] === 'source') serveBytes()
else if (process.argv[2] === 'proxy') await serveProxy(process.argv[3]!, process.argv[4]!)
else await measure()

/** Sends so many bytes to whoever asks, and counts nothing. */
function serveBytes(): void {
  const chunk = Buffer.alloc(64 * 1024)
  const server = createServer(socket => {
    let left = 0
    const send = () => {
      while (left > 0) {
        left -= chunk.length
        if (!socket.write(chunk)) return
      }
    }
    socket.on('drain', send).on('error', () => {})
    socket.on('data', asked => {
      left += Number(asked) * MB
      if (left === 0) socket.write('.')
      send()
    })
  })
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
}

async function serveProxy(folder: string, port: string): Promise<void> {
  const proxy = createProxy({
    allow: [`127.0.0.1:${port}`],
    clock: systemClock,
    random: systemRandom,
    onRefusal: refusal => console.error(refusal),
  })
  const socketPath = join(folder, 'proxy.sock')
  await proxy.listen(socketPath)
  process.send!([socketPath, proxy.environment(3128)['http_proxy']])
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const children: ChildProcess[] = []
  const start = (...parts: string[]) => {
    const child = fork(import.meta.filename, parts)
    children.push(child)
    return new Promise<unknown>(resolve => child.once('message', resolve))
  }
  const port = (await start('source')) as number
  const [path, address] = (await start('proxy', folder, String(port))) as [string, string]
  const { username, password } = new URL(address)
  const basic = Buffer.from(`${username}:${password}`).toString('base64')
  const head = `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nProxy-Authorization: Basic ${basic}\r\n\r\n`
  const direct = async () => connected(connect(port, '127.0.0.1'))
  const tunnelled = async () => {
    const socket = await connected(connect(path))
    socket.write(head)
    await new Promise(resolve => socket.once('data', resolve))
    return socket
  }
  for (const [name, open] of Object.entries({ direct, tunnelled })) await receive(open, name, true)
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, open] of Object.entries({ direct, tunnelled })) await receive(open, name)
  for (const [name, open] of Object.entries({ direct, tunnelled })) await ask(open, name)
  for (const child of children) child.kill()
  rmSync(folder, { recursive: true })
}

async function connected(socket: Socket): Promise<Socket> {
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

async function receive(open: () => Promise<Socket>, name: string, isWarmUp = false): Promise<void> {
  const socket = await open()
  const started = performance.now()
  let received = 0
  socket.write(String(SENT_MB))
  await new Promise<void>(resolve => {
    socket.on('data', bytes => {
      received += bytes.length
      if (received >= SENT_MB * MB) resolve()
    })
  })
  const seconds = (performance.now() - started) / 1000
  socket.destroy()
  if (!isWarmUp) console.log(`${name.padEnd(10)} ${(SENT_MB / seconds).toFixed(0)} MB/s`)
}

/** From nothing to the first byte of an answer. */
async function ask(open: () => Promise<Socket>, name: string): Promise<void> {
  const times: number[] = []
  for (let turn = 0; turn < CONNECTIONS; turn++) {
    const started = performance.now()
    const socket = await open()
    socket.write('0')
    await new Promise(resolve => socket.once('data', resolve))
    times.push(performance.now() - started)
    socket.destroy()
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(2)
  console.log(`${name.padEnd(10)} first byte p50 ${at(0.5)} ms, p90 ${at(0.9)} ms`)
}
