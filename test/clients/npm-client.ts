import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { StandInModel } from '../standin/model.ts'
import { root } from './support.ts'

const run = promisify(execFile)

/** A client as npm has it for this platform: a package that holds one program. */
export interface NpmClient {
  readonly package: string
  readonly version: string
  /** Inside the package. */
  readonly program: string
}

/** The client's own program, installed from npm once; nothing of the package's install scripts runs. */
export async function installedProgram(client: NpmClient): Promise<string> {
  const folder = join(root, '.cache', 'clients', `${client.package.replaceAll('/', '-')}-${client.version}`)
  const program = join(folder, 'node_modules', client.package, client.program)
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    // As in the Makefile: a registry's certificate may be one that only this machine trusts.
    const env = { ...process.env, NODE_USE_SYSTEM_CA: '1' }
    const wanted = `${client.package}@${client.version}`
    await run('npm', ['install', '--prefix', folder, ...quiet, wanted], { timeout: 300_000, env })
  }
  return program
}

/** What a headless client may know of this machine: a home, a project, and no way out but loopback. */
export function closedEnvironment(home: string): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    LANG: 'C.UTF-8',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    HTTP_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1,localhost',
  }
}

export interface Outcome {
  readonly code: number | null
  readonly output: string
}

/** Runs one headless turn to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  place: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Outcome> {
  const child = spawn(program, args, {
    ...place,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 90_000,
    killSignal: 'SIGKILL',
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, output }
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
