import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import type { ConfigProblem } from './problem.ts'
import { keyText } from './wording.ts'

/** A YAML text read into plain values, with the place of every one of them. */
export interface ConfigDocument {
  /** Undefined when `problems` is not empty. An empty document is an empty map. */
  readonly value: unknown
  readonly problems: readonly ConfigProblem[]
  /** Where a key or value stands; for something that is not in the text, its nearest parent. */
  locate(path: readonly PropertyKey[]): Place
  /** Where the key itself stands. */
  locateKey(path: readonly PropertyKey[], key: string): Place
}

export interface Place {
  readonly line: number
  readonly column: number
}

interface Fault {
  readonly message: string
  readonly remedy: string
}

// The parser's own messages quote the text, which may hold a secret; these never do.
const faults: Partial<Record<YAMLError['code'], Fault>> = {
  MULTIPLE_DOCS: {
    message: 'the file holds more than one YAML document',
    remedy: 'keep one document; remove everything from the second `---` on',
  },
  TAB_AS_INDENT: { message: 'a tab is used as indentation', remedy: 'indent with spaces' },
  BAD_INDENT: {
    message: 'the indentation or a bracket does not match',
    remedy: 'align the line with its neighbours and close every bracket',
  },
  MISSING_CHAR: {
    message: 'a character is missing, such as a closing quote, a bracket or a comma',
    remedy: 'complete the quote, the bracket or the list',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second key stands on the same line',
    remedy: 'put each key on its own line, or quote a value that holds `: `',
  },
  BAD_DQ_ESCAPE: {
    message: 'a backslash in double quotes begins no known escape',
    remedy: 'write `\\\\` for a backslash, or use single quotes',
  },
  NON_STRING_KEY: { message: 'a key is not plain text', remedy: 'write keys as plain words' },
  KEY_OVER_1024_CHARS: { message: 'a key is longer than 1024 characters', remedy: 'shorten the key' },
  TAG_RESOLVE_FAILED: {
    message: 'a YAML tag (`!…`) is used',
    remedy: 'remove the tag; plain text, numbers, lists and maps are all there is',
  },
  RESOURCE_EXHAUSTION: { message: 'the file is nested too deeply', remedy: 'remove the nesting' },
}

const malformed: Fault = {
  message: 'this is not well-formed YAML',
  remedy: 'mend the line, or quote the value',
}

/** Reads one YAML 1.2 document. Anchors, tags, merge keys and directives are refused: configuration needs none of them. */
export function readDocument(text: string): ConfigDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    // Checked below: the parser compares every key with every other.
    uniqueKeys: false,
    logLevel: 'error',
  })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length))
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const problems = [...document.errors, ...document.warnings].map(error =>
    problem(faults[error.code] ?? malformed, at(error.pos[0])),
  )
  problems.push(...unwelcome(document, at))
  return {
    value: problems.length === 0 ? plain(document) : undefined,
    problems,
    locate: path => at(offsetOf(document.contents, path, 'value')),
    locateKey: (path, key) => at(offsetOf(document.contents, [...path, key], 'key')),
  }
}

function plain(document: Document.Parsed): unknown {
  const value: unknown = document.toJS({ maxAliasCount: 0 })
  return value === null && isEmpty(document.contents) ? {} : value
}

/** Nothing at all, comments only; an explicit `null` or `~` is a value. */
function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && (contents.source ?? '') === '')
}

/** What YAML allows and a configuration must not use. */
function unwelcome(document: Document.Parsed, at: (offset: number) => Place): ConfigProblem[] {
  const found: ConfigProblem[] = []
  const add = (node: { range?: readonly number[] | null | undefined }, message: string, remedy: string) =>
    found.push(problem({ message, remedy }, at(node.range?.[0] ?? 0)))

  if (document.directives.yaml.explicit || Object.keys(document.directives.tags).length > 1) {
    add({}, 'a YAML directive (`%…`) is used', 'remove the line; the file is read as YAML 1.2')
  }
  visit(document, {
    Node(_, node) {
      // An alias can stand for a thousand copies of itself ("billion laughs"), and hides what applies where.
      if (isAlias(node))
        add(node, 'an alias (`*…`) is used', 'write the value out instead of repeating an anchor')
      else if (node.anchor !== undefined) add(node, 'an anchor (`&…`) is used', 'remove the anchor')
      else if (isCollection(node) && node.tag?.startsWith('!'))
        add(node, 'a YAML tag (`!…`) is used', 'remove the tag')
    },
    Map(_, map) {
      const seen = new Map<unknown, number>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        const first = seen.get(key.value)
        const line = at(key.range?.[0] ?? 0).line
        if (first === undefined) seen.set(key.value, line)
        else {
          const name = keyText(String(key.value))
          add(key, `the key \`${name}\` is given twice, first in line ${first}`, 'keep one of the two')
        }
      }
    },
    Pair(_, pair) {
      const { key } = pair
      if (!isScalar(key) || typeof key.value !== 'string') return
      if (key.value in Object.prototype) {
        add(key, `the key \`${key.value}\` is a reserved name`, 'choose another name')
      }
    },
  })
  return found
}

function offsetOf(contents: Node | null, path: readonly PropertyKey[], want: 'key' | 'value'): number {
  let node: unknown = contents
  let offset = contents?.range?.[0] ?? 0
  for (const [depth, step] of path.entries()) {
    const isLast = depth === path.length - 1
    const pair = isMap(node)
      ? node.items.find(item => isScalar(item.key) && item.key.value === step)
      : undefined
    const child = isPair(pair) ? pair.value : isCollection(node) ? node.get(step, true) : undefined
    const keyRange = isScalar(pair?.key) ? pair.key.range : undefined
    if (pair === undefined && child === undefined) return offset
    offset = (isLast && want === 'key' ? keyRange?.[0] : rangeOf(child)) ?? keyRange?.[0] ?? offset
    node = child
  }
  return offset
}

/** Where a value begins; an empty one has no place of its own, so its key stands for it. */
function rangeOf(node: unknown): number | undefined {
  if (isScalar(node) && (node.source ?? '') === '' && node.type === 'PLAIN') return undefined
  return isScalar(node) || isCollection(node) ? (node.range?.[0] ?? undefined) : undefined
}

function problem(fault: Fault, place: Place): ConfigProblem {
  return { code: 'config.invalid', path: '', ...place, ...fault }
}
