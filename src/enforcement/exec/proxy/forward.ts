import { type IncomingMessage, type ServerResponse, request as startRequest } from 'node:http'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { formatAuthority, type Target } from './host.ts'
import { passedHeaders, valuesOf } from './http-head.ts'

export interface Passage {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly target: Target
  readonly path: string
  /** Connected to a checked address of the target; used for this one request. */
  readonly upstream: Socket
}

const VIA = '1.1 portcullis'

/** Sends a request on, built anew from its parts, and its answer back. `failed` is called when no answer came. */
export function forward(passage: Passage, failed: () => void): void {
  const { request, response, upstream } = passage
  if (response.destroyed) {
    upstream.destroy()
    return
  }
  const onward = startRequest({
    method: request.method!,
    path: passage.path,
    headers: onwardHeaders(passage),
    createConnection: () => upstream,
  })
  if (valuesOf(request, 'expect').length > 0) response.writeContinue()
  response.once('close', () => upstream.destroy())
  onward.on('error', failed)
  // Nothing was said of another protocol, so there is none to change to.
  onward.once('upgrade', failed)
  onward.once('response', answer => void sendBack(answer, response, failed))
  // A break on either side has ended both streams, and `error` or `close` above tells of it.
  pipeline(request, onward).catch(() => upstream.destroy())
}

function onwardHeaders({ request, target }: Passage): string[] {
  const headers = ['Host', formatAuthority(target, 80), ...passedHeaders(request), 'Via', VIA]
  if (valuesOf(request, 'transfer-encoding').length > 0) headers.push('Transfer-Encoding', 'chunked')
  else if (valuesOf(request, 'content-length').length === 0 && hasBodyByDefault(request.method!))
    headers.push('Content-Length', '0')
  return [...headers, 'Connection', 'close']
}

/** Node would send these in chunks when nothing says how long they are. */
function hasBodyByDefault(method: string): boolean {
  return !['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'].includes(method)
}

async function sendBack(
  answer: IncomingMessage,
  response: ServerResponse,
  failed: () => void,
): Promise<void> {
  try {
    response.writeHead(answer.statusCode!, [...passedHeaders(answer), 'Via', VIA])
    await pipeline(answer, response)
  } catch {
    // Broken off midway: the program inside must see that it is not whole.
    failed()
  }
}
