import type { IncomingHttpHeaders } from 'node:http'
import type { PresentedCredentials } from '../../access/request.ts'
import { Secret } from '../../kernel/secret.ts'

/** RFC 9110 §7.6.1, and what belongs to the leg between the client and us. */
const ownLeg = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
])

const credentialHeaders = new Set(['authorization', 'x-api-key'])

const CLIENT_KEY_PREFIX = 'pcl_'

/** What the caller showed, wrapped so that nothing prints it. */
export function presentedCredentials(headers: IncomingHttpHeaders): PresentedCredentials {
  const apiKey = headers['x-api-key']
  const bearer = bearerOf(headers)
  return {
    ...(typeof apiKey === 'string' && apiKey !== '' && { apiKey: new Secret(apiKey) }),
    ...(bearer !== null && { bearer: new Secret(bearer) }),
  }
}

/** Whether one of the credentials is a key of ours, which no upstream may see. */
export function showsClientKey(headers: IncomingHttpHeaders): boolean {
  const apiKey = headers['x-api-key']
  const isOurs = (text: string | null) => text?.trim().startsWith(CLIENT_KEY_PREFIX) ?? false
  return isOurs(typeof apiKey === 'string' ? apiKey : null) || isOurs(bearerOf(headers))
}

export function showsAnyCredential(headers: IncomingHttpHeaders): boolean {
  return headers['x-api-key'] !== undefined || headers.authorization !== undefined
}

function bearerOf({ authorization }: IncomingHttpHeaders): string | null {
  const match = /^Bearer +(\S.*)$/i.exec(authorization ?? '')
  return match?.[1]?.trim() ?? null
}

/**
 * The headers for the upstream, as a flat list in the client's order and spelling. All are passed on (open lists) but those
 * of our own leg, those named by `Connection`, and, when `credential` is given, the caller's credentials.
 */
export function upstreamHeaders(
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  credential: readonly [string, string] | 'theirs' | 'none',
): string[] {
  const named = connectionNamed(headers.connection)
  const kept: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    const lower = name.toLowerCase()
    if (ownLeg.has(lower) || named.has(lower)) continue
    if (credential !== 'theirs' && credentialHeaders.has(lower)) continue
    kept.push(name, rawHeaders[i + 1]!)
  }
  // Answers are scanned, so they must come uncompressed.
  kept.push('accept-encoding', 'identity')
  if (typeof credential !== 'string') kept.push(...credential)
  return kept
}

/** A client may name any header as hop-by-hop; naming ours away must not change what the upstream is told (RFC 9110 §7.6.1). */
function connectionNamed(connection: string | undefined): Set<string> {
  const names = (connection ?? '').split(',').map(name => name.trim().toLowerCase())
  return new Set(names.filter(name => name !== '' && name !== 'content-type'))
}

/** Headers of the upstream's answer that stay behind: its leg, and what we say ourselves. */
const upstreamLeg = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'request-id',
  'server-timing',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The answer's headers for the client, as they came but for one leg's own; the upstream's request id moves aside. */
export function replyHeaders(headers: IncomingHttpHeaders): [string, string | string[]][] {
  const named = connectionNamed(headers.connection)
  const kept: [string, string | string[]][] = []
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || upstreamLeg.has(name) || named.has(name)) continue
    kept.push([name, value])
  }
  const upstreamId = headers['request-id']
  if (upstreamId !== undefined) kept.push(['x-upstream-request-id', upstreamId])
  return kept
}
