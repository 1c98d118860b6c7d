import { accessSync, constants, existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { AgentSetup, UserPlace } from '../../enforcement/hooks/setup.ts'
import { agentSetups } from '../../enforcement/hooks/setups.ts'
import { PortcullisError } from '../../kernel/errors.ts'

/** Names `init --agents` takes. */
export const settableAgents: readonly string[] = agentSetups.map(({ name }) => name)

/** The agents named in a list such as `claude-code,codex`. Throws `usage` for one that is not known. */
export function parseAgents(list: string): AgentSetup[] {
  const names = list.split(',').map(name => name.trim())
  const unknown = names.find(name => !settableAgents.includes(name))
  if (unknown === undefined) return agentSetups.filter(agent => names.includes(agent.name))
  throw new PortcullisError(
    'usage',
    `unknown agent \`${unknown}\``,
    `known agents: ${settableAgents.join(', ')}`,
  )
}

/** The agents that seem to be installed: their folder or their program is there. */
export function findAgents(env: NodeJS.ProcessEnv): AgentSetup[] {
  const place = userPlace(env)
  return agentSetups.filter(agent => existsSync(agent.folder(place)) || findProgram(agent.program, env))
}

export function userPlace(env: NodeJS.ProcessEnv): UserPlace {
  return { env, home: env['HOME'] || homedir() }
}

/** The absolute path of a program on the PATH. */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(folder => folder !== '')
  return folders.map(folder => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
