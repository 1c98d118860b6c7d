import type { JournalRecord } from '../../src/adapters/storage/store.ts'

const START = Date.UTC(2026, 0, 1)

/** A record of the journal; one second passes between records. */
export function record(seq: number, more: Partial<JournalRecord> = {}): JournalRecord {
  return {
    seq,
    timestamp: timeOf(seq),
    level: 'info',
    component: 'guard',
    event: 'service.noted',
    user: 'ada',
    result: 'success',
    metadata: {},
    sourceAddress: '127.0.0.1',
    ...more,
  }
}

export function timeOf(seq: number): string {
  return new Date(START + seq * 1000).toISOString()
}

export function decision(seq: number, more: Partial<JournalRecord> = {}): JournalRecord {
  return record(seq, {
    event: 'decision.deny',
    result: 'deny',
    ...more,
    metadata: {
      id: `dec_${seq}`,
      point: 'hooks',
      action: 'command:run',
      resource: { type: 'command', id: 'rm -rf ~' },
      layer: 'validation',
      reasons: [{ code: 'validation.dangerous-command', threat: 'CMD-INJ-001' }],
      session: 'one',
      ...more.metadata,
    },
  })
}

export function completed(
  seq: number,
  metadata: JournalRecord['metadata'] = {},
  more: Partial<JournalRecord> = {},
): JournalRecord {
  return record(seq, {
    event: 'request.completed',
    ...more,
    metadata: {
      id: `dec_${seq}`,
      status: 200,
      model: 'm1',
      usage: { input_tokens: 10, output_tokens: 3 },
      milliseconds: 12.5,
      ...metadata,
    },
  })
}

/** A journal of `length` records of every kind. */
export function mixed(length: number): JournalRecord[] {
  return Array.from({ length }, (_, seq) => {
    if (seq % 3 === 0) return decision(seq, { user: `user${seq % 7}` })
    return seq % 3 === 1 ? completed(seq, { model: `m${seq % 2}` }, { user: `user${seq % 5}` }) : record(seq)
  })
}
