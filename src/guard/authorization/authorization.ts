import { reason, type Verdict } from '../../access/decision.ts'
import type { Principal } from '../../access/principal.ts'
import type { ReasonCode } from '../../access/reason-codes.ts'
import type { Resource } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import type { Layer } from '../layer.ts'
import { segmentsOf } from './pattern.ts'
import { requiredPermission } from './permissions.ts'
import { compileRoles, type Role } from './roles.ts'

/**
 * Layer three. Throws `config.invalid` at construction when a role's pattern is bad or the default role is missing.
 * `mask` hides the secrets in a tool's name: a permission is in small letters, where nobody would know them again.
 */
export function createAuthorizationLayer(config: Config, mask: (name: string) => string = same): Layer {
  const roles = compileRoles(config.authorization)
  const { defaultRole } = config.authorization

  return {
    name: 'authorization',
    check({ request, principal }) {
      if (!principal) return refuse('authorization.not-granted', 'nobody is known to be asking')
      const permission = requiredPermission(request, mask)
      const names = principal.roles.length > 0 ? principal.roles : [defaultRole]
      return judge(roles, names, permission, isOwn(principal, request.resource))
    },
  }
}

const same = (name: string) => name

/** Deny wins over allow in whatever role it stands; an unknown role refuses, since its denies are unknown too. */
function judge(
  roles: ReadonlyMap<string, Role>,
  names: readonly string[],
  permission: string,
  owned: boolean,
): Verdict {
  const segments = segmentsOf(permission)
  if (!segments) return refuse('authorization.not-granted', `\`${permission}\` is not a permission`)
  let granted = false
  for (const name of names) {
    const role = roles.get(name)
    if (!role) return refuse('authorization.not-granted', `the role \`${name}\` does not exist`)
    const pattern = role.denies(segments, owned)
    if (pattern !== null) {
      const fact = `the role \`${name}\` denies \`${permission}\` with \`${pattern}\``
      return refuse('authorization.denied', fact, pattern)
    }
    granted ||= role.allows(segments, owned) !== null
  }
  if (granted) return { kind: 'pass', permission }
  const asked = names.map(name => `\`${name}\``).join(', ')
  return refuse('authorization.not-granted', `no role grants \`${permission}\`; asked were ${asked}`)
}

function isOwn(principal: Principal, resource: Resource): boolean {
  if (resource.type !== 'service' || resource.owner === undefined) return false
  if (resource.owner === principal.id) return true
  return principal.kind === 'agent' && resource.owner === principal.onBehalfOf
}

function refuse(code: ReasonCode, message: string, rule?: string): Verdict {
  return { kind: 'deny', reasons: [reason(code, message, rule === undefined ? {} : { rule })] }
}
