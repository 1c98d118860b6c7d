import type { EventKind, HookEvent } from '../adapter.ts'
import { badEvent, optionalText, parseObject } from '../event.ts'

const kinds: Readonly<Record<string, EventKind>> = {
  PreToolUse: 'call',
  // Codex is about to ask its user; the call is judged again with the rights it wants.
  PermissionRequest: 'call',
  PostToolUse: 'output',
  UserPromptSubmit: 'prompt',
}

/** Reads one event; the list of event names is open. Throws `hook.bad-event`. */
export function parseEvent(bytes: Uint8Array): HookEvent {
  const input = parseObject(bytes)
  const name = input['hook_event_name']
  if (typeof name !== 'string' || name === '') throw badEvent('the hook event has no `hook_event_name`')
  const session = optionalText(input, 'session_id')
  const toolUseId = optionalText(input, 'tool_use_id')
  const tool = optionalText(input, 'tool_name')
  return {
    name,
    kind: Object.hasOwn(kinds, name) ? kinds[name]! : 'other',
    input,
    ...(session !== undefined && { session }),
    ...(toolUseId !== undefined && { toolUseId }),
    ...(tool !== undefined && { tool }),
  }
}
