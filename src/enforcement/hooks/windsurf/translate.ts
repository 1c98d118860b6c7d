import type { AccessRequest, Workplace } from '../../../access/request.ts'
import {
  type Act,
  callAct,
  commandAct,
  fileAct,
  promptAct,
  requestsFor,
  sessionAct,
  workplaceOf,
} from '../acts.ts'
import type { HookEvent, JsonObject, Surroundings } from '../adapter.ts'
import { optionalText, requiredObject, requiredText } from '../event.ts'
import { editsAct, objectOrJson } from '../inputs.ts'

export const NAME = 'windsurf'

/** Puts one event into the guard's words. The events after an act can change nothing and are only recorded. */
export function translate(
  event: HookEvent,
  surroundings: Surroundings,
): readonly [AccessRequest, ...AccessRequest[]] {
  return requestsFor([actOf(event, surroundings)], event, surroundings, NAME)
}

function actOf(event: HookEvent, surroundings: Surroundings): Act {
  if (event.kind === 'other') return sessionAct(NAME, event)
  const info = requiredObject(event.input, 'tool_info')
  const workplace = workplaceOf(optionalText(info, 'cwd'), surroundings)
  switch (event.name) {
    case 'pre_run_command':
      return commandAct('run_command', requiredText(info, 'command_line'), workplace)
    case 'pre_write_code':
      return editsAct('write_code', requiredText(info, 'file_path'), info['edits'], 'old_string', workplace)
    case 'pre_read_code':
      return fileAct('read', 'read_code', requiredText(info, 'file_path'), [], workplace)
    case 'pre_mcp_tool_use':
      return mcpAct(info, workplace)
    default:
      return promptAct([{ text: requiredText(info, 'user_prompt'), where: 'user_prompt' }])
  }
}

function mcpAct(info: JsonObject, workplace: Workplace): Act {
  const server = optionalText(info, 'mcp_server_name') ?? 'unknown'
  const name = `mcp__${server}__${requiredText(info, 'mcp_tool_name')}`
  const input = info['mcp_tool_arguments'] === undefined ? {} : objectOrJson(info, 'mcp_tool_arguments')
  return callAct('mcp:call', name, input, workplace)
}
