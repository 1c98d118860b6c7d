import { chmodSync, existsSync, lstatSync, mkdirSync } from 'node:fs'
import type { Paths } from '../../config/paths.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { configTemplate } from './config-template.ts'
import { replaceState } from './edited-file.ts'

/** One thing `init` would do to its own folders. */
export interface HomeStep {
  readonly path: string
  readonly what: 'create folder' | 'make private' | 'write configuration'
  apply(): void
}

/** What is missing of the home folder: folders 0700, the configuration 0600. */
export function planHome(paths: Paths): HomeStep[] {
  const folders = [paths.home, paths.data, paths.keys].flatMap(folderStep)
  if (existsSync(paths.config)) return folders
  const write = () => replaceState({ path: paths.config, text: null, mode: 0o600 }, configTemplate)
  return [...folders, { path: paths.config, what: 'write configuration', apply: write }]
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
