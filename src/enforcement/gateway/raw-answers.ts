import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { systemCode } from '../../kernel/errors.ts'
import { errorBody, type Refusal, refuse } from './refusal.ts'

/** What the parser could not read, as a refusal; null when nobody is left to hear it. */
function refusalOfParserError(error: Error): Refusal | null {
  switch (systemCode(error)) {
    case 'ECONNRESET':
    case 'EPIPE':
      return null
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refuse(408, 'network.malformed-request', 'the request did not arrive in time')
    case 'HPE_HEADER_OVERFLOW':
      return refuse(431, 'network.malformed-request', 'the header fields are too large')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return refuse(413, 'network.too-large', 'the chunk extensions are too large')
    default:
      return refuse(400, 'network.malformed-request', 'the request is not HTTP/1.1')
  }
}

/**
 * Answers a connection whose bytes are not a request, and closes it. Returns the refusal for the record.
 * When an earlier request on the connection is still being answered, nothing is written: it would be read as its answer.
 */
export function answerBrokenConnection(
  error: Error,
  socket: Socket,
  requestId: string,
  current: ServerResponse | undefined,
): Refusal | null {
  const refusal = refusalOfParserError(error)
  const belongsToOther = current !== undefined && (current.headersSent || current.req.complete)
  if (!refusal || belongsToOther || !socket.writable) {
    socket.destroy()
    return refusal
  }
  socket.end(rawAnswer(refusal, requestId), () => socket.destroy())
  return refusal
}

/** We are no tunnel. */
export function answerConnect(socket: Duplex): void {
  const refusal = refuse(405, 'network.malformed-request', 'tunnels are not served')
  socket.on('error', () => socket.destroy())
  socket.end(rawAnswer(refusal, 'none'), () => socket.destroy())
}

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
}

function rawAnswer(refusal: Refusal, requestId: string): string {
  const body = errorBody(refusal, requestId)
  return [
    `HTTP/1.1 ${refusal.status} ${phrases[refusal.status] ?? 'Bad Request'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'x-content-type-options: nosniff',
    'cache-control: no-store',
    `request-id: ${requestId}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
