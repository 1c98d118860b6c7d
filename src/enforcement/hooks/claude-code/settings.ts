import type { JsonObject } from '../adapter.ts'
import { isObject } from '../event.ts'
import type { HookEntry } from '../setup.ts'

/** The events that can block or rewrite, and the start of a session; `true` where the event takes a matcher. */
export const hookedEvents: Readonly<Record<string, boolean>> = {
  PreToolUse: true,
  PostToolUse: true,
  UserPromptSubmit: false,
  UserPromptExpansion: false,
  SessionStart: true,
  ConfigChange: true,
}

/** Settings with our entries in place of any older ones of ours; everything else stays as it is. */
export function withHooks(settings: JsonObject, entry: HookEntry): JsonObject {
  if (isInstalled(settings, entry)) return settings
  const { hooks: present, ...others } = withoutHooks(settings)
  const hooks: Record<string, unknown> = isObject(present) ? { ...present } : {}
  for (const event of Object.keys(hookedEvents)) {
    const groups = hooks[event]
    hooks[event] = [...(Array.isArray(groups) ? groups : []), groupFor(event, entry)]
  }
  // Keep the key where it was: a settings file is read by people.
  return 'hooks' in settings ? { ...settings, ...others, hooks } : { ...others, hooks }
}

/** Settings without our entries, the same object when there are none; what becomes empty by it goes, too. */
export function withoutHooks(settings: JsonObject): JsonObject {
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

/** Whether a tool call of any name would come to us. */
export function guardsTools(settings: JsonObject): boolean {
  const groups = isObject(settings['hooks']) ? settings['hooks']['PreToolUse'] : undefined
  if (settings['disableAllHooks'] === true || !Array.isArray(groups)) return false
  return groups.some(group => {
    if (!isObject(group) || !Array.isArray(group['hooks'])) return false
    const matcher = group['matcher']
    return (matcher === undefined || matcher === '' || matcher === '*') && group['hooks'].some(isOurs)
  })
}

/** Why settings cannot take entries, as the place of what is in the way, or null when they can. */
export function obstacle(settings: JsonObject): string | null {
  const hooks = settings['hooks']
  if (hooks === undefined) return null
  if (!isObject(hooks)) return 'hooks'
  const wrong = Object.keys(hookedEvents).find(
    event => hooks[event] !== undefined && !Array.isArray(hooks[event]),
  )
  return wrong === undefined ? null : `hooks.${wrong}`
}

/** What an administrator puts in the managed settings, where no user or repository can switch it off. */
export function managedSettings(entry: HookEntry): JsonObject {
  return { requiredMinimumVersion: '2.1.295', ...withHooks({}, entry) }
}

function isInstalled(settings: JsonObject, entry: HookEntry): boolean {
  const hooks = settings['hooks']
  if (!isObject(hooks)) return false
  return (
    Object.entries(hooks).every(([event, groups]) => {
      const ours = Array.isArray(groups) ? groups.filter(holdsOurs) : []
      if (!(event in hookedEvents)) return ours.length === 0
      return ours.length === 1 && sameJson(ours[0], groupFor(event, entry))
    }) && Object.keys(hookedEvents).every(event => event in hooks)
  )
}

function groupFor(event: string, { command, timeout }: HookEntry): JsonObject {
  const hook = { type: 'command', command, timeout, onFailure: 'block' }
  return hookedEvents[event] ? { matcher: '*', hooks: [hook] } : { hooks: [hook] }
}

function withoutOurs(group: unknown): unknown[] {
  if (!holdsOurs(group)) return [group]
  const { hooks } = group
  const kept = hooks.filter(hook => !isOurs(hook))
  return kept.length === 0 ? [] : [{ ...group, hooks: kept }]
}

function holdsOurs(group: unknown): group is JsonObject & { readonly hooks: readonly unknown[] } {
  return isObject(group) && Array.isArray(group['hooks']) && group['hooks'].some(isOurs)
}

function isOurs(hook: unknown): boolean {
  if (!isObject(hook) || typeof hook['command'] !== 'string') return false
  return /(?:^|[/'"])portcullis-hook['"]?(?:\s|$)/.test(hook['command'])
}

function sameJson(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
