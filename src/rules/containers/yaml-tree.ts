import { isMap, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml'
import { readYaml, type YamlFile, type YamlValue } from '../configuration/yaml-file.ts'
import type { Reading } from './reading.ts'
import type { Place } from './spec.ts'

/** A document with its aliases and merge keys followed and its variables filled in; every part knows where it stands. */
export type Tree = Leaf | List | Mapping

export interface Leaf {
  readonly kind: 'leaf'
  readonly text: string
  /** As it stands in the file. */
  readonly written: string
  readonly isNull: boolean
  readonly place: Place
  readonly tag: string | undefined
}

export interface List {
  readonly kind: 'list'
  readonly items: readonly Tree[]
  readonly place: Place
  readonly tag: string | undefined
  readonly node?: YAMLSeq
}

export interface Entry {
  readonly keyPlace: Place
  readonly value: Tree
}

export interface Mapping {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
  readonly place: Place
  readonly tag: string | undefined
  /** As it stands in the file, from `offset` on. */
  readonly node?: YAMLMap
  readonly offset?: number
}

const DEEPEST = 64

/** The documents of a file. What is wrong with it is told as trouble; the rest is read all the same. */
export function treesOf(
  file: string,
  text: string,
  reading: Reading,
  fill: (text: string) => string = same => same,
): Tree[] {
  return piecesOf(text).flatMap(({ text: piece, offset }) => {
    const tell = (start: number, end: number, why: string) =>
      void reading.troubles.push({
        place: { file, start: offset + start, end: offset + Math.max(start, end) },
        why,
      })
    const yaml = readYaml(piece, ({ start, end, message }) => tell(start, end, message))
    const growth = { file, offset, tell, fill, known: new Map(), open: new Set<Node>() }
    return (yaml?.roots ?? []).map(root => createTree(yaml!, root, growth))
  })
}

/** What is longer than one document should be: then each is read for itself, which changes nothing but the bound. */
const LONG = 96 * 1024

/** A line of three dashes begins a document wherever it stands, and no anchor reaches into the next. */
function piecesOf(text: string): { readonly text: string; readonly offset: number }[] {
  if (text.length <= LONG) return [{ text, offset: 0 }]
  const pieces: { text: string; offset: number }[] = []
  let offset = 0
  for (const { index } of text.matchAll(/^---(?=\s)/gm)) {
    if (index > offset) pieces.push({ text: text.slice(offset, index), offset })
    offset = index
  }
  return [...pieces, { text: text.slice(offset), offset }]
}

interface Growth {
  readonly file: string
  /** Where the piece begins in the file. */
  readonly offset: number
  readonly tell: (start: number, end: number, why: string) => void
  readonly fill: (text: string) => string
  /** Aliases lead to one tree, however often they are used. */
  readonly known: Map<Node, Tree>
  readonly open: Set<Node>
}

function placeAt(start: number, end: number, { file, offset }: Growth): Place {
  return { file, start: offset + start, end: offset + Math.max(start, end) }
}

function createTree(yaml: YamlFile, value: YamlValue, growth: Growth): Tree {
  const { node, start, end } = value
  const place = placeAt(start, end, growth)
  const tag = node?.tag
  const known = node && growth.known.get(node)
  if (known) return known
  if (!isMap(node) && !isSeq(node)) {
    const isNull = !value.isScalar || (value.node as { value?: unknown }).value === null
    // the end of a plain scalar includes the blanks behind it
    const trimmed = yaml.source.slice(start, Math.max(start, end)).trimEnd().length
    const last = Math.min(yaml.source.length, start + Math.max(1, trimmed))
    return {
      kind: 'leaf',
      text: isNull ? '' : growth.fill(value.text),
      written: value.text,
      isNull,
      place: placeAt(start, last, growth),
      tag,
    }
  }
  if (growth.open.has(node) || growth.open.size > DEEPEST) {
    growth.tell(start, start + 1, growth.open.has(node) ? 'it holds itself' : 'it is nested too deep')
    return { kind: 'leaf', text: '', written: '', isNull: true, place, tag }
  }
  growth.open.add(node)
  const tree: Tree = isMap(node)
    ? { kind: 'map', entries: entriesOf(yaml, value, node, growth), place, tag, node, offset: growth.offset }
    : { kind: 'list', items: yaml.items(value).map(item => createTree(yaml, item, growth)), place, tag, node }
  growth.open.delete(node)
  growth.known.set(node, tree)
  return tree
}

function entriesOf(yaml: YamlFile, value: YamlValue, node: YAMLMap, growth: Growth): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  tellDoubles(node, growth)
  for (const { key, keyStart, keyEnd, value: child } of yaml.entries(value)) {
    if (key === '<<') growth.tell(keyStart, keyEnd, 'merge keys lead on too far')
    entries.set(key, {
      keyPlace: placeAt(keyStart, keyEnd, growth),
      value: createTree(yaml, child, growth),
    })
  }
  return entries
}

/** Of a key that stands twice one reader takes the first value, another the last. */
function tellDoubles(node: YAMLMap, growth: Growth): void {
  const seen = new Set<string>()
  for (const { key } of node.items) {
    const scalar = key as { value?: unknown; range?: [number, number, number] } | null
    const name = String(scalar?.value)
    const [start = 0, end = 0] = scalar?.range ?? []
    if (scalar?.value === undefined) growth.tell(start, end, 'a key is no plain word')
    else if (name !== '<<' && seen.has(name)) growth.tell(start, end, `\`${name}\` stands twice`)
    seen.add(name)
  }
}

export function child(tree: Tree | undefined, ...path: readonly string[]): Tree | undefined {
  let current = tree
  for (const key of path) current = current?.kind === 'map' ? current.entries.get(key)?.value : undefined
  return current
}

/** A scalar with something in it. */
export function leaf(tree: Tree | undefined, ...path: readonly string[]): Leaf | undefined {
  const found = child(tree, ...path)
  return found?.kind === 'leaf' && !found.isNull ? found : undefined
}

export function items(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === 'list' ? tree.items : []
}

export function entries(tree: Tree | undefined): [string, Entry][] {
  return tree?.kind === 'map' ? [...tree.entries] : []
}

/** A list, or the one thing that stands for a list of one. */
export function oneOrMore(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === 'list' ? tree.items : tree?.kind === 'leaf' && !tree.isNull ? [tree] : []
}

export function leavesOf(tree: Tree | undefined): readonly Leaf[] {
  return oneOrMore(tree).filter(item => item.kind === 'leaf')
}
