import type { EventKind, HookEvent } from '../adapter.ts'
import { badEvent, isObject, optionalText, parseObject } from '../event.ts'

const kinds: Readonly<Record<string, EventKind>> = {
  pre_run_command: 'call',
  pre_write_code: 'call',
  pre_read_code: 'call',
  pre_mcp_tool_use: 'call',
  pre_user_prompt: 'prompt',
}

/** Reads one event; the list of event names is open. Throws `hook.bad-event`. */
export function parseEvent(bytes: Uint8Array): HookEvent {
  const input = parseObject(bytes)
  const name = input['agent_action_name']
  if (typeof name !== 'string' || name === '') throw badEvent('the hook event has no `agent_action_name`')
  const session = optionalText(input, 'trajectory_id')
  const info = input['tool_info']
  const tool = isObject(info) ? optionalText(info, 'mcp_tool_name') : undefined
  return {
    name,
    kind: Object.hasOwn(kinds, name) ? kinds[name]! : 'other',
    input,
    ...(session !== undefined && { session }),
    ...(tool !== undefined && { tool }),
  }
}
