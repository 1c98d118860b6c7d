import type { HookEvent, JsonObject } from '../adapter.ts'
import { badEvent, type EventKinds, hookEvent, optionalText, parseObject } from '../event.ts'

const kinds: EventKinds = {
  PreToolUse: 'call',
  PostToolUse: 'output',
  UserPromptSubmit: 'prompt',
}

/** The client names an event by the case of its key in the hook file: `PreToolUse` sends other fields than `preToolUse`. */
const camelNames: Readonly<Record<string, string>> = {
  preToolUse: 'PreToolUse',
  postToolUse: 'PostToolUse',
  userPromptSubmitted: 'UserPromptSubmit',
}

/** Reads one event in either case; the list of event names is open. Throws `hook.bad-event`. */
export function parseEvent(bytes: Uint8Array): HookEvent {
  const input = parseObject(bytes)
  const name = nameOf(input)
  const session = optionalText(input, 'session_id') ?? optionalText(input, 'sessionId')
  const tool = toolOf(input)
  return hookEvent(name, kinds, input, { session, tool })
}

/** The tool of an event, in either case. */
export function toolOf(input: JsonObject): string | undefined {
  return optionalText(input, 'tool_name') ?? optionalText(input, 'toolName')
}

/** A camel-case payload does not say its name: what it is about tells. */
function nameOf(input: JsonObject): string {
  const name = optionalText(input, 'hook_event_name') ?? optionalText(input, 'hookName')
  if (name === '') throw badEvent('the hook event has an empty name')
  if (name !== undefined) return Object.hasOwn(camelNames, name) ? camelNames[name]! : name
  if ('toolResult' in input || 'tool_result' in input) return 'PostToolUse'
  if (['toolName', 'tool_name', 'toolArgs', 'tool_input'].some(key => key in input)) return 'PreToolUse'
  return 'prompt' in input ? 'UserPromptSubmit' : 'unnamed'
}
