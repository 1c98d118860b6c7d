import type { JsonObject } from './adapter.ts'
import { isObject } from './event.ts'
import { isInForce } from './hook-groups.ts'

/** Settings `{hooks: {event: [entry, …]}}` whose entries hold `command` themselves, as Cursor and Windsurf have them. */
export interface FlatSettings {
  withHooks(settings: JsonObject): JsonObject
  withoutHooks(settings: JsonObject): JsonObject
  obstacle(settings: JsonObject): string | null
  guards(settings: JsonObject, events: readonly string[]): boolean
}

/** `entry` is ours, the same for each of `events`; `base` is what a file must have at its top besides. */
export function flatSettings(events: readonly string[], entry: JsonObject, base: JsonObject): FlatSettings {
  return {
    withHooks(settings) {
      if (isInstalled(settings)) return settings
      const { hooks: present, ...others } = withoutOurs(settings)
      const hooks: Record<string, unknown> = isObject(present) ? { ...present } : {}
      for (const event of events) {
        const entries = hooks[event]
        hooks[event] = [...(Array.isArray(entries) ? entries : []), entry]
      }
      return 'hooks' in settings ? { ...base, ...settings, ...others, hooks } : { ...base, ...others, hooks }
    },
    withoutHooks: withoutOurs,
    obstacle(settings) {
      const hooks = settings['hooks']
      if (hooks === undefined) return null
      if (!isObject(hooks)) return 'hooks'
      const wrong = events.find(event => hooks[event] !== undefined && !Array.isArray(hooks[event]))
      return wrong === undefined ? null : `hooks.${wrong}`
    },
    guards(settings, wanted) {
      const { hooks } = settings
      return isObject(hooks) && wanted.every(event => entriesOf(hooks, event).some(isOursForAll))
    },
  }

  function isInstalled(settings: JsonObject): boolean {
    const { hooks } = settings
    if (!isObject(hooks) || !Object.keys(base).every(key => key in settings)) return false
    const ours = Object.keys(hooks).filter(event => entriesOf(hooks, event).some(isOurs))
    if (ours.length !== events.length || !events.every(event => ours.includes(event))) return false
    return events.every(event => {
      const entries = entriesOf(hooks, event).filter(isOurs)
      return entries.length === 1 && JSON.stringify(entries[0]) === JSON.stringify(entry)
    })
  }
}

/** The same object when none of our entries are in it; what becomes empty by taking them out goes, too. */
function withoutOurs(settings: JsonObject): JsonObject {
  const present = settings['hooks']
  if (!isObject(present)) return settings
  if (!Object.keys(present).some(event => entriesOf(present, event).some(isOurs))) return settings
  const hooks = Object.entries(present).flatMap(([event, entries]) => {
    if (!Array.isArray(entries)) return [[event, entries] as const]
    const kept = entries.filter(entry => !isOurs(entry))
    return kept.length === 0 && entries.length > 0 ? [] : [[event, kept] as const]
  })
  if (hooks.length > 0) return { ...settings, hooks: Object.fromEntries(hooks) }
  const { hooks: _emptied, ...others } = settings
  return others
}

function entriesOf(hooks: JsonObject, event: string): readonly unknown[] {
  const entries = hooks[event]
  return Array.isArray(entries) ? entries : []
}

function isOurs(entry: unknown): entry is JsonObject {
  if (!isObject(entry) || typeof entry['command'] !== 'string') return false
  return /(?:^|[/'"])portcullis-hook['"]?(?:\s|$)/.test(entry['command'])
}

/** A matcher narrows an entry to some tools. */
function isOursForAll(entry: unknown): boolean {
  return (
    isOurs(entry) &&
    isInForce(entry) &&
    [undefined, '', '*', '.*'].includes(entry['matcher'] as string | undefined)
  )
}
