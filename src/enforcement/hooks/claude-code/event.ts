import { PortcullisError } from '../../../kernel/errors.ts'
import type { HookEvent, JsonObject } from '../adapter.ts'

const REMEDY = 'run `portcullis doctor`; the agent must send one hook event as JSON on stdin'

export function badEvent(message: string, cause?: unknown): PortcullisError {
  return new PortcullisError('hook.bad-event', message, REMEDY, cause)
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
    input,
    ...(session !== undefined && { session }),
    ...(toolUseId !== undefined && { toolUseId }),
    ...(tool !== undefined && { tool }),
  }
}

function parseObject(bytes: Uint8Array): JsonObject {
  if (bytes.length === 0) throw badEvent('the hook event is empty')
  const text = decode(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own message quotes the input, which may hold a secret: no cause.
    throw badEvent('the hook event is not JSON')
  }
  if (!isObject(value)) throw badEvent('the hook event is not a JSON object')
  return value
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badEvent('the hook event is not UTF-8')
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function optionalText(object: JsonObject, key: string): string | undefined {
  const value = object[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw badEvent(`\`${key}\` of the hook event is not text`)
  return value
}

export function requiredText(object: JsonObject, key: string): string {
  const value = optionalText(object, key)
  if (value === undefined) throw badEvent(`the hook event has no \`${key}\``)
  return value
}
