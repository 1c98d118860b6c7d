import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml'
import type { Fix } from '../../configuration/rule.ts'
import type { Additions } from '../spec.ts'
import type { Mapping } from '../yaml-tree.ts'

/** Where missing settings can be written into the text of a map, so that nothing around them moves. */
export function additionsOf(format: 'compose' | 'kubernetes', map: Mapping, whole: string): Additions {
  const { node, entries, offset = 0 } = map
  // a map that is merged or extended from elsewhere has no text of its own to add to
  if (!node) return {}
  const text = whole.slice(offset)
  // a key of its own would take the place of the one that is merged in
  const isMerged = (key: string) => entries.has(key) && own(node, key) === undefined
  const made: { -readonly [Key in keyof Additions]?: Fix | undefined } =
    format === 'compose'
      ? {
          noNewPrivileges: isMerged('security_opt')
            ? undefined
            : append(node, 'security_opt', 'no-new-privileges:true', text),
          pidsLimit: isSet(node, 'deploy', 'resources', 'limits')
            ? undefined
            : addLines(node, ['pids_limit: 512'], text),
          logLimit: entries.has('logging') ? undefined : addLines(node, LOGGING, text),
        }
      : isMerged('securityContext')
        ? {}
        : {
            noNewPrivileges: addInside(node, 'securityContext', ['allowPrivilegeEscalation: false'], text),
            seccomp: addInside(node, 'securityContext', ['seccompProfile:', '  type: RuntimeDefault'], text),
          }
  return Object.fromEntries(
    Object.entries(made).flatMap(([key, fix]) =>
      fix ? [[key, { ...fix, start: fix.start + offset, end: fix.end + offset }]] : [],
    ),
  )
}

const LOGGING = ['logging:', '  driver: json-file', '  options:', '    max-size: 10m', "    max-file: '3'"]

function own(node: YAMLMap, key: string): Node | undefined {
  const pair = node.items.find(item => isScalar(item.key) && item.key.value === key)
  return pair?.value as Node | undefined
}

function isSet(node: YAMLMap, ...path: readonly string[]): boolean {
  let current: Node | undefined = node
  for (const key of path) current = isMap(current) ? own(current, key) : undefined
  return current !== undefined
}

/** New first keys: everything behind them keeps its place, the comments too. */
function addLines(node: YAMLMap, lines: readonly string[], text: string): Fix | undefined {
  const [first] = node.items
  const start = isScalar(first?.key) ? first.key.range?.[0] : undefined
  if (node.flow || start === undefined) return undefined
  const indent = indentAt(text, start)
  if (indent === undefined) return undefined
  return { start, end: start, replacement: lines.map(line => `${line}\n${indent}`).join('') }
}

function addInside(node: YAMLMap, key: string, lines: readonly string[], text: string): Fix | undefined {
  const inner = own(node, key)
  if (inner === undefined) return addLines(node, [`${key}:`, ...lines.map(line => `  ${line}`)], text)
  const name = lines[0]!.split(':')[0]!
  return isMap(inner) && !isSet(inner, name) ? addLines(inner, lines, text) : undefined
}

/** One more entry of a list, before the first, or a new list. */
function append(node: YAMLMap, key: string, entry: string, text: string): Fix | undefined {
  const list = own(node, key)
  if (list === undefined) return addLines(node, [`${key}:`, `  - ${entry}`], text)
  if (!isSeq(list) || list.flow) return undefined
  const start = (list.items[0] as Node | null)?.range?.[0]
  if (start === undefined) return undefined
  const lead = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  return /^[ ]*- +$/.test(lead) ? { start, end: start, replacement: `${entry}\n${lead}` } : undefined
}

/** What stands before a key on its line, when that is nothing but blanks or the dash of a list. */
function indentAt(text: string, start: number): string | undefined {
  const line = text.lastIndexOf('\n', start - 1) + 1
  const lead = text.slice(line, start)
  return /^(?:[ ]|- )*$/.test(lead) ? lead.replaceAll('-', ' ') : undefined
}
