import { execFile, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { composeGuard, openSecondGrammar } from '../../src/cli/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import { resolvePaths } from '../../src/config/paths.ts'
import { createDecisionService } from '../../src/enforcement/hooks/service.ts'
import type { StandInModel } from '../standin/model.ts'
import { root, scratchEnvironment } from './support.ts'

const run = promisify(execFile)
const RUN_MS = 90_000

export interface ClientRun {
  readonly command: readonly [string, ...string[]]
  readonly home: string
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a client in an empty environment with no way out but loopback. */
export async function runClient({ command: [program, ...args], home, cwd, env }: ClientRun) {
  const started = performance.now()
  const child = spawn(program, args, {
    cwd,
    env: {
      ...scratchEnvironment(home),
      // Whatever still wanted to leave the machine meets a closed port.
      HTTPS_PROXY: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1,localhost',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_MS,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, stdout, stderr, milliseconds: performance.now() - started }
}

/** A decision service for a scratch home, with the ids of the calls it judged. */
export async function startService(home: string) {
  const paths = resolvePaths({ env: { HOME: home } })
  const config = await loadConfig(paths.config)
  const deployment = await composeGuard(paths, config, {}, await openSecondGrammar())
  const seen: string[] = []
  const coverage = { seen: (_session: string, toolUseId: string) => void seen.push(toolUseId) }
  const service = createDecisionService({ ...deployment, config, coverage, socket: paths.socket, home })
  await service.listen()
  return {
    seen,
    journal: () => readJournal(paths.audit),
    async close() {
      await service.close()
      await deployment.close()
    },
  }
}

async function readJournal(folder: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', 'cat "$1"/segment-*', 'sh', folder])
  return stdout
}

/** A program that stands in for ours in an entry: the lines of a shell script. */
export function fakeHook(home: string, lines: string): string {
  const path = join(home, 'fake', 'portcullis-hook')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${lines}\n`)
  chmodSync(path, 0o755)
  return path
}

/** Puts another program in place of ours in a file of entries. */
export function replaceProgram(file: string, program: string): void {
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, before.replaceAll(join(root, 'bin', 'portcullis-hook'), program))
  if (!readFileSync(file, 'utf8').includes(program)) throw new Error(`no entry of ours in ${file}`)
}

/** Whether this process may put another /etc in place for a client. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0

/** The words before a command that give it a copy of /etc with our managed file of `agent` in it. */
export async function withManagedFile(home: string, agent: string, path: string): Promise<string[]> {
  const etc = join(home, 'etc')
  cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true })
  const { stdout } = await run(join(root, 'portcullis'), ['init', '--managed', '--agents', agent], {
    env: scratchEnvironment(home),
  })
  const file = join(etc, path.slice('/etc/'.length))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, stdout)
  return ['unshare', '-m', 'sh', '-c', `mount --bind '${etc}' /etc && exec "$@"`, 'sh']
}

/** The texts of all tool results the model was sent, and everything it was sent. */
export function heard({ requests }: StandInModel) {
  const wire = requests.map(({ body }) => body.toString('utf8')).join('\n')
  const messages = requests.flatMap(({ json }) => (json?.['messages'] ?? []) as { content: unknown }[])
  const parts = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []))
  const results = parts
    .filter(part => part.type === 'tool_result')
    .map(({ content }) =>
      typeof content === 'string' ? content : content.map((one: { text: string }) => one.text).join('\n'),
    )
  return { wire, results: [...new Set<string>(results)] }
}
