import { isInstaller, isPattern, isRemote, isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import type { CodeFile } from '../code/code-files.ts'
import { judgeOrigin } from '../code/code-origin.ts'
import { judgeHiddenShell } from './disguise.ts'
import { hasOption, optionValues, readOptions } from './options.ts'

/** A shell: `-c` text, a script file, or code on standard input. */
export function runShell(call: Call): string | undefined {
  const { stdin, state, shell } = call
  // Wrappers that sort their options drop a `--`, so that what follows is the shell's.
  const args = call.args[0] === '--' && /^-\w*c$/.test(call.args[1] ?? '') ? call.args.slice(1) : call.args
  if (onlyParses(call.name, args)) return ''
  const read = readOptions(args, {
    valued: 'oO',
    valuedLong: ['rcfile', 'init-file', 'Command', 'File'],
    stopAtOperand: true,
  })
  const child = {
    ...state,
    variables: new Map(state.variables),
    positional: [],
    functions: new Map(state.functions),
  }
  for (const file of optionValues(read, 'rcfile', 'init-file')) runFile(call, file)
  if (hasOption(read, 'c', 'command', 'Command', 'C')) {
    const [code = UNKNOWN, zeroth, ...positional] = read.operands
    if (zeroth !== undefined) child.variables.set('0', [[zeroth]])
    return runCode({ ...call, state: child }, inBash(call.name, code), positional)
  }
  const [script, ...positional] = read.operands
  if (script !== undefined && script !== '-' && !hasOption(read, 's'))
    return runFile({ ...call, state: child }, script, positional)
  if (!stdin.connected || isUnknown(stdin.text)) judgeHiddenShell(call)
  if (!stdin.connected) return undefined
  const piped = stdin.path === undefined || stdin.text !== UNKNOWN ? null : shell.codeAt(stdin.path)
  const inner = { ...call, state: child, stdin: { text: '', connected: false } }
  return piped ? runShellFile(inner, piped, positional) : runCode(inner, stdin.text, positional)
}

/** `bash -n FILE` looks for mistakes and runs nothing; an interactive shell does not heed it, and `+n` takes it back. */
function onlyParses(name: string, args: readonly string[]): boolean {
  const own = args.slice(0, args.findIndex(arg => !/^[-+]/.test(arg)) + 1 || args.length)
  return (
    /^(?:ba|da|z|k)?sh$/.test(name) &&
    own.some(arg => /^-[nuvxe]*n[nuvxe]*$/.test(arg)) &&
    own.every(arg => /^-[nuvxe]+$|^--$|^-$/.test(arg) || !/^[-+]/.test(arg))
  )
}

/** `=rm` is the path of rm in zsh, `e:rm` the program in elvish, `^rm` in nu. */
function inBash(shell: string, code: string): string {
  if (shell === 'elvish') return code.replace(/(^|[\s;|&({])e:(?=[\w/])/g, '$1')
  if (shell === 'nu') return code.replace(/(^|[\s;|&({])\^(?=[\w/])/g, '$1')
  if (shell !== 'zsh') return code
  return code.replace(/(^|[\s;|&(])=(?=[A-Za-z])/g, '$1')
}

function runFile(call: Call, file: string, positional: readonly string[] = []): string | undefined {
  const { shell, state } = call
  shell.unaffirm()
  const path = shell.path(file, state)
  const known = state.files.get(path) ?? state.files.get(file)
  if (known !== undefined) return runCode(call, known, positional)
  if (isUnknown(path)) shell.raise('command.runs-unknown-code', call.name, file)
  else {
    const code = shell.codeAt(path)
    judgeCodeFile(call, path)
    judgeOrigin(call, path, code)
    if (code) return runShellFile(call, code, positional)
  }
  return undefined
}

function judgeCodeFile(call: Call, path: string): void {
  const kind = call.shell.paths.classify(path)
  call.shell.act({ kind: 'execute', program: call.name, target: path })
  if (path.startsWith('/dev/')) call.shell.raise('command.runs-unknown-code', call.name, path)
  else if (kind !== 'project' && kind !== 'git-internals')
    call.shell.raise('command.runs-code-of-other-folder', call.name, path)
}

/** Runs a shell script from disk as the session's own text, or as work that stood there before. */
export function runShellFile(call: Call, code: CodeFile, positional: readonly string[]): string | undefined {
  const { shell, state } = call
  const inner = { ...state, variables: new Map(state.variables).set('0', [[code.path]]) }
  inner.variables.set('BASH_SOURCE', [[code.path]])
  return shell.within(code, () => shell.runText(code.text, call.stdin, inner, positional))
}

/** Runs shell text, saying what is wrong with where it comes from. */
export function runCode(call: Call, code: string, positional: readonly string[] = []): string {
  const { shell, state, stdin } = call
  shell.unaffirm()
  if (isRemote(code)) raiseRemote(call, code)
  else if (isUnknown(code)) shell.raise('command.runs-unknown-code', call.name)
  if (code.replace(/[\uE000-\uE006\s]/g, '') === '') {
    // Names of files, and nothing else, are to be run.
    if (isPattern(code) && !isUnknown(code)) shell.raise('command.runs-unknown-code', call.name)
    return UNKNOWN
  }
  return shell.runText(
    code.replace(/\uE006/g, '').replace(/[\uE000-\uE002]+/g, UNKNOWN),
    stdin,
    state,
    positional,
  )
}

function raiseRemote(call: Call, code: string): void {
  call.shell.raise(
    isInstaller(code) ? 'command.runs-remote-installer' : 'command.runs-remote-code',
    call.name,
  )
}
