import { accessSync, constants, existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { userSettingsPath } from '../../enforcement/hooks/claude-code/settings-change.ts'
import { PortcullisError } from '../../kernel/errors.ts'

/** Agents `init` can set up. */
export const settableAgents = ['claude-code'] as const

export type SettableAgent = (typeof settableAgents)[number]

/** The agents named in a list such as `claude-code,…`. Throws `usage` for one that is not known. */
export function parseAgents(list: string): SettableAgent[] {
  const names = list.split(',').map(name => name.trim())
  const unknown = names.find(name => !settableAgents.some(agent => agent === name))
  if (unknown === undefined) return settableAgents.filter(agent => names.includes(agent))
  throw new PortcullisError(
    'usage',
    `unknown agent \`${unknown}\``,
    `known agents: ${settableAgents.join(', ')}`,
  )
}

/** The agents that seem to be installed: their folder or their program is there. */
export function findAgents(env: NodeJS.ProcessEnv): SettableAgent[] {
  const present = existsSync(dirname(settingsPath('claude-code', env))) || isOnPath('claude', env)
  return present ? ['claude-code'] : []
}

export function settingsPath(_agent: SettableAgent, env: NodeJS.ProcessEnv): string {
  return userSettingsPath(env, env['HOME'] || homedir())
}

function isOnPath(program: string, env: NodeJS.ProcessEnv): boolean {
  return (env['PATH'] ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}
