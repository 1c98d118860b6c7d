/** How the sandboxed program spoke. */
export type ProxyProtocol = 'connect' | 'http' | 'socks5' | 'unknown'

interface RefusalDefinition {
  /** The status of the answer to an HTTP request. */
  readonly status: number
  /** The reply of RFC 1928 §6 to a SOCKS5 request. */
  readonly reply: number
  readonly title: string
  readonly remedy: string
  /** Set where the list allowed the connection and it failed: nothing to record. */
  readonly isFailure?: true
}

/** Every way a connection is not made. A code is never reused with another meaning. */
export const refusals = {
  'proxy.token-missing': {
    status: 407,
    reply: 1,
    title: 'the request carries no token',
    remedy: 'let the program use HTTP_PROXY, HTTPS_PROXY or ALL_PROXY as they are set',
  },
  'proxy.token-wrong': {
    status: 407,
    reply: 1,
    title: 'the token is not that of this run',
    remedy: 'let the program use HTTP_PROXY, HTTPS_PROXY or ALL_PROXY as they are set',
  },
  'proxy.protocol-not-allowed': {
    status: 400,
    reply: 1,
    title: 'neither an HTTP proxy request nor SOCKS5',
    remedy: 'use an HTTP proxy or SOCKS5; SOCKS4, TLS and HTTP/2 to the proxy are not spoken',
  },
  'proxy.command-not-allowed': {
    status: 400,
    reply: 7,
    title: 'SOCKS5 serves CONNECT alone',
    remedy: 'connect outwards over TCP; nothing listens for the sandbox, and UDP does not leave it',
  },
  'proxy.scheme-not-allowed': {
    status: 400,
    reply: 1,
    title: 'only http:// addresses are fetched, all else is tunnelled',
    remedy: 'use CONNECT for https',
  },
  'proxy.malformed-request': {
    status: 400,
    reply: 1,
    title: 'the request is not well-formed',
    remedy: 'send one well-formed request, and wait for its answer before the next',
  },
  'proxy.malformed-host': {
    status: 400,
    reply: 8,
    title: 'the host is neither a plain name nor an address in its usual form',
    remedy: 'write the name in ASCII letters, digits, hyphens and dots, or the address in its usual form',
  },
  'proxy.malformed-port': {
    status: 400,
    reply: 1,
    title: 'the port is no decimal number from 1 to 65535',
    remedy: 'write the port as a decimal number',
  },
  'proxy.host-not-allowed': {
    status: 403,
    reply: 2,
    title: 'the host is not on the allow list of this sandbox',
    remedy: 'add the host to `network.allow` of the sandbox policy if it should be reached',
  },
  'proxy.address-not-allowed': {
    status: 403,
    reply: 2,
    title: 'the address is not on the allow list of this sandbox',
    remedy: 'use the name that is listed, or list the address itself in `network.allow`',
  },
  'proxy.port-not-allowed': {
    status: 403,
    reply: 2,
    title: 'the host is on the allow list, but not with this port',
    remedy: 'add `host:port` to `network.allow` of the sandbox policy if it should be reached',
  },
  'proxy.port-blocked': {
    status: 403,
    reply: 2,
    title: 'the port is blocked for every host',
    remedy: 'no rule opens this port; do what needs it outside of the sandbox',
  },
  'proxy.address-forbidden': {
    status: 403,
    reply: 2,
    title: 'the name leads to a private, local, reserved or metadata address',
    remedy: 'list the address itself in `network.allow` if it should be reached',
  },
  'proxy.too-large': {
    status: 431,
    reply: 1,
    title: 'the head of the request is larger than the limit',
    remedy: 'send less in the address and the headers',
  },
  'proxy.too-slow': {
    status: 408,
    reply: 1,
    title: 'the request did not arrive in time',
    remedy: 'send the request at once',
  },
  'proxy.too-many-connections': {
    status: 503,
    reply: 1,
    title: 'too many connections are open',
    remedy: 'open fewer at a time',
  },
  'proxy.fault': {
    status: 500,
    reply: 1,
    title: 'the proxy failed, so the connection is refused',
    remedy: 'report it',
  },
  'proxy.name-not-found': {
    status: 502,
    reply: 4,
    title: 'the name could not be resolved',
    remedy: 'check the name and the resolver of this machine',
    isFailure: true,
  },
  'proxy.unreachable': {
    status: 502,
    reply: 5,
    title: 'the host could not be reached',
    remedy: 'check that the host is up',
    isFailure: true,
  },
} as const satisfies Record<string, RefusalDefinition>

export type RefusalReason = keyof typeof refusals

/** What a request asked for, as far as it was read. */
export interface Asked {
  readonly host: string | null
  readonly port: number | null
}

export const nothingAsked: Asked = { host: null, port: null }

/** A connection that was not made, for the record and the verdict; it never holds the token. */
export interface Refusal extends Asked {
  /** Wall time in milliseconds. */
  readonly at: number
  readonly reason: RefusalReason
  readonly protocol: ProxyProtocol
}

/** Where a request ended that is not served. */
export class Refused {
  readonly reason: RefusalReason
  readonly asked: Asked

  constructor(reason: RefusalReason, asked: Asked = nothingAsked) {
    this.reason = reason
    this.asked = asked
  }
}

/** What is told to the program inside. */
export function explainRefusal(reason: RefusalReason): string {
  const { title, remedy } = refusals[reason]
  return `portcullis: ${title} (${reason})\n${remedy}\n`
}

const LONGEST_SHOWN = 255

/** Text from inside, fit for a record: without controls, without a user part, and not at length. */
export function shownHost(text: string): string {
  const host = text.slice(text.lastIndexOf('@') + 1, text.lastIndexOf('@') + 1 + LONGEST_SHOWN)
  return JSON.stringify(host)
    .slice(1, -1)
    .replace(/[^ -~]/g, '?')
}
