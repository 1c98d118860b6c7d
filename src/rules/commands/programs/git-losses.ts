import { isPattern } from '../../paths/pattern.ts'
import { baseName } from '../../paths/posix.ts'
import type { Call } from '../acts.ts'
import { hasOption, optionValues, type ReadOptions, readOptions } from '../dispatch/options.ts'
import type { Verb } from './git-verb.ts'

const NONE = { text: '', connected: false }

/** States that work or history is lost. */
export const discards: Verb = (call, read) =>
  call.shell.raise(
    'command.rewrites-git-history',
    'git',
    `${read.operands.slice(0, 2).join(' ')}`.trim() || null,
  )

const when =
  (test: (read: ReadOptions, args: readonly string[]) => boolean): Verb =>
  (call, read) => {
    if (test(read, call.args)) call.shell.raise('command.rewrites-git-history', 'git', call.args.join(' '))
  }

const clean: Verb = (call, read) => {
  if (hasOption(read, 'n', 'dry-run')) return
  if (!hasOption(read, 'f', 'force')) return
  if (read.operands.length > 0 && read.operands.every(place => isGenerated(call, place))) return
  call.shell.raise('command.rewrites-git-history', 'git', `clean ${call.args.join(' ')}`)
  for (const place of read.operands.length > 0 ? read.operands : ['.']) {
    const target = call.shell.path(place, call.state)
    if (target !== call.shell.paths.workplace.project && call.shell.paths.catastrophe(target))
      call.shell.act({ kind: 'delete', program: 'git', target, recursive: true })
  }
}

/** Folders of a project that its tools fill and fill again. */
const GENERATED =
  /^(?:dist|build|out|target|coverage|node_modules|\.next|\.nuxt|\.output|\.turbo|\.cache|\.parcel-cache|\.pytest_cache|\.mypy_cache|\.ruff_cache|__pycache__|\.nyc_output|storybook-static|_build|obj|tmp)$/

function isGenerated({ shell, state }: Call, place: string): boolean {
  const path = shell.path(place, state)
  return GENERATED.test(baseName(path)) && shell.paths.classify(path) === 'project'
}

const rebase: Verb = (call, read) => {
  const codes = optionValues(
    readOptions(call.args, { valued: 'xsCXr', valuedLong: ['exec', 'onto', 'strategy'] }),
    'x',
    'exec',
  )
  for (const code of codes) call.shell.runText(code, NONE, call.state)
  if (call.args.includes('--root')) discards(call, read)
}

const filterBranch: Verb = (call, read) => {
  discards(call, read)
  for (const [index, arg] of call.args.entries())
    if (/^--\w+-filter$/.test(arg)) call.shell.runText(call.args[index + 1] ?? '', NONE, call.state)
}

/** Files that a verb puts back, moves or deletes are written or lost like by any other program. */
const replaces =
  (kind: 'write' | 'delete', other?: Verb): Verb =>
  (call, read) => {
    const dashes = call.args.indexOf('--')
    const files = dashes >= 0 ? call.args.slice(dashes + 1) : call.verb === 'checkout' ? [] : read.operands
    for (const file of files)
      if (!restoreAll([file]))
        call.shell.act({ kind, program: 'git', target: call.shell.path(file, call.state) })
    other?.(call, read)
  }

const restoreAll = (args: readonly string[]) =>
  args.some(arg => arg === '.' || arg === ':/' || arg === '*' || arg === '\uE003' || arg === ':/*')

/** Verbs that lose work, or rewrite what is kept of it. */
export const losingVerbs: Readonly<Record<string, Verb>> = {
  clean,
  rebase,
  replace: when(
    (read, args) => args.length > 0 && !hasOption(read, 'l', 'list') && !args.every(arg => arg.includes('*')),
  ),
  reset: when((_, args) =>
    args.some(arg => /^--(?:hard|merge|keep)/.test(arg) || (/^--h/.test(arg) && '--hard'.startsWith(arg))),
  ),
  checkout: replaces(
    'write',
    when((read, args) => hasOption(read, 'f', 'force') || (restoreAll(args) && !hasOption(read, 'b'))),
  ),
  mv: replaces('write'),
  restore: replaces(
    'write',
    when(
      (read, args) =>
        restoreAll(args) && !(hasOption(read, 'staged', 'S') && !hasOption(read, 'worktree', 'W')),
    ),
  ),
  switch: when(read => hasOption(read, 'f', 'force', 'discard-changes', 'C')),
  branch: when(
    (read, args) =>
      args.some(arg => /^-\w*D/.test(arg)) ||
      (hasOption(read, 'd', 'delete') && hasOption(read, 'f', 'force')),
  ),
  // One named tag can be made again; whatever a listing names may be all of them.
  tag: when(
    (read, args) =>
      hasOption(read, 'f', 'force') ||
      (hasOption(read, 'd', 'delete') && (args.some(isPattern) || read.operands.length > 3)),
  ),
  stash: when((_, args) => args[0] === 'drop' || args[0] === 'clear'),
  reflog: when((_, args) => args[0] === 'expire' || args[0] === 'delete'),
  gc: when((_, args) => args.some(arg => /^--prune=(?:now|all)/.test(arg))),
  prune: discards,
  'update-ref': when(
    (_, args) =>
      args.includes('-d') ||
      args.includes('--stdin') ||
      args.some(arg => /^refs\/(?:heads|tags)\//.test(arg)),
  ),
  'filter-repo': discards,
  'filter-branch': filterBranch,
  worktree: when((read, args) => args[0] === 'remove' && hasOption(read, 'f', 'force')),
  rm: when((read, args) => hasOption(read, 'f', 'force') && restoreAll(args)),
}
