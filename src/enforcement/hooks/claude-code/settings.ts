import type { JsonObject } from '../adapter.ts'
import { hookGroups } from '../hook-groups.ts'
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

export const { withHooks, withoutHooks, guardsTools, obstacle } = hookGroups({
  events: hookedEvents,
  callEvent: 'PreToolUse',
  hook: ({ command, timeout }) => ({ type: 'command', command, timeout, onFailure: 'block' }),
  isOff: settings => settings['disableAllHooks'] === true,
})

/** What an administrator puts in the managed settings, where no user or repository can switch it off. */
export function managedSettings(entry: HookEntry): JsonObject {
  return { requiredMinimumVersion: '2.1.295', ...withHooks({}, entry) }
}
