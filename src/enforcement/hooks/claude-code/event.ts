import type { HookEvent } from '../adapter.ts'
import { type EventKinds, eventName, hookEvent, optionalText, parseObject } from '../event.ts'

const kinds: EventKinds = {
  PreToolUse: 'call',
  PostToolUse: 'output',
  UserPromptSubmit: 'prompt',
  UserPromptExpansion: 'prompt',
}

/** Reads one event; the list of event names is open. Throws `hook.bad-event`. */
export function parseEvent(bytes: Uint8Array): HookEvent {
  const input = parseObject(bytes)
  const name = eventName(input, 'hook_event_name')
  const session = optionalText(input, 'session_id')
  const toolUseId = optionalText(input, 'tool_use_id')
  const tool = optionalText(input, 'tool_name')
  return hookEvent(name, kinds, input, { session, toolUseId, tool })
}
