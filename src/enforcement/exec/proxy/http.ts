import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { systemCode } from '../../../kernel/errors.ts'
import { forward } from './forward.ts'
import { parseAuthority, type Target } from './host.ts'
import { findSmuggling, valuesOf } from './http-head.ts'
import {
  type Asked,
  explainRefusal,
  nothingAsked,
  type ProxyProtocol,
  type RefusalReason,
  Refused,
  refusals,
} from './refusal.ts'
import { readBasic } from './token.ts'
import type { Visit } from './visit.ts'

export interface HttpLimits {
  readonly headBytes: number
  readonly headers: number
  readonly idleMs: number
}

/** What is known of a connection that speaks HTTP. */
interface Talk {
  readonly visit: Visit
  /** The answer to the request under way. */
  answering: ServerResponse | null
  /** A refusal was the last word: what else was sent is not looked at. */
  isOver: boolean
}

/**
 * The HTTP side: CONNECT and absolute-form requests (RFC 9112 §3.2). Gives what takes a connection over; the server behind it
 * never listens.
 */
export function createHttpSide(limits: HttpLimits): (visit: Visit) => void {
  const talks = new WeakMap<object, Talk>()
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: limits.headBytes,
    // Looked at in `findSmuggling`, so that its absence is recorded.
    requireHostHeader: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
  })
  // Counted in `checkHead`; Node would drop what is beyond its own limit and go on.
  server.maxHeadersCount = 0
  server.timeout = limits.idleMs
  // Known to Node, though not to its types: who has said all may still be answered.
  Object.assign(server, { httpAllowHalfOpen: true })
  const talkOf = (message: IncomingMessage) => talks.get(message.socket)!
  const onRequest = (request: IncomingMessage, response: ServerResponse) =>
    attend(talkOf(request), talk => serve(request, response, talk, limits))
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, onRequest)
  server.on('connect', (request: IncomingMessage, _socket, rest: Buffer) =>
    attend(talkOf(request), talk => tunnel(request, rest, talk, limits)),
  )
  server.on('clientError', (error, socket) => onMalformed(error, talks.get(socket)!))
  return visit => {
    talks.set(visit.socket, { visit, answering: null, isOver: false })
    server.emit('connection', visit.socket)
  }
}

const KEEP_ALIVE_MS = 5_000

function attend(talk: Talk, work: (talk: Talk) => Promise<void>): void {
  if (talk.isOver) return
  work(talk).catch(() => {
    talk.visit.record('proxy.fault', 'http', nothingAsked)
    sayLast(talk, 'proxy.fault')
  })
}

/** Where a request that passed all checks of its head goes. */
interface Question {
  readonly target: Target
  /** In origin form, for the upstream. */
  readonly path: string
}

/** A question and the connection that was opened for it. */
interface Way extends Question {
  readonly upstream: Socket
}

async function tunnel(request: IncomingMessage, rest: Buffer, talk: Talk, limits: HttpLimits): Promise<void> {
  const { visit } = talk
  const way = talk.answering
    ? new Refused('proxy.malformed-request')
    : await findWay(request, talk, limits, 'connect')
  if (way instanceof Refused) {
    visit.record(way.reason, 'connect', way.asked)
    sayLast(talk, way.reason)
    return
  }
  visit.socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
  visit.join(way.upstream, rest)
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  talk: Talk,
  limits: HttpLimits,
): Promise<void> {
  if (talk.answering) {
    // Requests sent without waiting could open any number of connections at a time.
    talk.visit.record('proxy.malformed-request', 'http', nothingAsked)
    sayLast(talk, 'proxy.malformed-request')
    return
  }
  talk.answering = response
  response.once('finish', () => {
    talk.answering = null
    talk.visit.headIs('awaited')
  })
  const refuse = ({ reason, asked }: Refused) => {
    if (talk.isOver) return
    talk.isOver = true
    talk.visit.record(reason, 'http', asked)
    answer(response, reason)
  }
  const way = await findWay(request, talk, limits, 'http')
  if (way instanceof Refused) refuse(way)
  else
    forward({ ...way, request, response }, () =>
      refuse(new Refused('proxy.unreachable', askedFor(way.target))),
    )
}

async function findWay(
  request: IncomingMessage,
  { visit }: Talk,
  limits: HttpLimits,
  protocol: 'connect' | 'http',
): Promise<Way | Refused> {
  visit.headIs('read')
  const question = checkHead(request, limits, visit, protocol)
  if (question instanceof Refused) return question
  const opened = await visit.open(question.target)
  return opened.kind === 'open'
    ? { ...question, upstream: opened.socket }
    : new Refused(opened.reason, askedFor(question.target))
}

function askedFor({ host, port }: Target): Asked {
  return { host: host.text, port }
}

/** The order: is it well-formed, is it ours, where does it go. */
function checkHead(
  request: IncomingMessage,
  limits: HttpLimits,
  visit: Visit,
  protocol: 'connect' | 'http',
): Question | Refused {
  if (request.rawHeaders.length > limits.headers * 2) return new Refused('proxy.too-large')
  if (findSmuggling(request)) return new Refused('proxy.malformed-request')
  const credentials = valuesOf(request, 'proxy-authorization')
  if (credentials.length === 0) return new Refused('proxy.token-missing')
  const basic = credentials.length === 1 ? readBasic(credentials[0]!) : undefined
  if (basic === undefined || !visit.isKnown(basic)) return new Refused('proxy.token-wrong')
  return protocol === 'connect' ? connectTarget(request.url!) : absoluteTarget(request.url!)
}

function connectTarget(text: string): Question | Refused {
  const target = parseAuthority(text)
  return typeof target === 'string' ? malformed(target, text) : { target, path: '' }
}

const ABSOLUTE = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/i

/** Taken apart by hand: a URL parser would make an address of `0x7f.1`, and a host of `a\@b`. */
function absoluteTarget(url: string): Question | Refused {
  const match = ABSOLUTE.exec(url)
  if (!match) return new Refused('proxy.malformed-request')
  const [, scheme = '', authority = '', rest = ''] = match
  if (scheme.toLowerCase() !== 'http')
    return new Refused('proxy.scheme-not-allowed', { host: authority, port: null })
  const target = parseAuthority(authority, 80)
  if (typeof target === 'string') return malformed(target, authority)
  if (rest.includes('#')) return new Refused('proxy.malformed-request', askedFor(target))
  return { target, path: rest.startsWith('/') ? rest : `/${rest}` }
}

function malformed(half: 'malformed-host' | 'malformed-port', text: string): Refused {
  return new Refused(`proxy.${half}`, { host: text, port: null })
}

/** The parser could not go on. A client that went away is no matter. */
function onMalformed(error: Error, talk: Talk): void {
  const code = systemCode(error) ?? ''
  if (talk.isOver) return
  if (!code.startsWith('HPE_') || code === 'HPE_INVALID_EOF_STATE') {
    talk.visit.socket.destroy()
    return
  }
  const [reason, protocol] = misreadings[code] ?? (['proxy.malformed-request', 'http'] as const)
  talk.visit.record(reason, protocol, nothingAsked)
  sayLast(talk, reason)
}

const misreadings: Readonly<Record<string, readonly [RefusalReason, ProxyProtocol]>> = {
  HPE_HEADER_OVERFLOW: ['proxy.too-large', 'http'],
  // The preface of HTTP/2 without TLS.
  HPE_PAUSED_H2_UPGRADE: ['proxy.protocol-not-allowed', 'unknown'],
}

/** Answers on the bare socket and closes. Amid an answer there is no place for another. */
function sayLast(talk: Talk, reason: RefusalReason): void {
  talk.isOver = true
  talk.visit.headIs('read')
  if (talk.answering?.headersSent) talk.visit.socket.destroy()
  else talk.visit.farewell(rawAnswer(reason))
}

function answerHeaders(reason: RefusalReason): [string, string][] {
  const text = explainRefusal(reason)
  const headers: [string, string][] = [
    ['content-type', 'text/plain; charset=utf-8'],
    ['content-length', String(Buffer.byteLength(text))],
    ['x-portcullis-reason', reason],
    ['connection', 'close'],
  ]
  if (refusals[reason].status === 407) headers.push(['proxy-authenticate', 'Basic realm="portcullis"'])
  return headers
}

function answer(response: ServerResponse, reason: RefusalReason): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  response.sendDate = false
  response.writeHead(refusals[reason].status, answerHeaders(reason).flat())
  response.end(explainRefusal(reason))
}

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}

/** A whole answer as bytes, for where no request was understood. */
export function rawAnswer(reason: RefusalReason): string {
  const { status } = refusals[reason]
  const lines = answerHeaders(reason).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${phrases[status]}\r\n${lines.join('')}\r\n${explainRefusal(reason)}`
}
