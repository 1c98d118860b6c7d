import type { HookEvent } from '../adapter.ts'
import { type EventKinds, eventName, hookEvent, optionalText, parseObject } from '../event.ts'

const kinds: EventKinds = {
  preToolUse: 'call',
  beforeShellExecution: 'call',
  beforeMCPExecution: 'call',
  beforeReadFile: 'call',
  beforeTabFileRead: 'call',
  subagentStart: 'call',
  postToolUse: 'output',
  beforeSubmitPrompt: 'prompt',
}

/** Reads one event; the list of event names is open. Throws `hook.bad-event`. */
export function parseEvent(bytes: Uint8Array): HookEvent {
  const input = parseObject(bytes)
  const name = eventName(input, 'hook_event_name')
  const session = optionalText(input, 'conversation_id') ?? optionalText(input, 'session_id')
  const toolUseId = optionalText(input, 'tool_use_id')
  const tool = optionalText(input, 'tool_name')
  return hookEvent(name, kinds, input, { session, toolUseId, tool })
}
