import type { IncomingMessage } from 'node:http'
import { type Refusal, refuse } from './refusal.ts'

const MAX_HEADERS = 100
const MAX_TARGET = 2_048

/** Headers of which two would let two parsers see two different requests. */
const singular = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'transfer-encoding',
  'x-api-key',
])

/** Where a request is aimed, taken from the plain origin form only (RFC 9112 §3.2.1). */
export interface Target {
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
}

/** Refuses what Node's parser lets pass but a second parser behind or before us could read otherwise. */
export function refuseAmbiguous(request: IncomingMessage): Refusal | null {
  const { headers, rawHeaders } = request
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') {
    return malformed('the HTTP version is neither 1.0 nor 1.1')
  }
  if (rawHeaders.length / 2 > MAX_HEADERS) {
    return refuse(431, 'network.malformed-request', `there are more than ${MAX_HEADERS} header fields`)
  }
  const repeated = repeatedHeader(rawHeaders)
  if (repeated) return malformed(`the header \`${repeated}\` appears twice`)
  if (headers['transfer-encoding'] !== undefined) {
    if (headers['content-length'] !== undefined) {
      return malformed('the request has both Content-Length and Transfer-Encoding')
    }
    if (headers['transfer-encoding'].toLowerCase() !== 'chunked') {
      return malformed('the transfer encoding is not `chunked`')
    }
    // RFC 9112 §6.1: a 1.0 client cannot mean it.
    if (request.httpVersion === '1.0') return malformed('an HTTP/1.0 request has a transfer encoding')
  }
  const length = headers['content-length']
  if (length !== undefined && !/^\d{1,15}$/.test(length))
    return malformed('the content length is not a number')
  if (headers.upgrade !== undefined) return malformed('upgrades are not served')
  if (!isPlainHost(headers.host)) return malformed('the Host header is missing or not a host')
  return null
}

/** Top-level names nobody can register, so no stranger's page can be served under them. */
const privateNames = /(?:^|\.)(?:localhost|local|internal|test|home\.arpa)$/

/**
 * Refuses a public name that leads here. In mode `local` whoever reaches the port is the user, and a web page can reach it
 * by letting its own name resolve to this machine (DNS rebinding); its requests then carry that name as Host.
 */
export function refuseRebinding({ headers }: IncomingMessage, ownHost: string): Refusal | null {
  const name = (headers.host ?? '').replace(/:\d*$/, '').toLowerCase().replace(/\.$/, '')
  const isAddress = name.startsWith('[') || /^[\d.]+$/.test(name)
  const isForeign = !isAddress && name.includes('.') && name !== ownHost && !privateNames.test(name)
  const isCrossSite = headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site'
  if (!isForeign && !isCrossSite) return null
  const fact = isForeign
    ? 'the Host header is a public name'
    : 'the request comes from a page of another site'
  return refuse(
    421,
    'network.malformed-request',
    `${fact}, and without authentication only this machine may ask`,
  )
}

function isPlainHost(host: string | undefined): boolean {
  return host !== undefined && /^[A-Za-z0-9._:[\]-]{1,255}$/.test(host)
}

function repeatedHeader(rawHeaders: readonly string[]): string | null {
  const seen = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    if (!singular.has(name)) continue
    if (seen.has(name)) return name
    seen.add(name)
  }
  return null
}

/** The path and query, or a refusal of anything that could name another place after some more decoding. */
export function readTarget(url: string): Target | Refusal {
  if (!url.startsWith('/')) return malformed('the request target is not a path')
  if (url.length > MAX_TARGET)
    return refuse(414, 'network.malformed-request', 'the request target is too long')
  if (!/^[\x21-\x7e]*$/.test(url) || url.includes('#') || url.includes('\\')) {
    return malformed('the request target holds characters no URL has')
  }
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  if (path.includes('//') || path.includes('%') || path.includes(';') || /\/\.\.?(?:\/|$)/.test(path)) {
    return malformed('the path holds dots, escapes or empty segments')
  }
  return { path, query: mark < 0 ? '' : url.slice(mark) }
}

/** Refuses a body that is not plain JSON before a byte of it is read. */
export function refuseBodyKind({ headers }: IncomingMessage): Refusal | null {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return refuse(415, 'network.malformed-request', 'the body is compressed')
  }
  const type = headers['content-type']
  if (type === undefined || !/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type)) {
    return refuse(415, 'network.malformed-request', 'the content type is not `application/json`')
  }
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    return refuse(411, 'network.malformed-request', 'the request has no body')
  }
  return null
}

function malformed(fact: string): Refusal {
  return refuse(400, 'network.malformed-request', fact)
}
