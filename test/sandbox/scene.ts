import { spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import {
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Person, ProbePolicy } from './backend.ts'

/** What the host laid out for one run, and what it hears meanwhile. */
export interface Scene {
  readonly base: string
  readonly work: string
  readonly readonly: string
  readonly outside: string
  readonly home: string
  readonly tools: string
  readonly owner: Person
  /** The text that must not come out. */
  readonly canary: string
  /** In the arguments of all that the run starts; the fraction of seconds that a sleeper is given. */
  readonly mark: string
  readonly heard: string[]
  listen(): Promise<{ tcp: number; tcp6: number; udp: number; path: string; abstract: string }>
  /** A process of the same user outside, with the secret in its environment. */
  victim(): Promise<number>
  close(): Promise<void>
}

/** Folders and files of an honest project, with secrets and rules around it. */
export function makeScene(tools: string, owner: Person): Scene {
  const base = mkdtempSync(join(tmpdir(), 'portcullis-sandbox-'))
  const canary = `canary-${randomBytes(12).toString('hex')}`
  const mark = `3${randomInt(10 ** 8, 10 ** 9)}.7`
  const at = (name: string) => join(base, name)
  for (const [name, content] of Object.entries(layout(canary))) {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), content)
  }
  mkdirSync(at('work/fresh'))
  symlinkSync('../outside/secret.txt', at('work/link-out'))
  symlinkSync('private', at('work/link-private'))
  give(base, owner)
  const heard: string[] = []
  const closers: (() => void)[] = []
  return {
    base,
    work: at('work'),
    readonly: at('readonly'),
    outside: at('outside'),
    home: at('home'),
    tools,
    owner,
    canary,
    mark,
    heard,
    listen: () => listen(at('work/host.sock'), `sandbox-${mark}`, owner, heard, closers),
    async victim() {
      const child = spawn('/bin/sleep', [`60.${mark.slice(1, 9)}`], {
        env: { CANARY: canary },
        stdio: 'ignore',
        ...(process.getuid!() === 0 ? owner : {}),
      })
      closers.push(() => child.kill('SIGKILL'))
      return child.pid!
    },
    async close() {
      for (const closer of closers) closer()
      for (const pid of processesNamed(mark)) endQuietly(pid)
      rmSync(base, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function layout(canary: string): Record<string, string> {
  return {
    'work/hello.txt': 'hello\n',
    'work/src/main.txt': 'main\n',
    'work/.env': `KEY=${canary}\n`,
    'work/private/key': `${canary}\n`,
    'work/deep/inner/private/key': `${canary}\n`,
    'work/locked/config.json': '{}\n',
    'work/.git/HEAD': 'ref: refs/heads/main\n',
    'work/.git/config': '[core]\n\tbare = false\n',
    'work/.git/hooks/pre-commit.sample': '#!/bin/sh\n',
    'work/.git/objects/info/packs': '',
    'work/.git/refs/heads/.keep': '',
    'readonly/data.txt': 'data\n',
    'outside/secret.txt': `${canary}\n`,
    'outside/target.txt': 'target\n',
    'home/.ssh/id_probe': `${canary}\n`,
  }
}

/** The policy that all probes start from. */
export function basePolicy({ work, readonly, tools }: Scene): ProbePolicy {
  const inWork = (...names: string[]) => names.map(name => join(work, name))
  return {
    filesystem: {
      readWrite: [work],
      readOnly: [readonly, tools, dirname(process.execPath)],
      deny: inWork('.env', 'private', 'deep/inner/private'),
      denyWrite: inWork('locked', '.git/config', '.git/hooks', '.claude', '.mcp.json', 'fresh/.git'),
    },
    network: { mode: 'none' },
    env: { allow: ['PROBE_ALLOWED'] },
    limits: {
      memoryMb: 1024,
      cpuSeconds: 20,
      openFiles: 256,
      processes: 64,
      timeoutSeconds: 15,
      fileSizeMb: 64,
      outputMb: 16,
    },
  }
}

/** Ids of the processes that carry the mark in their arguments. */
export function processesNamed(mark: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && argumentsOf(name).includes(mark))
    .map(Number)
}

/** Gone meanwhile, or a zombie that only waits to be collected, reads as empty. */
function argumentsOf(pid: string): string {
  const path = `/proc/${pid}/cmdline`
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  } catch {
    return ''
  }
}

function endQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function give(folder: string, { uid, gid }: Person): void {
  if (process.getuid!() !== 0) return
  chownSync(folder, uid, gid)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    lchownSync(join(entry.parentPath, entry.name), uid, gid)
}

async function listen(
  path: string,
  abstract: string,
  owner: Person,
  heard: string[],
  closers: (() => void)[],
): Promise<{ tcp: number; tcp6: number; udp: number; path: string; abstract: string }> {
  const hear = (name: string, where: { port?: number; host?: string; path?: string }) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer(socket => {
        heard.push(name)
        socket.on('error', () => undefined)
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nheard')
      })
      server.once('error', reject)
      server.listen(where, () => resolve(server))
      closers.push(() => server.close())
    })
  const port = (server: Server) => (server.address() as { port: number }).port
  const tcp = await hear('tcp', { port: 0, host: '0.0.0.0' })
  const tcp6 = await hear('tcp6', { port: 0, host: '::1' })
  await hear('unix', { path })
  await hear('abstract', { path: `\0${abstract}` })
  if (process.getuid!() === 0) chownSync(path, owner.uid, owner.gid)
  const udp = await new Promise<Socket>(resolve => {
    const socket = createSocket('udp4', () => heard.push('udp'))
    socket.bind(0, '0.0.0.0', () => resolve(socket))
    closers.push(() => socket.close())
  })
  return { tcp: port(tcp), tcp6: port(tcp6), udp: udp.address().port, path, abstract }
}
