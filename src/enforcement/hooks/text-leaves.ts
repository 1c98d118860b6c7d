import type { TextLeaf } from '../../access/request.ts'
import { PortcullisError } from '../../kernel/errors.ts'

const DEEPEST = 200

/** Every string value and key of a JSON value, with its place. Too deep a value throws `hook.bad-event`. */
export function textLeaves(value: unknown, where: string): TextLeaf[] {
  const leaves: TextLeaf[] = []
  collect(value, where, 0, leaves)
  return leaves
}

function collect(value: unknown, where: string, depth: number, leaves: TextLeaf[]): void {
  if (depth > DEEPEST) throw tooDeep()
  if (typeof value === 'string') {
    leaves.push({ text: value, where })
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collect(item, `${where}[${index}]`, depth + 1, leaves)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      // A key is text somebody wrote, too: a map keyed by tokens must not slip through.
      leaves.push({ text: key, where: `${where}: a key` })
      collect(item, `${where}.${key}`, depth + 1, leaves)
    }
  }
}

/** The same value with every string and key put through `replace`; order and other values stay. */
export function mapLeaves(value: unknown, replace: (text: string) => string): unknown {
  return map(value, replace, replace, 0)
}

/** The same value with every string put through `replace`; keys, order and other values stay. */
export function mapValues(value: unknown, replace: (text: string) => string): unknown {
  return map(value, replace, key => key, 0)
}

type Replace = (text: string) => string

function map(value: unknown, text: Replace, key: Replace, depth: number): unknown {
  if (depth > DEEPEST) throw tooDeep()
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return value.map(item => map(item, text, key, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [key(name), map(item, text, key, depth + 1)]),
  )
}

function tooDeep(): PortcullisError {
  return new PortcullisError(
    'hook.bad-event',
    'the hook event is nested too deeply to be scanned',
    'send flatter data',
  )
}
