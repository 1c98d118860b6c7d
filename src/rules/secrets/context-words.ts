import { compilePattern, type Pattern } from './pattern.ts'
import { type ProviderKind, providerKinds } from './providers.ts'
import { buildWordTable } from './words.ts'

/** Words that promise a secret, whoever the provider is. */
const promises = [
  ...['secret', 'secrets', 'token', 'tokens', 'apikey', 'apikeys', 'accesskey', 'secretkey', 'authkey'],
  ...['apitoken', 'accesstoken', 'authtoken', 'credential', 'credentials', 'bearer', 'password', 'passwd'],
]
/** Words that speak of a secret next to a provider's. */
const hints = [
  ...['key', 'keys', 'auth', 'oauth', 'authorization', 'pwd', 'pass', 'passphrase', 'pat', 'psk', 'sk'],
]
/** Words that stand near anything; they count only right before a value, and not before a weak one. */
const faintHints = ['api', 'login', 'license', 'licence']
/** Words for what looks like a secret and is none: what hashes and identifiers belong to. */
const denials = [
  ...[
    'sha',
    'sha1',
    'sha256',
    'sha384',
    'sha512',
    'md5',
    'crc',
    'hash',
    'hashes',
    'checksum',
    'digest',
    'h1',
  ],
  ...['commit', 'commits', 'revision', 'rev', 'ref', 'refs', 'head', 'githead', 'tree', 'blob', 'parent'],
  ...['merge', 'merged', 'picked', 'checkout', 'revert', 'reverts', 'reverted', 'since', 'object', 'objects'],
  ...['integrity', 'resolved', 'etag', 'fingerprint', 'thumbprint', 'signature', 'nonce', 'salt', 'version'],
  ...['id', 'ids', 'uuid', 'guid', 'identifier', 'clientid', 'appid', 'sid', 'cid', 'uid', 'build', 'image'],
  ...['trace', 'span', 'request', 'session', 'event', 'job', 'run', 'task', 'message', 'thread', 'channel'],
  ...['org', 'organization', 'project', 'tenant', 'workspace', 'account', 'team', 'subscription', 'group'],
  ...[
    'device',
    'node',
    'pod',
    'container',
    'instance',
    'volume',
    'snapshot',
    'cluster',
    'deployment',
    'layer',
  ],
  ...['cert', 'certificate', 'serial', 'public', 'sitekey', 'dsn', 'file', 'width', 'height', 'path', 'url'],
  ...['href', 'src', 'import', 'require', 'release', 'tag', 'chunk', 'branch', 'order', 'invoice', 'ticket'],
]

export interface ShapedKind extends ProviderKind {
  readonly patterns: readonly Pattern[]
}

const kindsOf = new Map<string, ShapedKind[]>()
for (const kind of providerKinds) {
  const shaped = { ...kind, patterns: kind.values.map(compilePattern) }
  for (const word of kind.words) kindsOf.set(word, [...(kindsOf.get(word) ?? []), shaped])
}
// INVARIANT: promises come first, then hints, so that a place in the list tells them
export const words = [...new Set([...promises, ...hints, ...faintHints, ...denials, ...kindsOf.keys()])]
export const HINTS = promises.length
export const FAINT_HINTS = HINTS + hints.length
export const DENIALS = FAINT_HINTS + faintHints.length
export const OTHERS = DENIALS + denials.length
export const table = buildWordTable(words, word => kindsOf.has(word))
export const kindsAt = words.map(word => kindsOf.get(word))
