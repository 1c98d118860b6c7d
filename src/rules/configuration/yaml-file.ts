import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type Scalar,
  visit,
} from 'yaml'
import { aligned, type Passage, sliceOf } from './passage.ts'
import type { Report } from './rule.ts'

const LONGEST_FILE = 128 * 1024
const MOST_ALIASES = 500
const DEEPEST_FLOW = 100
const DEEPEST_INDENT = 400

/** A value of a YAML file with its place. Aliases and merge keys are followed. */
export interface YamlValue {
  readonly node: Node
  /** The text of a scalar, whatever its type; empty for the rest. */
  readonly text: string
  readonly start: number
  readonly end: number
  readonly isScalar: boolean
  readonly isBlock: boolean
}

interface YamlEntry {
  readonly key: string
  readonly keyStart: number
  readonly keyEnd: number
  readonly value: YamlValue
}

export interface YamlFile {
  readonly source: string
  readonly roots: readonly YamlValue[]
  entries(value: YamlValue | undefined): readonly YamlEntry[]
  get(value: YamlValue | undefined, ...path: readonly string[]): YamlValue | undefined
  items(value: YamlValue | undefined): readonly YamlValue[]
  /** The text of a scalar as it stands in the file. */
  passage(value: YamlValue): Passage
}

/** Reads all documents of a file, or says why it could not. Nothing is built that could grow beyond the file. */
export function readYaml(source: string, report: Report): YamlFile | undefined {
  const trouble = tooMuch(source)
  const documents =
    trouble === undefined
      ? parseAllDocuments(source, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
      : []
  const error = 'empty' in documents ? undefined : documents.flatMap(({ errors }) => errors)[0]
  if (trouble !== undefined || error)
    report({
      rule: 'configuration.could-not-be-read',
      start: error?.pos[0] ?? 0,
      end: Math.min(source.length, (error?.pos[0] ?? 0) + 1),
      message: trouble ?? `this is no YAML: ${error!.code.toLowerCase().replaceAll('_', ' ')}`,
    })
  return trouble === undefined ? createFile(source, 'empty' in documents ? [] : documents) : undefined
}

/** Why the file is not read: the parser takes time beyond all measure for some shapes. */
function tooMuch(source: string): string | undefined {
  if (source.length > LONGEST_FILE) return `it is longer than ${LONGEST_FILE / 1024} KB`
  let flow = 0
  let aliases = 0
  let indent = 0
  for (let at = 0; at < source.length; at++) {
    const character = source.charCodeAt(at)
    if (character === 10) indent = 0
    else if (indent >= 0 && (character === 32 || character === 45 || character === 63)) indent++
    else indent = -1
    if (indent > DEEPEST_INDENT) return 'it is nested too deep'
    if (character === 91 || character === 123) flow++
    else if ((character === 93 || character === 125) && flow > 0) flow--
    if (flow > DEEPEST_FLOW) return 'it is nested too deep'
    if (character === 42 && isAliasAt(source, at)) aliases++
  }
  return aliases > MOST_ALIASES ? 'it holds too many aliases' : undefined
}

/** A star before a name and behind a blank or a bracket; those of schedules and globs stand otherwise. */
function isAliasAt(source: string, at: number): boolean {
  return /[\s,[{]/.test(source[at - 1] ?? ' ') && /[\w&-]/.test(source[at + 1] ?? ' ')
}

function createFile(source: string, documents: readonly Document[]): YamlFile {
  const anchors = new Map<string, Node[]>()
  for (const document of documents)
    visit(document, {
      Node(_, node) {
        if (!('anchor' in node) || node.anchor === undefined) return
        const known = anchors.get(node.anchor)
        if (known) known.push(node as Node)
        else anchors.set(node.anchor, [node as Node])
      },
    })
  const resolve = (node: unknown): Node | undefined => {
    let current = node
    for (let hops = 0; hops < 10 && isAlias(current); hops++) {
      // an anchor may be set anew: an alias means the last one before it
      const start = current.range?.[0] ?? 0
      current = anchors.get(current.source)?.findLast(({ range }) => (range?.[0] ?? 0) <= start)
    }
    return isAlias(current) ? undefined : ((current as Node | null) ?? undefined)
  }
  const entriesOf = (node: Node | undefined, depth: number): YamlEntry[] => {
    if (!isMap(node)) return []
    const own: YamlEntry[] = []
    const merged: YamlEntry[] = []
    for (const { key, value } of node.items) {
      const target = resolve(value)
      if (!isScalar(key)) continue
      const name = String(key.value)
      if (name === '<<' && depth < 5) {
        const sources = isSeq(target) ? target.items.map(resolve) : [target]
        for (const from of sources) merged.push(...entriesOf(from, depth + 1))
      } else {
        const [keyStart = 0, keyEnd = keyStart] = key.range ?? []
        own.push({ key: name, keyStart, keyEnd, value: toValue(target, keyEnd) })
      }
    }
    if (merged.length === 0) return own
    const names = new Set(own.map(({ key }) => key))
    return [...own, ...merged.filter(({ key }) => !names.has(key))]
  }
  const file: YamlFile = {
    source,
    roots: documents.flatMap(({ contents }) => (contents ? [toValue(resolve(contents), 0)] : [])),
    entries: value => (value ? entriesOf(value.node, 0) : []),
    get(value, ...path) {
      let current = value
      for (const key of path) current = file.entries(current).find(entry => entry.key === key)?.value
      return current
    },
    items(value) {
      return value && isSeq(value.node)
        ? value.node.items.map(item => toValue(resolve(item), value.start))
        : []
    },
    passage: value => passageOf(source, value),
  }
  return file
}

function toValue(node: Node | undefined, place: number): YamlValue {
  const [start = place, end = start] = node?.range ?? []
  const isText = isScalar(node)
  const isBlock = isText && /^BLOCK/.test((node as Scalar).type ?? '')
  const value = isText
    ? typeof node.value === 'string'
      ? node.value
      : (node.source ?? String(node.value ?? ''))
    : ''
  return { node: node as Node, text: value, start, end, isScalar: isText, isBlock }
}

function passageOf(source: string, { node, text, start, end }: YamlValue): Passage {
  const type = isScalar(node) ? node.type : undefined
  if (type === 'PLAIN' && source.startsWith(text, start)) return sliceOf(source, start, start + text.length)
  const line = source.indexOf('\n', start)
  const from = type?.startsWith('BLOCK') ? (line < 0 ? end : line + 1) : type === 'PLAIN' ? start : start + 1
  const escaping = type === 'QUOTE_DOUBLE' ? 'backslash' : type === 'QUOTE_SINGLE' ? 'doubled' : 'none'
  return aligned(text, source, from, end, escaping)
}
