import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect } from 'vitest'
import { run } from '../../src/cli/main.ts'

/** The part of a token that only a secret has; no output may hold any of its middle. */
function tokenBody(seed: number): string {
  const letters = 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0zAbC1d'
  const shift = (seed * 7) % letters.length
  return letters.slice(shift) + letters.slice(0, shift)
}

export function token(seed = 0): string {
  return ['gh', 'p_', tokenBody(seed)].join('')
}

/** A folder with a command line in it. */
export interface Place {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  write(name: string, content: string | Uint8Array): void
  git(...args: string[]): string
  scan(...args: string[]): Promise<Answer>
  portcullis(...args: string[]): Promise<Answer>
  /** In a folder of the place. */
  scanIn(inner: string, ...args: string[]): Promise<Answer>
  scanInput(input: Uint8Array, ...args: string[]): Promise<Answer>
  remove(): void
}

interface Answer {
  readonly code: number
  readonly out: string
  readonly err: string
}

export function scratchPlace(): Place {
  const base = mkdtempSync(join(tmpdir(), 'portcullis-scan-'))
  const folder = join(base, 'work')
  mkdirSync(folder)
  const env = {
    PATH: process.env['PATH'],
    HOME: base,
    PORTCULLIS_HOME: join(base, 'home'),
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const gitEnv = {
    ...env,
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@example.test',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@example.test',
  }
  async function portcullis(argv: readonly string[], input: Uint8Array, cwd = folder): Promise<Answer> {
    const stdout = new PassThrough()
    const stderr = new PassThrough()
    const texts = [buffer(stdout), buffer(stderr)]
    const stdin = Readable.from([Buffer.from(input)], { objectMode: false })
    const code = await run(argv, { stdin, stdout, stderr, env, cwd, exitCode: 0 })
    stdout.end()
    stderr.end()
    const [out = '', err = ''] = (await Promise.all(texts)).map(String)
    // in whatever format: nothing of a secret past its mark
    for (let seed = 0; seed < 8; seed++) expect(out + err).not.toContain(tokenBody(seed).slice(6, 20))
    return { code, out, err }
  }
  return {
    folder,
    env,
    write(name, content) {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
    },
    git: (...args) =>
      execFileSync('git', args, { cwd: folder, env: gitEnv, encoding: 'utf8', stdio: 'pipe' }),
    scan: (...args) => portcullis(['scan', ...args], Buffer.alloc(0)),
    portcullis: (...args) => portcullis(args, Buffer.alloc(0)),
    scanIn: (inner, ...args) => portcullis(['scan', ...args], Buffer.alloc(0), join(folder, inner)),
    scanInput: (input, ...args) => portcullis(['scan', ...args], input),
    remove: () => rmSync(base, { recursive: true, force: true, maxRetries: 5 }),
  }
}
