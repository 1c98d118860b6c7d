import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { linkTarget, shown, statOrNull } from './places.ts'
import type { Survey, WatchedLink } from './survey.ts'
import type { SandboxViolation } from './verdict.ts'

/** What no mount could prevent: looked for once nothing of the run is left, undone where that is safe, told in any case. */
export function mendAfterwards({ links, withoutGit }: Survey): readonly SandboxViolation[] {
  const replaced = links.filter(isReplaced).map(putBack)
  const made = withoutGit
    .filter(root => statOrNull(join(root, '.git')))
    .map(root => ({
      layer: 'filesystem' as const,
      kind: 'repository-made',
      detail: `\`${shown(root)}\` became a repository: look at its hooks and its config before you use git there`,
    }))
  return [...replaced, ...made]
}

function isReplaced({ path, target }: WatchedLink): boolean {
  return !statOrNull(path)?.isSymbolicLink() || linkTarget(path) !== target
}

/** A folder in its place stays: what is in it may be somebody's work. */
function putBack({ path, target }: WatchedLink): SandboxViolation {
  const found = statOrNull(path)
  const canUndo = !found?.isDirectory()
  if (canUndo) {
    rmSync(path, { force: true })
    symlinkSync(target, path)
  }
  const detail = `the protected link \`${shown(path)}\` was replaced${canUndo ? ' and is put back' : ''}`
  return { layer: 'filesystem', kind: 'link-replaced', detail }
}
