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

/** No credential is shorter, so short names of things are not looked at. */
export const SHORTEST_SECRET = 12

/** Fields that hold the name of something. */
const namingFields = new Set(['type', 'role', 'id', 'tool_use_id', 'file_id', 'media_type', 'ttl'])

/** Ids as the Messages API makes them. Others are looked at like text, because anything can stand there. */
const knownId = /^(?:toolu|srvtoolu|mcptoolu|msg|file)_[A-Za-z0-9]{1,40}$/

/** Fields the API seals. Only what looks sealed is taken for it. */
const sealedFields = new Set(['signature', 'encrypted_content', 'encrypted_index', 'encrypted_stdout'])

/** Real ones are longer; a token of the same letters is not. */
const sealed = /^[A-Za-z0-9+/]{64,}={0,2}$/

/** Base64 of the pictures and documents the API takes, by their first bytes: PNG, JPEG, GIF, WebP, PDF. */
const knownFile = /^(?:iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|JVBERi)[A-Za-z0-9+/]*={0,2}$/

/** Whether a text is too short for a credential, or a word like those the API names its fields and types with. */
export function isPlainName(text: string): boolean {
  return text.length < SHORTEST_SECRET || /^[a-z_]{1,40}$/.test(text)
}

/** Objects whose strings are all somebody's words, whatever their keys are called. */
const freeFields = new Set(['input', 'input_schema'])

/**
 * Every text leaf of one unit, in order. Unknown fields count as text: a new kind of block is scanned before we know it.
 * Left out is what looks like an id, a seal or a picture where one belongs; the name of the field alone proves nothing.
 * Reads the whole grammar, so what it accepts is valid JSON.
 */
export function textLeaves(bytes: Buffer, unit: Unit): Leaf[] {
  const leaves: Leaf[] = []
  let role = ''
  walk(unit.start, unit.where, '', unit.kind === 'field' || unit.kind === 'connectors', 0)
  // Only a model's own turn holds thinking the upstream has signed.
  return unit.kind === 'message' && role !== 'assistant'
    ? leaves.map(leaf => (leaf.editable ? leaf : { ...leaf, editable: true }))
    : leaves

  function walk(at: number, where: string, key: string, free: boolean, depth: number): number {
    if (depth > MAX_DEPTH) fail(`nesting is deeper than ${MAX_DEPTH}`)
    switch (bytes[at]) {
      case 0x22:
        return addString(at, where, key, free, depth)
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

  /** `mcp_servers[n].authorization_token`, which the API takes to use at that server: the one credential meant for it. */
  function isOwnCredential(key: string, depth: number): boolean {
    return unit.kind === 'connectors' && depth === 2 && key === 'authorization_token'
  }

  function addString(start: number, where: string, key: string, free: boolean, depth: number): number {
    const end = stringEnd(bytes, start)
    const text = decodeString(bytes, start, end)
    if (text !== '' && (free || !isOpaque(key, text)) && !isOwnCredential(key, depth)) {
      leaves.push({ start, end, text, where, editable: true })
    }
    return end
  }

  function walkObject(at: number, where: string, free: boolean, depth: number): number {
    const firstLeaf = leaves.length
    let type = ''
    let isSigned = false
    const end = eachMember(bytes, at, (key, keySpan, valueStart) => {
      const inside = free || freeFields.has(key)
      if (free ? key.length >= SHORTEST_SECRET : !isPlainName(key)) {
        leaves.push({ ...keySpan, text: key, where: `${where} key`, editable: true })
      }
      if (key === 'type' && bytes[valueStart] === 0x22) {
        type = decodeString(bytes, valueStart, stringEnd(bytes, valueStart))
      }
      if (key === 'signature') isSigned = isSealed(valueStart)
      if (key === 'role' && depth === 0) role = shortWord(valueStart)
      return walk(valueStart, `${where}.${key}`, key, inside, depth + 1)
    })
    if (!free) settle(firstLeaf, type, isSigned, where)
    return end
  }

  function isSealed(at: number): boolean {
    return bytes[at] === 0x22 && sealed.test(bytes.toString('latin1', at + 1, stringEnd(bytes, at) - 1))
  }

  function shortWord(at: number): string {
    return bytes[at] === 0x22 ? decodeString(bytes, at, stringEnd(bytes, at)) : ''
  }

  /** The type may come after the fields it decides about, so they are looked at again when the object is complete. */
  function settle(firstLeaf: number, type: string, isSigned: boolean, where: string): void {
    if (type === 'base64') dropLeaf(firstLeaf, `${where}.data`, knownFile)
    if (type === 'redacted_thinking') dropLeaf(firstLeaf, `${where}.data`, sealed)
    if (type === 'thinking' && isSigned) freezeLeaf(firstLeaf, `${where}.thinking`)
  }

  function dropLeaf(from: number, where: string, shape: RegExp): void {
    const index = leaves.findIndex((leaf, i) => i >= from && leaf.where === where)
    if (index >= 0 && shape.test(leaves[index]!.text)) leaves.splice(index, 1)
  }

  function freezeLeaf(from: number, where: string): void {
    const index = leaves.findIndex((leaf, i) => i >= from && leaf.where === where)
    if (index >= 0) leaves[index] = { ...leaves[index]!, editable: false }
  }
}

function isOpaque(key: string, text: string): boolean {
  if (namingFields.has(key)) return isPlainName(text) || knownId.test(text)
  return sealedFields.has(key) && (text.length < SHORTEST_SECRET || sealed.test(text))
}
