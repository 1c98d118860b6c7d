import type { Unit } from './body.ts'
import {
  decodeString,
  eachElement,
  eachMember,
  fail,
  MAX_DEPTH,
  type Span,
  scalarEnd,
  stringEnd,
} from './json-bytes.ts'

/** A string value a model reads or wrote: its decoded text and the bytes it came from, quotes included. */
export interface Leaf extends Span {
  readonly text: string
  readonly where: string
  /** False where a signature covers the text, so that an edit would break it. */
  readonly editable: boolean
}

/** Fields that carry no prose: names of things, references, signatures and sealed content. */
const opaqueFields = new Set([
  'type',
  'role',
  'id',
  'tool_use_id',
  'file_id',
  'media_type',
  'signature',
  'encrypted_content',
  'encrypted_index',
  'encrypted_stdout',
  'ttl',
])

/** A key of a tool's input is a leaf too when it is long enough to be a credential. */
const SHORTEST_SECRET = 12

/** Objects whose strings are all somebody's words, whatever their keys are called. */
const freeFields = new Set(['input', 'input_schema'])

/**
 * Every text leaf of one unit, in order. Unknown fields count as text: a new kind of block is scanned before we know it.
 * Left out are ids, signatures, sealed content and base64 data. Reads the whole grammar, so what it accepts is valid JSON.
 */
export function textLeaves(bytes: Buffer, unit: Unit): Leaf[] {
  const leaves: Leaf[] = []
  walk(unit.start, unit.where, '', false, 0)
  return leaves

  function walk(at: number, where: string, key: string, free: boolean, depth: number): number {
    if (depth > MAX_DEPTH) fail(`nesting is deeper than ${MAX_DEPTH}`)
    switch (bytes[at]) {
      case 0x22:
        return addString(at, where, key, free)
      case 0x7b:
        return walkObject(at, where, free, depth)
      case 0x5b:
        return eachElement(bytes, at, (index, start) =>
          walk(start, `${where}[${index}]`, key, free, depth + 1),
        )
      default:
        return scalarEnd(bytes, at)
    }
  }

  function addString(start: number, where: string, key: string, free: boolean): number {
    const end = stringEnd(bytes, start)
    const text = decodeString(bytes, start, end)
    if (text !== '' && (free || !opaqueFields.has(key)))
      leaves.push({ start, end, text, where, editable: true })
    return end
  }

  function walkObject(at: number, where: string, free: boolean, depth: number): number {
    const firstLeaf = leaves.length
    let type = ''
    const end = eachMember(bytes, at, (key, keySpan, valueStart) => {
      const inside = free || freeFields.has(key)
      if (free && key.length >= SHORTEST_SECRET) {
        leaves.push({ ...keySpan, text: key, where: `${where} key`, editable: true })
      }
      if (key === 'type' && bytes[valueStart] === 0x22) {
        type = decodeString(bytes, valueStart, stringEnd(bytes, valueStart))
      }
      return walk(valueStart, `${where}.${key}`, key, inside, depth + 1)
    })
    if (!free) settle(firstLeaf, type, where)
    return end
  }

  /** The type may come after the fields it decides about, so they are looked at again when the object is complete. */
  function settle(firstLeaf: number, type: string, where: string): void {
    if (type === 'base64' || type === 'redacted_thinking') dropLeaf(firstLeaf, `${where}.data`)
    if (type === 'thinking') freezeLeaf(firstLeaf, `${where}.thinking`)
  }

  function dropLeaf(from: number, where: string): void {
    const index = leaves.findIndex((leaf, i) => i >= from && leaf.where === where)
    if (index >= 0) leaves.splice(index, 1)
  }

  function freezeLeaf(from: number, where: string): void {
    const index = leaves.findIndex((leaf, i) => i >= from && leaf.where === where)
    if (index >= 0) leaves[index] = { ...leaves[index]!, editable: false }
  }
}
