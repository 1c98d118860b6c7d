import type { AgentAdapter } from './adapter.ts'
import { claudeCode } from './claude-code/adapter.ts'
import { codex } from './codex/adapter.ts'
import { copilotCli } from './copilot-cli/adapter.ts'
import { cursor } from './cursor/adapter.ts'
import { geminiCli } from './gemini-cli/adapter.ts'
import { opencode } from './opencode/adapter.ts'
import { windsurf } from './windsurf/adapter.ts'

const adapters: readonly AgentAdapter[] = [
  claudeCode,
  codex,
  cursor,
  geminiCli,
  copilotCli,
  opencode,
  windsurf,
]

/** Names `portcullis hook` takes. */
export const agentNames: readonly string[] = adapters.map(adapter => adapter.name)

export function findAdapter(name: string): AgentAdapter | undefined {
  return adapters.find(adapter => adapter.name === name)
}

/** The shape used for a refusal when not even the agent is known: exit code 2 with nothing on stdout denies in every one. */
export const lastResort: AgentAdapter = codex
