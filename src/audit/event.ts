/** Values a record's metadata may hold. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/** What a caller hands the journal; it adds `timestamp`, `seq` and `chain`. Text must already be free of secrets. */
export interface AuditEvent {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** The layer, point or part that speaks: `guard`, `gateway`, `hooks`, `audit`, `client-keys`, … */
  readonly component: string
  /** noun.verb: `decision.allow`, `decision.deny`, `decision.ask`, `request.completed`, `log.recovered`, `key.created`, … */
  readonly event: string
  /** The principal's id, or `anonymous`. */
  readonly user: string
  readonly result: 'allow' | 'deny' | 'ask' | 'success' | 'failure'
  readonly metadata: { readonly [key: string]: Json | undefined }
  readonly sourceAddress: string
}

/** The one door to the record. */
export interface AuditLog {
  /**
   * Resolves with the record's sequence number once it is durable (fdatasync has returned).
   * Rejects with `audit.write-failed` when it cannot be; the caller must then not allow.
   * `soon` is for a record nobody waits for: it may linger some milliseconds, to share the sync of another.
   */
  append(event: AuditEvent, haste?: 'now' | 'soon'): Promise<number>
}
