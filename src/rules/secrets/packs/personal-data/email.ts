import { charset, isIn, skip } from '../../charsets.ts'
import { holdFrom, report, type Scan } from '../../scan.ts'

const LONGEST_LOCAL = 64
const LONGEST_DOMAIN = 253
/** Names kept for examples (RFC 2606, RFC 6761) and for machines. */
const examples = ['example', 'test', 'invalid', 'localhost', 'local']
const exampleDomains = ['example.com', 'example.org', 'example.net', 'users.noreply.github.com']
const robots = ['git', 'noreply', 'no-reply', 'donotreply', 'postmaster']
/** What follows the last dot of a file name, and of no mail address. */
const fileEndings = new Set(
  'css csv gif gz html jpeg jpg js json jsx lock mjs pdf php png svg tgz ts tsx txt webp woff xml yaml yml'.split(
    ' ',
  ),
)

/** An address around its `@`. */
export function inspectEmail(scan: Scan, at: number): void {
  const { text } = scan
  const start = startOfLocal(text, at)
  if (start === at || isInUrl(text, start)) return
  const run = skip(text, at + 1, charset.G, at + 1 + LONGEST_DOMAIN)
  if (run + 1 >= text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  let end = run
  while (end > at + 1 && !isIn(text.charCodeAt(end - 1), charset.A)) end--
  const labels = text
    .slice(at + 1, end)
    .toLowerCase()
    .split('.')
  if (!isDomain(labels) || text[end] === '_') return
  // `user@host:path` is a place of a copy or a repository
  if (text[end] === ':' && isPath(text, end + 1)) return
  report(
    scan,
    'personal-email',
    isExample(text.slice(start, at).toLowerCase(), labels) ? 'possible' : 'likely',
    start,
    end,
  )
}

function isPath(text: string, at: number): boolean {
  return isIn(text.charCodeAt(at), charset.Z) || text[at] === '/' || text[at] === '~'
}

/** The local part begins with a letter or digit; a letter that ends an escape is not of it. */
function startOfLocal(text: string, at: number): number {
  let start = at
  while (start > 0 && start > at - LONGEST_LOCAL && isLocal(text, start - 1)) start--
  if (text[start - 1] === '\\') start += text[start] === 'u' ? 5 : 1
  while (start < at && !isIn(text.charCodeAt(start), charset.A)) start++
  return Math.min(start, at)
}

function isLocal(text: string, at: number): boolean {
  return isIn(text.charCodeAt(at), charset.G) || text[at] === '+'
}

/** The user and password of an address are not a person. */
function isInUrl(text: string, start: number): boolean {
  if (text[start - 1] === '/') return true
  const before = text.slice(Math.max(0, start - 80), start)
  const scheme = before.lastIndexOf('://')
  return scheme >= 0 && skip(before, scheme + 3, charset.V | charset.scheme, before.length) === before.length
}

function isDomain(labels: readonly string[]): boolean {
  const top = labels.at(-1)!
  if (labels.length < 2 || top.length < 2 || fileEndings.has(top)) return false
  if (
    !labels.every(
      label => label !== '' && !label.startsWith('-') && !label.endsWith('-') && !label.includes('_'),
    )
  )
    return false
  return top.startsWith('xn--') || skip(top, 0, charset.Z, top.length) === top.length
}

function isExample(local: string, labels: readonly string[]): boolean {
  if (robots.includes(local) || examples.includes(labels.at(-1)!)) return true
  const domain = labels.join('.')
  return exampleDomains.some(name => domain === name || domain.endsWith(`.${name}`))
}
