import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { JsonObject } from '../../enforcement/hooks/adapter.ts'
import type { HookEntry, HookFile } from '../../enforcement/hooks/setup.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { unifiedDiff } from './diff.ts'
import { BACKUP, backUp, type FileState, readState, replaceState } from './edited-file.ts'
import { parseJsonFile } from './json-fault.ts'

type SharedFile = Extract<HookFile, { kind: 'shared-json' }>

/** One edit, planned but not made. */
export interface SettingsEdit {
  readonly file: string
  readonly change: 'create' | 'update' | 'remove' | 'none'
  readonly diff: string
  /** Makes it; returns the backup's path, or null when there was nothing to back up. */
  apply(now: number): string | null
}

/** Plans the hook of an agent. Throws `init.conflict` for a file that cannot take it. */
export function planInstall(file: HookFile, entry: HookEntry): SettingsEdit {
  const state = readState(file.path)
  const text = installedText(file, state, entry)
  return edit(state, text, now => {
    const backup = state.text === null ? null : backUp(state.path, state.text, now)
    replaceState(state, text)
    return backup
  })
}

function installedText(file: HookFile, state: FileState, entry: HookEntry): string {
  if (file.kind === 'own') {
    if (state.text === null || isOurs(state.text)) return file.content(entry)
    throw new PortcullisError(
      'init.conflict',
      `\`${state.path}\` exists and is not ours`,
      'move it away, then run this again; nothing was changed',
    )
  }
  const settings = settingsOf(state, file)
  const wanted = file.withHooks(settings, entry)
  return wanted === settings && state.text !== null ? state.text : render(wanted, state.text)
}

/** Plans the way back: the very bytes of before when a backup says the same, otherwise only our entries go. */
export function planRemoval(file: HookFile): SettingsEdit {
  const state = readState(file.path)
  if (file.kind === 'own') {
    const text = state.text !== null && isOurs(state.text) ? null : state.text
    return edit(state, text, () => {
      replaceState(state, text)
      return null
    })
  }
  const settings = settingsOf(state, file)
  const wanted = file.withoutHooks(settings)
  const backup = wanted === settings ? null : matchingBackup(state.path, wanted)
  const text = removedText(state.text, wanted === settings, wanted, backup)
  return edit(state, text, now => {
    const kept = backup === null && text !== null ? backUp(state.path, state.text ?? '', now) : null
    replaceState(state, text)
    if (backup !== null) rmSync(backup.path)
    return kept
  })
}

function isOurs(text: string): boolean {
  return text.includes('portcullis-hook')
}

/** An edit from a state to a text; `make` is called only when they differ and returns the backup's path. */
export function edit(
  state: FileState,
  text: string | null,
  make: (now: number) => string | null,
): SettingsEdit {
  return {
    file: state.path,
    change: changeOf(state.text, text),
    diff: unifiedDiff(state.path, state.text, text),
    apply: now => (text === state.text ? null : make(now)),
  }
}

function changeOf(before: string | null, after: string | null): SettingsEdit['change'] {
  if (before === after) return 'none'
  if (after === null) return 'remove'
  return before === null ? 'create' : 'update'
}

function removedText(
  present: string | null,
  untouched: boolean,
  wanted: JsonObject,
  backup: Backup | null,
): string | null {
  if (untouched) return present
  if (backup) return backup.text
  // Without a backup and with nothing left, the file was ours.
  return Object.keys(wanted).length === 0 ? null : render(wanted, present)
}

function settingsOf({ text, path }: FileState, file: SharedFile): JsonObject {
  if (text === null || text.trim() === '') return {}
  const value = parseJsonFile(text, path)
  const place = isObject(value) ? file.obstacle(value) : 'the file'
  if (isObject(value) && place === null) return value
  throw new PortcullisError(
    'init.conflict',
    `\`${path}\`: ${place === 'the file' ? 'the settings are not a JSON object' : `\`${place}\` (line ${lineOf(text, place ?? '')}) does not have the shape of hook settings`}`,
    'mend the file by hand, then run this again; nothing was changed',
  )
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The line of the last key of a dotted place. */
function lineOf(text: string, place: string): number {
  let at = 0
  for (const key of place.split('.')) at = Math.max(at, text.indexOf(`"${key}"`, at))
  return text.slice(0, at).split('\n').length
}

/** JSON with the indentation and the last line break the file had. */
function render(settings: JsonObject, model: string | null): string {
  const indent = model?.match(/^\s*\{\r?\n([ \t]+)/)?.[1] ?? '  '
  const text = JSON.stringify(settings, null, indent)
  return model === null || model.trim() === '' || model.endsWith('\n') ? `${text}\n` : text
}

interface Backup {
  readonly path: string
  readonly text: string
}

/** The newest backup that holds the same settings as `wanted`, so that its formatting can come back. */
function matchingBackup(path: string, wanted: JsonObject): Backup | null {
  const prefix = `${basename(path)}${BACKUP}`
  const names = readdirSync(dirname(path)).filter(name => name.startsWith(prefix))
  for (const name of names.sort().reverse()) {
    const file = join(dirname(path), name)
    const text = textOf(file)
    if (text !== null && sameSettings(text, wanted)) return { path: file, text }
  }
  return null
}

/** What cannot be read is no backup of ours. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function sameSettings(text: string, wanted: JsonObject): boolean {
  if (text.trim() === '') return Object.keys(wanted).length === 0
  const value = parsed(text)
  // What our removal leaves out (an empty list that was there before) does not count as a difference.
  return isObject(value) && stable(pruned(value)) === stable(pruned(wanted))
}

/** Undefined for a file that only has the name of a backup. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function pruned(settings: JsonObject): JsonObject {
  const { hooks, ...others } = settings
  if (!isObject(hooks)) return settings
  const filled = Object.entries(hooks).filter(([, groups]) => !Array.isArray(groups) || groups.length > 0)
  return filled.length === 0 ? others : { ...others, hooks: Object.fromEntries(filled) }
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  )
}
