import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Paths } from '../../config/paths.ts'
import { hasSandboxUser, sandboxUser } from '../../enforcement/exec/identity.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { configTemplate } from './config-template.ts'
import { replaceState } from './edited-file.ts'

/** One thing `init` would do to its own folders. */
export interface HomeStep {
  readonly path: string
  readonly what: 'create folder' | 'make private' | 'write configuration' | 'create user'
  apply(): void
}

/** What is missing of the home folder: folders 0700, the configuration 0600. */
export function planHome(paths: Paths): HomeStep[] {
  const folders = [paths.home, paths.data, paths.keys].flatMap(folderStep)
  const user = sandboxUserStep(paths)
  if (existsSync(paths.config)) return [...folders, ...user]
  const write = () => replaceState({ path: paths.config, text: null, mode: 0o600 }, configTemplate)
  return [...folders, { path: paths.config, what: 'write configuration', apply: write }, ...user]
}

function folderStep(path: string): HomeStep[] {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) {
    const create = () => void mkdirSync(path, { recursive: true, mode: 0o700 })
    return [{ path, what: 'create folder', apply: create }]
  }
  if (!found.isDirectory()) {
    throw new PortcullisError(
      'init.conflict',
      `\`${path}\` is not a folder`,
      'move it away, or set PORTCULLIS_HOME',
    )
  }
  if ((found.mode & 0o077) === 0) return []
  return [{ path, what: 'make private', apply: () => chmodSync(path, 0o700) }]
}

/** Root's sandboxed commands run as somebody: never as root. Where no account can be made, an id without a name stands in. */
function sandboxUserStep({ home }: Paths): HomeStep[] {
  const useradd = '/usr/sbin/useradd'
  // A home elsewhere is for trying things out, and nothing of the machine's is changed for that.
  if (home !== join(userInfo().homedir, '.portcullis')) return []
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return []
  if (!existsSync(useradd) || hasSandboxUser()) return []
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent']
  const create = () =>
    void execFileSync(useradd, [...options, '--shell', '/usr/sbin/nologin', sandboxUser], { stdio: 'ignore' })
  return [{ path: sandboxUser, what: 'create user', apply: create }]
}
