import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '../../../kernel/random.ts'
import { Secret } from '../../../kernel/secret.ts'

const USER = 'portcullis'

/** A token for one run. */
export function createToken(random: Random): Secret {
  return new Secret(Buffer.from(random(new Uint8Array(24))).toString('hex'))
}

/** Takes the token out of text that may hold it in any case, as the label of a name does. */
export function tokenRedaction(token: Secret): (text: string) => string {
  return text => text.replaceAll(new RegExp(token.reveal(), 'gi'), '[redacted]')
}

/** Compares `user:password` with what the run was given, in a time that tells nothing. */
export function credentialCheck(token: Secret): (presented: string) => boolean {
  const expected = digest(credentials(token))
  return presented => timingSafeEqual(digest(presented), expected)
}

/** Basic credentials (RFC 7617) as `user:password`, or undefined. */
export function readBasic(header: string): string | undefined {
  const match = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)
  return match ? Buffer.from(match[1]!, 'base64').toString('latin1') : undefined
}

/** The variables by which programs in the sandbox find the proxy; `direct` are hosts they reach without it. */
export function proxyEnvironment(
  token: Secret,
  { port, direct }: { readonly port: number; readonly direct: readonly string[] },
): Record<string, string> {
  const place = `${credentials(token)}@127.0.0.1:${port}`
  const lower = {
    http_proxy: `http://${place}`,
    https_proxy: `http://${place}`,
    // Not socks5h: some clients that have HTTPS_PROXY refuse to start when they see a SOCKS proxy and lack a package for it.
    all_proxy: `http://${place}`,
    no_proxy: direct.join(','),
  }
  const upper = Object.entries(lower).map(([name, value]) => [name.toUpperCase(), value])
  return {
    ...lower,
    ...Object.fromEntries(upper),
    NODE_USE_ENV_PROXY: '1',
    // git would ask without the token first, and each such request is a refusal
    GIT_HTTP_PROXY_AUTHMETHOD: 'basic',
  }
}

function credentials(token: Secret): string {
  return `${USER}:${token.reveal()}`
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'latin1').digest()
}
