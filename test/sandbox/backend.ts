import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'

/** The policy file's shape (`version` is left to the back end); every list is whole, so that a peer can be given the same. */
export interface ProbePolicy {
  readonly filesystem: {
    readonly readWrite: readonly string[]
    readonly readOnly: readonly string[]
    readonly deny: readonly string[]
    readonly denyWrite: readonly string[]
  }
  readonly network: { readonly mode: 'none' | 'loopback' | 'allowlist'; readonly allow?: readonly string[] }
  readonly env: { readonly allow: readonly string[] }
  readonly limits: {
    readonly memoryMb: number
    readonly cpuSeconds: number
    readonly openFiles: number
    readonly processes: number
    readonly timeoutSeconds: number
    readonly fileSizeMb: number
    readonly outputMb: number
  }
}

export interface Job {
  readonly policy: ProbePolicy
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: Buffer
  /** Run at a terminal of its own, which tells afterwards what was typed into it. */
  readonly terminal?: boolean
  /** Files of the host held open as descriptors 3 and up by whoever starts the sandbox. */
  readonly descriptors?: readonly string[]
}

export interface Outcome {
  readonly exit: number | null
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly ms: number
}

/** Who starts the sandbox. */
export interface Person {
  readonly uid: number
  readonly gid: number
}

/** One sandbox under test: `run` starts it as a person with a policy. */
export interface Backend {
  readonly name: string
  /** As root: whether the folders belong to root, or to an ordinary user whom the sandbox then becomes. */
  readonly ownsAsRoot: boolean
  readonly hasAllowList: boolean
  run(job: Job, person: Person): Promise<Outcome>
}

export interface Invocation {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const MAX_OUTPUT = 64 * 2 ** 20
const LONGEST_MS = 25_000
const terminal = ['/usr/bin/python3', '-I', join(import.meta.dirname, 'native', 'terminal.py')]

/** A back end that is one program with arguments. */
export function commandBackend(
  about: Omit<Backend, 'run'>,
  invoke: (job: Job, person: Person) => Invocation,
): Backend {
  return { ...about, run: (job, person) => start(invoke(job, person), job, person) }
}

/** Starts the invocation as the person and gathers what comes out; a run that does not end is ended with its whole group. */
export async function start({ argv, env }: Invocation, job: Job, person: Person): Promise<Outcome> {
  const started = performance.now()
  const [program, ...args] = job.terminal ? [...terminal, ...argv] : argv
  const descriptors = (job.descriptors ?? []).map(path => openSync(path, 'r'))
  const child = spawn(program!, args, {
    cwd: job.cwd,
    env: { ...job.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe', ...descriptors],
    detached: true,
    ...(process.getuid!() === person.uid ? {} : person),
  })
  for (const descriptor of descriptors) closeSync(descriptor)
  const [out, err] = [gather(child.stdout!), gather(child.stderr!)]
  child.stdin!.on('error', () => undefined)
  child.stdin!.end(job.stdin)
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), LONGEST_MS)
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    // What a left-over process keeps open must not keep the judge waiting.
    child.once('exit', code => setTimeout(resolve, 300, code))
    child.once('close', resolve)
  })
  clearTimeout(timer)
  return { exit, stdout: out(), stderr: err(), ms: performance.now() - started }
}

function gather(stream: NodeJS.ReadableStream): () => Buffer {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAX_OUTPUT) chunks.push(chunk)
  })
  return () => Buffer.concat(chunks)
}
