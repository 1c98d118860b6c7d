import type { ServerResponse } from 'node:http'
import type { Deny, Reason } from '../../access/decision.ts'
import { reason } from '../../access/decision.ts'
import type { ReasonCode } from '../../access/reason-codes.ts'

/** An answer of our own in the shape of the Messages API's errors. */
export interface Refusal {
  readonly status: number
  readonly type: string
  readonly message: string
  readonly reasons: readonly Reason[]
  readonly retryAfter?: number
  /** The same request would be refused again: clients must not retry it. */
  readonly isFinal?: boolean
  /** What was not read of the request makes the connection unusable. */
  readonly closes?: boolean
}

const errorTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  451: 'permission_error',
  500: 'api_error',
  502: 'api_error',
  503: 'overloaded_error',
  504: 'timeout_error',
}

/** A refusal of the protocol, before there is a request the guard could judge. */
export function refuse(status: number, code: ReasonCode, fact: string): Refusal {
  const why = reason(code, fact)
  return { status, type: typeOf(status), message: sentence(why), reasons: [why], closes: true }
}

/** The upstream or the gate itself is in trouble; no reason code, because nobody was refused anything. */
export function fault(status: number, message: string): Refusal {
  return { status, type: typeOf(status), message, reasons: [] }
}

/** How a denial of the guard is said over HTTP. */
export function refusalOf(decision: Deny): Refusal {
  const [first] = decision.reasons
  const status = statusOf(first.code)
  return {
    status,
    type: typeOf(status),
    message: `${decision.reasons.map(sentence).join('. ')}. Details: portcullis explain ${decision.id}`,
    reasons: decision.reasons,
    ...(decision.retryAfter !== undefined && { retryAfter: decision.retryAfter }),
    isFinal: status === 451,
  }
}

/** Whether the denial is about what was said, so that it can be told as a turn of the conversation. */
export function isContentRefusal(refusal: Refusal): boolean {
  return refusal.status === 451
}

/** Measured with the real client: 451 is sent once and shown in full, 400 makes it try six times (clients.md §2.6). */
function statusOf(code: ReasonCode): number {
  switch (code) {
    case 'network.rate-limited':
      return 429
    case 'network.malformed-request':
      return 400
    case 'network.too-large':
      return 413
    case 'network.overloaded':
    case 'monitoring.record-not-durable':
      return 503
    case 'guard.fault':
      return 500
  }
  if (code.startsWith('authentication.')) return 401
  if (code.startsWith('validation.') || code.startsWith('execution.')) return 451
  return 403
}

function typeOf(status: number): string {
  return errorTypes[status] ?? 'invalid_request_error'
}

function sentence({ message, remedy }: Reason): string {
  return `${message}; ${remedy}`
}

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const

/** Headers every answer carries. */
export function setCommonHeaders(response: ServerResponse, requestId: string, encrypted: boolean): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
  if (encrypted) response.setHeader('strict-transport-security', 'max-age=31536000')
  response.setHeader('request-id', requestId)
}

export function errorBody({ type, message }: Pick<Refusal, 'type' | 'message'>, requestId: string): string {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId })
}

/** Sends a refusal; the caller has set the common headers. */
export function sendRefusal(response: ServerResponse, refusal: Refusal, requestId: string): void {
  const body = errorBody(refusal, requestId)
  response.statusCode = refusal.status
  response.setHeader('content-type', 'application/json')
  response.setHeader('content-length', Buffer.byteLength(body))
  response.setHeader('cache-control', 'no-store')
  const retryAfter = refusal.retryAfter ?? (refusal.status === 503 ? 1 : undefined)
  if (retryAfter !== undefined) response.setHeader('retry-after', Math.max(1, Math.ceil(retryAfter)))
  if (refusal.isFinal) response.setHeader('x-should-retry', 'false')
  if (refusal.closes) response.setHeader('connection', 'close')
  if (response.req.method === 'HEAD') return void response.end()
  if (!refusal.closes || response.req.complete) return void response.end(body)
  endAfterLingering(response, body)
}

const LINGER_MS = 1_000

/** Closing on a client that still sends would reset the connection and lose the answer, so its bytes are thrown away for a moment. */
function endAfterLingering(response: ServerResponse, body: string): void {
  response.write(body)
  const request = response.req
  const end = () => {
    clearTimeout(timer)
    if (!response.writableEnded) response.end()
  }
  const timer = setTimeout(() => {
    end()
    request.destroy()
  }, LINGER_MS)
  request.once('end', end)
  request.once('close', end)
  request.resume()
}
