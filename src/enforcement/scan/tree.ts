import { type Dirent, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'
import { unreadable } from './examine.ts'
import { type IgnoreRules, rulesOnTheWay } from './ignore.ts'
import type { Skip } from './outcome.ts'

/** What stands for bytes that are no UTF-8. */
const REPLACED = '\ufffd'
const skippedFolders = new Set(['.git', 'node_modules'])

/** A file to be looked into: where it lies, and the name it is shown by. */
export interface FoundFile {
  /** Bytes where the name is not UTF-8. */
  readonly path: string | Uint8Array
  readonly name: string
}

/** What a walk left out, besides files that cannot be read. */
export interface LeftOut {
  /** By name, such as `node_modules`. */
  readonly folders: Map<string, number>
  ignored: number
}

/**
 * Every file under the paths, in the order of their names; `.git` and `node_modules` only when named themselves.
 * Links are not followed, so that no loop is walked: a link's target is scanned where it lies.
 */
export function* walkPaths(
  paths: readonly string[],
  cwd: string,
  rules: IgnoreRules,
  leftOut: LeftOut,
): Generator<FoundFile | Skip> {
  for (const path of paths) {
    const absolute = resolve(cwd, path)
    const walk: Walk = { cwd, leftOut }
    if (statOf(absolute, path).isDirectory())
      yield* walkFolder(
        absolute,
        absolute === cwd ? rules : rulesOnTheWay(rules, cwd, dirname(absolute)),
        walk,
      )
    else yield { path: absolute, name: nameOf(absolute, cwd) }
  }
}

interface Walk {
  readonly cwd: string
  readonly leftOut: LeftOut
}

function* walkFolder(folder: string, outer: IgnoreRules, walk: Walk): Generator<FoundFile | Skip> {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    yield { path: nameOf(folder, walk.cwd), why: unreadable(error), incomplete: true }
    return
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const rules = outer.inFolder(
    folder,
    entries.map(({ name }) => name),
  )
  for (const [index, entry] of entries.entries()) {
    if (entry.name.includes(REPLACED)) {
      if (entries[index - 1]?.name !== entry.name) yield* visitOdd(folder, entry, rules, walk)
    } else yield* visit(join(folder, entry.name), entry, rules, walk)
  }
}

/** Names that are not UTF-8 are asked for again, as bytes. Several may look alike; each is visited once, at the first of them. */
function* visitOdd(
  folder: string,
  entry: Dirent,
  rules: IgnoreRules,
  walk: Walk,
): Generator<FoundFile | Skip> {
  const path = join(folder, entry.name)
  const alike = readdirSync(folder, { withFileTypes: true, encoding: 'buffer' }).filter(
    ({ name }) => name.toString('utf8') === entry.name,
  )
  if (alike.length === 1 && alike[0]!.name.equals(Buffer.from(entry.name))) {
    yield* visit(path, entry, rules, walk)
    return
  }
  const name = nameOf(path, walk.cwd)
  if (rules.isIgnored(path, entry.isDirectory())) walk.leftOut.ignored++
  else if (entry.isDirectory())
    yield { path: name, why: 'a folder whose name is not UTF-8', incomplete: true }
  else if (entry.isFile())
    for (const odd of alike) yield { path: Buffer.concat([Buffer.from(`${folder}/`), odd.name]), name }
}

function* visit(path: string, entry: Dirent, rules: IgnoreRules, walk: Walk): Generator<FoundFile | Skip> {
  const { leftOut, cwd } = walk
  const isFolder = entry.isDirectory()
  if (isFolder && skippedFolders.has(entry.name)) {
    leftOut.folders.set(entry.name, (leftOut.folders.get(entry.name) ?? 0) + 1)
  } else if (rules.isIgnored(path, isFolder)) leftOut.ignored++
  else if (isFolder) yield* walkFolder(path, rules, walk)
  else if (entry.isFile()) yield { path, name: nameOf(path, cwd) }
  else if (!entry.isSymbolicLink()) yield { path: nameOf(path, cwd), why: kindOf(entry), incomplete: false }
}

/** These have no content of their own, or no end. */
function kindOf(entry: Dirent): string {
  if (entry.isFIFO()) return 'a pipe'
  if (entry.isSocket()) return 'a socket'
  return 'a device'
}

function statOf(absolute: string, path: string) {
  try {
    return statSync(absolute)
  } catch (error) {
    throw new PortcullisError(
      'usage',
      `cannot look at \`${path}\` (${systemCode(error) ?? 'unknown'})`,
      'name files or folders that exist and that you may read',
      error,
    )
  }
}

function nameOf(path: string, cwd: string): string {
  const name = relative(cwd, path)
  return name === '' || name.startsWith('..') ? path : name
}
