import { execFile, spawn } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { request } from 'node:http'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { verifyJournal } from '../audit/verify.ts'
import { loadConfig } from '../config/load.ts'
import type { Paths } from '../config/paths.ts'
import { PortcullisError } from '../kernel/errors.ts'
import { askService } from './service-client.ts'

/** One thing looked at. */
export interface Check {
  readonly name: string
  readonly state: 'good' | 'warning' | 'bad'
  readonly found: string
  readonly remedy?: string
}

const CANARY_MS = 8000
/** Below this version Claude Code ignores `onFailure: block` and runs a command whose hook crashed. */
const FAIL_CLOSED_VERSION = [2, 1, 295] as const

const run = promisify(execFile)

/** Looks at one thing after the other and yields what it found; nothing is changed but the log, which gains the canaries. */
export async function* examine(
  paths: Paths,
  env: NodeJS.ProcessEnv,
  configIsNamed = false,
): AsyncGenerator<Check> {
  yield await checkConfig(paths, configIsNamed)
  yield await checkPrivate('home folder', paths.home)
  yield await checkPrivate('key folder', paths.keys)
  yield await checkHookCanary(paths, env)
  const status = await serviceStatus(paths)
  yield status.check
  if (status.gateway) yield await checkGatewayCanary(status.gateway)
  yield await checkJournal(paths)
  yield checkHookEntries(env)
  yield await checkClaudeVersion(env)
}

async function checkConfig({ config }: Paths, isNamed: boolean): Promise<Check> {
  try {
    await loadConfig(config, { mustExist: isNamed })
    const found = existsSync(config) ? `\`${config}\` is valid` : 'no file, the safe defaults hold'
    return { name: 'configuration', state: 'good', found }
  } catch (error) {
    return bad('configuration', error)
  }
}

async function checkPrivate(name: string, folder: string): Promise<Check> {
  const found = await lstat(folder).catch(() => null)
  if (!found)
    return {
      name,
      state: 'warning',
      found: `\`${folder}\` does not exist yet`,
      remedy: 'run `portcullis init`',
    }
  if ((found.mode & 0o077) === 0) return { name, state: 'good', found: `\`${folder}\` is private` }
  return { name, state: 'bad', found: `\`${folder}\` is open to others`, remedy: `chmod 700 '${folder}'` }
}

/** Sends a tool call that must be refused through the very program that the agent calls. */
async function checkHookCanary(paths: Paths, env: NodeJS.ProcessEnv): Promise<Check> {
  const name = 'hook canary'
  const event = JSON.stringify({
    session_id: 'portcullis-doctor',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_use_id: 'toolu_portcullis_canary',
    tool_input: { command: 'rm -rf "$HOME"' },
    cwd: paths.home,
  })
  const hook = fileURLToPath(new URL('../../bin/portcullis-hook', import.meta.url))
  const started = performance.now()
  const { output, code } = await feed(hook, hookArguments(paths), event, env)
  const took = `${(performance.now() - started).toFixed(0)} ms`
  if (code === 0 && output.includes('"permissionDecision":"deny"') && output.includes('command.')) {
    return { name, state: 'good', found: `a deletion of the home folder was refused in ${took}` }
  }
  if (code === 2 || output.includes('"permissionDecision":"deny"')) {
    const found = 'refused, but by the fail-safe and not by a rule'
    return { name, state: 'bad', found, remedy: 'run `portcullis up` in a terminal and read its messages' }
  }
  return {
    name,
    state: 'bad',
    found: 'the canary was NOT refused',
    remedy: 'run `portcullis init` again and report this',
  }
}

function hookArguments({ home, data, config }: Paths): string[] {
  const place = ['claude-code', '--home', home, '--data', data]
  return existsSync(config) ? [...place, '--config', config] : place
}

function feed(command: string, args: string[], input: string, env: NodeJS.ProcessEnv) {
  return new Promise<{ output: string; code: number | null }>(resolve => {
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'ignore'], timeout: CANARY_MS })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.on('error', () => resolve({ output: '', code: null }))
    child.on('close', code => resolve({ output, code }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

async function serviceStatus(paths: Paths): Promise<{ check: Check; gateway?: string }> {
  const name = 'decision service'
  try {
    const { gateway, journal } = JSON.parse(await askService(paths.socket, 'GET', '/v1/status')) as {
      gateway: string
      journal: { writable: boolean }
    }
    if (journal.writable)
      return { check: { name, state: 'good', found: `answers on \`${paths.socket}\`` }, gateway }
    const remedy = 'free disk space and look at `portcullis audit verify`'
    return { check: { name, state: 'bad', found: 'cannot write the journal', remedy }, gateway }
  } catch (error) {
    const remedy = 'start it with `portcullis up`; until then hooks decide in their own process'
    const found = error instanceof PortcullisError ? 'not running' : 'gave an unreadable answer'
    return { check: { name, state: 'warning', found, remedy } }
  }
}

/** Sends a body with a key given twice: it must be refused here and never reach the upstream. */
async function checkGatewayCanary(gateway: string): Promise<Check> {
  const name = 'gateway canary'
  const body = '{"model":"canary","model":"other","max_tokens":1,"messages":[]}'
  try {
    const { status, id } = await post(`${gateway}/v1/messages`, body)
    if (status === 400 && id) return { name, state: 'good', found: `an ambiguous body was refused (${id})` }
    if (status === 401) return { name, state: 'good', found: 'a request without a client key was refused' }
    return { name, state: 'bad', found: `answered ${status} to a body it must refuse`, remedy: 'report this' }
  } catch (error) {
    return bad(name, error)
  }
}

function post(url: string, body: string) {
  return new Promise<{ status: number; id: string | undefined }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const call = request(
      url,
      { method: 'POST', headers, signal: AbortSignal.timeout(CANARY_MS) },
      response => {
        response.resume()
        const id = response.headers['request-id']
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, id: Array.isArray(id) ? id[0] : id }),
        )
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}

function isSegment(file: string): boolean {
  return file.startsWith('segment-')
}

async function checkJournal(paths: Paths): Promise<Check> {
  const name = 'journal'
  // A pinned key without a journal is no beginning: somebody took the log away.
  const isPinned = existsSync(paths.trust) && readdirSync(paths.trust).length > 0
  if (!isPinned && (!existsSync(paths.audit) || !readdirSync(paths.audit).some(isSegment))) {
    return { name, state: 'warning', found: 'no decision was recorded yet' }
  }
  try {
    const report = await verifyJournal({ folder: paths.audit, trust: paths.trust })
    if (report.status === 'tampered') {
      const where = report.problem ? `: ${report.problem.what}` : ''
      return { name, state: 'bad', found: `tampered with${where}`, remedy: 'see `portcullis audit verify`' }
    }
    return { name, state: 'good', found: `${report.records} records, whole` }
  } catch (error) {
    return bad(name, error)
  }
}

function checkHookEntries(env: NodeJS.ProcessEnv): Check {
  const name = 'Claude Code settings'
  const file = join(env['CLAUDE_CONFIG_DIR'] || join(env['HOME'] ?? '', '.claude'), 'settings.json')
  if (!existsSync(file)) {
    return { name, state: 'warning', found: `\`${file}\` does not exist`, remedy: 'run `portcullis init`' }
  }
  try {
    const settings = JSON.parse(readFileSync(file, 'utf8')) as {
      disableAllHooks?: unknown
      hooks?: Record<string, unknown>
    }
    if (settings.disableAllHooks === true) {
      return { name, state: 'bad', found: '`disableAllHooks` is on', remedy: `take it out of \`${file}\`` }
    }
    const missing = ['PreToolUse', 'PostToolUse', 'UserPromptSubmit'].filter(
      event => !JSON.stringify(settings.hooks?.[event] ?? '').includes('portcullis-hook'),
    )
    if (missing.length === 0) return { name, state: 'good', found: 'the hooks are entered' }
    return { name, state: 'bad', found: `no hook for ${missing.join(', ')}`, remedy: 'run `portcullis init`' }
  } catch (error) {
    return bad(name, error)
  }
}

async function checkClaudeVersion(env: NodeJS.ProcessEnv): Promise<Check> {
  const name = 'Claude Code version'
  const program = findProgram('claude', env)
  if (!program) return { name, state: 'warning', found: '`claude` is not on the PATH' }
  try {
    const { stdout } = await run(program, ['--version'], { env, timeout: CANARY_MS })
    const version = /(\d+)\.(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number)
    if (!version) return { name, state: 'warning', found: 'its version could not be read' }
    if (compare(version, FAIL_CLOSED_VERSION) >= 0) return { name, state: 'good', found: version.join('.') }
    const found = `${version.join('.')} ignores \`onFailure: block\`: a crashed hook lets the command run`
    return { name, state: 'bad', found, remedy: `update to ${FAIL_CLOSED_VERSION.join('.')} or newer` }
  } catch (error) {
    return bad(name, error)
  }
}

function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const candidates = (env['PATH'] ?? '').split(delimiter).map(folder => join(folder, name))
  return candidates.find(candidate => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function compare(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((part, i) => part !== right[i])
  return index === -1 ? 0 : left[index]! - right[index]!
}

function bad(name: string, error: unknown): Check {
  if (error instanceof PortcullisError)
    return { name, state: 'bad', found: error.message, remedy: error.remedy }
  return {
    name,
    state: 'bad',
    found: error instanceof Error ? error.message : 'failed',
    remedy: 'report this',
  }
}
