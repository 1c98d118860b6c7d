import {
  type Capabilities,
  capabilities,
  type ProgramName,
  packageOf,
  tryUserNamespaces,
} from '../../enforcement/exec/capabilities.ts'
import { hasSandboxUser, sandboxUser } from '../../enforcement/exec/identity.ts'
import type { Check } from './check.ts'

/** What the sandbox of `portcullis exec` is made of, layer by layer. */
export function checkSandbox(caps: Capabilities = capabilities()): readonly Check[] {
  if (caps.platform !== 'linux') {
    const found = 'only Linux has what it is made of'
    const remedy = 'run `portcullis exec` on Linux, or in a Linux container'
    return [{ name: 'sandbox', state: 'warning', found, remedy }]
  }
  const needed: readonly ProgramName[] = [
    'bwrap',
    'prlimit',
    ...(caps.uid === 0 ? (['setpriv'] as const) : []),
  ]
  const missing = needed.filter(name => caps.programs[name] === undefined)
  return [
    missing.length > 0 ? lacking('sandbox programs', missing) : present('sandbox programs', needed),
    ...(caps.programs.bwrap === undefined ? [] : [checkNamespaces(caps)]),
    checkFilter(caps),
    checkAllowList(caps),
    checkCounting(caps),
    ...(caps.uid === 0 ? [checkUser()] : []),
  ]
}

function present(name: string, programs: readonly string[]): Check {
  return { name, state: 'good', found: programs.join(', ') }
}

function lacking(name: string, missing: readonly ProgramName[]): Check {
  const packages = [...new Set(missing.map(one => packageOf[one]))].join(' ')
  return {
    name,
    state: 'warning',
    found: `${missing.map(one => `\`${one}\``).join(', ')} missing: \`portcullis exec\` refuses`,
    remedy: `apt-get install ${packages}`,
  }
}

function checkNamespaces(caps: Capabilities): Check {
  const name = 'user namespaces'
  const fault = tryUserNamespaces(caps)
  if (fault === null) return { name, state: 'good', found: 'a sandbox can be built' }
  const remedy =
    'allow them (`sysctl kernel.unprivileged_userns_clone=1`, `kernel.apparmor_restrict_unprivileged_userns=0`, `user.max_user_namespaces`), in a container run it with a seccomp profile that has `unshare`'
  return { name, state: 'warning', found: `refused: ${fault}`, remedy }
}

function checkFilter({ architecture }: Capabilities): Check {
  const name = 'system-call filter'
  if (architecture !== null) return { name, state: 'good', found: `for ${architecture}` }
  return {
    name,
    state: 'warning',
    found: 'none for this processor: `portcullis exec` refuses',
    remedy: 'use x64 or arm64',
  }
}

function checkAllowList({ programs }: Capabilities): Check {
  const needed = ['nsenter', 'setpriv', 'socat'] as const
  const missing = needed.filter(name => programs[name] === undefined)
  return missing.length > 0 ? lacking('sandbox allow-list', missing) : present('sandbox allow-list', needed)
}

/** Both hold; a group is the kernel's own count. */
function checkCounting({ controlGroups }: Capabilities): Check {
  const found = controlGroups
    ? `by control groups, version ${controlGroups.version}`
    : 'by looking fifty times a second; no control group may be made here'
  return { name: 'sandbox limits', state: 'good', found }
}

function checkUser(): Check {
  const name = 'sandbox user'
  if (hasSandboxUser()) return { name, state: 'good', found: sandboxUser }
  const found = `no account \`${sandboxUser}\`: for folders of root an id without a name stands in`
  return { name, state: 'warning', found, remedy: 'run `portcullis init` as root, which makes it' }
}
