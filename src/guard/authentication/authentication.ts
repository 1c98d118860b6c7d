import { reason, type Verdict } from '../../access/decision.ts'
import type { Finding } from '../../access/finding.ts'
import type { Principal } from '../../access/principal.ts'
import type { AccessRequest } from '../../access/request.ts'
import { isLoopbackHost } from '../../config/addresses.ts'
import type { Config } from '../../config/schema.ts'
import { systemUser } from '../../config/system-user.ts'
import type { ClientKey, ClientKeys, Examination } from '../../credentials/client-keys/client-keys.ts'
import { looksLikeClientKey } from '../../credentials/client-keys/key-format.ts'
import type { Clock } from '../../kernel/clock.ts'
import { Secret } from '../../kernel/secret.ts'
import type { Layer } from '../layer.ts'
import { shownCredential } from './credentials.ts'

export interface AuthenticationParts {
  readonly keys: Pick<ClientKeys, 'examine'>
  readonly clock: Clock
  readonly env: NodeJS.ProcessEnv
  /** The network layer's limiter, asked here for `key:<id>`: the first layer cannot know the key yet. */
  readonly limiter?: { take(subject: string): number } | null
  /** Name of the operating system's user; asked of the system when left out. */
  readonly user?: string
}

/** Shown in place of nothing, so that no credential costs what a wrong one does. */
const nobody = new Secret('')

/** Builds layer two. */
export function createAuthenticationLayer(config: Config, parts: AuthenticationParts): Layer {
  const { keys, env, limiter = null, user = systemUser() } = parts
  const { mode } = config.authentication
  const { defaultRole } = config.authorization
  const listsProxies = config.network.trustedProxies.length > 0
  const fromEnvironment = env['PORTCULLIS_API_KEY'] ? new Secret(env['PORTCULLIS_API_KEY']) : null

  /** The caller as the local user, or null when only a key can tell. */
  function localUser(request: AccessRequest, shown: ReturnType<typeof shownCredential>): Principal | null {
    if (!isDirectlyLocal(request, listsProxies) || shown.kind === 'conflict') return null
    if (shown.kind === 'one' && looksLikeClientKey(shown.secret.reveal())) return null
    const isVouchedFor = mode === 'local' || (isOwnProcess(request) && shown.kind === 'none')
    return isVouchedFor ? localPrincipal(request, user, defaultRole) : null
  }

  return {
    name: 'authentication',
    check({ request }) {
      const shown = shownCredential(request.credentials)
      const principal = localUser(request, shown)
      if (principal !== null) return { kind: 'pass', principal }

      const fallback =
        shown.kind === 'none' && isDirectlyLocal(request, listsProxies) ? fromEnvironment : null
      const secret = shown.kind === 'one' ? shown.secret : (fallback ?? nobody)
      const examination = keys.examine(secret)
      const key = usableKey(examination)
      if (key === null) return refuse(examination)
      return overLimit(key, limiter) ?? admit(key, examination, defaultRole)
    },
  }
}

/**
 * On this machine and not through a proxy here, which would make the whole world local. Where proxies are listed, any
 * forwarding header tells one; where none is (a tunnel somebody started), both together do: a lone one proves nothing.
 */
function isDirectlyLocal({ context: { network } }: AccessRequest, listsProxies: boolean): boolean {
  const headers = [network.forwardedFor, network.forwardedProto].filter(header => header !== undefined)
  return network.local && namesThisMachine(network.host) && headers.length < (listsProxies ? 1 : 2)
}

/** A page in the user's browser reaches loopback under its own name once that name resolves there (DNS rebinding). */
function namesThisMachine(host: string | undefined): boolean {
  return host === undefined || isLoopbackHost(host.replace(/:\d{1,5}$/, ''))
}

/** Decisions the user's own processes ask for; the operating system vouches for who runs them, in both modes. */
function isOwnProcess({ point }: AccessRequest): boolean {
  return point === 'hooks' || point === 'check' || point === 'exec' || point === 'scan'
}

function localPrincipal({ point, context }: AccessRequest, user: string, role: string): Principal {
  if (point !== 'hooks') return { kind: 'human', id: user, roles: [role] }
  return { kind: 'agent', id: agentName(context.client), roles: [role], onBehalfOf: user }
}

/** The client names itself, so its name is a label of bounded shape and nothing more. */
function agentName(client: string | undefined): string {
  return client !== undefined && /^[a-z0-9][a-z0-9._-]{0,39}$/.test(client) ? client : 'agent'
}

function usableKey({ outcome, key }: Examination): ClientKey | null {
  return outcome === 'active' || outcome === 'grace' ? key : null
}

function overLimit(key: ClientKey, limiter: AuthenticationParts['limiter']): Verdict | null {
  const wait = limiter?.take(`key:${key.id}`) ?? 0
  if (wait === 0) return null
  const reasons = [reason('network.rate-limited', `too many requests with client key \`${key.id}\``)] as const
  return { kind: 'deny', reasons, retryAfter: Math.ceil(wait / 1000) }
}

function admit(key: ClientKey, { outcome }: Examination, defaultRole: string): Verdict {
  const roles = key.roles.length > 0 ? key.roles : [defaultRole]
  const principal = { kind: 'service', id: `key:${key.id}`, roles, keyId: key.id } as const
  if (outcome !== 'grace') return { kind: 'pass', principal }
  const message = `client key \`${key.id}\` was replaced by \`${key.replacedBy}\` and works only for a while yet`
  return { kind: 'pass', principal, findings: [note('authentication.replaced-key-in-use', message)] }
}

/**
 * INVARIANT: one refusal for every failure; nothing in `reasons` tells them apart. What went wrong is a finding, for the
 * record alone, and named only to whoever held the whole key.
 */
function refuse({ outcome, key }: Examination): Verdict {
  const reasons = [reason('authentication.refused', 'the request shows no valid credential')] as const
  const what = key === null ? 'what was shown is no key of ours' : `client key \`${key.id}\` is ${outcome}`
  return { kind: 'deny', reasons, findings: [note('authentication.unusable-key', what)] }
}

function note(rule: string, message: string): Finding {
  return { rule, threat: 'AUTH-BYP-001', grade: 'certain', severity: 'note', message }
}
