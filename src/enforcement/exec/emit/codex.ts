import { stringify } from 'smol-toml'
import { isWithin } from '../places.ts'
import type { Emission } from './emit.ts'
import { type GapList, gapList, limitGaps, splitHost } from './gaps.ts'
import type { Scope, ScopedPath } from './scope.ts'

const NAME = 'portcullis'
const PATTERN = /[*?[\]{}\\\p{C}]/u

/**
 * `config.toml` of Codex: a permission profile, which replaces its older `sandbox_mode`. What is not listed cannot be read; of two
 * entries the more specific one counts.
 */
export function emitCodex(scope: Scope): Emission {
  const { policy } = scope
  const gaps = gapList()
  const { deny } = scope
  const isThere = ({ kind }: ScopedPath) => kind !== 'missing'
  const isOnline = policy.network.mode === 'allowlist'
  const config = {
    default_permissions: NAME,
    // Otherwise a refused command may be asked for again outside of the sandbox.
    approval_policy: 'never',
    allow_login_shell: false,
    ...(isOnline ? { features: { network_proxy: true } } : {}),
    permissions: {
      [NAME]: {
        filesystem: {
          ':minimal': 'read',
          ...entries(scope.readOnly, 'read', gaps),
          ...entries(scope.readWrite, 'write', gaps),
          ...entries(withoutGit(scope.denyWrite, scope, gaps), 'read', gaps),
          ...entries(gitFolders(scope), 'read', gaps),
          ...entries(
            [
              ...deny.filter(isThere),
              ...withoutGit(
                deny.filter(one => !isThere(one)),
                scope,
                gaps,
              ),
            ],
            'deny',
            gaps,
          ),
        },
        network: isOnline
          ? { enabled: true, domains: domainsOf(policy.network.allow, gaps) }
          : { enabled: false },
      },
    },
    shell_environment_policy: { inherit: 'all', include_only: ['PATH', 'HOME', ...policy.env.allow] },
  }
  if (policy.network.mode === 'loopback') gaps.stricter('network', 'loopback is off with the network')
  gaps.stricter('/tmp', 'there is no private folder for temporary files')
  gaps.weaker('system calls', 'the client has a filter of its own')
  limitGaps(policy, [], gaps)
  return {
    text: `${stringify(config)}\n`,
    gaps: gaps.gaps,
    use: 'merge it into ~/.codex/config.toml, take out `sandbox_mode` and `sandbox_workspace_write`, and start it without --sandbox',
  }
}

/**
 * The client keeps the whole folder of git read-only, and could not start with an entry for a file in it that does not
 * exist. The entry for the folder says so for every version.
 */
function gitFolders({ readWrite }: Scope): readonly ScopedPath[] {
  return readWrite.map(({ path }) => ({ path: `${path}/.git`, kind: 'directory' }))
}

function withoutGit(paths: readonly ScopedPath[], scope: Scope, gaps: GapList): readonly ScopedPath[] {
  return paths.filter(({ path }) => {
    const isInGit = gitFolders(scope).some(folder => isWithin(path, folder.path))
    if (isInGit) gaps.stricter(path, 'all of git’s folder is only read')
    return !isInGit
  })
}

function entries(
  paths: readonly ScopedPath[],
  access: 'read' | 'write' | 'deny',
  gaps: GapList,
): Record<string, string> {
  const told = paths.filter(({ path }) => {
    if (!PATTERN.test(path)) return true
    if (access === 'write')
      gaps.stricter(path, 'the name holds characters of a pattern, so it is not allowed')
    else gaps.weaker(path, 'the name holds characters of a pattern, so it cannot be told literally')
    return false
  })
  return Object.fromEntries(told.map(({ path }) => [path, access]))
}

function domainsOf(allow: readonly string[], gaps: GapList): Record<string, string> {
  return Object.fromEntries(
    allow.map(entry => {
      const { host, port } = splitHost(entry)
      gaps.weaker(
        entry,
        port === undefined ? 'all ports are open and not the two of the web alone' : 'all ports are open',
      )
      return [host, 'allow']
    }),
  )
}
