import type { RestoredSecret } from '../../access/decision.ts'
import { putBack } from '../../guard/validation/restoring.ts'
import { placeholdersIn } from '../../rules/secrets/placeholders.ts'
import { createSseParser, formatEvent, type SseEvent } from './sse.ts'

/** What a model asks of a tool of the client. */
export interface ToolUse {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  readonly placeholders: readonly string[]
}

/** Which secrets may stand in the input of a tool use when it reaches the client; they are on record by then. */
export type RestoreUse = (use: ToolUse) => Promise<readonly RestoredSecret[]>

type Piece = Buffer | Promise<Buffer>

/** Holds each tool use of a masked stream until it is whole, and lets it go with secrets put back. */
export interface UseRestorer {
  push(pieces: readonly Buffer[]): readonly Piece[]
}

interface HeldUse {
  readonly name: string
  readonly events: Buffer[]
  json: string
}

export function createUseRestorer(restore: RestoreUse, maxEventBytes: number): UseRestorer {
  const held = new Map<unknown, HeldUse>()
  const parser = createSseParser(takeEvent, maxEventBytes)
  let out: Piece[] = []

  function takeEvent(event: SseEvent): void {
    const data = event.data === null ? {} : JSON.parse(event.data)
    const use = held.get(data.index)
    if (data.type === 'content_block_start' && data.content_block?.type === 'tool_use') {
      held.set(data.index, { name: String(data.content_block.name), events: [event.raw], json: '' })
    } else if (use && data.type === 'content_block_delta') {
      use.events.push(event.raw)
      use.json += data.delta?.partial_json ?? ''
    } else if (use && data.type === 'content_block_stop') {
      held.delete(data.index)
      use.events.push(event.raw)
      out.push(letGo(use, data.index, restore))
    } else {
      if (data.type === 'message_stop' || data.type === 'error') releaseAll()
      out.push(event.raw)
    }
  }

  /** A use that never ended is not acted on; it goes on as it came. */
  function releaseAll(): void {
    for (const { events } of held.values()) out.push(...events)
    held.clear()
  }

  return {
    push(pieces) {
      for (const piece of pieces) parser.push(piece)
      const whole = out
      out = []
      return whole
    },
  }
}

function letGo(use: HeldUse, index: number, restore: RestoreUse): Piece {
  const placeholders = placeholdersIn(use.json)
  const input = placeholders.length > 0 ? parsed(use.json) : null
  const asItCame = Buffer.concat(use.events)
  if (input === null) return asItCame
  return restore({ name: use.name, input, placeholders }).then(secrets =>
    secrets.length === 0 ? asItCame : rewritten(use, index, secrets),
  )
}

/** The same block with its whole input in one delta. */
function rewritten({ events, json }: HeldUse, index: number, secrets: readonly RestoredSecret[]): Buffer {
  const input: unknown = JSON.parse(json, (_key, value: unknown) =>
    typeof value === 'string' ? putBack(value, secrets) : value,
  )
  const delta = { type: 'input_json_delta', partial_json: JSON.stringify(input) }
  const middle = formatEvent('content_block_delta', { type: 'content_block_delta', index, delta })
  return Buffer.concat([events[0]!, Buffer.from(middle), events.at(-1)!])
}

/** Null for what is no object: an input that was cut short. */
function parsed(json: string): ToolUse['input'] | null {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as ToolUse['input']) : null
  } catch {
    return null
  }
}
