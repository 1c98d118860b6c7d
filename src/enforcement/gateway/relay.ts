import type { SecretEngine } from '../../rules/secrets/types.ts'
import type { Exchange } from './exchange.ts'
import { replyHeaders } from './headers.ts'
import { MalformedJson } from './json-bytes.ts'
import type { BodyBudget } from './read-body.ts'
import { fault, type Refusal, sendRefusal } from './refusal.ts'
import type { ReplyFacts } from './reply.ts'
import { maskReply } from './reply-json.ts'
import { createUseRestorer, type RestoreUse } from './reply-restoring.ts'
import { createReplyStream } from './reply-stream.ts'
import { formatEvent, SseOverflow } from './sse.ts'
import { type UpstreamCall, UpstreamFault, type UpstreamHead } from './upstream.ts'

const MAX_REPLY_BYTES = 64 * 1024 * 1024
const MAX_EVENT_BYTES = 16 * 1024 * 1024

export interface RelayOptions {
  readonly exchange: Exchange
  readonly call: UpstreamCall
  readonly engine: SecretEngine
  readonly facts: ReplyFacts
  /** Shared with the bodies of requests: an answer that is held whole takes its bytes from it. */
  readonly budget: BodyBudget
  /** With it, tool uses of a stream are held until they are whole, and secrets are put back into them. */
  readonly restore?: RestoreUse | undefined
}

/** How the relaying ended; `fault` says why when it did not end well. */
export interface Relayed {
  readonly status: number
  readonly fault?: string
}

/** Carries the upstream's answer to the client, masked on its way. Resolves when the last byte is handed over or the client is gone. */
export async function relay(options: RelayOptions): Promise<Relayed> {
  const { call, exchange } = options
  let head: UpstreamHead
  try {
    head = await call.head
  } catch (error) {
    if (!(error instanceof UpstreamFault)) throw error
    return answerFault(exchange, fault(error.status, error.message))
  }
  if (head.status >= 400) return relayUntouched(options, head)
  const trouble = unreadable(head)
  if (trouble) {
    call.abort()
    return answerFault(exchange, fault(502, trouble))
  }
  return contentType(head) === 'text/event-stream' ? relayStream(options, head) : relayJson(options, head)
}

/** Why an answer cannot be scanned, or null. What cannot be scanned is not passed on. */
function unreadable(head: UpstreamHead): string | null {
  if (head.status < 200 || head.status >= 300) return `the upstream answered with status ${head.status}`
  const encoding = head.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') return 'the upstream compressed its answer unasked'
  const type = contentType(head)
  if (type === 'application/json' || type === 'text/event-stream') return null
  return 'the upstream answered with something that is not a Messages API reply'
}

function contentType({ headers }: UpstreamHead): string {
  return String(headers['content-type'] ?? '')
    .split(';')[0]!
    .trim()
    .toLowerCase()
}

/** Errors go through word for word: clients match their wording to drop a capability and try again. */
function relayUntouched({ exchange, call }: RelayOptions, head: UpstreamHead): Promise<Relayed> {
  const { response } = exchange
  setReplyHead(exchange, head)
  return new Promise(resolve => {
    exchange.onGone(() => {
      call.abort()
      resolve({ status: head.status })
    })
    response.on('drain', () => call.resume())
    call.pipe({
      data: chunk => response.write(chunk),
      end() {
        response.end()
        resolve({ status: head.status })
      },
      failed(trouble) {
        resolve(breakOff(exchange, head, trouble))
      },
    })
  })
}

function breakOff(exchange: Exchange, head: UpstreamHead, trouble: UpstreamFault): Relayed {
  if (exchange.isGone) return { status: head.status }
  if (!exchange.response.headersSent)
    return answerFault(exchange, fault(trouble.status, trouble.message), head)
  exchange.response.destroy()
  return { status: head.status, fault: trouble.message }
}

function relayJson(options: RelayOptions, head: UpstreamHead): Promise<Relayed> {
  const { exchange, call, budget } = options
  const chunks: Buffer[] = []
  let received = 0
  let taken = 0
  const whole = new Promise<Relayed>(resolve => {
    exchange.onGone(() => {
      call.abort()
      resolve({ status: head.status })
    })
    call.pipe({
      data(chunk) {
        const trouble = hold(chunk)
        if (trouble === null) return true
        call.abort()
        resolve(answerFault(exchange, trouble))
        return true
      },
      end: () => resolve(sendMasked(options, head, Buffer.concat(chunks))),
      failed: trouble => resolve(breakOff(exchange, head, trouble)),
    })
  })
  return whole.finally(() => budget.give(taken))

  function hold(chunk: Buffer): Refusal | null {
    received += chunk.length
    if (received > MAX_REPLY_BYTES) return fault(502, 'the answer of the upstream is too large')
    if (!budget.take(chunk.length)) return fault(503, 'too many bodies and answers are held at once')
    taken += chunk.length
    chunks.push(chunk)
    return null
  }
}

function sendMasked(options: RelayOptions, head: UpstreamHead, bytes: Buffer): Relayed {
  const { exchange, engine, facts } = options
  let safe: Buffer
  try {
    safe = maskReply(bytes, engine, facts)
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error
    return answerFault(exchange, fault(502, 'the answer of the upstream is not JSON'))
  }
  setReplyHead(exchange, head)
  exchange.response.setHeader('content-length', safe.length)
  exchange.response.end(safe)
  return { status: head.status }
}

function relayStream(options: RelayOptions, head: UpstreamHead): Promise<Relayed> {
  const { exchange, call, engine, facts } = options
  const { response } = exchange
  const stream = createReplyStream({ engine, facts, maxEventBytes: MAX_EVENT_BYTES })
  const restorer = options.restore && createUseRestorer(options.restore, MAX_EVENT_BYTES)
  /** What waits for the guard's word about a tool use, and all that comes after it. */
  let waiting: Promise<void> | null = null
  setReplyHead(exchange, head)
  return new Promise(resolve => {
    exchange.onGone(() => {
      call.abort()
      resolve({ status: head.status })
    })
    response.on('drain', () => call.resume())
    call.pipe({
      data(chunk) {
        try {
          return send(stream.push(chunk))
        } catch (error) {
          call.abort()
          resolve(cutUnreadable(error))
          return true
        }
      },
      end() {
        try {
          const { rest, isComplete } = stream.end()
          send(rest)
          afterAllSent(() => {
            if (!isComplete) return resolve(cut('the stream of the upstream did not end'))
            response.end()
            resolve({ status: head.status })
          }, resolve)
        } catch (error) {
          resolve(cutUnreadable(error))
        }
      },
      failed: trouble => resolve(exchange.isGone ? { status: head.status } : cut(trouble.message)),
    })
    // The head leaves with the first event when both are here, and alone when the model takes its time.
    setImmediate(() => {
      if (!response.headersSent && !response.writableEnded && !exchange.isGone) response.flushHeaders()
    })
  })

  function send(pieces: readonly Buffer[]): boolean {
    if (pieces.length === 0) return true
    if (restorer) return sendInTurn(restorer.push(pieces))
    return response.write(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
  }

  function sendInTurn(pieces: readonly (Buffer | Promise<Buffer>)[]): boolean {
    const ready = pieces.filter((piece): piece is Buffer => piece instanceof Buffer)
    if (!waiting && ready.length === pieces.length) {
      return ready.length === 0 || response.write(Buffer.concat(ready))
    }
    const before = waiting ?? Promise.resolve()
    waiting = before.then(async () => {
      for (const piece of pieces) {
        const bytes = await piece
        if (!response.writableEnded) response.write(bytes)
      }
    })
    // A fault is heard where the stream ends; nothing is written after it.
    waiting.catch(() => undefined)
    return true
  }

  function afterAllSent(go: () => void, resolve: (relayed: Relayed) => void): void {
    if (waiting === null) go()
    else waiting.then(go, () => resolve(cut('a tool use could not be judged')))
  }

  function cutUnreadable(error: unknown): Relayed {
    if (!(error instanceof MalformedJson || error instanceof SseOverflow)) throw error
    return cut(`the stream of the upstream cannot be read: ${error.message}`)
  }

  /** What a masker still held is dropped: half a secret must not leave. */
  function cut(message: string): Relayed {
    if (!response.headersSent) return answerFault(exchange, fault(502, message), head)
    response.end(formatEvent('error', { type: 'error', error: { type: 'api_error', message } }))
    return { status: head.status, fault: message }
  }
}

function setReplyHead({ response }: Exchange, head: UpstreamHead): void {
  response.statusCode = head.status
  for (const [name, value] of replyHeaders(head.headers)) response.setHeader(name, value)
}

/** Answers with our own error in place of an answer that cannot be given; `head` had been set and is taken back. */
function answerFault(exchange: Exchange, refusal: Refusal, head?: UpstreamHead): Relayed {
  if (head) for (const [name] of replyHeaders(head.headers)) exchange.response.removeHeader(name)
  if (!exchange.isGone) sendRefusal(exchange.response, refusal, exchange.id)
  return { status: refusal.status, fault: refusal.message }
}
