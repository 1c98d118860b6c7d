import { claudeCodeSetup } from './claude-code/setup.ts'
import type { AgentSetup } from './setup.ts'

/** The agents `init` can set up, by value for their users. */
export const agentSetups: readonly AgentSetup[] = [claudeCodeSetup]
