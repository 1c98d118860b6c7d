import { isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import { baseName } from '../../paths/posix.ts'
import type { Call, Program } from '../acts.ts'
import { shells } from '../dispatch/wrappers.ts'

const NONE = { text: '', connected: false }

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

/** `-not -path ./keep` spares one thing and narrows nothing. */
function withoutNegations(expression: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at < expression.length; at++)
    if (/^(?:-not|!)$/.test(expression[at]!) && /^-/.test(expression[at + 1] ?? '')) at += 2
    else kept.push(expression[at]!)
  return kept
}

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

/** Tests that everything passes: any size but nothing, younger than the first day. */
const TRUE_OF_ALL = /^(?:\+0[bcwkMG]?|-\d{6,}|\+-\d+|(?:19|200)\d[-/]?\d.*|@\d{1,9}|\/?0{3,4}|-0{3,4})$/

/** Names the expression itself narrows the search to: `-name '*.pem'`, `-name id_rsa`. */
function targetsOf(starts: readonly string[], expression: readonly string[]): string[] {
  const names = expression.filter((_, index) => /^-i?name$/.test(expression[index - 1] ?? ''))
  return starts.flatMap(start =>
    names.map(name => `${start}/${name.replace(/\*/g, '\uE003').replace(/\?/g, '\uE004')}`),
  )
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

const SCRIPT_RUNNER = /^(?:(?:ba|da|z|k)?sh|source|python\d?|perl|ruby|node|php)$/

/** `cp /dev/null {}` and `dd of={}` leave nothing in a file. */
function empties(program: string, inner: readonly string[]): boolean {
  return (
    /^(?:cp|install|dd)$/.test(program) &&
    inner.some(arg => /^(?:if=)?\/dev\/(?:null|zero|u?random)$/.test(arg))
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

/** Programs that find files and do something to each. */
export const finders: Readonly<Record<string, Program>> = {
  find,
  gfind: find,
  fd,
  fdfind: fd,
}
