import type { EventKind, HookEvent } from '../adapter.ts'
import { badEvent, optionalText, parseObject } from '../event.ts'

const kinds: Readonly<Record<string, EventKind>> = {
  'tool.execute.before': 'call',
  'tool.execute.after': 'output',
  'chat.message': 'prompt',
}

/** Reads one event as our plugin sends it: `event` is the name of the client's hook. Throws `hook.bad-event`. */
export function parseEvent(bytes: Uint8Array): HookEvent {
  const input = parseObject(bytes)
  const name = input['event']
  if (typeof name !== 'string' || name === '') throw badEvent('the hook event has no `event`')
  const session = optionalText(input, 'sessionID')
  const toolUseId = optionalText(input, 'callID')
  const tool = optionalText(input, 'tool')
  return {
    name,
    kind: Object.hasOwn(kinds, name) ? kinds[name]! : 'other',
    input,
    ...(session !== undefined && { session }),
    ...(toolUseId !== undefined && { toolUseId }),
    ...(tool !== undefined && { tool }),
  }
}
