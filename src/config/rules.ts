import { isLoopbackHost, parseRange } from './addresses.ts'
import { policyViolations } from './policy-rules.ts'
import type { ConfigProblem } from './problem.ts'
import type { Config } from './schema.ts'
import { secretViolations } from './secret-rules.ts'
import { userRuleViolations } from './user-rules.ts'
import { keyText } from './wording.ts'

/** What one field alone cannot tell. `reads` are the paths a rule depends on; the first is where it is reported. */
export interface Violation {
  readonly code: ConfigProblem['code']
  readonly path: readonly PropertyKey[]
  readonly reads: readonly (readonly PropertyKey[])[]
  readonly message: string
  readonly remedy: string
}

/** Roles every installation has; `authorization.roles` adds to them. A test holds this list against the guard's. */
export const builtInRoles: readonly string[] = ['admin', 'developer', 'viewer', 'reader', 'writer']

const rules: readonly ((config: Config) => readonly Violation[])[] = [
  bindsOnlyWhatItCanProtect,
  upstreamIsEncrypted,
  upstreamIsAnOrigin,
  portsDiffer,
  restoresOnlyHere,
  proxiesAreFew,
  addressListsServeSomebody,
  defaultRoleExists,
  defaultRoleIsNotEverything,
  policyViolations,
  secretViolations,
  userRuleViolations,
]

/** Every cross-field rule the configuration breaks. */
export function violations(config: Config): readonly Violation[] {
  return rules.flatMap(rule => rule(config))
}

function bindsOnlyWhatItCanProtect({ network, authentication }: Config): Violation[] {
  if (isLoopbackHost(network.host)) return []
  const found: Violation[] = []
  const path = ['network', 'host']
  if (authentication.mode === 'local') {
    found.push({
      code: 'network.unsafe-bind',
      path,
      reads: [path, ['authentication', 'mode']],
      message: `\`network.host\` is \`${network.host}\`, beyond this machine, while \`authentication.mode\` is \`local\``,
      remedy:
        'set `authentication.mode: required` and make keys with `portcullis keys create`, or bind 127.0.0.1',
    })
  }
  if (network.tls === undefined && network.trustedProxies.length === 0) {
    found.push({
      code: 'network.unsafe-bind',
      path,
      reads: [path, ['network', 'tls'], ['network', 'trustedProxies']],
      message: `\`network.host\` is \`${network.host}\`, beyond this machine, without TLS`,
      remedy:
        'give `network.tls`, or list the proxy that ends TLS in `network.trustedProxies`, or bind 127.0.0.1',
    })
  }
  return found
}

function upstreamIsEncrypted({ gateway }: Config): Violation[] {
  const { protocol, hostname } = new URL(gateway.upstream.url)
  if (protocol === 'https:' || isLoopbackHost(hostname)) return []
  const path = ['gateway', 'upstream', 'url']
  return [
    invalid(
      path,
      '`gateway.upstream.url` is plain HTTP to another machine',
      'use https://, or a loopback address',
    ),
  ]
}

function upstreamIsAnOrigin({ gateway }: Config): Violation[] {
  const url = new URL(gateway.upstream.url)
  const path = ['gateway', 'upstream', 'url']
  const found: Violation[] = []
  if (url.username !== '' || url.password !== '') {
    found.push(
      invalid(
        path,
        '`gateway.upstream.url` holds a user or password',
        'name the key in `gateway.upstream.credential`',
      ),
    )
  }
  if (url.search !== '' || url.hash !== '') {
    found.push(
      invalid(path, '`gateway.upstream.url` has a query or fragment', 'end it after the host or the path'),
    )
  }
  return found
}

function portsDiffer({ network }: Config): Violation[] {
  if (network.port === 0 || network.port !== network.adminPort) return []
  const path = ['network', 'adminPort']
  return [
    invalid(path, `\`network.adminPort\` and \`network.port\` are both ${network.port}`, 'choose two ports', [
      ['network', 'port'],
    ]),
  ]
}

const WIDEST_PROXY_RANGE = { 32: 8, 128: 16 } as const

/** Of a client elsewhere nobody here knows the files. */
function restoresOnlyHere({ gateway, authentication }: Config): Violation[] {
  if (!gateway.restoreForFileTools || authentication.mode === 'local') return []
  const path = ['gateway', 'restoreForFileTools']
  return [
    invalid(
      path,
      '`gateway.restoreForFileTools` is on while `authentication.mode` is `required`',
      'take it out: the files of clients on other machines cannot be looked into',
      [['authentication', 'mode']],
    ),
  ]
}

/** Whoever is a trusted proxy may claim any address and HTTPS, so the internet must not be one. */
function proxiesAreFew({ network }: Config): Violation[] {
  return network.trustedProxies.flatMap((text, index) => {
    const range = parseRange(text)
    if (range === undefined || range.prefix >= WIDEST_PROXY_RANGE[range.bits]) return []
    const path = ['network', 'trustedProxies', index]
    return [
      invalid(
        path,
        `\`network.trustedProxies[${index}]\` is \`${text}\`: anyone in it could forge their address`,
        'list the proxies one by one, or a range that is yours alone',
      ),
    ]
  })
}

function addressListsServeSomebody({ network }: Config): Violation[] {
  const found: Violation[] = []
  for (const [index, text] of network.allow.entries()) {
    if (parseRange(text)?.prefix !== 0) continue
    const message = `\`network.allow[${index}]\` is \`${text}\`, which is everybody`
    found.push(
      invalid(['network', 'allow', index], message, 'name your ranges, or leave `network.allow` empty'),
    )
  }
  for (const [index, text] of network.block.entries()) {
    if (parseRange(text)?.prefix !== 0) continue
    const message = `\`network.block[${index}]\` is \`${text}\`, which is everybody, and wins over \`network.allow\``
    found.push(invalid(['network', 'block', index], message, 'list whom to serve in `network.allow` instead'))
  }
  return found
}

function defaultRoleExists({ authorization }: Config): Violation[] {
  const { defaultRole, roles } = authorization
  if (builtInRoles.includes(defaultRole) || Object.hasOwn(roles, defaultRole)) return []
  const path = ['authorization', 'defaultRole']
  const known = [...new Set([...builtInRoles, ...Object.keys(roles)])].map(name => `\`${keyText(name)}\``)
  return [
    invalid(
      path,
      `\`authorization.defaultRole\` is \`${keyText(defaultRole)}\`, which no role is called`,
      `use one of ${known.join(', ')}, or add it to \`authorization.roles\``,
      [['authorization', 'roles']],
    ),
  ]
}

/** A default role that may do everything makes everybody an administrator. */
function defaultRoleIsNotEverything({ authorization }: Config): Violation[] {
  const { defaultRole, roles } = authorization
  const role = Object.hasOwn(roles, defaultRole) ? roles[defaultRole] : undefined
  const isEverything = role ? role.allow.some(pattern => /^[*.:]+$/.test(pattern)) : defaultRole === 'admin'
  if (!isEverything) return []
  const path = ['authorization', 'defaultRole']
  return [
    invalid(
      path,
      `\`authorization.defaultRole\` is \`${keyText(defaultRole)}\`, which may do everything`,
      'use a role with the permissions everybody should have, and give `admin` by name',
      [['authorization', 'roles']],
    ),
  ]
}

function invalid(
  path: readonly PropertyKey[],
  message: string,
  remedy: string,
  also: readonly (readonly PropertyKey[])[] = [],
): Violation {
  return { code: 'config.invalid', path, reads: [path, ...also], message, remedy }
}
