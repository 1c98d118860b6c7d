import type { SecretEngine, SecretFinding } from '../../rules/secrets/types.ts'
import { MalformedJson } from './json-bytes.ts'
import { createJsonTextMasker } from './json-text-masker.ts'
import { isPlainName } from './leaves.ts'
import { noteFindings, noteUsage, type ReplyFacts } from './reply.ts'
import { maskValue } from './reply-json.ts'
import { bareEvent, createSseParser, formatEvent, type SseEvent } from './sse.ts'

/** Masks a streamed answer event by event. Events in which nothing changed leave as the bytes they came in. */
export interface ReplyStream {
  /** What may be sent on. Throws `MalformedJson` or `SseOverflow` when the stream cannot be read; it must then be cut. */
  push(chunk: Buffer): Buffer[]
  /** The upstream has closed: what may still be sent, and whether the answer was complete. Throws like `push`. */
  end(): { readonly rest: readonly Buffer[]; readonly isComplete: boolean }
}

export interface ReplyStreamOptions {
  readonly engine: SecretEngine
  readonly facts: ReplyFacts
  readonly maxEventBytes: number
}

type Fields = Record<string, unknown>

/** One running text: the visible text of a block, its thinking, or the JSON of a tool's input. */
interface Channel {
  readonly deltaType: string
  readonly field: string
  /** False where a signature will cover the text. */
  readonly isEditable: boolean
  push(piece: string): string
  end(): string
  readonly findings: readonly SecretFinding[]
}

const deltaFields: Readonly<Record<string, string>> = {
  text_delta: 'text',
  input_json_delta: 'partial_json',
  thinking_delta: 'thinking',
}

export function createReplyStream({ engine, facts, maxEventBytes }: ReplyStreamOptions): ReplyStream {
  const channels = new Map<number, Map<string, Channel>>()
  const parser = createSseParser(takeEvent, maxEventBytes)
  let out: (Buffer | string)[] = []
  let isOver = false
  facts.scanned = 'partial'

  return {
    push(chunk) {
      parser.push(chunk)
      return taken()
    },
    end() {
      parser.end()
      const isComplete = isOver && parser.pending === 0 && channels.size === 0
      if (isComplete) facts.scanned = 'full'
      return { rest: taken(), isComplete }
    },
  }

  function taken(): Buffer[] {
    const pieces = out.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece))
    out = []
    return pieces
  }

  function takeEvent(came: SseEvent): void {
    if (!isPlainName(came.name)) throw new MalformedJson('an event of the stream has a strange name')
    const event = came.isBare || engine.scan(came.raw.toString()).length === 0 ? came : bareEvent(came)
    const safe = event.data === null ? event.raw : maskEvent(event, parseEvent(event.data))
    if (safe) send(safe)
  }

  /** Neighbours leave as one piece, so that an untouched chunk is not copied and rewritten events are encoded together. */
  function send(piece: Buffer | string): void {
    const last = out.at(-1)
    if (typeof piece === 'string') {
      if (typeof last === 'string') out[out.length - 1] = last + piece
      else out.push(piece)
    } else if (last instanceof Buffer && isNeighbour(last, piece)) {
      out[out.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + piece.length)
    } else {
      out.push(piece)
    }
  }

  /** The bytes to send for one event, or null when all of its text is held back. */
  function maskEvent(event: SseEvent, data: Fields): Buffer | string | null {
    const type = data['type']
    // Clients choose by the one or the other; if they differed, what is scanned would not be what is read.
    if (event.name !== 'message' && event.name !== type) {
      throw new MalformedJson('an event of the stream has two types')
    }
    switch (type) {
      case 'content_block_start':
        return startBlock(event, data)
      case 'content_block_delta':
        return passDelta(event, data)
      case 'content_block_stop':
        flush(indexOf(data))
        break
      case 'message_start':
        noteStart(data)
        break
      case 'message_delta':
        noteEnd(data)
        break
      case 'message_stop':
      case 'error':
        // A block that was never stopped still owes what its masker held back.
        for (const index of [...channels.keys()]) flush(index)
        isOver = true
    }
    return passWhole(event, data)
  }

  function startBlock(event: SseEvent, data: Fields): Buffer | string {
    const block = asFields(data['content_block'])
    const index = indexOf(data)
    if (block['type'] === 'tool_use' && typeof block['id'] === 'string') facts.askedFor(block['id'])
    for (const [deltaType, field] of Object.entries(deltaFields)) {
      const initial = block[field]
      if (typeof initial !== 'string' || initial === '') continue
      // Text given with the start belongs to the same running text as the deltas that follow.
      const safe = channelOf(index, deltaType, field).push(initial)
      if (safe === initial) continue
      const content_block = { ...block, [field]: safe }
      const rest = maskValue({ ...content_block, [field]: '' }, engine, facts)
      const masked = rest === null ? content_block : { ...asFields(rest), [field]: safe }
      return formatEvent(event.name, { ...data, content_block: masked })
    }
    const { text: _text, thinking: _thinking, ...others } = block
    const masked = maskValue(others, engine, facts)
    if (masked === null) return event.raw
    return formatEvent(event.name, { ...data, content_block: { ...block, ...asFields(masked) } })
  }

  function passDelta(event: SseEvent, data: Fields): Buffer | string | null {
    const delta = asFields(data['delta'])
    const deltaType = String(delta['type'])
    const field = deltaFields[deltaType]
    if (field === undefined) return passWhole(event, data)
    const piece = delta[field]
    if (typeof piece !== 'string') throw new MalformedJson('a delta has no text')
    const safe = channelOf(indexOf(data), deltaType, field).push(piece)
    const isPlain = Object.keys(delta).length === 2 && Object.keys(data).length === 3
    const rest = isPlain ? null : maskValue({ ...data, delta: { ...delta, [field]: '' } }, engine, facts)
    if (safe === piece && rest === null) return event.raw
    if (isPlain) return safe === '' ? null : formatDelta(indexOf(data), deltaType, field, safe)
    const others = rest === null ? data : asFields(rest)
    return formatEvent(event.name, { ...others, delta: { ...asFields(others['delta']), [field]: safe } })
  }

  /** Events without running text: every string in them is masked where it stands. */
  function passWhole(event: SseEvent, data: Fields): Buffer | string {
    const masked = maskValue(data, engine, facts)
    return masked === null ? event.raw : formatEvent(event.name, masked)
  }

  function channelOf(index: number, deltaType: string, field: string): Channel {
    const block = channels.get(index) ?? new Map<string, Channel>()
    channels.set(index, block)
    const channel = block.get(field) ?? openChannel(engine, deltaType, field)
    block.set(field, channel)
    return channel
  }

  function flush(index: number): void {
    for (const channel of channels.get(index)?.values() ?? []) {
      const tail = channel.end()
      noteFindings(facts, channel.findings, engine, channel.isEditable)
      if (tail === '') continue
      send(formatDelta(index, channel.deltaType, channel.field, tail))
    }
    channels.delete(index)
  }

  function noteStart(data: Fields): void {
    const message = asFields(data['message'])
    noteUsage(facts, message['usage'])
    if (typeof message['model'] === 'string') facts.model = message['model']
  }

  function noteEnd(data: Fields): void {
    noteUsage(facts, data['usage'])
    const stopReason = asFields(data['delta'])['stop_reason']
    if (typeof stopReason === 'string') facts.stopReason = stopReason
  }
}

function openChannel(engine: SecretEngine, deltaType: string, field: string): Channel {
  const masker = field === 'partial_json' ? createJsonTextMasker(() => engine.stream()) : engine.stream()
  const isEditable = field !== 'thinking'
  return {
    deltaType,
    field,
    isEditable,
    push(piece) {
      const safe = masker.push(piece)
      return isEditable ? safe : piece
    },
    end() {
      const tail = masker.end()
      return isEditable ? tail : ''
    },
    get findings() {
      return masker.findings
    },
  }
}

function isNeighbour(last: Buffer, next: Buffer): boolean {
  return last.buffer === next.buffer && last.byteOffset + last.length === next.byteOffset
}

/** A delta that holds nothing but its text; written out by hand because most deltas of a stream come through here. */
function formatDelta(index: number, deltaType: string, field: string, text: string): string {
  const delta = `{"type":"${deltaType}","${field}":${JSON.stringify(text)}}`
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":${delta}}\n\n`
}

function parseEvent(data: string): Fields {
  try {
    return asFields(JSON.parse(data))
  } catch {
    throw new MalformedJson('an event of the stream is not a JSON object')
  }
}

function asFields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedJson('an event of the stream lacks an object')
  }
  return value as Fields
}

function indexOf(data: Fields): number {
  const index = data['index']
  if (typeof index !== 'number') throw new MalformedJson('an event of the stream has no index')
  return index
}
