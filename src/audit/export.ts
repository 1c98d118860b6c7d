import { parseRecord, readLines } from './read.ts'

export interface ExportRange {
  /** First sequence number; default the first record. */
  readonly from?: number | undefined
  /** Last sequence number, inclusive; default the last record. */
  readonly to?: number | undefined
  /** RFC 3339; records before are left out. */
  readonly since?: string | undefined
  /** RFC 3339; records from then on are left out. */
  readonly until?: string | undefined
}

/** The exact lines of a range, without their newlines. Exporting does not verify: `verifyJournal` does. */
export async function* exportLines(folder: string, range: ExportRange = {}): AsyncGenerator<string> {
  const { from = 0, to = Number.MAX_SAFE_INTEGER - 1, since, until } = range
  for await (const { seq, line } of readLines(folder, from, to + 1)) {
    if (since === undefined && until === undefined) {
      yield line
      continue
    }
    const time = Date.parse(parseRecord(line, seq).timestamp)
    if (since !== undefined && time < Date.parse(since)) continue
    if (until !== undefined && time >= Date.parse(until)) continue
    yield line
  }
}
