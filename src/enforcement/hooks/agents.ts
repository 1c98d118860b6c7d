import type { AgentAdapter } from './adapter.ts'
import { claudeCode } from './claude-code/adapter.ts'

const adapters: readonly AgentAdapter[] = [claudeCode]

/** Names `portcullis hook` takes. */
export const agentNames: readonly string[] = adapters.map(adapter => adapter.name)

export function findAdapter(name: string): AgentAdapter | undefined {
  return adapters.find(adapter => adapter.name === name)
}

/** The shape used for a refusal when not even the agent is known; exit code 2 denies in every one. */
export const lastResort: AgentAdapter = claudeCode
