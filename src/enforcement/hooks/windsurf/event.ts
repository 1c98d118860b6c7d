import type { HookEvent } from '../adapter.ts'
import { type EventKinds, eventName, hookEvent, isObject, optionalText, parseObject } from '../event.ts'

const kinds: EventKinds = {
  pre_run_command: 'call',
  pre_write_code: 'call',
  pre_read_code: 'call',
  pre_mcp_tool_use: 'call',
  pre_user_prompt: 'prompt',
}

/** Reads one event; the list of event names is open. Throws `hook.bad-event`. */
export function parseEvent(bytes: Uint8Array): HookEvent {
  const input = parseObject(bytes)
  const name = eventName(input, 'agent_action_name')
  const session = optionalText(input, 'trajectory_id')
  const info = input['tool_info']
  const tool = isObject(info) ? optionalText(info, 'mcp_tool_name') : undefined
  return hookEvent(name, kinds, input, { session, tool })
}
