import { isPattern, isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import { baseName } from '../../paths/posix.ts'
import { isKnownPublisher } from '../../paths/publishers.ts'
import type { Call, Program } from '../acts.ts'
import { isElsewhere } from '../environment.ts'
import { judgeNamedRepository, judgeRepository, runHooks } from '../git-repository.ts'
import { filesBelow } from '../listings.ts'
import { hasOption, optionValues, type ReadOptions, readOptions } from '../options.ts'

const NONE = { text: '', connected: false }

/** Settings whose value git runs. */
const RUN_SETTINGS =
  /^(?:core\.(?:fsmonitor|sshcommand|pager|editor|hookspath|gitproxy|askpass|alternaterefscommand)|pager\.[\w-]+|diff\..*|difftool\..*|merge\..*\.driver|mergetool\..*|filter\..*|alias\..*|credential\..*helper|credential\.helper|gpg\.(?:program|.*\.program)|sequence\.editor|interactive\.difffilter|uploadpack\..*|receive\..*|init\.templatedir|include\.path|includeif\..*|http\.(?:proxy|sslverify)|url\..*\.(?:insteadof|pushinsteadof)|protocol\..*|remote\..*\.(?:uploadpack|receivepack|proxy|vcs)|submodule\..*\.update|trailer\..*|browser\..*|man\..*|web\.browser|sendemail\..*|transfer\..*)$/i

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

function listsFiles(verb: string, args: readonly string[]): boolean {
  if (verb === 'grep') return args.some(arg => /^-\w*l|^--(?:name-only|files-with-matches)$/.test(arg))
  return verb === 'ls-files'
    ? !args.some(arg => /^-\w*[sotvu]/.test(arg))
    : verb === 'diff' && args.includes('--name-only')
}

/** Files of a repository, where folders or `*.ext` say which; the settings of agents may be among all of them. */
function filesOfPathspecs(call: Call, verb: string, args: readonly string[]): string | undefined {
  const dashes = args.indexOf('--')
  const operands = args.filter((arg, at) => (dashes >= 0 ? at > dashes : !arg.startsWith('-')))
  // Work in progress: its names are not known, its place is.
  if (verb === 'diff' && dashes < 0) return filesBelow(call, { folders: ['.'], skipsHidden: true })
  const specs = verb === 'grep' && dashes < 0 ? operands.slice(1) : operands
  const globs = specs.filter(spec => /[*?]|[\uE003-\uE005]/.test(spec))
  if (specs.length === 0 || specs.some(spec => spec.startsWith(':'))) return undefined
  const folders = specs.filter(spec => !globs.includes(spec))
  const lists = [
    ...(folders.length > 0 ? [filesBelow(call, { folders })] : []),
    // A star of git reaches into folders, too.
    ...globs.map(glob => {
      const [, folder = './', name = ''] = /^([^*?\uE003-\uE005]*\/)?(.*)$/.exec(glob) ?? []
      return filesBelow(call, { folders: [folder], names: [name.replace(/^.*\//, '')] })
    }),
  ]
  return lists.includes(undefined) ? undefined : lists.join('')
}

/** Folders and files a verb makes: only where that does lasting harm, for a second checkout elsewhere is ordinary work. */
function judgeMade({ shell, state }: Call, verb: string, args: readonly string[]): void {
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

function isRepositoryName(path: string): boolean {
  return /^(?:.*\/)?\.git\/?$/i.test(path) && !/^\w+:\/\//.test(path)
}

function judgeSetting(call: Call, setting: string): void {
  const [key = '', ...rest] = setting.split('=')
  const value = rest.join('=')
  if (!RUN_SETTINGS.test(key) || /^(?:core\.pager|pager\.\w+)=(?:cat|less|false|)$/i.test(setting)) return
  call.shell.raise('command.runs-unknown-code', call.name, key)
  call.shell.runText(value.replace(/^!/, ''), NONE, call.state)
}

/** Tools that git itself knows how to start. */
const KNOWN_TOOL =
  /^(?:(?:g|n)?vimdiff[123]?|meld|kdiff3|opendiff|kompare|tkdiff|xxdiff|bc[34]?|diffuse|diffmerge|p4merge|araxis|winmerge|smerge|emerge|ecmerge|vscode|deltawalker|codecompare|examdiff|guiffy)$/

/** Programs git starts at the other end, or hooks from elsewhere; also in shortened form (`--upload-pa`). */
function judgeTransportOptions(call: Call, args: readonly string[]): void {
  for (const [index, arg] of args.entries()) {
    if (arg === '--') return
    const name = /^--([\w-]+)/.exec(arg)?.[1] ?? ''
    const runs =
      (name.length > 5 && ('upload-pack'.startsWith(name) || 'receive-pack'.startsWith(name))) ||
      (name.length > 4 && 'open-files-in-pager'.startsWith(name)) ||
      name === 'extcmd' ||
      /^(?:gpg-sign-program|template)$/.test(name) ||
      (name === 'tool' && !KNOWN_TOOL.test(arg.split('=')[1] ?? args[index + 1] ?? ''))
    const isExternal =
      /^ext::/.test(arg) ||
      (arg === '-u' && call.args.some(verb => /^(?:ls-remote|clone)$/.test(verb))) ||
      (/^-O\S*/.test(arg) && call.args.includes('grep'))
    if (!runs && !isExternal) continue
    if (
      name === 'template' &&
      call.shell.paths.classify(call.shell.path(arg.split('=')[1] ?? args[index + 1] ?? '', call.state)) ===
        'project'
    )
      continue
    call.shell.raise('command.runs-unknown-code', call.name, arg)
    call.shell.runText(
      (arg.includes('=')
        ? arg.slice(arg.indexOf('=') + 1)
        : arg.startsWith('ext::')
          ? arg.slice(5)
          : (args[index + 1] ?? '')
      ).replace(/%S/g, ''),
      NONE,
      call.state,
    )
  }
}

type Verb = (call: Call & { readonly verb?: string }, read: ReadOptions) => void

const discards: Verb = (call, read) =>
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

const config: Verb = (call, read) => {
  const args = call.args.filter(
    arg => !/^--(?:global|local|system|worktree|add|replace-all|type=.*|bool|int|path)$/.test(arg),
  )
  if (hasOption(read, 'get', 'list', 'l', 'get-all', 'get-regexp', 'show-origin', 'unset', 'unset-all'))
    return
  if (args[0] === 'get' || args[0] === 'list' || args[0] === 'unset') return
  const [key = '', value] = args[0] === 'set' ? args.slice(1) : args
  if (hasOption(read, 'e', 'edit')) call.shell.raise('command.writes-git-internals', 'git', 'config --edit')
  if (value !== undefined) {
    if (
      /^credential\.helper$/i.test(key) &&
      /^(?:store|cache.*|osxkeychain|manager.*|libsecret)$/.test(value)
    )
      return
    if (/^alias\./i.test(key) && !value.startsWith('!')) return
    if (
      /^core\.(?:editor|pager)$|^pager\.|^(?:diff|merge)\.(?:tool|conflictstyle|algorithm|colormoved|renames\w*)$|^init\.defaultbranch$/i.test(
        key,
      ) &&
      /^[\w .-]+$/.test(value) &&
      !/\b(?:rm|sh|bash|curl)\b/.test(value)
    )
      return
    // Repositories of whoever may write here would be trusted, and their settings run.
    if (/^safe\.directory$/i.test(key) && value === '*')
      call.shell.raise('command.poisons-environment', 'git', `${key} ${value}`)
    judgeSetting(call, `${key}=${value}`)
  }
}

const push: Verb = (call, read) => {
  const forced =
    hasOption(read, 'f', 'force', 'mirror', 'd', 'delete', 'prune') ||
    read.operands.slice(1).some(ref => ref.startsWith('+') || /^:./.test(ref))
  const careful = call.args.some(
    arg => arg.startsWith('--force-with-lease') || arg.startsWith('--force-if-includes'),
  )
  const name = read.operands[0] ?? 'origin'
  if (call.state.remotes.has(name)) call.shell.raise('command.sends-file', 'git', `the new remote ${name}`)
  if (/^(?:https?:\/\/|ssh:\/\/|git:\/\/|[\w.-]+@[\w.-]+:)/.test(read.operands[0] ?? ''))
    call.shell.raise('command.sends-file', 'git', read.operands[0]!)
  if (forced || careful)
    call.shell.raise('command.rewrites-git-history', 'git', `push ${call.args.join(' ')}`)
}

/** Folders of a project that its tools fill and fill again. */
const GENERATED =
  /^(?:dist|build|out|target|coverage|node_modules|\.next|\.nuxt|\.output|\.turbo|\.cache|\.parcel-cache|\.pytest_cache|\.mypy_cache|\.ruff_cache|__pycache__|\.nyc_output|storybook-static|_build|obj|tmp)$/

function isGenerated({ shell, state }: Call, place: string): boolean {
  const path = shell.path(place, state)
  return GENERATED.test(baseName(path)) && shell.paths.classify(path) === 'project'
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

const restoreAll = (args: readonly string[]) =>
  args.some(arg => arg === '.' || arg === ':/' || arg === '*' || arg === '\uE003' || arg === ':/*')

const rebase: Verb = (call, read) => {
  const codes = optionValues(
    readOptions(call.args, { valued: 'xsCXr', valuedLong: ['exec', 'onto', 'strategy'] }),
    'x',
    'exec',
  )
  for (const code of codes) call.shell.runText(code, NONE, call.state)
  if (call.args.includes('--root')) discards(call, read)
}

const runs =
  (skip: readonly string[]): Verb =>
  call => {
    const rest = call.args.filter(arg => !skip.includes(arg) && !arg.startsWith('-'))
    call.shell.runText(rest.join(' '), NONE, call.state)
  }

const filterBranch: Verb = (call, read) => {
  discards(call, read)
  for (const [index, arg] of call.args.entries())
    if (/^--\w+-filter$/.test(arg)) call.shell.runText(call.args[index + 1] ?? '', NONE, call.state)
}

const add: Verb = (call, read) => {
  for (const file of read.operands)
    if (call.shell.paths.classify(call.shell.path(file, call.state)) === 'credential')
      if (hasOption(read, 'f', 'force')) call.shell.raise('command.reads-credential', 'git', file)
      else call.shell.raise('command.prints-credential', 'git', file)
}

/** `hash-object` keeps a file's contents for whoever asks. */
const keep: Verb = (call, read) => {
  for (const file of read.operands) call.shell.read(file, 'git', call.state)
}

/** An option whose value git runs. */
function runsOption(call: Call, codes: readonly string[]): void {
  for (const code of codes) {
    call.shell.raise('command.runs-unknown-code', 'git', code)
    call.shell.runText(code, NONE, call.state)
  }
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

const showFile: Verb = call => {
  for (const arg of call.args) {
    const file = /^[^-][^:]*:(.+)$/.exec(arg)?.[1]
    const shows = call.verb !== 'log' || call.args.some(flag => /^(?:-p|-u|--patch|-[0-9U].*)$/.test(flag))
    if (
      shows &&
      !arg.startsWith('-') &&
      call.shell.paths.classify(call.shell.path(arg, call.state)) === 'credential'
    )
      call.shell.raise('command.reads-credential', 'git', arg)
    if (file && call.shell.paths.classify(call.shell.path(file, call.state)) === 'credential')
      call.shell.raise('command.reads-credential', 'git', file)
    if (/^(?:-o|--output(?:=|$))/.test(arg))
      call.shell.write(
        arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : (call.args[call.args.indexOf(arg) + 1] ?? ''),
        'git',
        call.state,
      )
    if (arg === '--no-index' || arg === '--contents')
      for (const other of call.args) if (!other.startsWith('-')) call.shell.read(other, 'git', call.state)
  }
}

/** An address on a host where no project is known to live. */
function isStrangeAddress(address: string): boolean {
  const host = /^(?:[a-z+]+:\/\/(?:[^@/]*@)?|[\w.-]+@)([^/:]+)/i.exec(address)?.[1]
  return host !== undefined && !isKnownPublisher(host)
}

const remote: Verb = call => {
  if (
    /^(?:add|set-url)$/.test(call.args[0] ?? '') &&
    call.args.some(arg => /^ext::|^-/.test(arg) && arg.startsWith('ext'))
  )
    call.shell.raise('command.runs-unknown-code', 'git', 'ext::')
  if (call.verb !== 'remote' || !/^(?:add|set-url)$/.test(call.args[0] ?? '')) return
  const [name = '', address = ''] = call.args.slice(1).filter(arg => !arg.startsWith('-'))
  call.state.remotes.add(name)
  // What is pushed by habit would go elsewhere.
  if (call.args[0] === 'set-url' && isStrangeAddress(address))
    call.shell.raise('command.sends-file', 'git', address)
}

function printsCredential({ shell, args }: Call): void {
  if (args.includes('get')) shell.raise('command.prints-credential', 'git', 'credential helper')
}

const verbs: Readonly<Record<string, Verb>> = {
  push,
  clean,
  config,
  rebase,
  add,
  show: showFile,
  log: showFile,
  diff: showFile,
  blame: showFile,
  'cat-file': showFile,
  'hash-object': keep,
  grep: call => {
    if (!call.args.includes('--no-index')) return
    for (const place of call.args.filter(arg => !arg.startsWith('-')).slice(1)) {
      call.shell.act({
        kind: 'read',
        program: 'git',
        target: call.shell.path(place, call.state),
        recursive: true,
      })
    }
  },
  replace: when(
    (read, args) => args.length > 0 && !hasOption(read, 'l', 'list') && !args.every(arg => arg.includes('*')),
  ),
  remote,
  clone: remote,
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
  bisect: call =>
    call.args[0] === 'run' ? call.shell.runArgv(call.args.slice(1), NONE, call.state) : undefined,
  submodule: call =>
    call.args[0] === 'foreach'
      ? runs(['foreach', '--recursive'])(call, readOptions([]))
      : call.args[0] === 'deinit' && call.args.includes('-f')
        ? discards(call, readOptions(call.args))
        : undefined,
  archive: call =>
    runsOption(call, optionValues(readOptions(call.args, { valued: 'o', valuedLong: ['exec'] }), 'exec')),
  difftool: call =>
    runsOption(
      call,
      optionValues(readOptions(call.args, { valued: 'xt', valuedLong: ['extcmd', 'tool'] }), 'x', 'extcmd'),
    ),
  credential: call =>
    call.args[0] === 'fill'
      ? call.shell.raise('command.prints-credential', 'git', 'credential fill')
      : undefined,
  'credential-store': call => printsCredential(call),
  'credential-cache': call => printsCredential(call),
  'credential-osxkeychain': call => printsCredential(call),
  daemon: call => call.shell.raise('command.opens-listener', 'git', 'daemon'),
}

/** Version control: what discards work, rewrites history or runs what settings say. */
export const repositories: Readonly<Record<string, Program>> = { git }
