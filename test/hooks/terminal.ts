import { Readable, Writable } from 'node:stream'
import { run } from '../../src/cli/main.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

export interface RunOutcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line inside this process; without `answer` nobody sits at the terminal. */
export async function runHere(
  argv: readonly string[],
  {
    env,
    cwd = '/',
    input = '',
    answer,
  }: { env: NodeJS.ProcessEnv; cwd?: string; input?: string; answer?: string },
): Promise<RunOutcome> {
  const written = { stdout: '', stderr: '' }
  const sink = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk
        done()
      },
    })
  const text = answer === undefined ? input : `${answer}\n`
  const stdin: Terminal['stdin'] = Readable.from(text === '' ? [] : [Buffer.from(text)])
  if (answer !== undefined) stdin.isTTY = true
  const terminal: Terminal = { stdin, stdout: sink('stdout'), stderr: sink('stderr'), env, cwd, exitCode: 0 }
  const code = await run(argv, terminal)
  return { code, ...written }
}
