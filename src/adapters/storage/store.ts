import type { DataClass } from '../../access/data-class.ts'

/**
 * One line of the journal as the projection sees it: the parsed record with its sequence number. `metadata` is read
 * defensively (`rows.ts`); what is missing or of another type counts as absent. Expected in it:
 * `decision.*` of the component `guard`: `id`, `point`, `action`, `resource` (`{type, id}` or text), `layer`, `reasons[0].code`, `reasons[0].threat`, `session`;
 * every record: `class`, the class of its data, `internal` when absent;
 * `request.completed`, `.aborted`, `.failed`: `id` (of its decision), `status`, `model`, `usage.input_tokens`,
 * `usage.output_tokens`, `milliseconds`, `session`.
 */
export interface JournalRecord {
  readonly seq: number
  readonly timestamp: string
  readonly level: string
  readonly component: string
  readonly event: string
  readonly user: string
  readonly result: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly sourceAddress: string
}

/** A decision as stored; `metadata` of the journal line in columns. */
export interface StoredDecision {
  readonly id: string
  readonly seq: number
  readonly time: string
  readonly point: string
  readonly action: string
  readonly resource: string
  readonly user: string
  readonly result: string
  readonly layer: string | null
  readonly reasonCode: string | null
  readonly threat: string | null
  readonly sourceAddress: string
  readonly session: string | null
  readonly dataClass: DataClass
  /** The whole record, as JSON. */
  readonly record: string
}

/** Records as text, the way they reach a projection: text is handed from thread to thread at no cost, objects are not. */
export interface RecordLines {
  /** Sequence number of the first line; the others follow one by one. */
  readonly first: number
  /** Each the JSON of a record without its `seq`. */
  readonly lines: readonly string[]
}

export interface DecisionFilter {
  readonly result?: string
  readonly user?: string
  readonly session?: string
  /** ISO 8601; inclusive. */
  readonly since?: string
  readonly limit?: number
}

export interface UsageTotal {
  readonly user: string
  readonly model: string
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
}

/** Rows of the class from before that time, ISO 8601, are not kept. */
export interface RetentionLimit {
  readonly dataClass: DataClass
  readonly before: string
}

/**
 * A searchable projection of the journal. It may be lost and rebuilt; it is never asked for permission.
 * Every method rejects with `store.failed`; all may be retried.
 */
export interface Store {
  /**
   * Applies records in order. Records with `seq` at or below `appliedSeq()` are skipped, so replaying is harmless.
   * A gap is refused: the first new record must follow `appliedSeq()`, and each the one before. All or nothing.
   */
  apply(records: readonly JournalRecord[]): Promise<void>
  /** The same for records that are still text; a line that is no JSON is refused with its whole batch. */
  applyLines(records: RecordLines): Promise<void>
  /** The last sequence number applied, or -1 when empty. */
  appliedSeq(): Promise<number>
  /** Null when no such decision was projected; of several records with one id, the newest. */
  decision(id: string): Promise<StoredDecision | null>
  /** Newest first; at most `limit`, default 100. A filter that makes no sense is a `TypeError`. */
  decisions(filter?: DecisionFilter): Promise<readonly StoredDecision[]>
  /** Sums by user and model, in that order. */
  usage(since?: string): Promise<readonly UsageTotal[]>
  /** Removes what is older than its class may be kept, and says how many rows that were. The journal keeps its records. */
  prune(limits: readonly RetentionLimit[]): Promise<number>
  /** Empties every table, for a rebuild. */
  clear(): Promise<void>
  close(): Promise<void>
}
