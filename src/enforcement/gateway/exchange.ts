import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../../access/request.ts'
import type { Clock } from '../../kernel/clock.ts'

/** One request and its answer, with what both need to know. */
export interface Exchange {
  /** The decision's id, and the `request-id` of the answer. */
  readonly id: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly context: Context
  /** Monotonic milliseconds at which the headers were there. */
  readonly started: number
  /** The client closed the connection before it had the whole answer. */
  readonly isGone: boolean
  /** Calls back when the client goes away, at once if it has. */
  onGone(callback: () => void): void
}

export function beginExchange(
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
): Exchange {
  let isGone = false
  const callbacks: (() => void)[] = []
  response.once('close', () => {
    if (response.writableFinished) return
    isGone = true
    for (const callback of callbacks) callback()
  })
  return {
    id,
    request,
    response,
    context: contextOf(request, clock.now()),
    started: clock.monotonic(),
    get isGone() {
      return isGone
    },
    onGone(callback) {
      if (isGone) callback()
      else callbacks.push(callback)
    },
  }
}

/** What the network layer judges. Forwarded headers are handed on as claims; nothing here believes them. */
function contextOf({ socket, headers }: IncomingMessage, time: number): Context {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
  const forwardedFor = joined(headers['x-forwarded-for'])
  const forwardedProto = joined(headers['x-forwarded-proto'])
  const session = shortText(headers['x-claude-code-session-id'])
  const client = shortText(headers['user-agent'])
  return {
    time,
    network: {
      address,
      local: address === '::1' || address.startsWith('127.'),
      encrypted: 'encrypted' in socket && socket.encrypted === true,
      ...(headers.host !== undefined && { host: headers.host }),
      ...(forwardedFor !== undefined && { forwardedFor }),
      ...(forwardedProto !== undefined && { forwardedProto }),
    },
    ...(session !== undefined && { session }),
    ...(client !== undefined && { client }),
  }
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}

function shortText(value: string | string[] | undefined): string | undefined {
  const text = joined(value)
  return text === undefined ? undefined : text.replace(/[^\x20-\x7e]/g, '').slice(0, 128)
}
