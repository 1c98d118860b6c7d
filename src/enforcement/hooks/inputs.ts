import { isAbsolute } from 'node:path'
import type { Workplace } from '../../access/request.ts'
import { type Act, absolutePath, fileAct } from './acts.ts'
import type { JsonObject } from './adapter.ts'
import { badEvent, isObject, optionalText } from './event.ts'
import { textLeaves } from './text-leaves.ts'

/**
 * The text of the one field that holds it: versions of a client name the same thing differently, and a second field
 * that says something else may be the one the client reads. Throws `hook.bad-event`.
 */
export function onlyText(input: JsonObject, keys: readonly string[]): string {
  const text = onlyOptionalText(input, keys)
  if (text === undefined) throw badEvent(`the hook event has no \`${keys[0]}\``)
  return text
}

/** The same, undefined when none of the fields is there. */
export function onlyOptionalText(input: JsonObject, keys: readonly string[]): string | undefined {
  const texts = new Set(keys.flatMap(key => optionalText(input, key) ?? []))
  if (texts.size > 1) throw badEvent(`the hook event names \`${keys[0]}\` twice, and differently`)
  return [...texts][0]
}

/** The workplace of a call that names the folder it works in. */
export function workplaceIn(workplace: Workplace, folder: string | undefined): Workplace {
  if (folder === undefined || folder === '') return workplace
  return { ...workplace, cwd: absolutePath(folder, workplace) }
}

/** A field that is an object, or JSON text of one. Throws `hook.bad-event`. */
export function objectOrJson(object: JsonObject, key: string): JsonObject {
  const value = typeof object[key] === 'string' ? parsedJson(object[key]) : object[key]
  if (!isObject(value)) throw badEvent(`\`${key}\` of the hook event is not an object`)
  return value
}

/** The value that JSON text stands for, undefined when it is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One path or a list of paths. Throws `hook.bad-event` for anything else. */
export function pathList(input: JsonObject, key: string): readonly string[] {
  const value = input[key]
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return [value]
  if (Array.isArray(value) && value.every(path => typeof path === 'string')) return value
  throw badEvent(`\`${key}\` of the hook event is not a list of paths`)
}

/** A file that is written: all texts of the input land in it but the path and what is replaced. */
export function writeInputAct(
  tool: string,
  input: JsonObject,
  keys: { readonly path: readonly string[]; readonly replaced: readonly string[] },
  workplace: Workplace,
): Act {
  const path = onlyText(input, keys.path)
  const left = new Set([...keys.path, ...keys.replaced])
  const written = Object.entries(input).filter(([key]) => !left.has(key))
  const texts = written.flatMap(([key, value]) => textLeaves(value, `tool_input.${key}`))
  return fileAct('write', tool, path, texts, workplace)
}

/** Edits `{old, new}` of one file: what is replaced does not land in it. Throws `hook.bad-event`. */
export function editsAct(
  tool: string,
  path: string,
  edits: unknown,
  replaced: string,
  workplace: Workplace,
): Act {
  if (edits !== undefined && !Array.isArray(edits)) throw badEvent('`edits` of the hook event is not a list')
  const texts = ((edits ?? []) as unknown[]).flatMap((edit, index) => {
    if (!isObject(edit)) throw badEvent('`edits` of the hook event holds something else than edits')
    const { [replaced]: _old, ...written } = edit
    return textLeaves(written, `tool_input.edits[${index}]`)
  })
  return fileAct('write', tool, path, texts, workplace)
}

/** The first of some values that is an absolute path: a folder the event tells. */
export function firstFolder(...values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && isAbsolute(value))
}
