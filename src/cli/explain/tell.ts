import { z } from 'zod'
import { layerNames } from '../../access/decision.ts'
import { type ReasonCode, reasonCodes } from '../../access/reason-codes.ts'
import type { ThreatId } from '../../access/threat-id.ts'
import { describePermission } from '../../guard/authorization/permissions.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { register } from '../../rules/threats/register.ts'
import { riskOf } from '../../rules/threats/risk.ts'
import { printable } from '../printable.ts'
import type { FoundDecision } from './find.ts'

const text = z.string()

/** What a decision's record holds, as far as it is told; records of older versions may hold less. */
const metadataSchema = z.looseObject({
  id: text,
  point: text,
  action: text,
  resource: z.looseObject({ type: text, id: text }),
  permission: text.optional(),
  session: text.optional(),
  client: text.optional(),
  toolUseId: text.optional(),
  onBehalfOf: text.optional(),
  layer: text.optional(),
  reasons: z
    .array(
      z.looseObject({
        code: text,
        threat: text,
        message: text,
        rule: text.optional(),
        remedy: text.optional(),
      }),
    )
    .default([]),
  findings: z
    .array(
      z.looseObject({
        rule: text,
        threat: text,
        grade: text,
        severity: text,
        where: text.optional(),
        exception: text.optional(),
      }),
    )
    .default([]),
  obligations: z.array(text).default([]),
  assurance: text.optional(),
  timings: z.record(text, z.number()).default({}),
  wouldHaveBeen: text.optional(),
})

type Metadata = z.output<typeof metadataSchema>

/** The whole answer for programs. */
export function asJson(found: FoundDecision) {
  const { record, segment, later } = found
  const metadata = metadataOf(found)
  return {
    id: metadata.id,
    result: later.some(({ record: { event } }) => event === 'decision.not-dischargeable')
      ? 'deny'
      : record.result,
    story: { ...record, metadata },
    threats: threatsOf(metadata).map(id => ({ id, ...register[id], risk: riskOf(register[id]) })),
    permission: metadata.permission === undefined ? null : (describePermission(metadata.permission) ?? null),
    remedies: metadata.reasons.map(reason => ({ code: reason.code, remedy: remedyOf(reason) })),
    place: { segment, seq: record.seq },
    later: later.map(({ record: { seq, event, result }, segment }) => ({ seq, event, result, segment })),
  }
}

/** The decision as a story for people. */
export function tell(found: FoundDecision): string {
  const metadata = metadataOf(found)
  const parts = [
    headline(found, metadata),
    asked(found, metadata),
    layers(metadata),
    why(metadata),
    seen(metadata),
    obligations(metadata),
    threats(metadata),
    record(found),
  ]
  return `${parts.filter(part => part !== '').join('\n')}`
}

function metadataOf({ record }: FoundDecision): Metadata {
  const { seq, event, metadata } = record
  const parsed = metadataSchema.safeParse(event === 'request.refused' ? refusedAtTheDoor(metadata) : metadata)
  if (parsed.success) return parsed.data
  throw new PortcullisError(
    'audit.corrupt',
    `record ${seq} is no decision this version can read`,
    'run `portcullis audit verify`; if the journal is whole, it was written by a newer version',
    parsed.error,
  )
}

/** The gateway refuses what cannot be read before there is an act to decide about; its record holds no more than that. */
function refusedAtTheDoor({ id, message, reasons }: FoundDecision['record']['metadata']) {
  const given = z.array(z.looseObject({ code: text, threat: text })).safeParse(reasons).data ?? []
  return {
    id,
    point: 'gateway',
    action: 'request:send',
    resource: { type: 'request', id: 'that was refused before it was read to its end' },
    layer: given[0]?.code.split('.')[0],
    reasons: given.map(reason => ({ ...reason, message: message ?? reason.code })),
  }
}

function headline(
  { record, later }: FoundDecision,
  { id, layer, assurance, wouldHaveBeen }: Metadata,
): string {
  const words: Record<string, string> = {
    allow: assurance === 'affirmed' ? 'allowed: known to be harmless' : 'allowed: nothing speaks against it',
    deny: `refused by the ${layer ?? 'unknown'} layer`,
    ask: 'allowed if a person approves',
  }
  const refusedAfter = later.find(({ record: { event } }) => event === 'decision.not-dischargeable')
  if (refusedAfter) {
    const { component } = refusedAfter.record
    return `${id}: refused by the ${printable(component)}: the layers allowed it under an obligation that could not be met there\n`
  }
  const outcome =
    wouldHaveBeen === undefined
      ? words[record.result]
      : `let pass because \`hooks.mode\` does not enforce; it would have been ${wouldHaveBeen}`
  return `${id}: ${printable(outcome ?? record.result)}\n`
}

function asked({ record }: FoundDecision, metadata: Metadata): string {
  const { point, action, resource, permission, session, client, toolUseId, onBehalfOf } = metadata
  const known = permission === undefined ? undefined : describePermission(permission)
  return rows([
    ['when', record.timestamp],
    [
      'who',
      `${record.user}${onBehalfOf ? ` for ${onBehalfOf}` : ''} from ${record.sourceAddress || 'this machine'}`,
    ],
    [
      'through',
      [point, client, session && `session ${session}`, toolUseId && `call ${toolUseId}`]
        .filter(Boolean)
        .join(', '),
    ],
    ['wanted', `${action} on ${resource.type} ${resource.id}`],
    ['needs', permission && `${permission}${known ? `: ${known.description}, risk ${known.risk}` : ''}`],
  ])
}

function layers({ timings, layer }: Metadata): string {
  if (Object.keys(timings).length === 0) return ''
  const lines = layerNames.map(name => {
    if (name === 'monitoring') return `  ${name.padEnd(15)}           wrote this record`
    const time = timings[name]
    if (time === undefined) return `  ${name.padEnd(15)}           not asked any more`
    return `  ${name.padEnd(15)}${String(time).padStart(7)} µs ${name === layer ? 'refused' : 'did not refuse'}`
  })
  return `layers\n${lines.join('\n')}\n`
}

function why({ reasons }: Metadata): string {
  if (reasons.length === 0) return ''
  const lines = reasons.map(reason => {
    const { code, rule, threat, message } = reason
    const title = Object.hasOwn(reasonCodes, code) ? `: ${reasonCodes[code as ReasonCode].title}` : ''
    const from = [rule, threat].filter(Boolean).join(', ')
    return `  ${printable(message)}\n    ${printable(`${code}${title} (${from})`)}\n    to allow it: ${printable(remedyOf(reason))}\n`
  })
  return `why\n${lines.join('')}`
}

function seen({ findings }: Metadata): string {
  if (findings.length === 0) return ''
  const lines = findings.map(({ rule, grade, severity, where, exception }) => {
    const lifted = exception ? `, excepted by \`${exception}\`` : ''
    return printable(`  ${rule} (${grade}, ${severity})${where ? ` at ${where}` : ''}${lifted}`)
  })
  return `seen\n${lines.join('\n')}\n`
}

function obligations({ obligations: types }: Metadata): string {
  return types.length === 0 ? '' : `had to be done with it\n  ${printable(types.join(', '))}\n`
}

function threats(metadata: Metadata): string {
  const lines = threatsOf(metadata).map(id => {
    const { name, description, mitigations } = register[id]
    const { score, level } = riskOf(register[id])
    const helps = mitigations.map(mitigation => `    helps: ${mitigation}\n`)
    return `  ${id} ${name}, risk ${score} ${level}: ${description}\n${helps.join('')}`
  })
  return lines.length === 0 ? '' : `threats\n${lines.join('')}`
}

function record({ record: { seq }, segment, later }: FoundDecision): string {
  const after = later.map(({ record: { seq, event, result } }): [string, string] => [
    'then',
    `${event} (${result}), record ${seq}`,
  ])
  return rows([
    ['record', `${seq} in ${segment}`],
    ...after,
    ['verify', '`portcullis audit verify` proves that no record was changed, removed or added'],
  ])
}

/** Threats in the order they are first named: by the reasons, then by what was seen. */
function threatsOf({ reasons, findings }: Metadata): readonly ThreatId[] {
  const ids = new Set([...reasons, ...findings].map(({ threat }) => threat))
  return [...ids].filter((id): id is ThreatId => Object.hasOwn(register, id))
}

function remedyOf({ code, remedy }: { code: string; remedy?: string | undefined }): string {
  if (remedy !== undefined) return remedy
  return Object.hasOwn(reasonCodes, code)
    ? reasonCodes[code as ReasonCode].remedy
    : 'see the documentation of the version that wrote it'
}

function rows(pairs: readonly (readonly [string, string | undefined])[]): string {
  return pairs
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.padEnd(9)}${printable(value!)}\n`)
    .join('')
}
