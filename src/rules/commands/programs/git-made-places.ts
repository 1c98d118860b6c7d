import { isPattern, isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { readOptions } from '../dispatch/options.ts'

/** Folders and files a verb makes: only where that does lasting harm, for a second checkout elsewhere is ordinary work. */
export function judgeMade({ shell, state }: Call, verb: string, args: readonly string[]): void {
  const operands = args.filter(arg => !arg.startsWith('-'))
  const made =
    verb === 'clone'
      ? operands[1]
      : verb === 'init'
        ? operands[0]
        : /^(?:worktree|bundle)$/.test(verb)
          ? operands[1]
          : undefined
  if (verb === 'worktree') noteCheckout({ shell, state }, args)
  if (made === undefined) return
  const target = shell.path(made, state)
  for (const place of [target, `${target}/${UNKNOWN}`])
    if (
      /^(?:own|protected|credential|agent-settings|persistence|shell-profile|record|system|device)$/.test(
        shell.paths.classify(place),
      )
    )
      shell.act({ kind: 'write', program: 'git', target: place })
}

/** A commit of the project's own in a temporary folder stays the project's; what was just fetched is somebody's. */
function noteCheckout({ shell, state }: Pick<Call, 'shell' | 'state'>, args: readonly string[]): void {
  const { operands } = readOptions(args, { valued: 'bB', valuedLong: ['reason'] })
  const [order, place, commit = 'HEAD'] = operands
  if (order !== 'add' || place === undefined || state.remotes.size > 0) return
  const target = shell.path(place, state)
  const isOwn = !isUnknown(commit) && !/FETCH_HEAD|\b(?:pull|pr|merge-requests)\//i.test(commit)
  if (isOwn && !isPattern(target) && shell.paths.classify(target) === 'temp') state.checkouts.add(target)
}

/** A path in this file system that ends in `.git`. */
export function isRepositoryName(path: string): boolean {
  return /^(?:.*\/)?\.git\/?$/i.test(path) && !/^\w+:\/\//.test(path)
}
