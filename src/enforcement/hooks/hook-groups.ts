import type { JsonObject } from './adapter.ts'
import { isObject } from './event.ts'
import type { HookEntry } from './setup.ts'

/** How one agent writes its hooks, for agents that keep them as `{hooks: {Event: [{matcher, hooks: [{command}]}]}}`. */
interface HookGroupsShape {
  /** Events we enter ourselves for; `true` where the event takes a matcher. */
  readonly events: Readonly<Record<string, boolean>>
  /** The event that comes before every tool call. */
  readonly callEvent: string
  /** One hook of ours, in the agent's words and units. */
  hook(entry: HookEntry): JsonObject
  /** Whether the settings switch all hooks off. */
  isOff(settings: JsonObject): boolean
}

/** Adds our entries to such settings, takes them out, and sees whether they are there. */
export function hookGroups(shape: HookGroupsShape) {
  const { events, callEvent } = shape
  const groupFor = (event: string, entry: HookEntry): JsonObject =>
    events[event] ? { matcher: '*', hooks: [shape.hook(entry)] } : { hooks: [shape.hook(entry)] }

  /** The same settings with our entries in place of any older ones; the same object when nothing is to do. */
  function withHooks(settings: JsonObject, entry: HookEntry): JsonObject {
    if (isInstalled(settings, entry)) return settings
    const { hooks: present, ...others } = withoutHooks(settings)
    const hooks: Record<string, unknown> = isObject(present) ? { ...present } : {}
    for (const event of Object.keys(events)) {
      const groups = hooks[event]
      hooks[event] = [...(Array.isArray(groups) ? groups : []), groupFor(event, entry)]
    }
    // Keep the key where it was: a settings file is read by people.
    return 'hooks' in settings ? { ...settings, ...others, hooks } : { ...others, hooks }
  }

  function isInstalled({ hooks }: JsonObject, entry: HookEntry): boolean {
    if (!isObject(hooks)) return false
    const here = Object.entries(hooks).every(([event, groups]) => {
      const ours = Array.isArray(groups) ? groups.filter(holdsOurs) : []
      if (!(event in events)) return ours.length === 0
      return ours.length === 1 && JSON.stringify(ours[0]) === JSON.stringify(groupFor(event, entry))
    })
    return here && Object.keys(events).every(event => event in hooks)
  }

  /** Whether a tool call of any name would come to us. */
  function guardsTools(settings: JsonObject): boolean {
    const groups = isObject(settings['hooks']) ? settings['hooks'][callEvent] : undefined
    if (shape.isOff(settings) || !Array.isArray(groups)) return false
    return groups.some(group => {
      const matcher = isObject(group) ? group['matcher'] : undefined
      const isForAll = matcher === undefined || matcher === '' || matcher === '*'
      return isForAll && holdsOurs(group) && group.hooks.some(isInForce)
    })
  }

  /** Why settings cannot take entries, as the place of what is in the way, or null when they can. */
  function obstacle({ hooks }: JsonObject): string | null {
    if (hooks === undefined) return null
    if (!isObject(hooks)) return 'hooks'
    const isWrong = (event: string) => hooks[event] !== undefined && !Array.isArray(hooks[event])
    const wrong = Object.keys(events).find(isWrong)
    return wrong === undefined ? null : `hooks.${wrong}`
  }

  return { withHooks, withoutHooks, guardsTools, obstacle }
}

/** Settings without our entries, the same object when there are none; what becomes empty by it goes, too. */
function withoutHooks(settings: JsonObject): JsonObject {
  const present = settings['hooks']
  if (!isObject(present)) return settings
  const lists = Object.values(present)
  if (!lists.some(groups => Array.isArray(groups) && groups.some(holdsOurs))) return settings
  const hooks = Object.entries(present).flatMap(([event, groups]) => {
    if (!Array.isArray(groups)) return [[event, groups] as const]
    const kept = groups.flatMap(withoutOurs)
    return kept.length === 0 && groups.length > 0 ? [] : [[event, kept] as const]
  })
  if (hooks.length > 0) return { ...settings, hooks: Object.fromEntries(hooks) }
  const { hooks: _emptied, ...others } = settings
  return others
}

function withoutOurs(group: unknown): unknown[] {
  if (!holdsOurs(group)) return [group]
  const kept = group.hooks.filter(hook => !isOurs(hook))
  return kept.length === 0 ? [] : [{ ...group, hooks: kept }]
}

function holdsOurs(group: unknown): group is JsonObject & { readonly hooks: readonly unknown[] } {
  return isObject(group) && Array.isArray(group['hooks']) && group['hooks'].some(isOurs)
}

// The program alone or in its shell (`failClosed`), and words after it that no shell has to read.
const PLAIN_CALL =
  /^(?:\/bin\/sh -c '[^']*' portcullis \d+ )?(?:'(?:[^']|'\\'')*portcullis-hook'|"[^"`]*portcullis-hook"|[^\s'"#]*portcullis-hook)(?:\s+(?:'(?:[^']|'\\'')*'|"[^"`$\\]*"|[\w@%+=:,./-]+))*\s*$/

/** Whether our hook still decides: not in the background, for some calls only, or with its refusal thrown away. */
export function isInForce(hook: unknown): boolean {
  if (!isOurs(hook)) return false
  const { type, async, if: condition, command } = hook
  return (
    (type === undefined || type === 'command') &&
    (async === undefined || async === false) &&
    condition === undefined &&
    PLAIN_CALL.test(command)
  )
}

/** Whether a hook calls our program. */
export function isOurs(hook: unknown): hook is JsonObject & { readonly command: string } {
  if (!isObject(hook) || typeof hook['command'] !== 'string') return false
  return /(?:^|[\s/'"])portcullis-hook['"]?(?:\s|$)/.test(hook['command'])
}
