import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { JsonObject } from '../standin/model.ts'
import { claudeCode, installedProgram } from './install.ts'

export const root = join(import.meta.dirname, '..', '..')

/** The first fails closed when a hook breaks (`onFailure: block`, since 2.1.295); the second does not know how. */
export const versions = ['2.1.329', '2.1.197'] as const

export type ClaudeVersion = (typeof versions)[number]

const run = promisify(execFile)
const RUN_MS = 60_000

/** The client's own program. */
export function claudeProgram(version: ClaudeVersion): Promise<string> {
  return installedProgram(claudeCode(version))
}

/** A home with an empty project in it, on no path that tools know. */
export interface Scratch {
  readonly home: string
  readonly project: string
  remove(): void
}

export function makeScratch(): Scratch {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-client-')))
  const project = join(home, 'project')
  mkdirSync(project)
  return { home, project, remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }) }
}

/** All that a program under test may know of this machine. */
export function scratchEnvironment(home: string): Record<string, string> {
  return { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, HOME: home, LANG: 'C.UTF-8' }
}

export interface ClaudeRun {
  readonly version: ClaudeVersion
  readonly home: string
  readonly cwd: string
  /** Where the model is: a stand-in or the gateway, on loopback. */
  readonly baseUrl: string
  readonly prompt: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** A program and its arguments that run the client, such as `unshare`. */
  readonly through?: readonly string[]
}

export interface ClaudeOutcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The result event of `--output-format json`, or null when there was none. */
  readonly result: JsonObject | null
}

/** Runs one headless turn of the real client. Permission checks of its own are off unless `args` say otherwise. */
export async function runClaude(options: ClaudeRun): Promise<ClaudeOutcome> {
  const { version, home, cwd, baseUrl, prompt, args = ['--permission-mode', 'bypassPermissions'] } = options
  const program = await claudeProgram(version)
  const [first = program, ...rest] = [...(options.through ?? []), program]
  const child = spawn(first, [...rest, '-p', prompt, '--output-format', 'json', ...args], {
    cwd,
    env: { ...clientEnvironment(home, baseUrl), ...options.env },
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
  return { code, stdout, stderr, result: lastResult(stdout) }
}

function clientEnvironment(home: string, baseUrl: string): Record<string, string> {
  return {
    ...scratchEnvironment(home),
    ANTHROPIC_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: 'sk-made-up-for-a-test',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    CLAUDE_CODE_MAX_RETRIES: '1',
    // The client refuses to run as root without its permission checks unless told that it is contained.
    IS_SANDBOX: '1',
    // Whatever still wanted to leave the machine meets a closed port.
    HTTPS_PROXY: 'http://127.0.0.1:9',
    HTTP_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1,localhost',
  }
}

/** Newer versions print one object, some print the list of all events. */
function lastResult(stdout: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(stdout)
    const last: unknown = Array.isArray(value) ? value.at(-1) : value
    return typeof last === 'object' && last !== null ? (last as JsonObject) : null
  } catch {
    return null
  }
}

/** Runs our own command line in a scratch home, as a person would. */
export async function runPortcullis(home: string, args: readonly string[]) {
  const env = scratchEnvironment(home)
  return run(join(root, 'portcullis'), [...args], { env, cwd: home, timeout: RUN_MS })
}
