import { DEMANDED_MARK, UNKNOWN_MARK } from './spec.ts'

/** The value of a variable; undefined when nobody here sets it. */
export type Lookup = (name: string) => string | undefined

/** `$` is written as `$$` in compose, as `\$` in Dockerfiles. */
type Dialect = 'compose' | 'dockerfile'

const MOST_DEPTH = 16
const LONGEST = 64 * 1024

/**
 * Fills in `$X`, `${X}` and `${X:-…}`, `-`, `:+`, `+`, `:?`, `?`, one inside of another. What has no value and no default,
 * or takes a form that is not known, becomes the mark of unknown text: it may be anything where it is used.
 */
export function filledIn(text: string, lookup: Lookup, dialect: Dialect, depth = 0): string {
  if (!text.includes('$')) return text
  let out = ''
  for (let at = 0; at < text.length && out.length < LONGEST; ) {
    const character = text[at]!
    if (dialect === 'dockerfile' && character === '\\' && text[at + 1] === '$') {
      out += '$'
      at += 2
    } else if (character !== '$') {
      out += character
      at++
    } else if (dialect === 'compose' && text[at + 1] === '$') {
      out += '$'
      at += 2
    } else {
      const [value, length] = reference(text, at, lookup, dialect, depth)
      out += value
      at += length
    }
  }
  return out
}

function reference(
  text: string,
  at: number,
  lookup: Lookup,
  dialect: Dialect,
  depth: number,
): [string, number] {
  const plain = /^\$([A-Za-z_]\w*)/.exec(text.slice(at, at + 256))
  if (plain) return [lookup(plain[1]!) ?? UNKNOWN_MARK, plain[0].length]
  if (text[at + 1] !== '{') return ['$', 1]
  const end = closingBrace(text, at + 1)
  if (end < 0) return [UNKNOWN_MARK, text.length - at]
  const inner = text.slice(at + 2, end)
  const length = end + 1 - at
  const match = /^([A-Za-z_]\w*)(?:(:?[-+?])([\s\S]*))?$/.exec(inner)
  if (!match || depth >= MOST_DEPTH) return [UNKNOWN_MARK, length]
  const [, name = '', operator, other = ''] = match
  const value = lookup(name)
  const isSet = value !== undefined && (value !== '' || !operator?.startsWith(':'))
  const word = () => filledIn(other, lookup, dialect, depth + 1)
  switch (operator?.at(-1)) {
    case '-':
      return [isSet ? value : word(), length]
    case '+':
      // set elsewhere it may hold; what then stands here is judged as if it did
      return [isSet ? word() : value === undefined ? UNKNOWN_MARK : '', length]
    case '?':
      return [isSet ? value : DEMANDED_MARK, length]
    default:
      return [value ?? UNKNOWN_MARK, length]
  }
}

function closingBrace(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{' && text[at - 1] === '$') depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  return -1
}

/** Lines of `NAME=value` as compose reads them: comments, quotes, `export`. A name without a value is not set here. */
export function readEnvironmentFile(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s?(.*)$/.exec(line)
    if (!match || /^\s*#/.test(line)) continue
    const [, name = '', rest = ''] = match
    const quoted = /^\s*"((?:\\.|[^"\\])*)"|^\s*'([^']*)'/.exec(rest)
    const value = quoted?.[2] ?? quoted?.[1]?.replace(/\\(.)/g, '$1') ?? rest.replace(/\s+#.*$/, '').trim()
    values.set(name, quoted?.[2] !== undefined ? value : filledIn(value, key => values.get(key), 'compose'))
  }
  return values
}
