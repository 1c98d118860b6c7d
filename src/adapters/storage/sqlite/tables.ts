import type { DataClass } from '../../../access/data-class.ts'

/** The tables as Kysely sees them; `migrations.ts` makes them. */
export interface Tables {
  decisions: {
    seq: number
    id: string
    time: string
    point: string
    action: string
    resource: string
    user: string
    result: string
    layer: string | null
    reasonCode: string | null
    threat: string | null
    sourceAddress: string
    session: string | null
    dataClass: DataClass
    record: string
  }
  requests: {
    seq: number
    id: string
    time: string
    user: string
    session: string | null
    model: string | null
    status: number | null
    durationMs: number | null
    dataClass: DataClass
  }
  usage: {
    seq: number
    time: string
    user: string
    model: string
    inputTokens: number
    outputTokens: number
  }
  meta: { key: string; value: number }
}
