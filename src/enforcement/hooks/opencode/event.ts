import type { HookEvent } from '../adapter.ts'
import { type EventKinds, eventName, hookEvent, optionalText, parseObject } from '../event.ts'

const kinds: EventKinds = {
  'tool.execute.before': 'call',
  'tool.execute.after': 'output',
  'chat.message': 'prompt',
}

/** Reads one event as our plugin sends it: `event` is the name of the client's hook. Throws `hook.bad-event`. */
export function parseEvent(bytes: Uint8Array): HookEvent {
  const input = parseObject(bytes)
  const name = eventName(input, 'event')
  const session = optionalText(input, 'sessionID')
  const toolUseId = optionalText(input, 'callID')
  const tool = optionalText(input, 'tool')
  return hookEvent(name, kinds, input, { session, toolUseId, tool })
}
