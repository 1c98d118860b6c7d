import { isInstaller, isRemote, isUnknown, SECRET, UNKNOWN } from '../../paths/pattern.ts'
import { type Call, type Program, silently } from '../acts.ts'
import { judgeOrigin } from '../code/code-origin.ts'
import { judgeAssignment } from '../dispatch/environment.ts'
import { hasOption, optionValues, readOptions } from '../dispatch/options.ts'
import { formatPrintf, undoEscapes } from '../shell/decode.ts'
import { quote } from '../shell/quote.ts'

const NONE = { text: '', connected: false }

const echo: Program = ({ args }) => {
  let at = 0
  let escapes = false
  let newline = true
  for (; /^-[neE]+$/.test(args[at] ?? ''); at++) {
    if (args[at]!.includes('e')) escapes = true
    if (args[at]!.includes('n')) newline = false
  }
  const text = args.slice(at).join(' ')
  return (escapes ? undoEscapes(text) : text) + (newline ? '\n' : '')
}

const printf: Program = call => {
  const args = call.args[0] === '--' ? call.args.slice(1) : call.args
  if (args[0] === '-v') {
    const value = formatPrintf(args[2] ?? '', args.slice(3))
    call.state.variables.set(args[1] ?? '', [[value]])
    judgeAssignment(call.shell, args[1] ?? '', value, call.state, true)
    return ''
  }
  return formatPrintf(args[0] ?? '', args.slice(1))
}

const cd: Program = ({ args, state, shell }) => {
  const target = args.find(arg => !/^-[LPe@]+$/.test(arg) && arg !== '--')
  if (target === '-') state.cwd = UNKNOWN
  else if (target === undefined) state.cwd = shell.path(shell.paths.workplace.home, state)
  else state.cwd = shell.path(searched(target, state), state)
  state.variables.delete('PWD')
  return ''
}

/** A bare name is looked for in the folders of `CDPATH` before the working folder. */
function searched(target: string, state: Call['state']): string {
  const [folder] = (state.variables.get('CDPATH')?.[0]?.[0] ?? '').split(':')
  return folder && folder !== '.' && !/^\.{0,2}(?:\/|$)|^~/.test(target) ? `${folder}/${target}` : target
}

const evaluate: Program = call =>
  runCode(call, call.args.filter((arg, index) => index > 0 || arg !== '--').join(' '))

function runCode(call: Call, code: string): string {
  if (isRemote(code))
    call.shell.raise(
      isInstaller(code) ? 'command.runs-remote-installer' : 'command.runs-remote-code',
      call.name,
    )
  else if (isUnknown(code)) call.shell.raise('command.runs-unknown-code', call.name)
  if (code.replace(/[\uE000-\uE006\s]/g, '') === '') return UNKNOWN
  return call.shell.runText(
    code.replace(/\uE006/g, '').replace(/[\uE000-\uE002]+/g, UNKNOWN),
    call.stdin,
    call.state,
  )
}

/** Files of plain variables that the system's own packages keep for being sourced. */
const isSettingsOfSystem = (path: string) =>
  /^\/(?:etc|usr\/lib)\/(?:os-release|lsb-release|initrd-release|machine-info|locale\.conf|default\/[\w-]+|bash_completion)$|^\/usr\/share\/bash-completion\//.test(
    path,
  )

const source: Program = call => {
  const file = call.args.find(arg => !arg.startsWith('-'))
  if (file === undefined) return ''
  const { shell, state } = call
  const path = shell.path(file, state)
  const known = state.files.get(path) ?? state.files.get(file)
  if (known !== undefined) return runCode(call, known)
  if (path === '/dev/stdin' || path.startsWith('/dev/fd/')) return runCode(call, call.stdin.text)
  const kind = shell.paths.classify(path)
  const isDotEnv = kind === 'credential' && path.startsWith(`${shell.paths.workplace.project}/`)
  if (isDotEnv) shell.raise('command.prints-credential', call.name, path)
  else if (isUnknown(path)) shell.raise('command.runs-unknown-code', call.name)
  else if (kind === 'credential') shell.act({ kind: 'read', program: call.name, target: path })
  else if (
    kind !== 'project' &&
    kind !== 'shell-profile' &&
    kind !== 'cache' &&
    !isSettingsOfSystem(path) &&
    !/\/(?:nvm\.sh|activate|env)$/.test(path)
  )
    shell.raise('command.runs-code-of-other-folder', call.name, path)
  const code = shell.codeAt(path)
  judgeOrigin(call, path, code)
  if (code)
    return shell.within(code, () =>
      shell.runText(code.text, call.stdin, state, call.args.slice(call.args.indexOf(file) + 1)),
    )
  return ''
}

/** `export`, `declare` and their kind: assignments as arguments. */
const declare: Program = call => {
  if (call.args.length === 0 || call.args.every(arg => /^-p?$|^-[pxf]+$/.test(arg)))
    return call.name === 'export' || call.name === 'declare' ? UNKNOWN + SECRET : ''
  const refers = call.name !== 'export' && call.args.some(arg => /^-\w*n/.test(arg))
  const exports = call.name === 'export' || call.args.some(arg => /^-\w*x/.test(arg))
  const counts = call.args.some(arg => /^-\w*i/.test(arg))
  for (const arg of call.args) {
    const match = /^([A-Za-z_]\w*)(\+?)=(.*)$/s.exec(arg)
    if (!match) {
      if (isRemote(arg))
        call.shell.raise('command.poisons-environment', call.name, 'variables from the network')
      if (exports) exportHeld(call, arg)
      continue
    }
    const [, given = '', append, value = ''] = match
    // A subscript is evaluated when the name is used as a reference or a number.
    if ((refers || counts) && /\$\(|`/.test(value))
      call.shell.runText(`: "${value.replace(/"/g, '\\"')}"`, NONE, {
        ...call.state,
        variables: new Map(call.state.variables),
      })
    if (refers) {
      call.state.references.set(given, value)
      continue
    }
    const name = call.state.references.get(given) ?? given
    const before = append ? (call.state.variables.get(name)?.[0]?.[0] ?? '') : ''
    call.state.variables.set(name, [[before + value]])
    judgeAssignment(call.shell, name, before + value, call.state, exports)
  }
  return ''
}

/** `export NAME`: what the variable was given before now reaches every program. */
function exportHeld({ shell, state }: Call, name: string): void {
  for (const elements of state.variables.get(name) ?? [])
    judgeAssignment(shell, name, elements[0] ?? '', state, true)
}

const set: Program = ({ args, state, shell }) => {
  if (args[0] === '+o' && args[1] === 'history') shell.raise('command.erases-record', 'set', 'history')
  const at = args.indexOf('--')
  if (at >= 0) state.positional = args.slice(at + 1)
  else if (args.length > 0 && !/^[-+]/.test(args[0]!)) state.positional = [...args]
  return args.length === 0 ? UNKNOWN + SECRET : ''
}

const shift: Program = ({ args, state }) => {
  state.positional = state.positional.slice(Number(args[0] ?? 1) || 1)
  return ''
}

const readVariables: Program = ({ args, stdin, state, shell }) => {
  const read = readOptions(args, { valued: 'adinNptu' })
  const text = stdin.connected ? stdin.text.split('\n')[0]! : UNKNOWN
  const names = read.operands.length > 0 ? read.operands : ['REPLY']
  for (const array of optionValues(read, 'a'))
    state.variables.set(array, [isUnknown(text) ? [text] : fieldsOf(text, state)])
  const words = isUnknown(text) ? [] : fieldsOf(text.trim(), state)
  names.forEach((name, index) => {
    const isLast = index === names.length - 1
    const value = isUnknown(text) ? text : isLast ? words.slice(index).join(' ') : (words[index] ?? '')
    state.variables.set(name, [[value]])
    if (!isUnknown(text)) judgeAssignment(shell, name, value, state, true)
  })
  return ''
}

/** The words of a line, as `IFS` separates them. */
function fieldsOf(text: string, state: Call['state']): string[] {
  const separators = state.variables.get('IFS')?.[0]?.[0]
  if (separators === undefined || isUnknown(separators)) return text.split(/\s+/)
  if (separators === '') return [text]
  return text.split(new RegExp(`[${separators.replace(/[\\\]^-]/g, '\\$&')}]+`))
}

const mapfile: Program = ({ args, stdin, state, shell }) => {
  const read = readOptions(args, { valued: 'dnOsucC' })
  const lines =
    isUnknown(stdin.text) || !stdin.connected ? [UNKNOWN] : stdin.text.split('\n').filter(line => line !== '')
  // The call-back is given the index and the line.
  for (const code of optionValues(read, 'C')) shell.runText(`${code} 0 ${quote(lines[0] ?? '')}`, NONE, state)
  state.variables.set(read.operands[0] ?? 'MAPFILE', [lines])
  return ''
}

/** A trap runs later: a variable that only ever gets a fresh temporary folder holds it by then. */
function whenTriggered(call: Call): Call {
  const unset = [...call.state.fresh].filter(name => !call.state.variables.has(name))
  if (unset.length === 0) return call
  const variables = new Map(call.state.variables)
  for (const name of unset) variables.set(name, [['/tmp/tmp.made']])
  return { ...call, state: { ...call.state, variables } }
}

const trap: Program = call => {
  const [code = '', ...signals] = call.args.filter(arg => arg !== '--')
  if (signals.length > 0 && code !== '-' && !code.startsWith('-')) runCode(whenTriggered(call), code)
  return ''
}

const alias: Program = ({ args, state, shell }) => {
  for (const arg of args) {
    const match = /^([^=]+)=(.*)$/s.exec(arg)
    if (!match) continue
    state.aliases.set(match[1]!, match[2]!)
    shell.runText(match[2]!, NONE, { ...state, aliases: new Map() })
  }
  return ''
}

const unset: Program = ({ args, state, shell }) => {
  for (const name of args) {
    if (/^HISTFILE$/.test(name)) shell.raise('command.erases-record', 'unset', name)
    if (!name.startsWith('-')) {
      state.variables.delete(name)
      state.functions.delete(name)
    }
  }
  return ''
}

const history: Program = call => {
  const read = readOptions(call.args, { valued: 'd' })
  if (hasOption(read, 'c', 'd')) call.shell.raise('command.erases-record', 'history')
  if (hasOption(read, 'a', 'w', 'r'))
    for (const file of read.operands) call.shell.write(file, 'history', call.state)
  return UNKNOWN
}

/** `fc -s old=new` runs an earlier command in another form; an editor is a program like any other. */
const fixCommand: Program = call => {
  const read = readOptions(call.args, { valued: 'e' })
  if (hasOption(read, 'l')) return history(call)
  const editor = optionValues(read, 'e')[0]
  for (const pair of read.operands) {
    const at = pair.indexOf('=')
    if (at > 0) call.shell.runText(pair.slice(at + 1), NONE, call.state)
  }
  if (hasOption(read, 's') || editor === '-') call.shell.raise('command.runs-unknown-code', call.name)
  else if (editor !== undefined) call.shell.runText(editor, NONE, call.state)
  return read.operands.length > 0 || hasOption(read, 'c', 'd', 'a', 'w', 'r') ? UNKNOWN : UNKNOWN + SECRET
}

const rebind: Program = call => {
  const read = readOptions(call.args, { valued: 'pf' })
  for (const target of optionValues(read, 'p', 'f')) {
    call.shell.raise('command.poisons-environment', call.name, target)
    if (call.name === 'hash') for (const name of read.operands) call.state.aliases.set(name, target)
  }
  return ''
}

const getopts: Program = ({ args, state }) => {
  state.variables.set(args[1] ?? 'opt', [[UNKNOWN]])
  state.variables.set('OPTARG', [[UNKNOWN]])
  return ''
}

const quiet: Program = () => ''

const runsOption = (option: string): Program =>
  silently(call => {
    for (const code of optionValues(readOptions(call.args, { valued: `${option}F` }), option))
      runCode(call, code)
  })

/** Arithmetic evaluates array subscripts, and with them substitutions. */
const arithmetic: Program = call => {
  for (const arg of call.args) if (/\$\(|`/.test(arg)) runCode(call, `: "${arg.replace(/"/g, '')}"`)
  return ''
}

/** Names of variables may carry subscripts: `read 'a[$(id)]'` runs them. */
const named =
  (program: Program): Program =>
  call => {
    for (const arg of call.args) {
      const subscript = /^[A-Za-z_]\w*\[(.*)\]/s.exec(arg)?.[1]
      if (subscript !== undefined && /\$\(|`/.test(subscript))
        runCode(call, `: "${subscript.replace(/"/g, '')}"`)
    }
    return program(call)
  }

const environmentDump: Program = ({ args }) =>
  args.some(arg => /TOKEN|KEY|SECRET|PASS|CRED/i.test(arg)) || args.length === 0 ? UNKNOWN + SECRET : UNKNOWN

const seq: Program = ({ args }) => {
  const numbers = args.filter(arg => /^-?\d+$/.test(arg)).map(Number)
  const [from, to] = numbers.length > 1 ? [numbers[0]!, numbers.at(-1)!] : [1, numbers[0] ?? 1]
  return `${Array.from({ length: Math.min(Math.max(0, to - from + 1), 12) }, (_, index) => from + index).join('\n')}\n`
}

/** Finding a process by name: the name stays beside the number, for what is done to it. */
const findProcess: Program = ({ args }) => `${UNKNOWN}${args.filter(arg => !arg.startsWith('-')).join(' ')}`

const pwd: Program = ({ state }) => `${state.cwd}\n`

const killProcesses: Program = call => {
  const { args, shell, name } = call
  const text = args.join(' ')
  if (args.some(arg => arg === '-l' || arg === '-L' || arg === '-0')) return undefined
  if (args.slice(1).some(arg => arg === '-1') || (args.length === 1 && args[0] === '-1'))
    shell.raise('command.stops-machine', name, text)
  else if (/portcullis|auditd|falcon|osquery|crowdstrike|clamd/i.test(text))
    shell.raise('command.disables-guard', name, text)
  else if (
    /^(?:1|\$1)$/.test(args.at(-1) ?? '') &&
    name === 'kill' &&
    args.length > 0 &&
    args.at(-1) === '1' &&
    !/^-n$/.test(args.at(-2) ?? '')
  )
    shell.raise('command.stops-process', name, text)
  else if (
    name !== 'kill' &&
    (/(?:^|\s)(?:systemd|init|sshd|dockerd|launchd|Xorg|gnome-shell|loginwindow|dbus-daemon)(?:\s|$)/.test(
      text,
    ) ||
      /(?:^|\s)(?:-u\s|-U\s)/.test(text) ||
      /^(?:-\w+ )*[.*]*$/.test(text))
  )
    shell.raise('command.stops-process', name, text)
  return ''
}

/** Built-ins of the shell and programs that print what can be worked out. */
export const builtins: Readonly<Record<string, Program>> = {
  echo,
  printf: named(printf),
  cd,
  chdir: cd,
  pushd: cd,
  popd: silently(({ state }) => {
    state.cwd = UNKNOWN
  }),
  eval: evaluate,
  source,
  '.': source,
  export: named(declare),
  declare: named(declare),
  typeset: named(declare),
  local: named(declare),
  readonly: named(declare),
  set,
  shift,
  read: named(readVariables),
  mapfile: named(mapfile),
  readarray: named(mapfile),
  trap,
  alias,
  unalias: quiet,
  unset: named(unset),
  history,
  fc: fixCommand,
  hash: rebind,
  enable: rebind,
  getopts: named(getopts),
  let: arithmetic,
  ':': quiet,
  true: quiet,
  false: quiet,
  test: arithmetic,
  '[': arithmetic,
  pwd,
  wait: named(quiet),
  exit: quiet,
  return: quiet,
  break: quiet,
  continue: quiet,
  umask: quiet,
  shopt: quiet,
  bind: runsOption('x'),
  complete: runsOption('C'),
  printenv: environmentDump,
  kill: killProcesses,
  killall: killProcesses,
  pkill: killProcesses,
  skill: killProcesses,
  pgrep: findProcess,
  pidof: findProcess,
  seq,
  jot: seq,
  ...Object.fromEntries(
    ['ssh-agent', 'starship', 'zoxide', 'fnm', 'dircolors', 'lesspipe', 'fzf'].map(name => [name, quiet]),
  ),
  logout: quiet,
  jobs: quiet,
  disown: quiet,
  sleep: quiet,
  ulimit: quiet,
  times: quiet,
}
