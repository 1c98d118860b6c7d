import { isUnknown } from '../../paths/pattern.ts'
import type { Program } from '../acts.ts'
import { judgeNamedRepository, judgeRepository, runHooks } from '../code/git-repository.ts'
import { isElsewhere } from '../dispatch/environment.ts'
import { hasOption, optionValues, readOptions } from '../dispatch/options.ts'
import { codeVerbs, judgeTransportOptions } from './git-code.ts'
import { contentVerbs } from './git-contents.ts'
import { filesOfPathspecs, listsFiles } from './git-listings.ts'
import { losingVerbs } from './git-losses.ts'
import { isRepositoryName, judgeMade } from './git-made-places.ts'
import { remoteVerbs } from './git-remotes.ts'
import { config, judgeSetting } from './git-settings.ts'
import type { Verb } from './git-verb.ts'

const verbs: Readonly<Record<string, Verb>> = {
  config,
  ...codeVerbs,
  ...contentVerbs,
  ...losingVerbs,
  ...remoteVerbs,
}

const git: Program = call => {
  const read = readOptions(call.args, {
    valued: 'Cc',
    valuedLong: ['git-dir', 'work-tree', 'namespace', 'exec-path', 'config-env', 'super-prefix'],
    stopAtOperand: true,
  })
  for (const setting of optionValues(read, 'c', 'config-env')) judgeSetting(call, setting)
  if (hasOption(read, 'exec-path') && optionValues(read, 'exec-path').length > 0)
    call.shell.raise('command.runs-unknown-code', call.name, 'exec-path')
  const tree = optionValues(read, 'work-tree')[0] ?? call.state.variables.get('GIT_WORK_TREE')?.[0]?.[0]
  for (const place of optionValues(read, 'git-dir', 'work-tree'))
    if (isElsewhere(call.shell.path(place, call.state), call.shell))
      call.shell.raise('command.runs-code-of-other-folder', call.name, place)
  const named = optionValues(read, 'git-dir')[0] ?? call.state.variables.get('GIT_DIR')?.[0]?.[0]
  if (named !== undefined) judgeNamedRepository(call, call.shell.path(named, call.state))
  const folder = optionValues(read, 'C')[0]
  const inside = folder ?? tree
  const state =
    inside === undefined ? call.state : { ...call.state, cwd: call.shell.path(inside, call.state) }
  const [verb, ...args] = read.operands
  if (verb === undefined) return undefined
  if (isUnknown(verb)) call.shell.raise('command.runs-unknown-program', 'git', verb)
  judgeRepository(call, state.cwd)
  runHooks(call, verb)
  // A checkout named `.git` makes the folder around it a repository with settings of its own (CVE-2026-55607).
  if (/^(?:worktree|clone|init|submodule)$/.test(verb) && args.slice(-2).some(isRepositoryName))
    call.shell.raise('command.writes-git-internals', call.name, args.join(' '))
  judgeTransportOptions(call, args)
  const judge = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  judge?.(
    { ...call, args, state, verb },
    readOptions(args, {
      valued: 'mFCcbBtuSno',
      valuedLong: [
        'message',
        'file',
        'author',
        'date',
        'source',
        'prune',
        'expire',
        'exec',
        'onto',
        'strategy',
      ],
    }),
  )
  judgeMade({ ...call, state }, verb, args)
  if (verb === 'clone')
    for (const setting of optionValues(
      readOptions(args, { valued: 'c', valuedLong: ['config'] }),
      'c',
      'config',
    ))
      judgeSetting(call, setting)
  if (listsFiles(verb, args)) return filesOfPathspecs({ ...call, state }, verb, args)
  if (verb === 'rev-parse' && args.includes('--show-toplevel'))
    return `${call.shell.paths.workplace.project}\n`
  return undefined
}

/** Version control: what discards work, rewrites history or runs what settings say. */
export const repositories: Readonly<Record<string, Program>> = { git }
