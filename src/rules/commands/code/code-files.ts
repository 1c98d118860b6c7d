import type { Finding } from '../../../access/finding.ts'
import type { FileSystemView, SessionView } from '../../judgement.ts'
import type { PathMap } from '../../paths/classify.ts'
import { isPattern, isUnknown } from '../../paths/pattern.ts'
import { isWithin } from '../../paths/posix.ts'
import type { Act } from '../acts.ts'
import { withoutHiddenCharacters } from '../shell/text-check.ts'

/** Code that lies on disk and would run. */
export interface CodeFile {
  readonly path: string
  readonly text: string
  /** Which part of the file: a target, a script's name. */
  readonly part?: string
  /** It was in the project before this session began, as far as is known: somebody may have read it. */
  readonly isStanding: boolean
  /** Only searched for literals, so that what it may do is no certain knowledge: only what is refused speaks. */
  readonly isSearched?: boolean
}

/** Reads code of the project or a temporary folder. What a temporary folder holds nobody has looked at before. */
export function codeFileAt(
  path: string,
  paths: PathMap,
  view: FileSystemView,
  session: SessionView,
): CodeFile | null {
  if (!view.readSmall || isPattern(path) || !path.startsWith('/')) return null
  const kind = paths.classify(path)
  if (kind !== 'project' && kind !== 'temp' && kind !== 'git-internals') return null
  const text = view.readSmall(path)
  if (text === null) return null
  const isStanding = kind !== 'temp' && session.originOf(path) === undefined
  // INVARIANT: no private-use character of a file passes for a mark of ours.
  return { path, text: withoutHiddenCharacters(text), isStanding }
}

/** A small file of the project or a temporary folder, settings of git and of other programs among them. */
export function textAt(path: string, paths: PathMap, view: FileSystemView): string | null {
  if (!view.readSmall || isPattern(path)) return null
  const isInProject = isWithin(path, paths.canonical(paths.workplace.project))
  if (!isInProject && paths.classify(path) !== 'temp') return null
  const text = view.readSmall(path)
  return text === null ? null : withoutHiddenCharacters(text)
}

/**
 * What a finding is worth when the code of a file gave rise to it. Code the session wrote counts like the command itself.
 * Code that stood in the project is asked about where it would do harm for certain; the rest is its ordinary work.
 */
export function weighByFile(finding: Finding, act: Act, { workplace }: PathMap): Finding | undefined {
  const { from, target } = act
  if (!from) return finding
  const isOwnSecret =
    act.kind === 'read' && target !== null && isWithin(target, workplace.project) && act.rule === undefined
  if (isOwnSecret && (from.isStanding || from.isSearched)) return undefined
  if (from.isStanding && (finding.severity !== 'deny' || (target !== null && isUnknown(target))))
    return undefined
  if (from.isSearched && finding.severity !== 'deny') return undefined
  const place = isWithin(from.path, workplace.project)
    ? from.path.slice(workplace.project.length + 1)
    : from.path
  const message = `${finding.message}, in \`${place}${from.part === undefined ? '' : `: ${from.part}`}\``
  return { ...finding, message, severity: from.isStanding ? 'ask' : finding.severity }
}
