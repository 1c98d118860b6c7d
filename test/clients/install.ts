import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const INSTALL_MS = 300_000

/** A client as npm has it. */
export interface NpmClient {
  readonly package: string
  readonly version: string
  /** The program, from the folder of the installed packages. */
  readonly program: string
}

const { platform, arch } = process
const rustTarget = `${arch === 'arm64' ? 'aarch64' : 'x86_64'}-${
  platform === 'darwin' ? 'apple-darwin' : 'unknown-linux-musl'
}`
const copilotPackage = `@github/copilot-${platform}-${arch}`
const openCodePackage = `opencode-${platform}-${arch}`

export const claudeCode = (version: string): NpmClient => ({
  package: '@anthropic-ai/claude-code',
  version,
  program: `@anthropic-ai/claude-code-${platform}-${arch}/claude`,
})

export const codex: NpmClient = {
  package: '@openai/codex',
  version: '0.169.0',
  program: `@openai/codex-${platform}-${arch}/vendor/${rustTarget}/bin/codex`,
}

export const geminiCli: NpmClient = {
  package: '@google/gemini-cli',
  version: '0.61.0',
  program: '@google/gemini-cli/bundle/gemini.js',
}

export const copilotCli: NpmClient = {
  package: copilotPackage,
  version: '1.0.102',
  program: `${copilotPackage}/copilot`,
}

export const openCode: NpmClient = {
  package: openCodePackage,
  version: '1.18.33',
  program: `${openCodePackage}/bin/opencode`,
}

/** The client's own program, installed from npm once; nothing of the package's install scripts runs. */
export async function installedProgram(client: NpmClient): Promise<string> {
  const clients = join(import.meta.dirname, '..', '..', '.cache', 'clients')
  const folder = join(clients, `${client.package.replace(/^.*\//, '')}-${client.version}`)
  const program = join(folder, 'node_modules', client.program)
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const wanted = `${client.package}@${client.version}`
    // As in the Makefile: a registry's certificate may be one that only this machine trusts.
    const env = { ...process.env, NODE_USE_SYSTEM_CA: '1' }
    await run('npm', ['install', '--prefix', folder, ...quiet, wanted], { timeout: INSTALL_MS, env })
  }
  return program
}

/** Null when every program is at hand, or why not; in CI a client that is missing is a failure. */
export async function whyMissing(...programs: readonly Promise<string>[]): Promise<string | null> {
  const missing = await Promise.all(programs).then(
    () => null,
    (error: Error) => error.message,
  )
  if (missing !== null && process.env['CI']) throw new Error(`the client could not be installed: ${missing}`)
  return missing
}
