/** One line of the journal as the projection sees it: the parsed record with its sequence number. */
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
  /** The whole record, as JSON. */
  readonly record: string
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

/**
 * A searchable projection of the journal. It may be lost and rebuilt; it is never asked for permission.
 * Every method rejects with `store.failed`; all may be retried.
 */
export interface Store {
  /** Applies records in order. Records with `seq` at or below `appliedSeq()` are skipped, so replaying is harmless. All or nothing. */
  apply(records: readonly JournalRecord[]): Promise<void>
  /** The last sequence number applied, or -1 when empty. */
  appliedSeq(): Promise<number>
  /** Null when no such decision was projected. */
  decision(id: string): Promise<StoredDecision | null>
  /** Newest first. */
  decisions(filter?: DecisionFilter): Promise<readonly StoredDecision[]>
  usage(since?: string): Promise<readonly UsageTotal[]>
  /** Empties every table, for a rebuild. */
  clear(): Promise<void>
  close(): Promise<void>
}
