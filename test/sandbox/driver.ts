import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Readable, Writable } from 'node:stream'
import { runSandboxed } from '../../src/enforcement/exec/sandbox.ts'
import { PortcullisError } from '../../src/kernel/errors.ts'
import type { Job, Outcome } from './backend.ts'

// The library in a process of its own, so that it can be called by another user: jobs come in as lines, outcomes go out.
// `node driver.ts STATE`, with the folder in which runs are written down.

/** A line to the driver, and one from it. */
export interface Request {
  readonly number: number
  readonly job: Omit<Job, 'stdin' | 'terminal' | 'descriptors'>
  readonly stdin: string | null
}
export interface Reply extends Pick<Outcome, 'exit' | 'ms'> {
  readonly number: number
  readonly stdout: string
  readonly stderr: string
}

const state = process.argv[2]!
const lines = createInterface({ input: process.stdin })
lines.on('line', line => {
  void serve(JSON.parse(line) as Request).then(reply => process.stdout.write(`${JSON.stringify(reply)}\n`))
})

async function serve({ number, job, stdin }: Request): Promise<Reply> {
  const [stdout, stderr] = [new Gatherer(), new Gatherer()]
  const started = performance.now()
  const exit = await run(job, stdin, stdout, stderr)
  const ms = performance.now() - started
  return { number, exit, ms, stdout: stdout.text(), stderr: stderr.text() }
}

async function run(
  { policy, argv, cwd, env }: Request['job'],
  stdin: string | null,
  stdout: Gatherer,
  stderr: Gatherer,
): Promise<number> {
  try {
    const whole = { ...policy, network: { allow: [], ...policy.network }, allowUnsafeCalls: [] }
    const { exitCode } = await runSandboxed(whole, argv, {
      id: randomBytes(8).toString('hex'),
      cwd,
      env,
      home: env['HOME'] ?? '/nonexistent',
      state,
      stdin: stdin === null ? 'none' : Readable.from([Buffer.from(stdin, 'base64')]),
      stdout,
      stderr,
    })
    return exitCode
  } catch (error) {
    stderr.write(error instanceof Error ? `${error.stack}\n` : String(error))
    return error instanceof PortcullisError ? 126 : 1
  }
}

class Gatherer extends Writable {
  readonly #chunks: Buffer[] = []

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk)
    done()
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('base64')
  }
}
