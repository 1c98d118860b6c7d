import type { IncomingHttpHeaders } from 'node:http'
import { type Dispatcher, Pool } from 'undici'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'

interface UpstreamRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: string[]
  readonly body: Buffer | null
}

export interface UpstreamHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

/** Takes the body of an answer; `data` returns false to ask for a pause until `resume`. */
interface UpstreamSink {
  data(chunk: Buffer): boolean
  end(): void
  /** The connection broke before the answer was whole. */
  failed(fault: UpstreamFault): void
}

/** A call under way. Nothing of its body is delivered before `pipe`. */
export interface UpstreamCall {
  /** Rejects with an `UpstreamFault`. */
  readonly head: Promise<UpstreamHead>
  pipe(sink: UpstreamSink): void
  resume(): void
  /** Closes the connection at once; the sink hears nothing more. Harmless when the call is over. */
  abort(): void
}

export interface Upstream {
  call(request: UpstreamRequest): UpstreamCall
  /** Lets calls under way finish. */
  close(): Promise<void>
  destroy(): Promise<void>
}

/** The upstream could not be reached, fell silent or broke off; `message` is fit for a client. */
export class UpstreamFault extends Error {
  override readonly name = 'UpstreamFault'
  readonly status: 502 | 504

  constructor(status: 502 | 504, message: string, cause?: unknown) {
    super(message, { cause })
    this.status = status
  }
}

/** A pool of connections to the one configured origin. Throws `config.invalid` for plain HTTP beyond loopback. */
export function openUpstream(url: string, timeoutSeconds: number): Upstream {
  const origin = new URL(url)
  if (origin.protocol === 'http:' && !isLoopback(origin.hostname)) {
    throw new PortcullisError(
      'config.invalid',
      `the upstream \`${origin.origin}\` is plain HTTP beyond this machine`,
      'use https in `gateway.upstream.url`',
    )
  }
  const prefix = origin.pathname.replace(/\/+$/, '')
  const timeout = timeoutSeconds * 1_000
  const pool = new Pool(origin.origin, {
    // HTTP/1.1 on purpose: measured, and one aborted stream never touches another.
    allowH2: false,
    pipelining: 1,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    connect: { timeout: Math.min(timeout, 10_000) },
  })
  return {
    call: request => startCall(pool, { ...request, path: prefix + request.path }),
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function startCall(pool: Pool, request: UpstreamRequest): UpstreamCall {
  const { promise: head, resolve, reject } = Promise.withResolvers<UpstreamHead>()
  // The head may fail before anybody waits for it: while the decision is still being recorded.
  head.catch(() => {})
  let controller: Dispatcher.DispatchController | null = null
  let sink: UpstreamSink | null = null
  let isAborted = false
  /** undici may deliver what it holds although it was paused (when the peer closes), so it is kept in order. */
  const early: Buffer[] = []
  let ending: (() => void) | null = null

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started
      if (isAborted) started.abort(new Error('the client is gone'))
    },
    onResponseStart(started, status, headers) {
      if (status < 200) return
      started.pause()
      resolve({ status, headers })
    },
    onResponseData(started, chunk) {
      if (isAborted) return
      if (!sink) early.push(chunk)
      else if (!sink.data(chunk)) started.pause()
    },
    onResponseEnd() {
      if (isAborted) return
      if (sink) sink.end()
      else ending = () => sink!.end()
    },
    onResponseError(_started, error) {
      const fault = toFault(error)
      reject(fault)
      if (isAborted) return
      if (sink) sink.failed(fault)
      else ending = () => sink!.failed(fault)
    },
  }
  pool.dispatch({ ...request, method: request.method, headers: request.headers }, handler)

  return {
    head,
    pipe(target) {
      sink = target
      for (const chunk of early.splice(0)) if (!isAborted) target.data(chunk)
      if (isAborted) return
      if (ending) ending()
      else controller?.resume()
    },
    resume: () => controller?.resume(),
    abort() {
      isAborted = true
      controller?.abort(new Error('the client is gone'))
    },
  }
}

function toFault(error: Error): UpstreamFault {
  const code = systemCode(error) ?? ''
  if (code.includes('TIMEOUT')) return new UpstreamFault(504, 'the upstream did not answer in time', error)
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ENETUNREACH') {
    return new UpstreamFault(502, `the upstream cannot be reached (${code})`, error)
  }
  return new UpstreamFault(502, `the connection to the upstream broke${code ? ` (${code})` : ''}`, error)
}
