import type { IncomingMessage } from 'node:http'
import { type Refusal, refuse } from './refusal.ts'

/** Bytes of request bodies held in memory at once, over all requests. */
export interface BodyBudget {
  /** Takes bytes; false when they do not fit. */
  take(bytes: number): boolean
  give(bytes: number): void
  limit: number
  readonly used: number
}

export function createBodyBudget(limit: number): BodyBudget {
  let used = 0
  return {
    limit,
    take(bytes) {
      if (used + bytes > this.limit) return false
      used += bytes
      return true
    },
    give(bytes) {
      used -= bytes
    },
    get used() {
      return used
    },
  }
}

export interface BodyLimits {
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly budget: BodyBudget
  /** Called when the headers promise a body that fits, before its first byte is read. */
  readonly onWelcome: () => void
}

/** A body in memory; `release` gives its bytes back to the budget. */
export interface HeldBody {
  readonly bytes: Buffer
  release(): void
}

/** Reads a whole body within its limits. Null: the client went away. */
export function readBody(
  request: IncomingMessage,
  { maxBytes, timeoutMs, budget, onWelcome }: BodyLimits,
): Promise<HeldBody | Refusal | null> {
  const tooLarge = () => refuse(413, 'network.too-large', `the body is larger than ${maxBytes} bytes`)
  const overloaded = () => refuse(503, 'network.overloaded', 'too many request bodies are in flight')
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > maxBytes) return Promise.resolve(tooLarge())
  // It may have gone away while it was asked who it is; then no event will come any more.
  if (request.destroyed) return Promise.resolve(null)
  // Reserved before the first byte, so that slow senders cannot promise more than there is.
  if (!budget.take(declared)) return Promise.resolve(overloaded())
  onWelcome()

  return new Promise(resolve => {
    const chunks: Buffer[] = []
    /** The body as promised, filled as it comes: chunks kept until the end would double it. */
    let promised: Buffer | null = null
    let filled = 0
    let received = 0
    let reserved = declared
    const timer = setTimeout(
      () => give(refuse(408, 'network.malformed-request', 'the body did not arrive in time')),
      timeoutMs,
    )
    request.on('data', onData)
    request.once('end', onEnd)
    request.once('close', onClose)

    function onData(chunk: Buffer): void {
      received += chunk.length
      if (received > maxBytes) give(tooLarge())
      else if (!reserve(received)) give(overloaded())
      else keep(chunk)
    }

    function keep(chunk: Buffer): void {
      if (chunk.length >= declared || received > declared) return void chunks.push(chunk)
      promised ??= Buffer.allocUnsafeSlow(declared)
      promised.set(chunk, filled)
      filled += chunk.length
    }

    function reserve(bytes: number): boolean {
      if (bytes <= reserved) return true
      if (!budget.take(bytes - reserved)) return false
      reserved = bytes
      return true
    }

    function onEnd(): void {
      stop()
      if (promised) chunks.unshift(promised.subarray(0, filled))
      const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, received)
      let isHeld = true
      resolve({
        bytes,
        release() {
          if (isHeld) budget.give(reserved)
          isHeld = false
        },
      })
    }

    function onClose(): void {
      give(null)
    }

    function give(outcome: Refusal | null): void {
      stop()
      budget.give(reserved)
      resolve(outcome)
    }

    function stop(): void {
      clearTimeout(timer)
      request.off('data', onData)
      request.off('end', onEnd)
      request.off('close', onClose)
    }
  })
}
