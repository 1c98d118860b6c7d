import { pathFrom, type Reading, textOf } from '../reading.ts'
import { filledIn, type Lookup, readEnvironmentFile } from '../variables.ts'
import {
  child,
  type Entry,
  entries,
  items,
  type Leaf,
  type List,
  leaf,
  type Mapping,
  oneOrMore,
  type Tree,
  treesOf,
} from '../yaml-tree.ts'

const DEEPEST = 32

/** The documents of a compose file with the variables of its `.env` filled in. */
export function composeTrees(file: string, reading: Reading): Tree[] {
  const text = textOf(reading, file)
  return text === undefined ? [] : treesOf(file, text, reading, fillOf(file, reading))
}

function fillOf(file: string, reading: Reading): (text: string) => string {
  const dotEnv = textOf(reading, pathFrom(file, '.env'))
  const own = dotEnv === undefined ? undefined : readEnvironmentFile(dotEnv)
  const lookup: Lookup = name => reading.variables.get(name) ?? own?.get(name) ?? KNOWN[name]
  return text => filledIn(text, lookup, 'compose')
}

/** What every shell sets. */
const KNOWN: Readonly<Record<string, string>> = {
  HOME: '~',
  PWD: '.',
  SSH_AUTH_SOCK: '/ssh-agent/ssh-auth.sock',
}

/** A service with what it extends, in this file and in others. */
export function extended(
  service: Tree,
  services: Tree | undefined,
  file: string,
  reading: Reading,
  depth = 0,
): Tree {
  const extending = child(service, 'extends')
  if (!extending || service.kind !== 'map') return service
  const own = { ...service, entries: new Map([...service.entries].filter(([key]) => key !== 'extends')) }
  const name = extending.kind === 'leaf' ? extending.text : (leaf(extending, 'service')?.text ?? '')
  const other = leaf(extending, 'file')?.text
  const tell = (why: string) => void reading.troubles.push({ place: extending.place, why })
  if (depth >= DEEPEST) {
    tell('services extend each other without end')
    return own
  }
  const path = other === undefined ? file : pathFrom(file, other)
  const from = other === undefined ? services : child(composeTrees(path, reading)[0], 'services')
  const base = child(from, name)
  if (!base) {
    tell(
      `the service \`${name}\` it extends${other === undefined ? '' : `, in \`${other}\`,`} could not be read`,
    )
    return own
  }
  return merged(extended(base, from, path, reading, depth + 1), own, '')
}

/** Lists in which a later entry takes the place of an earlier one. */
const REPLACED = new Set(['command', 'entrypoint', 'test', 'args.list'])
/** Lists of `NAME=value` that may also be written as maps. */
const PAIRS = new Set(['environment', 'labels', 'args', 'sysctls', 'annotations', 'extra_hosts'])

/** Puts one part over another as compose does: maps by key, lists together, anything else replaced. */
export function merged(base: Tree, over: Tree, key: string): Tree {
  if (over.tag === '!override' || over.tag === '!reset') return over
  const [left, right] = PAIRS.has(key) ? [asMap(base), asMap(over)] : [base, over]
  if (left.kind === 'map' && right.kind === 'map') return mergedMaps(left, right)
  if (REPLACED.has(key)) return over
  const one = key === 'tmpfs' || key === 'dns' || key === 'env_file'
  if (left.kind === 'list' && right.kind === 'list') return mergedLists(left, right, key)
  if (one && left.kind !== 'map' && right.kind !== 'map')
    return {
      kind: 'list',
      items: [...oneOrMore(left), ...oneOrMore(right)],
      place: right.place,
      tag: undefined,
    }
  return over
}

function mergedMaps(left: Mapping, right: Mapping): Mapping {
  const all = new Map<string, Entry>(left.entries)
  for (const [key, entry] of right.entries) {
    const before = all.get(key)
    all.set(key, before ? { ...entry, value: merged(before.value, entry.value, key) } : entry)
  }
  return {
    kind: 'map',
    entries: all,
    place: right.place,
    tag: right.tag,
    ...(right.node && { node: right.node, offset: right.offset ?? 0 }),
  }
}

function mergedLists(left: List, right: List, key: string): List {
  const targets = new Set(key === 'volumes' ? right.items.map(targetOf) : [])
  const kept = left.items.filter(item => !targets.has(targetOf(item)) || targetOf(item) === '')
  return { kind: 'list', items: [...kept, ...right.items], place: right.place, tag: right.tag }
}

/** A later mount at the same place inside takes the place of the earlier. */
function targetOf(item: Tree): string {
  if (item.kind === 'map') return leaf(item, 'target')?.text ?? ''
  return item.kind === 'leaf' ? (item.text.split(':')[1] ?? '') : ''
}

function asMap(tree: Tree): Tree {
  if (tree.kind !== 'list') return tree
  const pairs = tree.items.flatMap((item): [string, Entry][] => {
    if (item.kind !== 'leaf') return []
    const equals = item.text.indexOf('=')
    const [name, value] =
      equals < 0 ? [item.text, ''] : [item.text.slice(0, equals), item.text.slice(equals + 1)]
    const written = item.written.slice(item.written.indexOf('=') + 1)
    return [[name, { keyPlace: item.place, value: { ...item, text: value, written, isNull: equals < 0 } }]]
  })
  return { kind: 'map', entries: new Map(pairs), place: tree.place, tag: tree.tag }
}

export interface Pair {
  readonly name: string
  readonly value: Leaf
  readonly place: Leaf['place']
}

/** `NAME=value` in a list, or names and values in a map. */
export function pairsOf(tree: Tree | undefined): Pair[] {
  if (!tree) return []
  return entries(asMap(tree)).flatMap(([name, { keyPlace, value }]) =>
    value.kind === 'leaf'
      ? [{ name, value, place: { ...keyPlace, end: Math.max(keyPlace.end, value.place.end) } }]
      : [],
  )
}

/** Files that a compose file names as parts of itself. */
export function includedFiles(
  root: Tree,
  file: string,
): { readonly path: string; readonly place: Leaf['place'] }[] {
  return items(child(root, 'include')).flatMap(entry => {
    const paths = entry.kind === 'map' ? oneOrMore(child(entry, 'path')) : [entry]
    return paths.flatMap(path =>
      path.kind === 'leaf' ? [{ path: pathFrom(file, path.text), place: path.place }] : [],
    )
  })
}
