import { Secret } from '../../kernel/secret.ts'

/** A value that is secret because of where it comes from. */
export interface KnownValue {
  /** The variable that holds it; empty when it comes from a file of its own. */
  readonly name: string
  readonly secret: Secret
}

/** Half of what a server takes as headers. */
const LONGEST_HEADER = 6 * 1024
const SHORTEST = 8
/** A longer value is no password; what else it is, the engine tells by its shape. */
const LONGEST = 1_024
/** Letters alone may be a word of any text, digits alone a date or a port. */
const SHORTEST_WORD = 16
const SHORTEST_NUMBER = 12

const SECRET_NAME =
  /(?:^|[_-])(?:token|key|apikey|secret|password|passwd|passphrase|pass|pwd|pat|credentials?|auth)(?:$|[_-]?\d*$)|password|secret/i
/** Says something about a secret: its place, its name, its kind. */
const ABOUT_ONE =
  /(?:_|-)(?:id|file|path|dir|name|type|user|host|port|alg|algorithm|length|size|ttl|expiry|sock)$/i

/** The variables of an environment whose names and values both look like secrets. */
export function secretVariables(variables: Readonly<Record<string, string | undefined>>): KnownValue[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    const text = value?.trim() ?? ''
    if (!SECRET_NAME.test(name) || ABOUT_ONE.test(name) || !mayBeSecret(text)) return []
    return [{ name, secret: new Secret(text) }]
  })
}

/** The environment as it is handed on to who masks, by the least that is needed: bounded, and nothing but what is secret. */
export function environmentHeader(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const all: Record<string, string> = {}
  let room = LONGEST_HEADER
  for (const { name, secret } of secretVariables(env)) {
    room -= name.length + secret.length + 8
    if (room >= 0) all[name] = secret.reveal()
  }
  return Object.keys(all).length === 0 ? undefined : Buffer.from(JSON.stringify(all)).toString('base64url')
}

/** What such a header says; nothing when it is none of ours. */
export function readEnvironmentHeader(header: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    )
  } catch {
    // Who asks without it is answered all the same: it only ever adds to what is masked.
    return {}
  }
}

/** No path, no address without a login, no ordinary word or number. */
function mayBeSecret(text: string): boolean {
  if (text.length < SHORTEST || text.length > LONGEST) return false
  if (/^(?:[/~]|\.{1,2}\/|[A-Za-z]:\\)/.test(text)) return false
  if (/^[a-z][a-z0-9+.-]*:\/\/(?![^/\s]*@)/i.test(text)) return false
  if (/^[A-Za-z]+$/.test(text)) return text.length >= SHORTEST_WORD
  if (/^\d+$/.test(text)) return text.length >= SHORTEST_NUMBER
  // The same sign over and over, or what stands in examples.
  return new Set(text).size >= 4 && !/^<[^>]*>$|^\$\{?\w+\}?$|change.?me|example|your[_-]/i.test(text)
}

/** `NAME=value` lines as in `.env` files; quotes and `export` are taken off. */
export function variablesOf(text: string): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*(.*?)\s*$/.exec(line)
    if (!found) continue
    const [, name, value = ''] = found
    const quoted = /^(["'`])(.*)\1(?:\s+#.*)?$/.exec(value)
    variables[name!] = quoted ? quoted[2]! : value.replace(/\s+#.*$/, '')
  }
  return variables
}
