import { closeSync, openSync } from 'node:fs'
import type { JournalRecord } from '../adapters/storage/store.ts'
import { readChunks } from './chunks.ts'
import { listFolder, offsetOf, type Segment } from './folder.ts'
import { corrupt } from './recover.ts'

/** One line of the journal with its place. */
export interface PlacedLine {
  readonly seq: number
  /** The exact text, without the newline. */
  readonly line: string
}

/** Lines with sequence numbers [from, until) in order; ends earlier where the log does. Does not verify them. */
export async function* readLines(folder: string, from: number, until: number): AsyncGenerator<PlacedLine> {
  const { segments } = listFolder(folder)
  const first = segments.findLastIndex(segment => segment.first <= from)
  for (const segment of segments.slice(Math.max(0, first))) {
    if (segment.first >= until) return
    yield* readSegment(segment, from, until)
  }
}

async function* readSegment(segment: Segment, from: number, until: number): AsyncGenerator<PlacedLine> {
  const descriptor = openSync(segment.path, 'r')
  try {
    let seq = Math.max(from, segment.first)
    const offset = seq === segment.first ? 0 : offsetOf(descriptor, seq)
    if (offset === null) throw corrupt(`segment \`${segment.name}\` holds lines that are no records`)
    for (const { bytes, from: begin, to } of readChunks(descriptor, offset)) {
      // Text is taken out before the first `yield`: the buffer is used again.
      const lines = bytes.toString('utf8', begin, to - 1).split('\n')
      for (const line of lines) {
        if (seq >= until) return
        yield { seq: seq++, line }
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

/** The same as parsed records, for a projection that catches up. */
export async function* readRecords(
  folder: string,
  from: number,
  until: number,
): AsyncGenerator<JournalRecord> {
  for await (const { seq, line } of readLines(folder, from, until)) yield parseRecord(line, seq)
}

/** Reads one line of the journal. */
export function parseRecord(line: string, expectedSeq: number): JournalRecord {
  const { timestamp, level, component, event, user, result, metadata, sourceAddress, seq } = parse(
    line,
    expectedSeq,
  )
  if (seq !== expectedSeq) throw corrupt(`record ${expectedSeq} carries another sequence number`)
  return { seq, timestamp, level, component, event, user, result, metadata, sourceAddress }
}

function parse(line: string, seq: number): JournalRecord {
  try {
    return JSON.parse(line) as JournalRecord
  } catch {
    throw corrupt(`record ${seq} is not JSON`)
  }
}
