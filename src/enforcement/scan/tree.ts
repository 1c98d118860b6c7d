import { type Dirent, readdirSync, statSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
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
    const name = nameOf(absolute, cwd)
    if (!statOf(absolute, path).isDirectory()) yield { path: absolute, name: name === '' ? absolute : name }
    else {
      const outer = absolute === cwd ? rules : rulesOnTheWay(rules, cwd, dirname(absolute))
      yield* walkFolder({ folder: absolute, name, outer }, leftOut)
    }
  }
}

interface Folder {
  readonly folder: string
  /** What its entries are shown by begins with this; empty for the folder the scan runs in. */
  readonly name: string
  readonly outer: IgnoreRules
}

type Entry = FoundFile | Skip | Folder

function* walkFolder(first: Folder, leftOut: LeftOut): Generator<FoundFile | Skip> {
  const waiting: Entry[] = [first]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if ('folder' in next) for (const entry of listFolder(next, leftOut).reverse()) waiting.push(entry)
    else yield next
  }
}

function listFolder(folder: Folder, leftOut: LeftOut): Entry[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder.folder, { withFileTypes: true })
  } catch (error) {
    return [{ path: folder.name || folder.folder, why: unreadable(error), incomplete: true }]
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const names = entries.map(({ name }) => name)
  const rules = folder.outer.inFolder(folder.folder, names)
  return entries.flatMap((entry, index) => {
    if (!entry.name.includes(REPLACED)) return visit(folder, entry, rules, leftOut)
    // several may look alike; all are visited at the first of them
    return entry.name === names[index - 1] ? [] : visitOdd(folder, entry, rules, leftOut)
  })
}

function visit(
  { folder, name: parent }: Folder,
  entry: Dirent,
  rules: IgnoreRules,
  leftOut: LeftOut,
): Entry[] {
  const path = `${folder === '/' ? '' : folder}/${entry.name}`
  const name = parent === '' ? entry.name : `${parent}/${entry.name}`
  const isFolder = entry.isDirectory()
  if (isFolder && skippedFolders.has(entry.name)) {
    leftOut.folders.set(entry.name, (leftOut.folders.get(entry.name) ?? 0) + 1)
    return []
  }
  if (rules.isIgnored(path, isFolder)) {
    leftOut.ignored++
    return []
  }
  if (isFolder) return [{ folder: path, name, outer: rules }]
  if (entry.isFile()) return [{ path, name }]
  return entry.isSymbolicLink() ? [] : [{ path: name, why: kindOf(entry), incomplete: false }]
}

/** Names that are not UTF-8 are asked for again, as bytes. */
function visitOdd(folder: Folder, entry: Dirent, rules: IgnoreRules, leftOut: LeftOut): Entry[] {
  const alike = readdirSync(folder.folder, { withFileTypes: true, encoding: 'buffer' }).filter(
    ({ name }) => name.toString('utf8') === entry.name,
  )
  const isPlain = alike.length === 1 && alike[0]!.name.equals(Buffer.from(entry.name))
  return visit(folder, entry, rules, leftOut).flatMap((found): Entry[] => {
    if (isPlain) return [found]
    if ('folder' in found)
      return [{ path: found.name, why: 'a folder whose name is not UTF-8', incomplete: true }]
    if ('why' in found) return [found]
    return alike.map(({ name }) => ({
      path: Buffer.concat([Buffer.from(`${folder.folder}/`), name]),
      name: found.name,
    }))
  })
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

/** Relative to the folder the scan runs in, absolute for what lies elsewhere, empty for that folder itself. */
function nameOf(path: string, cwd: string): string {
  const name = relative(cwd, path)
  return name === '..' || name.startsWith(`..${sep}`) ? path : name
}
