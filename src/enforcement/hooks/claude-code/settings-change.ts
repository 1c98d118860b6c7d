import { join } from 'node:path'
import type { HookEvent, Surroundings } from '../adapter.ts'
import { isObject, optionalText } from '../event.ts'
import { guardsTools } from './settings.ts'

/** Where Claude Code reads settings that no user can change. */
const managedFiles = [
  '/etc/claude-code/managed-settings.json',
  '/Library/Application Support/ClaudeCode/managed-settings.json',
]

/**
 * How a settings change would switch the hooks off, in a few words, or null when it would not.
 * Managed settings cannot be vetoed by a hook and are left alone.
 */
export function weakeningChange(event: HookEvent, surroundings: Surroundings): string | null {
  const source = optionalText(event.input, 'source') ?? 'unknown'
  if (source === 'policy_settings' || source === 'skills') return null
  const path = optionalText(event.input, 'file_path')
  if (path === undefined) return null
  const text = surroundings.readText(path)
  const settings = text === null ? null : parse(text)
  if (settings?.['disableAllHooks'] === true) return `${path}: disableAllHooks`
  // The client may read what we cannot (comments, say): naming the switch is then enough.
  if (settings === null && text?.includes('disableAllHooks')) return `${path}: disableAllHooks, unreadable`
  if (source !== 'user_settings' || isManaged(surroundings)) return null
  if (text === null) return `${path}: removed, and the hooks with it`
  if (settings === null) return `${path}: unreadable, and the hooks with it`
  return guardsTools(settings) ? null : `${path}: without the hooks`
}

function isManaged({ readText }: Surroundings): boolean {
  return managedFiles.some(path => {
    const text = readText(path)
    const settings = text === null ? null : parse(text)
    return settings !== null && guardsTools(settings)
  })
}

function parse(text: string) {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

/** The user's settings file of Claude Code. */
export function userSettingsPath(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return join(env['CLAUDE_CONFIG_DIR'] || join(home, '.claude'), 'settings.json')
}
