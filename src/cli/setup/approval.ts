import { existsSync, readFileSync } from 'node:fs'
import type { JsonObject } from '../../enforcement/hooks/adapter.ts'
import type { AgentSetup } from '../../enforcement/hooks/setup.ts'
import { userPlace } from './agents.ts'

/** What a person must still do before an agent runs the entries in its hook file. */
export interface PendingApproval {
  readonly agent: string
  readonly title: string
  readonly how: string
}

/** Null when the agent runs its entries as they stand there, or has none. */
export function pendingApproval(agent: AgentSetup, env: NodeJS.ProcessEnv): PendingApproval | null {
  const place = userPlace(env)
  const { path } = agent.hookFile(place)
  if (!agent.approval || !existsSync(path)) return null
  const settings = JSON.parse(readFileSync(path, 'utf8')) as JsonObject
  const approval = agent.approval(place, settings)
  const remembered = existsSync(approval.path) ? readFileSync(approval.path, 'utf8') : null
  return approval.isGiven(remembered) ? null : { agent: agent.name, title: agent.title, how: approval.how }
}
