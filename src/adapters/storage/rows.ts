import { type DataClass, dataClasses } from '../../access/data-class.ts'
import type { JournalRecord, RecordLines, StoredDecision } from './store.ts'

/** How a request at the gateway can end once the upstream was asked. */
const requestEnds: ReadonlySet<string> = new Set(['request.completed', 'request.aborted', 'request.failed'])

/** One finished request at the gateway. */
interface StoredRequest {
  readonly seq: number
  readonly id: string
  readonly time: string
  readonly user: string
  readonly session: string | null
  readonly model: string | null
  readonly status: number | null
  readonly durationMs: number | null
  readonly dataClass: DataClass
}

/** What a request cost. */
interface StoredUsage {
  readonly seq: number
  readonly time: string
  readonly user: string
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
}

/** What a batch of records adds to the tables; most records add nothing. */
export interface Rows {
  readonly decisions: readonly StoredDecision[]
  readonly requests: readonly StoredRequest[]
  readonly usage: readonly StoredUsage[]
}

/** Every driver projects through this, so that two databases never disagree about what a record means. */
export function toRows(records: readonly JournalRecord[]): Rows {
  const decisions: StoredDecision[] = []
  const requests: StoredRequest[] = []
  const usage: StoredUsage[] = []
  for (const record of records) {
    if (isDecision(record)) decisions.push(toDecision(record))
    if (!requestEnds.has(record.event)) continue
    requests.push(toRequest(record))
    const used = toUsage(record)
    if (used) usage.push(used)
  }
  return { decisions, requests, usage }
}

/** Text as records again. Throws for a line that is no JSON. */
export function readLines({ first, lines }: RecordLines): JournalRecord[] {
  return lines
    .flatMap(part => part.split('\n'))
    .map((line, at) => ({ ...(JSON.parse(line) as JournalRecord), seq: first + at }))
}

/** The record as JSON, the same for a record just written and for the same one read back. */
export function recordText(record: JournalRecord): string {
  const { seq, timestamp, level, component, event, user, result, metadata, sourceAddress } = record
  return JSON.stringify({ seq, timestamp, level, component, event, user, result, metadata, sourceAddress })
}

/** Only the guard decides; another part that speaks of decisions does not make one. */
function isDecision({ component, event }: JournalRecord): boolean {
  return component === 'guard' && event.startsWith('decision.')
}

function toDecision(record: JournalRecord): StoredDecision {
  const { metadata, seq } = record
  const reasons = Array.isArray(metadata['reasons']) ? (metadata['reasons'] as unknown[]) : []
  const reason = section(reasons[0])
  const resource = metadata['resource']
  return {
    id: idOf(record),
    seq,
    time: record.timestamp,
    point: text(metadata['point']) ?? '',
    action: text(metadata['action']) ?? '',
    resource: text(resource) ?? text(section(resource)['id']) ?? '',
    user: record.user,
    result: record.result,
    layer: text(metadata['layer']) ?? null,
    reasonCode: text(reason['code']) ?? null,
    threat: text(reason['threat']) ?? null,
    sourceAddress: record.sourceAddress,
    session: text(metadata['session']) ?? null,
    dataClass: classOf(record),
    record: recordText(record),
  }
}

function toRequest(record: JournalRecord): StoredRequest {
  const { metadata, seq, timestamp, user } = record
  return {
    seq,
    id: idOf(record),
    time: timestamp,
    user,
    session: text(metadata['session']) ?? null,
    model: text(metadata['model']) ?? null,
    status: count(metadata['status']) ?? null,
    durationMs: amount(metadata['milliseconds']) ?? null,
    dataClass: classOf(record),
  }
}

/** Undefined for a request that reached no model, or ended before it cost anything. */
function toUsage({ seq, timestamp, user, event, metadata }: JournalRecord): StoredUsage | undefined {
  const model = text(metadata['model'])
  const used = section(metadata['usage'])
  const inputTokens = count(used['input_tokens']) ?? 0
  const outputTokens = count(used['output_tokens']) ?? 0
  const isFree = event !== 'request.completed' && inputTokens + outputTokens === 0
  if (model === undefined || isFree) return undefined
  return { seq, time: timestamp, user, model, inputTokens, outputTokens }
}

/** Who did what is internal at the least. */
function classOf({ metadata }: JournalRecord): DataClass {
  return dataClasses.find(name => name === metadata['class']) ?? 'internal'
}

function idOf({ metadata, seq }: JournalRecord): string {
  return text(metadata['id']) ?? `seq-${seq}`
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toWellFormed() : undefined
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}

function amount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

function section(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
