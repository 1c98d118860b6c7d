import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const launcher = join(import.meta.dirname, '..', '..', 'portcullis')
const START_MS = 15_000

export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string | Buffer
  readonly cwd?: string
}

/** A scratch home; everything a test makes lies under it. */
export function scratchHome(): { home: string; env: NodeJS.ProcessEnv; remove(): void } {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-test-'))
  const guarded = join(home, '.portcullis')
  mkdirSync(guarded, { mode: 0o700 })
  return {
    home,
    env: { PATH: process.env['PATH'], HOME: home, PORTCULLIS_HOME: guarded },
    remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** Runs one command through the launcher to its end. */
export function portcullis(
  args: readonly string[],
  { env, input = '', cwd }: RunOptions = {},
): Promise<Result> {
  return run(launcher, args, { ...(env && { env }), input, ...(cwd && { cwd }) })
}

/** Runs any program to its end. */
export function run(
  program: string,
  args: readonly string[],
  { env, input = '', cwd }: RunOptions = {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { env: env ?? process.env, ...(cwd && { cwd }), stdio: 'pipe' })
    const output = collect(child)
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...output() }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

export interface RunningService {
  readonly gateway: string
  readonly admin: string
  readonly socket: string
  readonly process: ChildProcess
  stderr(): string
  /** Sends the signal and resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts `portcullis up` on free ports and waits until it says that it is ready. */
export function startUp(env: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<RunningService> {
  return new Promise((resolve, reject) => {
    const child = spawn(launcher, ['up', '--json', '--port', '0', '--admin-port', '0', ...args], {
      env,
      stdio: 'pipe',
    })
    const output = collect(child)
    const exited = new Promise<number | null>(done => child.on('close', done))
    const timer = setTimeout(() => child.kill('SIGKILL'), START_MS)
    void exited.then(code => reject(new Error(`up ended with ${code}: ${output().stderr}`)))
    child.stdout.on('data', () => {
      const line = output().stdout.split('\n')[0]!
      if (!output().stdout.includes('\n')) return
      clearTimeout(timer)
      const { gateway, admin, socket } = JSON.parse(line) as RunningService
      const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
        child.kill(signal)
        return exited
      }
      resolve({ gateway, admin, socket, process: child, stderr: () => output().stderr, stop })
    })
  })
}

function collect(child: ChildProcess): () => { stdout: string; stderr: string } {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  return () => ({ stdout, stderr })
}
