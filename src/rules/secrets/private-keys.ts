import { charset, isIn, skip } from './charsets.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'

const PEM_LONGEST = 65_536
const PUTTY_LONGEST = 8_192
const OBJECT_LONGEST = 6_144
const BACKSLASH = 92

/** Private keys in the notations they are kept and sent in. */
export function privateKeyTriggers(): Trigger[] {
  return [
    { literal: '-----BEGIN ', exact: true, inspect: inspectPem },
    { literal: 'PuTTY-User-Key-File-', exact: true, inspect: inspectPutty },
    { literal: '"kty"', exact: true, inspect: inspectJwk },
    ...['"d"', '"k"'].map(literal => ({ literal, exact: true, inspect: inspectJwkMember })),
    { literal: '<RSAKeyValue>', exact: true, inspect: inspectXmlKey },
  ]
}

/** From BEGIN to END; without an END, as far as lines of base64 go. */
function inspectPem(scan: Scan, start: number, labelStart: number): void {
  const { text, final } = scan
  const labelEnd = text.indexOf('-----', labelStart)
  if (labelEnd < 0 || labelEnd > labelStart + 60) {
    if (!final && text.length < labelStart + 65) holdFrom(scan, start)
    return
  }
  const label = text.slice(labelStart, labelEnd)
  if (!isPrivateLabel(label)) return
  const body = readPemBody(scan, start, labelEnd + 5)
  if (body === 'open') {
    holdFrom(scan, start)
    return
  }
  if (body > 0) report(scan, 'private-key', 'certain', start, body)
}

/** RFC 7468 writes labels in capitals; OpenVPN's shared key has its own. */
function isPrivateLabel(label: string): boolean {
  if (label === 'OpenVPN Static key V1') return true
  return label.includes('PRIVATE KEY') && label.toUpperCase() === label
}

/** The end of the key, 0 when there is none, `open` when more text must come first. */
function readPemBody(scan: Scan, start: number, bodyStart: number): number | 'open' {
  const { text } = scan
  const limit = Math.min(text.length, start + PEM_LONGEST)
  let index = bodyStart
  let keyEnd = 0
  let words = 0
  let longRuns = 0
  while (index < limit) {
    if (text.charCodeAt(index) === 45 && text.startsWith('-----', index)) {
      const close = text.indexOf('-----', index + 5)
      if (close < 0 && !scan.final && text.length < index + 75) return 'open'
      const closed = close >= 0 && close < index + 70
      return longRuns > 0 ? (closed ? close + 5 : keyEnd) : 0
    }
    const end = skipEncoded(text, index, limit)
    // what is a word so far may become a line of the key
    if (end === text.length && !scan.final) break
    if (end > index) {
      if (end - index >= 24) {
        longRuns++
        words = 0
        keyEnd = end
      } else if (words++ === 0 && longRuns > 0) keyEnd = end
      // prose begins, or the armour's own headers never end
      if (words > (longRuns > 0 ? 8 : 24)) return keyEnd
      index = end
    } else index = skipSeparator(text, index)
  }
  if (!scan.final && text.length < start + PEM_LONGEST) return 'open'
  return keyEnd
}

/** A run of base64, also where `+`, `/` and `=` are percent-encoded. */
function skipEncoded(text: string, at: number, limit: number): number {
  let index = skip(text, at, charset.E, limit)
  while (text[index] === '%' && ['2B', '2F', '3D'].includes(text.slice(index + 1, index + 3).toUpperCase()))
    index = skip(text, index + 3, charset.E, limit)
  return index
}

/** One character between two runs, or an escaped line end as one. */
function skipSeparator(text: string, at: number): number {
  let index = at
  while (text.charCodeAt(index) === BACKSLASH) index++
  if (index === at) return text[at] === '%' ? at + 3 : at + 1
  return 'nrt'.includes(text[index] ?? ' ') ? index + 1 : index
}

function inspectPutty(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const limit = Math.min(text.length, start + PUTTY_LONGEST)
  if (end < text.length && !isIn(text.charCodeAt(end), charset.D)) return
  const [own = ''] = text.slice(end, limit).split('PuTTY-User-Key-File-', 1)
  const last = own.indexOf('Private-MAC:') + end
  if (last >= end) {
    const close = skip(text, skip(text, last + 12, charset.blank, last + 20), charset.X, last + 100)
    if (close === text.length && !scan.final) {
      holdFrom(scan, start)
      return
    }
    report(scan, 'private-key', 'certain', start, close)
    return
  }
  if (!scan.final && text.length < start + PUTTY_LONGEST && end + own.length === text.length) {
    holdFrom(scan, start)
    return
  }
  if (own.includes('Private-Lines:')) report(scan, 'private-key', 'likely', start, end + own.length)
}

/** The members of a JSON Web Key that hold its private part (RFC 7518 §6). */
const MEMBER_GAP = 6
const MEMBER_SHORTEST = 22
const MEMBER_LONGEST = 1_400
const privateMembers = ['"d"', '"k"', '"p"', '"q"', '"dp"', '"dq"', '"qi"']

/** From `kty` to the end of the object: each private member gives the key away. */
function inspectJwk(scan: Scan, start: number, end: number): void {
  const members = readUntil(scan, start, end, '"kty"', '}')
  if (members === undefined) return
  for (const member of privateMembers) {
    const named = members.indexOf(member)
    if (named < 0) continue
    const opening = members.indexOf('"', named + member.length)
    const value = end + opening + 1
    const valueEnd = skip(scan.text, value, charset.S, end + members.length)
    if (opening > 0 && opening < named + 8 && valueEnd - value >= 16 && scan.text[valueEnd] === '"')
      report(scan, 'private-key', 'certain', value, valueEnd, start)
  }
}

/** A private member that stands before `kty` in its object. */
function inspectJwkMember(scan: Scan, start: number, end: number): void {
  const { text, final } = scan
  const limit = end + MEMBER_GAP
  let value = end
  while (value < limit && value < text.length && text[value] !== '"' && ' :'.includes(text[value]!)) value++
  const valueEnd = text[value] === '"' ? skip(text, value + 1, charset.S, value + 1 + MEMBER_LONGEST) : value
  if (valueEnd >= text.length && !final) holdFrom(scan, start)
  if (text[valueEnd] !== '"' || valueEnd - value < MEMBER_SHORTEST) return
  const members = readUntil(scan, start, valueEnd, text.slice(start, end), '}')
  if (members?.includes('"kty"')) report(scan, 'private-key', 'certain', value + 1, valueEnd, start)
}

/** The private exponent makes an XML key (XKMS, .NET) a private one; all of it is the secret. */
function inspectXmlKey(scan: Scan, start: number, end: number): void {
  const members = readUntil(scan, start, end, '<RSAKeyValue>', '</RSAKeyValue>')
  if (members?.includes('<D>')) report(scan, 'private-key', 'certain', end, end + members.length, start)
}

/** What stands between an opening and its closing mark; undefined when no more text tells yet, or another opening comes first. */
function readUntil(
  scan: Scan,
  start: number,
  end: number,
  again: string,
  closing: string,
): string | undefined {
  const { text, final } = scan
  const ahead = text.slice(end, end + 256)
  const repeated = ahead.indexOf(again)
  const within = repeated < 0 ? text.slice(end, end + OBJECT_LONGEST) : ahead.slice(0, repeated)
  const close = within.indexOf(closing)
  if (close >= 0) return within.slice(0, close)
  if (repeated < 0 && text.length < end + OBJECT_LONGEST && !final) holdFrom(scan, start)
  return undefined
}

/** A run of base64 that is a private key or a PKCS #12 store without its armour. */
export function inspectBareKey(scan: Scan, start: number, end: number): void {
  if (scan.bytes[start] !== 77 || end - start < BARE_SHORTEST) return
  if (isPrivateDer(scan.text, start, end - start))
    report(scan, 'private-key', 'likely', start, skip(scan.text, end, charset.E, end + 2))
}

/** An Ed25519 key in PKCS #8. */
const BARE_SHORTEST = 63
/** A DER of 128 bytes or more. */
const LONG_SHORTEST = 100

/**
 * What the first bytes of a private key look like in base64: a sequence, its length, a version, and then no further sequence as in a
 * certificate (RFC 5208 §5, RFC 8017 §A.1.2, RFC 5915 §3, RFC 7292 §4).
 */
function isPrivateDer(text: string, at: number, length: number): boolean {
  if (text.startsWith('MC4CAQAwBQYDK2Vw', at)) return true
  if (length < LONG_SHORTEST) return false
  if (text.startsWith('MIGHAgEAMBMGByqGSM49', at) || text.startsWith('MHcCAQEEI', at)) return true
  if (!text.startsWith('MII', at) || !text.startsWith('IB', at + 6)) return false
  return ['ADANBgkq', 'AAKCA', 'AAKBg', 'AzCCB', 'AzCCC', 'AzCCD', 'AzCCE'].some(body =>
    text.startsWith(body, at + 8),
  )
}
