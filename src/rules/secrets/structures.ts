import type { Grade } from '../../access/finding.ts'
import { gradeBase64Pair } from './assignment.ts'
import { charset, countIn, isByteIn, skip, skipBytes, skipBytesBack } from './charsets.ts'
import { inspectContext } from './context.ts'
import { decodeBase64 } from './encoded.ts'
import { isExample, isPlaceholder } from './examples.ts'
import { defineLandmarks, isBehind } from './landmarks.ts'
import { inspectBareKey } from './private-keys.ts'
import { holdFrom, report, type Scan, skipAhead, type Trigger } from './scan.ts'
import { looksRandom } from './tokens.ts'
import { inspectWalletKey } from './wallet-keys.ts'

const JWT_LONGEST = 8_192
const BACKSLASH = 92

/** Secrets with a grammar rather than a prefix: web tokens, headers, seeds of one-time passwords. */
export function structureTriggers(): Trigger[] {
  return [
    { literal: 'eyJ', exact: true, inspect: inspectJwt },
    { literal: 'bearer ', exact: false, inspect: inspectBearer },
    { literal: 'token ', exact: false, inspect: inspectTokenHeader },
    ...['apikey ', 'geniekey ', 'sso-key '].map(literal => ({
      literal,
      exact: false,
      inspect: inspectTokenHeader,
    })),
    { literal: 'basic ', exact: false, inspect: inspectBasic },
    { literal: 'otpauth://', exact: true, inspect: inspectTotp },
  ]
}

function inspectJwt(scan: Scan, start: number): void {
  const { text, bytes } = scan
  if (start > 0 && isByteIn(bytes[start - 1]!, charset.S) && !isAfterEscape(text, start)) return
  const limit = start + JWT_LONGEST
  const headerEnd = skipAhead(scan, start, charset.S, limit)
  if (headerEnd === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  if (text[headerEnd] !== '.' || headerEnd - start < 10) return
  const payloadEnd = skipAhead(scan, headerEnd + 1, charset.S, limit)
  if (payloadEnd === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  // the second part is empty where the key is agreed upon (RFC 7518 §4.5)
  const isDirect = payloadEnd === headerEnd + 1
  if (payloadEnd - headerEnd < 8 && !isDirect) return
  const header = decodeBase64(text.slice(start, headerEnd))
  if (header === undefined || !isJoseHeader(header) || (isDirect && !header.includes('"enc"'))) return
  // three parts, or the five of an encrypted one (RFC 7516 §3.1)
  let end = payloadEnd
  for (let parts = header.includes('"enc"') ? 3 : 1; parts > 0 && text[end] === '.'; parts--)
    end = skipAhead(scan, end + 1, charset.S, limit)
  if (end === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const grade = gradeJwt(text, headerEnd, payloadEnd, end)
  if (grade) report(scan, 'jwt', grade, start, end)
}

/** The token that tutorials show is about John Doe, whose number counts up; others carry `{"some":"payload"}`. */
function gradeJwt(text: string, headerEnd: number, payloadEnd: number, end: number): Grade | undefined {
  const payload = decodeBase64(text.slice(headerEnd + 1, payloadEnd))?.replaceAll(' ', '')
  if (payload === '{"some":"payload"}') return undefined
  if (payload?.includes('"JohnDoe"')) return payload.includes('"1234567890"') ? undefined : 'possible'
  return end > payloadEnd + 8 ? 'certain' : 'likely'
}

function isAfterEscape(text: string, at: number): boolean {
  return (text.charCodeAt(at - 2) === BACKSLASH && 'ntr'.includes(text[at - 1]!)) || text[at - 3] === '%'
}

function isJoseHeader(text: string): boolean {
  try {
    const header: unknown = JSON.parse(text)
    return (
      typeof header === 'object' && header !== null && ('alg' in header || 'enc' in header || 'typ' in header)
    )
  } catch {
    return false
  }
}

/** `Authorization: Bearer …`: RFC 6750. Prose after the word fails the test for randomness. */
function inspectBearer(scan: Scan, start: number, end: number): void {
  inspectHeader(scan, start, end, false)
}

/** `Authorization: token …`; only there, since the word is common. */
function inspectTokenHeader(scan: Scan, start: number, end: number): void {
  inspectHeader(scan, start, end, true)
}

function inspectHeader(scan: Scan, start: number, end: number, needsHeader: boolean): void {
  const { text } = scan
  // most often a word follows
  const wordEnd = skipBytes(scan.bytes, end, charset.bearer, end + 12)
  if (wordEnd < end + 12 && wordEnd < text.length) return
  const close = skipAhead(scan, end, charset.bearer, end + 4_096)
  const named = isAuthorization(scan, start)
  if (needsHeader && !named) return
  if (close === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  if (close - end < (named ? 12 : 20) || !looksRandom(text.slice(end, Math.min(close, end + 200)))) return
  const token = text.slice(end, close)
  if (isPlaceholder(token)) return
  report(scan, 'authorization-header', isExample(token) ? 'possible' : 'likely', end, close, start)
}

/** Whether the word is the scheme of an `Authorization` header, as far as the text before tells. */
function isAuthorization(scan: Scan, start: number): boolean {
  return isBehind(scan, authorization, start)
}

const authorization = defineLandmarks(['authorization'], 32)

function inspectBasic(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const close = skipAhead(scan, end, charset.E, end + 1_024)
  if (close === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const credentials = text.slice(end, close)
  if (close - end < 8 || isPlaceholder(credentials)) return
  const grade =
    gradeBase64Pair(credentials) ??
    (isAuthorization(scan, start) && close - end >= 16 && looksRandom(credentials.slice(0, 200))
      ? 'likely'
      : undefined)
  if (grade) report(scan, 'authorization-header', grade, end, close, start)
}

function inspectTotp(scan: Scan, start: number, end: number): void {
  const { text, bytes } = scan
  const limit = Math.min(text.length, end + 300)
  const named = text.slice(end, limit).indexOf('secret=')
  if (named < 0 && (scan.final || limit < text.length)) return
  let uriEnd = end
  while (uriEnd < limit && !isByteIn(bytes[uriEnd]!, charset.gap) && bytes[uriEnd]! < 127) uriEnd++
  if (uriEnd === text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  if (named < 0 || end + named + 7 > uriEnd) return
  const seed = end + named + 7
  const seedEnd = skip(text, seed, charset.T | charset.Q, uriEnd)
  if (seedEnd - seed >= 16) report(scan, 'totp-seed', 'likely', seed, seedEnd, start)
}

/** What only a look at whole runs of characters tells; called with every run of 24 or more. */
export function inspectRun(scan: Scan, start: number, end: number): void {
  if (end - start === 40) inspectAwsSecret(scan, start, end)
  if (end - start >= 27 && end - start <= 38) inspectDiscordToken(scan, start, end)
  inspectBareKey(scan, start, end)
  inspectContext(scan, start, end)
  if (end - start >= 51 && end - start <= 58) inspectWalletKey(scan, start, end)
}

const keyIds = defineLandmarks(['AKIA', 'ASIA'], 160, true)

/** Forty characters of base64 shortly after an access key id. */
function inspectAwsSecret(scan: Scan, start: number, end: number): void {
  const { text, bytes } = scan
  // hashes have as many characters and no capitals
  if (skipBytes(bytes, start, charset.B, end) !== end || skipBytes(bytes, start, charset.L, end) === end)
    return
  if (!isBehind(scan, keyIds, start)) return
  const before = text.slice(Math.max(0, start - 160), start)
  const id = Math.max(before.lastIndexOf('AKIA'), before.lastIndexOf('ASIA'))
  if (id < 0 || skip(before, id, charset.U, id + 20) !== id + 20) return
  const secret = text.slice(start, end)
  if (!looksRandom(secret) || secret.toLowerCase() === secret) return
  report(scan, 'aws-secret-access-key', isExample(secret) ? 'possible' : 'likely', start, end)
}

/** A numeric id in base64, a time, a signature. */
function inspectDiscordToken(scan: Scan, start: number, end: number): void {
  const { text, bytes } = scan
  const timeStart = start - 7
  if (timeStart < 1 || bytes[start - 1] !== 46 || bytes[timeStart - 1] !== 46) return
  if (skipBytes(bytes, timeStart, charset.S, start) !== start - 1) return
  const idStart = skipBytesBack(bytes, timeStart - 1, charset.S, Math.max(0, timeStart - 30))
  if (timeStart - 1 - idStart < 18 || timeStart - 1 - idStart > 28) return
  const id = decodeBase64(text.slice(idStart, timeStart - 1))
  if (id === undefined || id.length < 13 || countIn(id, 0, id.length, charset.D) !== id.length) return
  report(scan, 'discord-bot-token', 'certain', idStart, end)
}
