import { claudeCodeSetup } from './claude-code/setup.ts'
import { codexSetup } from './codex/setup.ts'
import { copilotCliSetup } from './copilot-cli/setup.ts'
import { cursorSetup } from './cursor/setup.ts'
import { geminiCliSetup } from './gemini-cli/setup.ts'
import { opencodeSetup } from './opencode/setup.ts'
import type { AgentSetup } from './setup.ts'
import { windsurfSetup } from './windsurf/setup.ts'

/** The agents `init` can set up, by value for their users. */
export const agentSetups: readonly AgentSetup[] = [
  claudeCodeSetup,
  codexSetup,
  cursorSetup,
  geminiCliSetup,
  copilotCliSetup,
  opencodeSetup,
  windsurfSetup,
]
