import type { Finding } from '../../access/finding.ts'
import type { TextLeaf } from '../../access/request.ts'
import type { MaskResult, SecretEngine } from '../../rules/secrets/types.ts'
import type { Unit } from './body.ts'
import { type Leaf, textLeaves } from './leaves.ts'
import type { Edit, Remembered, ScanMemory } from './memory.ts'

/** The text of one body that the guard has not judged yet, and how to mask it. */
export interface Inspection {
  /** New text only; a finding's `span.leaf` is an index into this list. */
  readonly texts: readonly TextLeaf[]
  /** The body with every masked leaf replaced; all other bytes are the same. Null when a finding cannot be masked. */
  discharge(findings: readonly Finding[]): Discharged | null
}

export interface Discharged {
  readonly body: Buffer
  /** Rules of the secrets that were masked, one entry a finding. */
  readonly masked: readonly string[]
  /** Remembers the outcome; call it once the allow is on record. */
  remember(): void
}

interface FreshUnit {
  readonly unit: Unit
  readonly key: string
  readonly firstLeaf: number
  readonly endLeaf: number
}

/** Looks at every unit of the body: recalls those seen before, reads the leaves of the others. */
export function inspect(
  bytes: Buffer,
  units: readonly Unit[],
  memory: ScanMemory,
  engine: SecretEngine,
): Inspection {
  const fresh: FreshUnit[] = []
  const recalled: { unit: Unit; outcome: Remembered }[] = []
  const leaves: Leaf[] = []
  for (const unit of units) {
    const key = memory.keyOf(bytes, unit)
    const outcome = memory.recall(key)
    if (outcome) {
      if (outcome.edits.length > 0) recalled.push({ unit, outcome })
      continue
    }
    const firstLeaf = leaves.length
    for (const leaf of textLeaves(bytes, unit)) leaves.push(leaf)
    fresh.push({ unit, key, firstLeaf, endLeaf: leaves.length })
  }

  return {
    texts: leaves,
    discharge(findings) {
      const masks = maskLeaves(leaves, findings, engine)
      if (!masks) return null
      const outcomes = fresh.map(part => ({ ...part, outcome: outcomeOf(part, masks) }))
      const touched = [...recalled, ...outcomes].filter(({ outcome }) => outcome.edits.length > 0)
      return {
        body: touched.length === 0 ? bytes : splice(bytes, touched),
        masked: touched.flatMap(({ outcome }) => outcome.rules),
        remember: () => {
          for (const { key, outcome } of outcomes) memory.keep(key, outcome)
        },
      }
    },
  }
}

interface LeafMask {
  readonly leaf: Leaf
  readonly text: string
  readonly rules: readonly string[]
}

/** Masks each leaf a finding names; null when the engine does not cover what the guard asked to have masked. */
function maskLeaves(
  leaves: readonly Leaf[],
  findings: readonly Finding[],
  engine: SecretEngine,
): Map<number, LeafMask> | null {
  const masks = new Map<number, LeafMask>()
  for (const { span } of findings) {
    const leaf = span && leaves[span.leaf]
    if (!leaf) return null
    if (!leaf.editable || masks.has(span.leaf)) continue
    const result = engine.mask(leaf.text)
    const wanted = findings.filter(finding => finding.span?.leaf === span.leaf)
    if (!isMasked(leaf.text, result, wanted, engine)) return null
    masks.set(span.leaf, { leaf, text: result.text, rules: wanted.map(finding => finding.rule) })
  }
  return masks
}

/** Whether every finding is gone from the masked text: the engine's word is checked, because what passes here leaves. */
function isMasked(
  text: string,
  result: MaskResult,
  wanted: readonly Finding[],
  engine: SecretEngine,
): boolean {
  const left = new Set(engine.scan(result.text).map(({ start, end }) => result.text.slice(start, end)))
  return wanted.every(({ span }) => {
    const isSeen = result.findings.some(seen => seen.start <= span!.start && seen.end >= span!.end)
    return isSeen && !left.has(text.slice(span!.start, span!.end))
  })
}

function outcomeOf(part: FreshUnit, masks: Map<number, LeafMask>): Remembered {
  const edits: Edit[] = []
  const rules: string[] = []
  for (let index = part.firstLeaf; index < part.endLeaf; index++) {
    const mask = masks.get(index)
    if (!mask) continue
    const { start, end } = mask.leaf
    const replacement = Buffer.from(JSON.stringify(mask.text))
    edits.push({ start: start - part.unit.start, end: end - part.unit.start, replacement })
    rules.push(...mask.rules)
  }
  // Leaves come in byte order, so these edits do too, and no two overlap.
  return { edits, rules }
}

function splice(bytes: Buffer, touched: readonly { unit: Unit; outcome: Remembered }[]): Buffer {
  const inOrder = touched.toSorted((a, b) => a.unit.start - b.unit.start)
  const pieces: Buffer[] = []
  let copied = 0
  for (const { unit, outcome } of inOrder) {
    for (const edit of outcome.edits) {
      pieces.push(bytes.subarray(copied, unit.start + edit.start), edit.replacement)
      copied = unit.start + edit.end
    }
  }
  pieces.push(bytes.subarray(copied))
  return Buffer.concat(pieces)
}
