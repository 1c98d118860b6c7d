import { isWithin } from '../places.ts'
import type { Emission } from './emit.ts'
import { gapList, limitGaps, splitHost } from './gaps.ts'
import type { Scope, ScopedPath } from './scope.ts'

/** What the client would take for a pattern, or for the end of a rule. */
const PATTERN = /[*?[\]{}()!\\\p{C}]|^\s|\s$/u

/**
 * `settings.json` of Claude Code: its sandbox holds for commands, the permission rules for its own tools. Names with
 * characters of a pattern cannot be told literally: an allow is left out, a deny is a gap.
 */
export function emitClaude(scope: Scope): Emission {
  const gaps = gapList()
  const { policy } = scope
  const granted = (paths: readonly ScopedPath[]) =>
    paths.flatMap(({ path }) => {
      if (!PATTERN.test(path)) return [path]
      gaps.stricter(path, 'the name holds characters of a pattern, so it is not allowed')
      return []
    })
  const refused = (paths: readonly ScopedPath[]) =>
    paths.flatMap(({ path }) => {
      if (!PATTERN.test(path)) return [path]
      gaps.weaker(path, 'the name holds characters of a pattern, so it cannot be denied')
      return []
    })
  const readWrite = granted(scope.readWrite)
  const readOnly = granted(scope.readOnly)
  const deny = refused(scope.deny)
  // The client lets commands write in the folder it runs in, whatever is listed.
  const isOwnWritable = scope.readWrite.some(({ path }) => isWithin(scope.cwd, path))
  const own: ScopedPath[] = isOwnWritable ? [] : [{ path: scope.cwd, kind: 'directory' }]
  const denyWrite = refused([...scope.denyWrite, ...scope.readOnly, ...own])
  for (const { path } of scope.readWrite)
    if (denyWrite.some(folder => isWithin(path, folder)))
      gaps.stricter(path, 'it lies in a folder that is only read, and there a deny counts for all')
  const hosts = policy.network.mode === 'allowlist' ? domainsOf(policy.network.allow, gaps) : []
  gaps.weaker('filesystem', 'what is not denied stays readable')
  gaps.weaker('env', 'every variable of the client passes')
  gaps.weaker('system calls', 'the client has a filter of its own, for sockets alone')
  limitGaps(policy, ['timeoutSeconds'], gaps)
  const settings = {
    env: timesOf(policy.limits.timeoutSeconds),
    sandbox: {
      enabled: true,
      failIfUnavailable: true,
      allowUnsandboxedCommands: false,
      autoAllowBashIfSandboxed: false,
      excludedCommands: [],
      filesystem: { allowWrite: readWrite, denyWrite, denyRead: deny },
      network: {
        allowedDomains: hosts,
        strictAllowlist: true,
        allowUnixSockets: [],
        allowAllUnixSockets: policy.allowUnsafeCalls.includes('unix-sockets'),
        allowLocalBinding: policy.network.mode !== 'none',
      },
    },
    permissions: {
      deny: [
        ...deny.flatMap(path => [...rules('Read', path), ...rules('Edit', path)]),
        ...denyWrite.flatMap(path => rules('Edit', path)),
        ...(policy.network.mode === 'allowlist' ? [] : ['WebFetch', 'WebSearch']),
      ],
      allow: [
        ...readWrite.flatMap(path => rules('Edit', path)),
        ...[...readWrite, ...readOnly].flatMap(path => rules('Read', path)),
        ...hosts.map(host => `WebFetch(domain:${host})`),
      ],
      disableBypassPermissionsMode: 'disable',
    },
  }
  return {
    text: `${JSON.stringify(settings, null, 2)}\n`,
    gaps: gaps.gaps,
    use: 'merge it into ~/.claude/settings.json or the managed settings; project settings cannot make the list of hosts strict',
  }
}

/** A rule for the path itself and one for what lies below; two slashes begin an absolute path. */
function rules(tool: string, path: string): readonly string[] {
  return [`${tool}(/${path})`, `${tool}(/${path}/**)`]
}

function domainsOf(allow: readonly string[], gaps: ReturnType<typeof gapList>): readonly string[] {
  return allow.flatMap(entry => {
    const { host, port } = splitHost(entry)
    if (host.includes(':')) {
      gaps.stricter(entry, 'an IPv6 address cannot be listed, so it is not reached')
      return []
    }
    gaps.weaker(
      entry,
      port === undefined ? 'all ports are open and not the two of the web alone' : 'all ports are open',
    )
    return [host]
  })
}

function timesOf(seconds: number): Readonly<Record<string, string>> {
  return { BASH_DEFAULT_TIMEOUT_MS: `${seconds * 1000}`, BASH_MAX_TIMEOUT_MS: `${seconds * 1000}` }
}
