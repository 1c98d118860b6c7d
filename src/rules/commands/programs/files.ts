import { isPattern, isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import { baseName } from '../../paths/posix.ts'
import { type Call, type Program, silently } from '../acts.ts'
import { filesBelow } from '../listings.ts'
import { hasOption, optionValues, type ReadOptions, readOptions } from '../options.ts'
import { shells } from '../wrappers.ts'

const NONE = { text: '', connected: false }

/** `rm -rf "$UNSET"/*`: all of the disk where the value is empty; a script of the project may have made sure of it. */
const ALL_IF_EMPTY = /^\uE000+\/+\uE003$/

function remove(call: Call, target: string, recursive: boolean): void {
  if (recursive && ALL_IF_EMPTY.test(target))
    call.shell.raise('command.deletes-protected-folder', call.name, target)
  call.shell.act({
    kind: 'delete',
    program: call.name,
    target: call.shell.path(target, call.state),
    recursive,
  })
}

const rm: Program = call => {
  const read = readOptions(call.args)
  const recursive = hasOption(read, 'r', 'R', 'recursive')
  for (const target of read.operands) remove(call, target, recursive || call.name !== 'rm')
  return ''
}

const shred: Program = call => {
  const read = readOptions(call.args, { valued: 'nsx' })
  for (const target of read.operands) {
    const path = call.shell.path(target, call.state)
    call.shell.act({ kind: 'write', program: call.name, target: path })
    call.shell.act({ kind: 'delete', program: call.name, target: path, recursive: true })
  }
  return ''
}

/** The source of a move disappears; the target is written. */
const mv: Program = call => {
  const read = readOptions(call.args, { valued: 'tS', valuedLong: ['target-directory', 'suffix'] })
  const { sources, target } = transferOf(read)
  for (const source of sources) {
    const path = call.shell.path(source, call.state)
    call.shell.act({ kind: 'read', program: call.name, target: path })
    call.shell.act({ kind: 'delete', program: call.name, target: path, recursive: true })
  }
  transfer(call, sources, target)
  return ''
}

const cp: Program = call => {
  const read = readOptions(call.args, {
    valued: 'tSmogZ',
    valuedLong: ['target-directory', 'suffix', 'mode', 'owner', 'group'],
  })
  const recursive = hasOption(read, 'r', 'R', 'a', 'recursive', 'archive')
  const { sources, target } = transferOf(read)
  for (const source of sources)
    call.shell.act({
      kind: 'read',
      program: call.name,
      target: call.shell.path(source, call.state),
      recursive,
    })
  transfer(call, sources, target)
  if (optionValues(read, 'm', 'mode').some(mode => /^[24567]\d{3}$|s/.test(mode)))
    call.shell.raise('command.grants-privilege', call.name, target ?? null)
  return ''
}

function transferOf(read: ReadOptions): { sources: readonly string[]; target: string | undefined } {
  const folder = optionValues(read, 't', 'target-directory')[0]
  if (folder !== undefined) return { sources: read.operands, target: folder }
  return { sources: read.operands.slice(0, -1), target: read.operands.at(-1) }
}

function transfer(call: Call, sources: readonly string[], target: string | undefined): void {
  if (target === undefined || sources.length === 0) return
  const { shell, state } = call
  for (const source of sources) {
    const origin = shell.path(source, state)
    const content = shell.contentOf(origin, state)
    const inside = `${target}/${baseName(source)}`
    if (shell.paths.classify(shell.path(target, state)) === 'harmless-device') continue
    shell.write(target, call.name, state, content)
    const kind = shell.paths.classify(shell.path(inside, state))
    if (kind !== 'credential' && kind !== 'project' && kind !== 'temp')
      shell.write(inside, call.name, state, content)
    // A copy of a program of the system is that program.
    if (/^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/.test(origin))
      state.links.set(shell.path(target, state), origin)
  }
}

const ln: Program = call => {
  const read = readOptions(call.args, { valued: 'tS', valuedLong: ['target-directory', 'suffix'] })
  const { sources, target } = transferOf(read)
  const { shell, state } = call
  const source = sources[0] ?? target
  if (source === undefined || target === undefined) return ''
  const place = sources.length === 0 ? baseName(target) : target
  const pointed = shell.path(source, state)
  shell.write(place, call.name, state)
  state.files.delete(shell.path(place, state))
  for (const name of [place, `${place}/${baseName(source)}`])
    state.links.set(shell.path(name, state), pointed)
  const kind = shell.paths.classify(pointed)
  if (kind === 'credential' || kind === 'own' || kind === 'protected')
    shell.act({ kind: 'read', program: call.name, target: pointed })
  return ''
}

const writeOperands: Program = call => {
  const read = readOptions(call.args, { valued: 'srdt', valuedLong: ['size', 'reference', 'date'] })
  for (const target of read.operands)
    call.shell.write(target, call.name, call.state, call.state.files.get(call.shell.path(target, call.state)))
  return ''
}

const truncate: Program = call => {
  const read = readOptions(call.args, { valued: 'sr', valuedLong: ['size', 'reference'] })
  for (const target of read.operands) call.shell.write(target, call.name, call.state, '')
  return ''
}

const makeFolder: Program = call => {
  const read = readOptions(call.args, { valued: 'mZ', valuedLong: ['mode', 'context'] })
  for (const target of read.operands) {
    const path = call.shell.path(target, call.state)
    if (isUnknown(path)) continue
    call.shell.act({ kind: 'write', program: call.name, target: path })
  }
  return ''
}

const tee: Program = call => {
  for (const target of readOptions(call.args).operands)
    if (!/^\/dev\/(?:null|stdout|stderr|tty)$/.test(target))
      call.shell.write(target, call.name, call.state, call.stdin.text)
  return call.stdin.text
}

/** Others than the owner and the group may read, or whoever it was before may. */
const LETS_READ = /^[0-7]?[0-7]{2}[4-7]$|(?:^|,)[ugoa]*[oa][ugoa]*[+=]\w*r|^[+=]\w*r/

const chmod: Program = call => {
  const { shell, state } = call
  const operands = call.args.filter(arg => !/^-[RvcfhHLP]+$|^--(?!reference)/.test(arg))
  const [mode = '', ...targets] = operands
  const recursive = call.args.some(arg => /^-\w*R|^--rec/.test(arg))
  for (const target of targets) {
    const path = shell.path(target, state)
    const kind = shell.paths.classify(path)
    if (kind === 'credential' && path.startsWith('/etc/') && LETS_READ.test(mode))
      shell.raise('command.grants-privilege', call.name, target)
    else if (isOpen(mode) && (kind === 'system' || kind === 'credential' || path.startsWith('/etc/')))
      shell.raise('command.opens-permissions', call.name, target, 'deny')
    else if (
      /(?:^|[,+=])[ugoa]*[+=][rwxXt]*s|^[2-7]\d{3}$|^0[2-7]\d{3}$/.test(mode) &&
      !/^0?1\d{3}$/.test(mode)
    )
      shell.raise('command.grants-privilege', call.name, target)
    else if (
      recursive &&
      shell.paths.catastrophe(path) &&
      !path.startsWith(`${shell.paths.workplace.project}`)
    )
      shell.raise('command.grants-privilege', call.name, path)
    else if (kind !== 'project' && kind !== 'temp' && shell.paths.catastrophe(path))
      shell.raise('command.changes-system', call.name, path)
    else if (isOpen(mode)) shell.raise('command.opens-permissions', call.name, target)
    else if (
      kind === 'own' ||
      kind === 'protected' ||
      kind === 'record' ||
      kind === 'system' ||
      kind === 'agent-settings'
    )
      shell.act({ kind: 'write', program: call.name, target: path })
    else if (isUnknown(path) && recursive) shell.raise('command.writes-unknown-target', call.name, path)
  }
  return ''
}

function isOpen(mode: string): boolean {
  return /^0?[0-7]?[0-7][0-7][2367]$/.test(mode) || /(?:^|,)[ug]*[oa]+[ugoa]*[+=]\w*w/.test(mode)
}

const chown: Program = call => {
  const { shell, state } = call
  const read = readOptions(call.args, { valued: '', valuedLong: ['from', 'reference'] })
  const recursive = hasOption(read, 'R', 'recursive')
  const [owner = '', ...targets] = read.operands
  for (const target of targets) {
    const path = shell.path(target, state)
    const isRoot = /^(?:root|0)(?:[:.]|$)/.test(owner)
    if (recursive && shell.paths.catastrophe(path) && !path.startsWith(shell.paths.workplace.project))
      shell.raise('command.grants-privilege', call.name, path)
    else if (isRoot) shell.raise('command.raises-privilege', call.name, path)
    else shell.act({ kind: 'write', program: call.name, target: path })
  }
  return ''
}

const chattr: Program = call => {
  for (const target of readOptions(call.args).operands)
    if (!/^[+=-]\w+$/.test(target)) call.shell.raise('command.changes-system', call.name, target)
  return ''
}

/** `find`: starting points, tests, and actions that delete, run or write. */
const find: Program = call => {
  const { args, shell, state } = call
  let at = 0
  while (/^-(?:[HLP]|O\d|D)$/.test(args[at] ?? '')) at += args[at] === '-D' ? 2 : 1
  const starts: string[] = []
  while (at < args.length && !/^[-(!]/.test(args[at]!)) starts.push(args[at++]!)
  if (starts.length === 0) starts.push('.')
  const expression = withoutNegations(args.slice(at))
  const narrows =
    expression.some(arg =>
      /^-(?:i?name|i?path|i?regex|[acm]time|[acm]min|newer\w*|size|empty|user|group|perm|i?wholename|i?lname|inum|links|samefile)$/.test(
        arg,
      ),
    ) && !matchesAll(expression)
  const files = targetsOf(starts, expression)
  for (let index = 0; index < expression.length; index++) {
    const action = expression[index]!
    if (action === '-delete') deleteFound(call, starts, files, narrows)
    else if (/^-(?:exec|execdir|ok|okdir)$/.test(action)) {
      const end = expression.findIndex((arg, place) => place > index && (arg === ';' || arg === '+'))
      const inner = expression.slice(index + 1, end < 0 ? undefined : end)
      runFound(call, inner, starts, files, narrows)
    } else if (/^-f(?:print0?|printf|ls)$/.test(action)) {
      shell.write(expression[index + 1] ?? UNKNOWN, call.name, state)
      shell.unaffirm()
    }
  }
  const found = files.length > 0 ? files : narrows ? starts.map(start => `${start}/found`) : starts
  found.push(...settingsAmong(call, starts, expression))
  return `${found.join('\n')}\n`
}

/** Settings of agents that a search reaches by a name of theirs, or because it looks in their folder. */
function settingsAmong(
  { shell, state }: Call,
  starts: readonly string[],
  expression: readonly string[],
): string[] {
  const names = expression.filter((_, index) => /^-i?name$/.test(expression[index - 1] ?? ''))
  const own = names.length === 0 ? ['settings.json'] : names.filter(name => /settings|mcp|hooks/.test(name))
  const places = starts.flatMap(start =>
    own.flatMap(name => [`${start}/${name}`, ...(names.length > 0 ? [`${start}/.claude/${name}`] : [])]),
  )
  return places
    .map(place => place.replace(/\*/g, '\uE003').replace(/\?/g, '\uE004'))
    .filter(place => shell.paths.classify(shell.path(place, state)) === 'agent-settings')
}

/** `fd` runs like `find`: what follows `-x` is done to everything it finds. */
const fd: Program = call => {
  const at = call.args.findIndex(arg => /^(?:-x|-X|--exec|--exec-batch)$/.test(arg))
  const [pattern = '', ...starts] = call.args
    .slice(0, at < 0 ? undefined : at)
    .filter(arg => !arg.startsWith('-'))
  const narrows =
    !/^(?:|[.^$*]+)$/.test(pattern) ||
    call.args.slice(0, Math.max(0, at)).some(arg => /^(?:-e|-g|--extension|--glob)$/.test(arg))
  if (at >= 0) {
    const inner = call.args.slice(at + 1)
    const whole = inner.some(arg => arg.includes('{')) ? inner : [...inner, '{}']
    runFound(call, whole, starts.length > 0 ? starts : ['.'], [], narrows)
  }
  return undefined
}

/** Names that a listing may print are as vague as the glob for them. */
const ls: Program = ({ args, shell, state }) => {
  const flags = args.filter(arg => arg.startsWith('-')).join('')
  if (/[lRsi]/.test(flags)) return undefined
  const operands = args.filter(arg => !arg.startsWith('-'))
  if (operands.length === 0) return /[aA]/.test(flags) ? '.\uE003\n' : '\uE003\n'
  // Files are listed by the path they were given as; of a folder, its names would be.
  const isFile = (operand: string) =>
    !isUnknown(operand) &&
    (isPattern(operand) || shell.paths.classify(shell.path(operand, state)) === 'credential')
  if (operands.every(isFile)) return `${operands.join('\n')}\n`
  // The names in a folder of the project, wherever they are taken for files next.
  const [folder = ''] = operands
  const isOurs =
    operands.length === 1 && filesBelow({ shell, state }, { folders: [folder], skipsHidden: true })
  return isOurs && !/[aAd]/.test(flags) ? '\uE003\n' : undefined
}

/** `-not -path ./keep` spares one thing and narrows nothing. */
function withoutNegations(expression: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at < expression.length; at++)
    if (/^(?:-not|!)$/.test(expression[at]!) && /^-/.test(expression[at + 1] ?? '')) at += 2
    else kept.push(expression[at]!)
  return kept
}

/** Tests that everything passes: any size but nothing, younger than the first day. */
const TRUE_OF_ALL = /^(?:\+0[bcwkMG]?|-\d{6,}|\+-\d+|(?:19|200)\d[-/]?\d.*|@\d{1,9}|\/?0{3,4}|-0{3,4})$/

function matchesAll(expression: readonly string[]): boolean {
  const patterns = expression.filter((_, index) =>
    /^-i?(?:name|path|wholename|regex)$/.test(expression[index - 1] ?? ''),
  )
  const others = expression.some(
    (arg, index) =>
      /^-(?:[acm]time|[acm]min|newer\w*|size|empty|user|group|perm|samefile|inum)$/.test(arg) &&
      !TRUE_OF_ALL.test(expression[index + 1] ?? ''),
  )
  return !others && patterns.every(pattern => /^[*.\uE003]+$/.test(pattern))
}

/** Names the expression itself narrows the search to: `-name '*.pem'`, `-name id_rsa`. */
function targetsOf(starts: readonly string[], expression: readonly string[]): string[] {
  const names = expression.filter((_, index) => /^-i?name$/.test(expression[index - 1] ?? ''))
  return starts.flatMap(start =>
    names.map(name => `${start}/${name.replace(/\*/g, '\uE003').replace(/\?/g, '\uE004')}`),
  )
}

function deleteFound(
  call: Call,
  starts: readonly string[],
  files: readonly string[],
  narrows: boolean,
): void {
  const { shell, state } = call
  for (const start of starts) {
    const path = shell.path(start, state)
    if (!narrows) shell.act({ kind: 'delete', program: call.name, target: path, recursive: true })
    else if (isUnknown(path)) shell.raise('command.deletes-unknown-target', call.name, start)
    else if (shell.paths.catastrophe(path) && path !== shell.path(shell.paths.workplace.project, state))
      shell.raise(
        'command.deletes-outside-project',
        call.name,
        path,
        isSystemTree(call, path) ? 'deny' : 'ask',
      )
    else shell.act({ kind: 'delete', program: call.name, target: `${path}/found`, recursive: false })
  }
  for (const file of files) {
    const path = shell.path(file, state).replace(/\uE003/g, 'found')
    if (file.endsWith('.git') || shell.paths.classify(path) === 'credential')
      shell.act({ kind: 'delete', program: call.name, target: path, recursive: true })
  }
}

function isSystemTree(call: Call, path: string): boolean {
  return path === '/' || (call.shell.paths.classify(path) === 'system' && !path.startsWith('/var'))
}

const SCRIPT_RUNNER = /^(?:(?:ba|da|z|k)?sh|source|python\d?|perl|ruby|node|php)$/

/** `cp /dev/null {}` and `dd of={}` leave nothing in a file. */
function empties(program: string, inner: readonly string[]): boolean {
  return (
    /^(?:cp|install|dd)$/.test(program) &&
    inner.some(arg => /^(?:if=)?\/dev\/(?:null|zero|u?random)$/.test(arg))
  )
}

function runFound(
  call: Call,
  inner: readonly string[],
  starts: readonly string[],
  files: readonly string[],
  narrows: boolean,
): void {
  const { shell, state } = call
  shell.unaffirm()
  const program = baseName(inner[0] ?? '')
  if (/^(?:rm|unlink|shred|rmdir|truncate)$/.test(program) || empties(program, inner)) {
    if (inner.some(arg => arg.includes('{}'))) deleteFound(call, starts, files, narrows)
    const named = inner.filter(arg => !arg.includes('{}'))
    if (named.slice(1).some(arg => !arg.startsWith('-')) && program !== 'cp')
      shell.runArgv(named, NONE, state)
    return
  }
  // Every file found would be a script.
  if (SCRIPT_RUNNER.test(program) && inner.slice(1).every(arg => arg === '{}'))
    shell.raise('command.runs-unknown-code', call.name, inner.join(' '))
  // A shell without anything to run is a prompt for whoever asked.
  else if (shells.test(program) && inner.slice(1).every(arg => /^-\w*$/.test(arg) && !/c/.test(arg)))
    shell.raise('command.runs-unknown-code', call.name, inner.join(' '))
  const found = files.length > 0 ? files : narrows ? starts.map(start => `${start}/found`) : starts
  for (const place of found.slice(0, 6)) {
    const argv = inner.map(arg => arg.replaceAll('{}', place))
    if (/^-?(?:exec|ok)dir$/.test(program)) continue
    shell.runArgv(argv, NONE, state)
  }
}

const rsync: Program = call => {
  const read = readOptions(call.args, {
    valued: 'efMTB@',
    valuedLong: [
      'rsh',
      'exclude',
      'include',
      'filter',
      'files-from',
      'exclude-from',
      'log-file',
      'port',
      'bwlimit',
      'temp-dir',
      'backup-dir',
      'partial-dir',
      'rsync-path',
      'password-file',
      'chmod',
      'chown',
    ],
  })
  const { shell, state } = call
  for (const code of optionValues(read, 'e', 'rsh', 'rsync-path'))
    if (
      !/^ssh(?:\s+-[ip]\s+\S+|\s+-o\s*(?!\w*Command|PKCS|Security|Proxy|XAuth|Include)\w+=[\w./~-]+)*$/i.test(
        code,
      )
    ) {
      shell.runText(code, NONE, state)
      shell.raise('command.runs-unknown-code', call.name, code)
    }
  const target = read.operands.at(-1)
  const sources = read.operands.slice(0, -1)
  const isRemote = (place: string) => /^[^/]*:/.test(place) || place.startsWith('rsync://')
  for (const source of sources)
    if (!isRemote(source))
      shell.act({ kind: 'read', program: call.name, target: shell.path(source, state), recursive: true })
  if (hasOption(read, 'remove-source-files'))
    for (const source of sources)
      if (!isRemote(source))
        shell.act({ kind: 'delete', program: call.name, target: shell.path(source, state), recursive: true })
  if (target === undefined || sources.length === 0) return undefined
  if (isRemote(target)) shell.raise('command.sends-file', call.name, target)
  else {
    shell.write(target, call.name, state)
    if (hasOption(read, 'delete', 'del', 'delete-before', 'delete-after', 'delete-during', 'delete-excluded'))
      shell.act({ kind: 'delete', program: call.name, target: shell.path(target, state), recursive: true })
  }
  return undefined
}

const tar: Program = call => {
  const { shell, state } = call
  const first = call.args[0] ?? ''
  const args = first.startsWith('-') || first === '' ? call.args : [`-${first}`, ...call.args.slice(1)]
  const read = readOptions(args, {
    valued: 'fCIXTbKNVHgFL',
    valuedLong: [
      'file',
      'directory',
      'use-compress-program',
      'to-command',
      'checkpoint-action',
      'exclude',
      'transform',
      'strip-components',
      'files-from',
      'exclude-from',
      'info-script',
      'new-volume-script',
      'rsh-command',
      'rmt-command',
      'one-top-level',
    ],
  })
  for (const code of optionValues(
    read,
    'I',
    'use-compress-program',
    'to-command',
    'info-script',
    'F',
    'new-volume-script',
    'rsh-command',
    'rmt-command',
    'checkpoint-action',
  )) {
    if (
      /^(?:gzip|pigz|bzip2|pbzip2|xz|zstd|lz4|lzip|brotli|dot|ttyout.*|echo.*|sleep=\d+)(?: -[\w=-]+)*$/.test(
        code,
      )
    )
      continue
    shell.raise('command.runs-unknown-code', call.name, code)
    shell.runText(code.replace(/^exec=/, ''), NONE, state)
  }
  const files = optionValues(read, 'f', 'file')
  const creates = hasOption(read, 'c', 'create', 'r', 'append', 'u', 'update')
  if (creates) {
    const base = optionValues(read, 'C', 'directory')[0]
    for (const member of read.operands)
      shell.act({
        kind: 'read',
        program: call.name,
        target: shell.path(base && !member.startsWith('/') ? `${base}/${member}` : member, state),
        recursive: true,
      })
    for (const file of files) if (file !== '-') shell.write(file, call.name, state)
    if (hasOption(read, 'remove-files')) for (const member of read.operands) remove(call, member, true)
  } else if (hasOption(read, 'x', 'extract', 'get')) {
    for (const folder of optionValues(read, 'C', 'directory'))
      shell.act({ kind: 'write', program: call.name, target: shell.path(folder, state) })
    if (hasOption(read, 'P', 'absolute-names')) shell.raise('command.writes-unknown-target', call.name)
  }
  return undefined
}

const zip: Program = call => {
  const read = readOptions(call.args, { valued: 'tbnPi', valuedLong: ['unzip-command'] })
  const { shell, state } = call
  for (const code of [
    ...optionValues(read, 'unzip-command'),
    ...call.args.filter((_, index) => call.args[index - 1] === '-TT'),
  ]) {
    shell.raise('command.runs-unknown-code', call.name, code)
    shell.runText(code, NONE, state)
  }
  const [archive, ...members] = read.operands
  if (archive !== undefined) shell.write(archive, call.name, state)
  for (const member of members)
    shell.act({ kind: 'read', program: call.name, target: shell.path(member, state), recursive: true })
  return undefined
}

/** Archivers that delete what they have packed. */
const packAndDelete =
  (pack: Program, deletes: RegExp): Program =>
  call => {
    const read = readOptions(call.args, { valued: 'tbnPTi' })
    if (call.args.some(arg => deletes.test(arg)))
      for (const member of read.operands.slice(/^7z/.test(call.name) ? 2 : 1)) remove(call, member, true)
    return pack(call)
  }

/** What comes in replaces the file, even the one it was made from. */
const sponge: Program = call => {
  for (const file of readOptions(call.args).operands)
    call.shell.write(file, call.name, call.state, call.stdin.text)
  return ''
}

/** `fallocate -p` and its kind take out what lies in a file. */
const fallocate: Program = call => {
  const read = readOptions(call.args, { valued: 'lo', valuedLong: ['length', 'offset'] })
  const empties = hasOption(read, 'p', 'punch-hole', 'c', 'collapse-range', 'z', 'zero-range')
  for (const file of read.operands) {
    call.shell.write(file, call.name, call.state)
    if (empties) remove(call, file, false)
  }
  return ''
}

/** `gio trash`: the words before the files are the tool's. */
const desktopTrash: Program = call => {
  const [verb = '', ...rest] = call.args.filter(arg => !arg.startsWith('-'))
  if (/^(?:trash|remove|delete|move)$/.test(verb))
    for (const target of verb === 'move' ? rest.slice(0, 1) : rest) remove(call, target, true)
  return undefined
}

/** What a patch names is known by its text only; the file it is told to change is written. */
const patch: Program = call => {
  const read = readOptions(call.args, {
    valued: 'podirBDFVYgxz',
    valuedLong: ['output', 'input', 'directory', 'strip', 'reject-file'],
  })
  for (const file of [...read.operands.slice(0, 1), ...optionValues(read, 'o', 'output', 'r', 'reject-file')])
    call.shell.write(file, call.name, call.state)
  return undefined
}

const tree: Program = call => {
  for (const file of optionValues(readOptions(call.args, { valued: 'oLPIHT' }), 'o'))
    call.shell.write(file, call.name, call.state)
  return undefined
}

const unpack: Program = call => {
  // `-:` lets members climb out of the folder with `..`.
  if (call.args.some(arg => /^-\w*:/.test(arg))) call.shell.raise('command.writes-unknown-target', call.name)
  const read = readOptions(call.args, { valued: 'dPx' })
  for (const folder of optionValues(read, 'd'))
    call.shell.act({ kind: 'write', program: call.name, target: call.shell.path(folder, call.state) })
  return undefined
}

/** Programs whose operands name files without reading what is in them. */
const nameOnly: Program = () => undefined

/** Where a program would be found; its name stays readable at the end. */
const placeOf = (name: string) => (/^[\w.+-]+$/.test(name) ? `/usr/bin/${name}` : name)

/** Programs that work on files and folders themselves. */
export const files: Readonly<Record<string, Program>> = {
  rm,
  grm: rm,
  unlink: rm,
  rmdir: silently(call => {
    for (const target of readOptions(call.args).operands) remove(call, target, false)
  }),
  srm: rm,
  wipe: rm,
  trash: rm,
  'trash-put': rm,
  rimraf: rm,
  'del-cli': rm,
  shred,
  gshred: shred,
  mv,
  gmv: mv,
  cp,
  gcp: cp,
  install: cp,
  rsync,
  ln,
  link: ln,
  touch: writeOperands,
  truncate,
  mkdir: makeFolder,
  tee,
  chmod,
  chown,
  chgrp: chown,
  chattr,
  find,
  gfind: find,
  ls,
  fd,
  fdfind: fd,
  tar,
  gtar: tar,
  bsdtar: tar,
  zip: packAndDelete(zip, /^-\w*m|^--move$/),
  sponge,
  patch,
  gio: desktopTrash,
  kioclient: desktopTrash,
  kioclient5: desktopTrash,
  'gvfs-trash': rm,
  trashy: rm,
  fallocate,
  unzip: unpack,
  '7z': packAndDelete(zip, /^-sdel$/),
  '7za': packAndDelete(zip, /^-sdel$/),
  '7zz': packAndDelete(zip, /^-sdel$/),
  ll: nameOnly,
  dir: nameOnly,
  stat: nameOnly,
  du: nameOnly,
  df: nameOnly,
  tree,
  eza: nameOnly,
  exa: nameOnly,
  lsattr: nameOnly,
  file: nameOnly,
  readlink: nameOnly,
  realpath: nameOnly,
  'ssh-add': nameOnly,
  'ssh-copy-id': nameOnly,
  locate: nameOnly,
  basename: ({ args }) =>
    `${baseName(args[0] ?? '').replace(args[1] ? new RegExp(`${args[1].replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : /$^/, '')}\n`,
  dirname: ({ args }) =>
    `${(args[0] ?? '').includes('/') ? (args[0] ?? '').replace(/\/[^/]*\/?$/, '') || '/' : '.'}\n`,
  mkfifo: writeOperands,
  mknod: silently(call => call.shell.raise('command.changes-system', call.name, call.args[0] ?? null)),
  mktemp: ({ args }) => (args.some(arg => /^-\w*p/.test(arg)) ? UNKNOWN : '/tmp/tmp.made\n'),
  which: ({ args }) =>
    `${args
      .filter(arg => !arg.startsWith('-'))
      .map(placeOf)
      .join('\n')}\n`,
}
