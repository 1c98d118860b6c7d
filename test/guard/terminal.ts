import { Readable, Writable } from 'node:stream'
import type { Terminal } from '../../src/cli/terminal.ts'

/** A terminal that keeps what is written to it. */
export function recordingTerminal(home: string, stdin = ''): Terminal & { out(): string; err(): string } {
  const out: string[] = []
  const err: string[] = []
  const into = (chunks: string[]) =>
    new Writable({
      write(chunk, _encoding, done) {
        chunks.push(String(chunk))
        done()
      },
    })
  return {
    stdin: Readable.from([stdin]),
    stdout: into(out),
    stderr: into(err),
    env: { HOME: home, PORTCULLIS_HOME: `${home}/.portcullis` },
    cwd: home,
    exitCode: 0,
    out: () => out.join(''),
    err: () => err.join(''),
  }
}
