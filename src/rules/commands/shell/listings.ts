import { DEEP, isPattern, patternOfGlob, QUESTION, UNKNOWN } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'

/** The name of some file below a folder: not known, but a name and no way out of the folder. */
const SOME_NAME = `${UNKNOWN}${QUESTION}`

/** How a program looks for files below folders. */
export interface Search {
  readonly folders: readonly string[]
  /** Globs that a file's name must meet; none for every name. */
  readonly names?: readonly string[]
  /** Folders such as `.claude` are left out. */
  readonly skipsHidden?: boolean
}

/**
 * What a program prints that lists files below folders of the project, one word a line; undefined where the files
 * may lie elsewhere, or may be of a kind that has to be told by its name.
 */
export function filesBelow(
  call: Pick<Call, 'shell' | 'state'>,
  { folders, names = [], skipsHidden = false }: Search,
): string | undefined {
  const { shell, state } = call
  const { project } = shell.paths.workplace
  const lines: string[] = []
  for (const folder of folders) {
    const path = shell.path(folder, state)
    if (isPattern(path) || !`${path}/`.startsWith(`${project}/`)) return undefined
    for (const name of names.length > 0 ? names : ['']) {
      const reached = `${path}/${DEEP}${patternOfGlob(name)}`
      const isWhole = path === project
      if (shell.paths.classify(path) !== 'project') return undefined
      if (isWhole && name === '' && !skipsHidden) return undefined
      if (
        isWhole
          ? name !== '' && meetsSettings(path, name, shell)
          : shell.paths.classify(reached) !== 'project'
      )
        return undefined
      const place = folder.replace(/\/+$/, '')
      lines.push(isWhole ? `${place}/${SOME_NAME}` : `${place}/${DEEP}${patternOfGlob(name)}`)
    }
  }
  return lines.length > 0 ? `${lines.join('\n')}\n` : undefined
}

/** Where a project keeps what must not be changed by the way. */
const DELICATE_FOLDERS = ['', '.claude/', '.cursor/', '.codex/', '.gemini/', '.github/', '.vscode/']

/** A glob over a whole project may always reach something protected; what it names by itself is what it is after. */
function meetsSettings(project: string, glob: string, shell: Call['shell']): boolean {
  return DELICATE_FOLDERS.some(folder => {
    const kind = shell.paths.classify(`${project}/${folder}${patternOfGlob(glob)}`)
    return kind !== 'project' && kind !== 'git-internals'
  })
}

/** Whether a text is a list of files as this module tells them: a filter of lines leaves such a list. */
export function isListing(text: string): boolean {
  const lines = text.trim().split('\n')
  return (
    lines.some(line => /[\uE003-\uE005]/.test(line)) &&
    lines.every(line => !/[\uE000-\uE002](?!\uE004)/.test(line))
  )
}
