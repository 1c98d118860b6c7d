import { PortcullisError } from '../../kernel/errors.ts'
import type { EventKind, HookEvent, JsonObject } from './adapter.ts'

const REMEDY = 'run `portcullis doctor`; the agent must send one hook event as JSON on stdin'

/** What is not an event of the agent that is said to send it. */
export function badEvent(message: string, cause?: unknown): PortcullisError {
  return new PortcullisError('hook.bad-event', message, REMEDY, cause)
}

/** The JSON object an event is. Throws `hook.bad-event`. */
export function parseObject(bytes: Uint8Array): JsonObject {
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

/** What an agent calls its events, and what each is about; all others are only recorded. */
export type EventKinds = Readonly<Record<string, EventKind>>

/** An event from its parts; ids that are not told are left out. */
export function hookEvent(
  name: string,
  kinds: EventKinds,
  input: JsonObject,
  {
    session,
    toolUseId,
    tool,
  }: { session?: string | undefined; toolUseId?: string | undefined; tool?: string | undefined },
): HookEvent {
  return {
    name,
    kind: Object.hasOwn(kinds, name) ? kinds[name]! : 'other',
    input,
    ...(session !== undefined && { session }),
    ...(toolUseId !== undefined && { toolUseId }),
    ...(tool !== undefined && { tool }),
  }
}

/** The name of an event, which must be there. Throws `hook.bad-event`. */
export function eventName(input: JsonObject, key: string): string {
  const name = input[key]
  if (typeof name !== 'string' || name === '') throw badEvent(`the hook event has no \`${key}\``)
  return name
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text field, undefined when it is missing or null. Throws `hook.bad-event` for anything else. */
export function optionalText(object: JsonObject, key: string): string | undefined {
  const value = object[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw badEvent(`\`${key}\` of the hook event is not text`)
  return value
}

/** A text field that must be there. Throws `hook.bad-event`. */
export function requiredText(object: JsonObject, key: string): string {
  const value = optionalText(object, key)
  if (value === undefined) throw badEvent(`the hook event has no \`${key}\``)
  return value
}

/** An object field that must be there. Throws `hook.bad-event`. */
export function requiredObject(object: JsonObject, key: string): JsonObject {
  const value = object[key]
  if (!isObject(value)) throw badEvent(`\`${key}\` of the hook event is not an object`)
  return value
}
