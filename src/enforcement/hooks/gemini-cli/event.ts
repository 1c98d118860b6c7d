import type { EventKind, HookEvent } from '../adapter.ts'
import { badEvent, optionalText, parseObject } from '../event.ts'

const kinds: Readonly<Record<string, EventKind>> = {
  BeforeTool: 'call',
  AfterTool: 'output',
  // The prompt with the files that `@` mentions put into it.
  BeforeAgent: 'prompt',
}

/** Reads one event; the list of event names is open. Gemini does not tell the id of a tool call. Throws `hook.bad-event`. */
export function parseEvent(bytes: Uint8Array): HookEvent {
  const input = parseObject(bytes)
  const name = input['hook_event_name']
  if (typeof name !== 'string' || name === '') throw badEvent('the hook event has no `hook_event_name`')
  const session = optionalText(input, 'session_id')
  const tool = optionalText(input, 'tool_name')
  return {
    name,
    kind: Object.hasOwn(kinds, name) ? kinds[name]! : 'other',
    input,
    ...(session !== undefined && { session }),
    ...(tool !== undefined && { tool }),
  }
}
