import type { HookEvent } from '../adapter.ts'
import { type EventKinds, eventName, hookEvent, optionalText, parseObject } from '../event.ts'

const kinds: EventKinds = {
  BeforeTool: 'call',
  AfterTool: 'output',
  // The prompt with the files that `@` mentions put into it.
  BeforeAgent: 'prompt',
}

/** Reads one event; the list of event names is open. Gemini does not tell the id of a tool call. Throws `hook.bad-event`. */
export function parseEvent(bytes: Uint8Array): HookEvent {
  const input = parseObject(bytes)
  const name = eventName(input, 'hook_event_name')
  const session = optionalText(input, 'session_id')
  const tool = optionalText(input, 'tool_name')
  return hookEvent(name, kinds, input, { session, tool })
}
