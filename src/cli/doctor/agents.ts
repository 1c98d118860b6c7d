import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadConfig } from '../../config/load.ts'
import type { Paths } from '../../config/paths.ts'
import type { JsonObject } from '../../enforcement/hooks/adapter.ts'
import type { AgentSetup, HookEntry } from '../../enforcement/hooks/setup.ts'
import { findAgents, findProgram, parseAgents, userPlace } from '../setup/agents.ts'
import { pendingApproval } from '../setup/approval.ts'
import { sendCanary } from '../setup/canary.ts'
import { hookEntry } from '../setup/hook-command.ts'
import { bad, type Check } from './check.ts'
import { proveLive } from './live/probe.ts'

const VERSION_MS = 8_000

const run = promisify(execFile)

/** For each agent found: is the hook entered, does it refuse, does a broken hook refuse. Claude Code stands in when none is found. */
export async function* checkAgents(
  paths: Paths,
  env: NodeJS.ProcessEnv,
  { configIsNamed, live }: { readonly configIsNamed: boolean; readonly live: boolean },
): AsyncGenerator<Check> {
  const found = findAgents(env)
  const agents = found.length > 0 ? found : parseAgents('claude-code')
  for (const agent of agents) {
    const entry = await entryOf(agent, paths, configIsNamed)
    yield checkEntries(agent, entry, env)
    if (agent.approval) yield checkApproval(agent, env)
    yield await checkCanary(agent, entry, env)
    if (live) yield await proveLive(agent, paths, env)
    if (agent.failsClosedFrom) yield await checkVersion(agent, agent.failsClosedFrom, env)
  }
}

/** The command line that `init` enters. A configuration that cannot be loaded is refused by the hook itself: ask it. */
async function entryOf(agent: AgentSetup, paths: Paths, configIsNamed: boolean): Promise<HookEntry> {
  const isDefault = paths.data === join(paths.home, 'data')
  const options = { ...(!isDefault && { data: paths.data }), ...(configIsNamed && { config: paths.config }) }
  const config = await loadConfig(paths.config, { mustExist: configIsNamed }).catch(() => undefined)
  return hookEntry(agent.name, paths, options, config)
}

function checkEntries(agent: AgentSetup, entry: HookEntry, env: NodeJS.ProcessEnv): Check {
  const name = `${agent.title} settings`
  const file = agent.hookFile(userPlace(env))
  const { limits } = agent
  const remedy = `run \`portcullis init --agents ${agent.name}\``
  if (!existsSync(file.path))
    return { name, state: 'warning', found: `\`${file.path}\` does not exist`, remedy, limits }
  try {
    const text = readFileSync(file.path, 'utf8')
    const isEntered =
      file.kind === 'own' ? text === file.content(entry) : file.guardsTools(JSON.parse(text) as JsonObject)
    if (isEntered) return { name, state: 'good', found: 'the hooks are entered', limits }
    const found = `\`${file.path}\` does not send every tool call to the hook`
    return { name, state: 'bad', found, remedy, limits }
  } catch (error) {
    return { ...bad(name, error), found: `\`${file.path}\` cannot be read as settings`, remedy }
  }
}

/** Whether the agent runs what stands in its hook file; one that does not says nothing about it. */
function checkApproval(agent: AgentSetup, env: NodeJS.ProcessEnv): Check {
  const name = `${agent.title} trust`
  try {
    const pending = pendingApproval(agent, env)
    if (pending === null) return { name, state: 'good', found: 'it calls the entries that stand there' }
    return { name, state: 'bad', found: 'it skips our hook in silence', remedy: pending.how }
  } catch (error) {
    return bad(name, error)
  }
}

/** A tool call that must be refused, through the very command line that the agent calls. */
async function checkCanary(agent: AgentSetup, entry: HookEntry, env: NodeJS.ProcessEnv): Promise<Check> {
  const name = `${agent.title} canary`
  const { refused, byRule, found } = await sendCanary(agent, entry, env)
  if (byRule) return { name, state: 'good', found }
  const remedy = refused
    ? 'run `portcullis up` in a terminal and read its messages'
    : 'run `portcullis init` again and report this'
  return { name, state: 'bad', found, remedy }
}

async function checkVersion(
  { title, program }: AgentSetup,
  { version: wanted, before }: NonNullable<AgentSetup['failsClosedFrom']>,
  env: NodeJS.ProcessEnv,
): Promise<Check> {
  const name = `${title} version`
  const path = findProgram(program, env)
  if (!path) return { name, state: 'warning', found: `\`${program}\` is not on the PATH` }
  try {
    const { stdout } = await run(path, ['--version'], { env, timeout: VERSION_MS })
    const version = /(\d+)\.(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number)
    if (!version) return { name, state: 'warning', found: 'its version could not be read' }
    if (compare(version, wanted) >= 0) return { name, state: 'good', found: version.join('.') }
    const found = `${version.join('.')} ${before}`
    return { name, state: 'bad', found, remedy: `update to ${wanted.join('.')} or newer` }
  } catch (error) {
    return bad(name, error)
  }
}

function compare(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((part, i) => part !== right[i])
  return index === -1 ? 0 : left[index]! - right[index]!
}
