import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  type Backend,
  commandBackend,
  type Invocation,
  type Job,
  type Outcome,
  type Person,
} from './backend.ts'
import type { Reply, Request } from './driver.ts'

export const launcher = join(import.meta.dirname, '..', '..', 'portcullis')

/** Portcullis' own folder for one person, beside the working folder. */
export function homeFor(work: string, { uid, gid }: Person): string {
  const home = join(work, '..', `portcullis-${uid}`)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  if (process.getuid!() !== uid) chownSync(home, uid, gid)
  return home
}

/** `portcullis exec` with the policy as a file. */
export function commandInvocation({ argv, policy, cwd }: Job, person: Person): Invocation {
  const home = homeFor(cwd, person)
  const file = join(home, 'policy.json')
  writeFileSync(file, JSON.stringify({ version: 1, ...policy }))
  if (process.getuid!() !== person.uid) chownSync(file, person.uid, person.gid)
  return { argv: [launcher, 'exec', '--policy', file, '--', ...argv], env: { PORTCULLIS_HOME: home } }
}

/** Portcullis as it is called at a prompt. */
export const commandLine: Backend = commandBackend(
  { name: 'portcullis exec', ownsAsRoot: false, hasAllowList: true },
  commandInvocation,
)

/** Portcullis as another program calls it: one long-lived process for each person, many runs at once. */
export class Library implements Backend {
  readonly name = 'portcullis (library)'
  readonly ownsAsRoot = false
  readonly hasAllowList = true
  readonly #drivers = new Map<number, Driver>()
  readonly #folder = mkdtempSync(join(tmpdir(), 'portcullis-sandbox-state-'))

  run(job: Job, person: Person): Promise<Outcome> {
    // A terminal and inherited descriptors belong to a command.
    if (job.terminal || job.descriptors) return commandLine.run(job, person)
    const known = this.#drivers.get(person.uid)
    const driver = known?.isAlive ? known : new Driver(person, this.#stateOf(person))
    this.#drivers.set(person.uid, driver)
    return driver.run(job)
  }

  #stateOf({ uid, gid }: Person): string {
    const state = join(this.#folder, String(uid))
    mkdirSync(state, { recursive: true, mode: 0o700 })
    chmodSync(this.#folder, 0o755)
    if (process.getuid!() !== uid) chownSync(state, uid, gid)
    return state
  }

  async close(): Promise<void> {
    await Promise.all([...this.#drivers.values()].map(driver => driver.close()))
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** The process of `driver.ts`. */
export class Driver {
  readonly child: ChildProcess
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  #numbers = 0

  constructor(person: Person, state: string) {
    this.child = spawn(process.execPath, [join(import.meta.dirname, 'driver.ts'), state], {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(process.getuid!() === person.uid ? {} : person),
    })
    this.child.once('exit', code => {
      for (const [number, answer] of this.#waiting)
        answer({
          number,
          exit: null,
          ms: 0,
          stdout: '',
          stderr: btoa(`the library's process ended with ${code}`),
        })
    })
    createInterface({ input: this.child.stdout! }).on('line', line => {
      const reply = JSON.parse(line) as Reply
      this.#waiting.get(reply.number)?.(reply)
      this.#waiting.delete(reply.number)
    })
  }

  async run({ policy, argv, cwd, env, stdin }: Job): Promise<Outcome> {
    const number = this.#numbers++
    const job = { policy, argv, cwd, env }
    const request: Request = { number, job, stdin: stdin?.toString('base64') ?? null }
    const reply = await new Promise<Reply>(resolve => {
      this.#waiting.set(number, resolve)
      this.child.stdin!.write(`${JSON.stringify(request)}\n`)
    })
    const bytes = (text: string) => Buffer.from(text, 'base64')
    return { exit: reply.exit, ms: reply.ms, stdout: bytes(reply.stdout), stderr: bytes(reply.stderr) }
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  close(): Promise<void> {
    if (!this.isAlive) return Promise.resolve()
    const ended = new Promise<void>(resolve => this.child.once('exit', () => resolve()))
    this.child.stdin!.end()
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000)
    return ended.finally(() => clearTimeout(timer))
  }
}
