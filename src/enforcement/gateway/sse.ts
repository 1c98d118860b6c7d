/** One event of a stream: its exact bytes, blank line included, and what a client would read in it. */
export interface SseEvent {
  readonly raw: Buffer
  /** The `event` field, or `message`. */
  readonly name: string
  /** The `data` lines joined, or null when there is none (comments, a lone `id`). */
  readonly data: string | null
  /** Nothing stands in it but `event` and `data`. */
  readonly isBare: boolean
}

/** Cuts a byte stream into events; borders of chunks may fall anywhere. */
export interface SseParser {
  /** Throws `SseOverflow` when one event outgrows the limit. */
  push(chunk: Buffer): void
  /** The stream is over, so that a CR at its end ends a line. */
  end(): void
  /** Bytes of an event that has not ended. */
  readonly pending: number
}

export class SseOverflow extends Error {
  override readonly name = 'SseOverflow'
}

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a

/** WHATWG HTML §9.2.6: lines end in LF, CR or CRLF; an empty line ends the event. */
export function createSseParser(onEvent: (event: SseEvent) => void, maxEventBytes: number): SseParser {
  let buffer: Buffer = Buffer.alloc(0)
  /** Start of the line not read yet. */
  let line = 0
  /** How far the unread line was searched for its end. */
  let searched = 0
  /** Where the next CR is, or -1. */
  let nextReturn = -1
  let lines: string[] = []
  let hasComment = false
  let isFirstLine = true

  return {
    push(chunk) {
      buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
      readLines()
      if (buffer.length > maxEventBytes) throw new SseOverflow('an event of the stream is too large')
    },
    end() {
      if (buffer.at(-1) === CR) readLines(true)
    },
    get pending() {
      return buffer.length
    },
  }

  function readLines(isOver = false): void {
    let eventStart = 0
    nextReturn = buffer.indexOf(CR)
    for (;;) {
      const end = lineEnd(Math.max(line, searched))
      if (end < 0) break
      const next = buffer[end] === CR && buffer[end + 1] === LF ? end + 2 : end + 1
      // A CR at the end of a chunk may be the first half of CRLF.
      if (buffer[end] === CR && end + 1 === buffer.length && !isOver) break
      const isEventOver = takeLine(line, end)
      line = next
      if (isEventOver) {
        onEvent({ raw: buffer.subarray(eventStart, next), ...readFields(lines, hasComment) })
        eventStart = next
        lines = []
        hasComment = false
      }
    }
    searched = Math.max(0, buffer.length - 1 - eventStart)
    buffer = eventStart === buffer.length ? Buffer.alloc(0) : buffer.subarray(eventStart)
    line -= eventStart
  }

  /** The nearest line end; streams without CR, which is nearly all, look for one once a chunk. */
  function lineEnd(from: number): number {
    const lineFeed = buffer.indexOf(LF, from)
    if (nextReturn !== -1 && nextReturn < from) nextReturn = buffer.indexOf(CR, from)
    if (nextReturn === -1) return lineFeed
    return lineFeed === -1 ? nextReturn : Math.min(lineFeed, nextReturn)
  }

  /** Whether the line ends what can be passed on: an empty line, or a comment that stands alone. */
  function takeLine(start: number, end: number): boolean {
    let from = start
    if (isFirstLine && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) from += 3
    isFirstLine = false
    if (from === end) return true
    if (buffer[from] === COLON) {
      hasComment = true
      return lines.length === 0
    }
    lines.push(buffer.toString('utf8', from, end))
    return false
  }
}

function readFields(lines: readonly string[], hasComment: boolean): Omit<SseEvent, 'raw'> {
  let name = 'message'
  let isBare = !hasComment
  let data: string | null = null
  for (const line of lines) {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') data = data === null ? value : `${data}\n${value}`
    else if (field !== 'event') isBare = false
    else if (value !== '') name = value
  }
  return { name, data, isBare }
}

/** The event without comments, ids and fields no client of a model reads, for when a secret stands in it. */
export function bareEvent(event: SseEvent): SseEvent {
  const lines = (event.data ?? '').split('\n').map(line => `data: ${line}\n`)
  const text = event.data === null ? ':\n\n' : `event: ${event.name}\n${lines.join('')}\n`
  return { ...event, raw: Buffer.from(text), isBare: true }
}

/** One event with one data line. */
export function formatEvent(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
