import { isIP } from 'node:net'
import { normalAddress } from '../../../guard/network/addresses.ts'

/** A host as a request names it: a name in lower case, or an address in its one spelling (`normalAddress`). */
export interface Host {
  readonly kind: 'name' | 'address'
  readonly text: string
}

export interface Target {
  readonly host: Host
  readonly port: number
}

const LONGEST_NAME = 253
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Reads a host by the strict grammar: labels of letters, digits and hyphens (RFC 952, RFC 1123 §2.1), or an IP literal.
 * Undefined for all else: NUL and other controls, users, percent signs, a dot at the end, names outside ASCII, and numbers that
 * some resolvers take for an address (`127.1`, `0x7f.1`, `2130706433`).
 */
export function parseHost(text: string): Host | undefined {
  if (text.length > LONGEST_NAME || text.includes('%')) return undefined
  const address = normalAddress(text)
  if (address !== null) return { kind: 'address', text: address }
  const name = text.toLowerCase()
  const labels = name.split('.')
  // Lower case folds a few letters beyond ASCII into it (the Kelvin sign), so the text itself is looked at.
  const isPlain = isAscii(text) && labels.every(label => LABEL.test(label)) && !isNumber(labels.at(-1)!)
  return isPlain ? { kind: 'name', text: name } : undefined
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 126) return false
  return true
}

/** A name that ends in a number is an address to `inet_aton` and to the WHATWG URL parser. */
function isNumber(label: string): boolean {
  return /^(?:\d+|0x[0-9a-f]*)$/.test(label)
}

/** Strictly decimal, 1 to 65535, without leading zeros. */
export function parsePort(text: string): number | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined
  const port = Number(text)
  return port <= 65_535 ? port : undefined
}

/**
 * Reads `host:port`, a v6 address in brackets (RFC 3986 §3.2.2); the port may be missing where `defaultPort` is given.
 * Says which half is malformed.
 */
export function parseAuthority(
  text: string,
  defaultPort?: number,
): Target | 'malformed-host' | 'malformed-port' {
  if (text.includes('@')) return 'malformed-host'
  const colon = text.startsWith('[') ? text.indexOf(']') + 1 : text.indexOf(':')
  const hasPort = colon > 0 && text[colon] === ':'
  const hostText = hasPort ? text.slice(0, colon) : text
  const host = hostText.startsWith('[') ? parseBracketed(hostText) : parseUnbracketed(hostText)
  if (!host) return 'malformed-host'
  const port = hasPort ? parsePort(text.slice(colon + 1)) : defaultPort
  return port === undefined ? 'malformed-port' : { host, port }
}

function parseBracketed(text: string): Host | undefined {
  const inner = text.endsWith(']') ? text.slice(1, -1) : ''
  return isIP(inner) === 6 ? parseHost(inner) : undefined
}

function parseUnbracketed(text: string): Host | undefined {
  return text.includes(':') ? undefined : parseHost(text)
}

/** The way a host stands in a URL or a Host header. */
export function formatAuthority({ host, port }: Target, defaultPort?: number): string {
  const text = host.text.includes(':') ? `[${host.text}]` : host.text
  return port === defaultPort ? text : `${text}:${port}`
}
