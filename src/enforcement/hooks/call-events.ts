import type { JsonObject } from './adapter.ts'

/** A call of a tool, or of the agent's own shell when `tool` is null. */
export interface ToolCall {
  readonly tool: string | null
  readonly input: unknown
  readonly cwd: string
}

/** A tool call as each agent's client would send it, for a question about it; null where the client has no event for such a tool. */
const callEvents: Readonly<Record<string, (call: ToolCall) => JsonObject | null>> = {
  'claude-code': named('PreToolUse', 'Bash'),
  codex: named('PreToolUse', 'Bash'),
  'copilot-cli': named('PreToolUse', 'Bash'),
  'gemini-cli': named('BeforeTool', 'run_shell_command'),
  cursor: named('preToolUse', 'Shell'),
  opencode: ({ tool, input, cwd }) => ({
    event: 'tool.execute.before',
    sessionID: 'check',
    directory: cwd,
    tool: tool ?? 'bash',
    args: input,
  }),
  windsurf: ({ tool, input, cwd }) => {
    const command = (input as JsonObject | null)?.['command']
    if (tool !== null && tool !== 'run_command') return null
    return { agent_action_name: 'pre_run_command', tool_info: { command_line: command, cwd } }
  },
}

/** The event of an agent for a tool call, null when there is none. */
export function callEventOf(agent: string, call: ToolCall): JsonObject | null {
  return Object.hasOwn(callEvents, agent) ? callEvents[agent]!(call) : null
}

function named(hook_event_name: string, shell: string) {
  return ({ tool, input, cwd }: ToolCall): JsonObject => ({
    hook_event_name,
    session_id: 'check',
    cwd,
    tool_name: tool ?? shell,
    tool_input: input,
  })
}
