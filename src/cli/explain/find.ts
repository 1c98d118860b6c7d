import type { JournalRecord } from '../../adapters/storage/store.ts'
import { listFolder } from '../../audit/folder.ts'
import { parseRecord, readLines } from '../../audit/read.ts'

/** A record and the file it lies in. */
interface PlacedRecord {
  readonly record: JournalRecord
  readonly segment: string
}

export interface FoundDecision extends PlacedRecord {
  /** Later records about the same decision: the request’s outcome, an approval. */
  readonly later: readonly PlacedRecord[]
}

/** Looks a decision up in the journal, newest segment first; reads beside a running writer. Undefined when there is none. */
export async function findDecision(folder: string, id: string): Promise<FoundDecision | undefined> {
  const { segments } = listFolder(folder)
  const later: PlacedRecord[] = []
  for (let i = segments.length - 1; i >= 0; i--) {
    const { first, name } = segments[i]!
    const until = segments[i + 1]?.first ?? Number.POSITIVE_INFINITY
    let decision: PlacedRecord | undefined
    const others: PlacedRecord[] = []
    for await (const { seq, line } of readLines(folder, first, until)) {
      if (!line.includes(id)) continue
      const placed = { record: parseRecord(line, seq), segment: name }
      if (isDecision(placed.record, id)) decision = placed
      else others.push(placed)
    }
    later.unshift(...others)
    if (decision)
      return { ...decision, later: later.filter(({ record }) => record.seq > decision.record.seq) }
  }
  return undefined
}

/**
 * Text in a request may quote the id of another decision; only the guard's own record counts, or the gateway's
 * about a request that was refused before there was anything to decide.
 */
function isDecision({ component, event, metadata }: JournalRecord, id: string): boolean {
  if (metadata['id'] !== id) return false
  return (
    (component === 'guard' && event.startsWith('decision.')) ||
    (component === 'gateway' && event === 'request.refused')
  )
}
