import type { SecretEngine } from '../../rules/secrets/types.ts'
import { readTopLevel, type Unit } from './body.ts'
import { eachElement, fail, skipValue } from './json-bytes.ts'
import { textLeaves } from './leaves.ts'
import { noteFindings, noteUsage, type ReplyFacts } from './reply.ts'

/** Masks the text of a whole JSON answer in its bytes. Throws `MalformedJson` when it cannot be read. */
export function maskReply(bytes: Buffer, engine: SecretEngine, facts: ReplyFacts): Buffer {
  const units: Unit[] = []
  readTopLevel(bytes, (key, start, end) => {
    if (key === 'content') contentUnits(bytes, start, end, units)
    else if (!names.has(key)) units.push({ kind: 'content', where: key, start, end })
    readFact(key, bytes, start, end, facts)
  })
  const pieces: Buffer[] = []
  let copied = 0
  for (const unit of units) {
    for (const edit of maskUnit(bytes, unit, engine, facts)) {
      pieces.push(bytes.subarray(copied, edit.start), edit.replacement)
      copied = edit.end
    }
    noteToolUse(bytes, unit, facts)
  }
  facts.scanned = 'full'
  return copied === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(copied)])
}

/** Masks every text leaf of one JSON value that is not a delta, as the value's new text; null when nothing changed. */
export function maskValue(value: unknown, engine: SecretEngine, facts: ReplyFacts): unknown | null {
  const bytes = Buffer.from(JSON.stringify(value))
  const unit: Unit = { kind: 'content', where: 'content', start: 0, end: bytes.length }
  const edits = maskUnit(bytes, unit, engine, facts)
  if (edits.length === 0) return null
  let text = ''
  let copied = 0
  for (const edit of edits) {
    text += bytes.toString('utf8', copied, edit.start) + edit.replacement.toString()
    copied = edit.end
  }
  return JSON.parse(text + bytes.toString('utf8', copied))
}

function maskUnit(bytes: Buffer, unit: Unit, engine: SecretEngine, facts: ReplyFacts) {
  const edits: { start: number; end: number; replacement: Buffer }[] = []
  for (const leaf of textLeaves(bytes, unit)) {
    const result = engine.mask(leaf.text)
    noteFindings(facts, result.findings, engine, leaf.editable)
    if (!leaf.editable || result.text === leaf.text) continue
    edits.push({ start: leaf.start, end: leaf.end, replacement: Buffer.from(JSON.stringify(result.text)) })
  }
  return edits
}

function contentUnits(bytes: Buffer, start: number, end: number, units: Unit[]): void {
  if (bytes[start] !== 0x5b) {
    units.push({ kind: 'content', where: 'content', start, end })
    return
  }
  eachElement(bytes, start, (index, at) => {
    const elementEnd = skipValue(bytes, at)
    units.push({ kind: 'content', where: `content[${index}]`, start: at, end: elementEnd })
    return elementEnd
  })
}

/** Top-level fields that name things and hold no words of anybody. */
const names = new Set(['id', 'type', 'role', 'model'])

const factFields = new Set(['usage', 'stop_reason', 'model', 'input_tokens'])

function readFact(key: string, bytes: Buffer, start: number, end: number, facts: ReplyFacts): void {
  if (!factFields.has(key)) return
  const value = parseValue(bytes, start, end)
  if (key === 'usage') noteUsage(facts, value)
  if (key === 'input_tokens') noteUsage(facts, { input_tokens: value })
  if (key === 'stop_reason' && typeof value === 'string') facts.stopReason = value
  if (key === 'model' && typeof value === 'string') facts.model = value
}

function parseValue(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end))
  } catch {
    return fail('a field is not valid JSON')
  }
}

/** Runs after the leaves were read, so the bytes are known to be valid JSON. */
function noteToolUse(bytes: Buffer, unit: Unit, facts: ReplyFacts): void {
  if (!bytes.subarray(unit.start, unit.end).includes('tool_use')) return
  const block: unknown = JSON.parse(bytes.toString('utf8', unit.start, unit.end))
  if (typeof block !== 'object' || block === null || !('type' in block) || block.type !== 'tool_use') return
  if (!('id' in block) || typeof block.id !== 'string') fail('a tool use has no id')
  facts.askedFor(block.id)
}
