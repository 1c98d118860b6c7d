import {
  intersects,
  isInstaller,
  isPattern,
  isRemote,
  isUnknown,
  marksOf,
  readable,
  SECRET,
  UNKNOWN,
} from '../paths/pattern.ts'
import { baseName } from '../paths/posix.ts'
import type { Call, Program } from './acts.ts'
import type { CodeFile } from './code-files.ts'
import { judgeOrigin } from './code-origin.ts'
import { judgeHiddenProgram, judgeHiddenShell } from './disguise.ts'
import { judgeTexts } from './embedded.ts'
import { interpreterOf, searchFile } from './foreign-files.ts'
import { judgeMadeFiles } from './made-files.ts'
import { readMentioned } from './mentions.ts'
import { hasOption, optionValues, readOptions } from './options.ts'
import { judgeBatchEditors, judgeSpawns } from './programs/batch-editors.ts'
import { builtins } from './programs/builtins.ts'
import { judgeCodeOptions } from './programs/code-options.ts'
import { judgeCompilers } from './programs/compilers.ts'
import { judgeControls } from './programs/controls.ts'
import { databases } from './programs/databases.ts'
import { disks } from './programs/disks.ts'
import { judgeExhaustion } from './programs/exhaustion.ts'
import { files } from './programs/files.ts'
import { repositories } from './programs/git.ts'
import { judgeGuardPrograms, judgeUnguardedAgents } from './programs/guard-programs.ts'
import { judgeHandedTexts } from './programs/handed-texts.ts'
import { infrastructure } from './programs/infrastructure.ts'
import { judgeInstalls } from './programs/installs.ts'
import { interpreters } from './programs/interpreters.ts'
import { machine } from './programs/machine.ts'
import { judgeDiskTools, judgeMachineHarm } from './programs/machine-harm.ts'
import { network } from './programs/network.ts'
import { judgeOptionValues } from './programs/option-values.ts'
import { ordinary } from './programs/ordinary.ts'
import { packages } from './programs/packages.ts'
import { judgePrompts } from './programs/prompts.ts'
import { judgeRemoteShells } from './programs/remote-shells.ts'
import { judgeRunners } from './programs/runners.ts'
import { judgeSenders, showsSecrets } from './programs/senders.ts'
import { judgeServers } from './programs/servers.ts'
import { judgeSetters } from './programs/setters.ts'
import { judgeProgramOfClone, judgeStrangersCode } from './programs/strangers-code.ts'
import { texts } from './programs/texts.ts'
import { judgeTypedPlaces } from './programs/typed-places.ts'
import { judgeUnusualReads } from './programs/unusual-reads.ts'
import { judgeVerbs } from './programs/verbs.ts'
import { quote } from './quote.ts'
import { isReadOnly } from './read-only.ts'
import { fork } from './state.ts'
import { shells, type Wrapper, wrappers } from './wrappers.ts'

const programs: Readonly<Record<string, Program>> = {
  ...builtins,
  ...files,
  ...disks,
  ...texts,
  ...network,
  ...repositories,
  ...infrastructure,
  ...databases,
  ...packages,
  ...machine,
  ...interpreters,
}

/** What is looked for in every call, whatever table its program has. */
const judges: readonly ((call: Call) => void)[] = [
  judgeCodeOptions,
  judgePrompts,
  judgeRunners,
  judgeInstalls,
  judgeUnusualReads,
  judgeServers,
  judgeMadeFiles,
  judgeTypedPlaces,
  judgeVerbs,
  judgeExhaustion,
  judgeRemoteShells,
  judgeGuardPrograms,
  judgeUnguardedAgents,
  judgeStrangersCode,
  judgeSenders,
  judgeMachineHarm,
  judgeDiskTools,
  judgeBatchEditors,
  judgeSpawns,
  judgeCompilers,
  judgeHandedTexts,
]

/** Programs that destroy, fetch or run: a name that matches one of them by a glob counts as it. */
const GLOB_TARGETS = [
  'rm',
  'cat',
  'sh',
  'bash',
  'dd',
  'curl',
  'wget',
  'nc',
  'chmod',
  'mkfs',
  'shred',
  'find',
  'python3',
  'perl',
  'base64',
  'tac',
  'head',
  'tail',
  'less',
  'sudo',
  'kill',
  'mv',
  'cp',
]

/** States what one program does. */
export function runProgram(call: Call): string {
  if (isPattern(call.name)) return runUnknownName(call)
  const name = canonicalName(call.name)
  // No program of the system is spelled so; what looks like one of them is meant to.
  if (/[\u0080-\uDFFF\uF900-\uFFFF]/.test(name)) call.shell.raise('command.runs-unknown-program', name)
  const named = { ...call, name }
  judgeProgramPlace(call)
  if (!isInSystem(call.name)) {
    judgeProgramOfClone(call)
    runByName(call)
  } else runShadow(call)
  if (!isReadOnly(named)) call.shell.unaffirm()
  judgeControls(named)
  judgeOptionValues(named)
  judgeSetters(named)
  for (const judge of judges) judge(named)
  const out = runNamed(named)
  if (showsSecrets(named)) return UNKNOWN + SECRET
  return out ?? UNKNOWN + taintOf(call)
}

/** A program of this name that the command itself has put into a folder of its search path. */
function runShadow(call: Call): void {
  const { name, shell, state, args } = call
  if (name.includes('/') || state.files.size === 0) return
  for (const [folders = ''] of state.variables.get('PATH') ?? [])
    for (const folder of folders.split(':').slice(0, 12)) {
      const text = /^[/~.]/.test(folder) ? state.files.get(shell.path(`${folder}/${name}`, state)) : undefined
      if (text !== undefined) runCode({ ...call, name: folder }, text, args)
    }
}

/** Where a program would be found; its name stays readable at the end. */
function placeOf(name: string): string {
  return /^[\w.+-]+$/.test(name) ? `/usr/bin/${name}` : name
}

function isInSystem(name: string): boolean {
  return !name.includes('/') || /^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/.test(name)
}

/** `./ls` is not ls: a name with a path is known only where the system keeps its programs. */
function judgeProgramPlace(call: Call): void {
  const { name, shell, state } = call
  if (isInSystem(name)) return
  shell.unaffirm()
  const path = shell.path(name, state)
  const isOwnWork = state.files.has(path) || path.startsWith('/lib')
  if (!isOwnWork && shell.paths.classify(path) === 'temp') {
    shell.raise('command.runs-code-of-other-folder', name, path)
    judgeHiddenProgram(call, path)
  }
}

function taintOf(call: Call): string {
  return [call.stdin.text, ...call.args].some(text => text.includes(SECRET)) ? SECRET : ''
}

/** `/usr/bin/rm` is rm; `python3.12` is python. */
function canonicalName(name: string): string {
  if (/(?:^|\/)ld-(?:linux|musl)[\w.-]*$|(?:^|\/)ld\.so(?:\.\d+)?$/.test(name)) return 'ld.so'
  const base = baseName(name).replace(/\.exe$/i, '')
  const versioned = /^(python|pip|perl|ruby|node|nodejs|php|lua|tclsh|gcc|clang|pwsh|bash)-?[\d.]+$/.exec(
    base,
  )
  return versioned ? versioned[1]! : base
}

function runNamed(call: Call & { readonly name: string }): string | undefined {
  const { name } = call
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined
  if (shells.test(name)) return runShell(call)
  if (wrapper && appliesTo(wrapper, call)) return unwrap(wrapper, call)
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined
  if (program) return program(call)
  return runStranger(call)
}

/** A program named by a glob or by something unknown. */
function runUnknownName(call: Call): string {
  const { name, shell } = call
  shell.unaffirm()
  if (isRemote(name)) shell.raise('command.runs-remote-code', 'shell')
  shell.raise('command.runs-unknown-program', readable(name))
  const base = baseName(name)
  if (isUnknown(name)) {
    const stripped = name.replace(/[\uE000-\uE005]/g, '')
    if (stripped !== '') runNamed({ ...call, name: canonicalName(stripped) })
    for (const suspect of ['rm', 'bash']) if (base.length === 1) probe({ ...call, name: suspect })
    return UNKNOWN
  }
  for (const target of GLOB_TARGETS) if (intersects(base, target)) runNamed({ ...call, name: target })
  return UNKNOWN
}

/** What would an unknown program do if it were this one: only catastrophes of literal targets speak. */
function probe(call: Call): void {
  const targets = call.args.filter(arg => !arg.startsWith('-') && !isPattern(arg) && /^[/~]/.test(arg))
  if (call.name !== 'rm' || !call.args.some(arg => /^-\w*[rR]/.test(arg))) return
  for (const target of targets) {
    const path = call.shell.path(target, call.state)
    if (call.shell.paths.catastrophe(path))
      call.shell.act({ kind: 'delete', program: '<unknown>', target: path, recursive: true })
  }
}

function appliesTo(wrapper: Wrapper, call: Call): boolean {
  if (wrapper.when && !wrapper.when.test(call.args.join(' '))) return false
  if (!wrapper.verbs) return true
  return wrapper.verbs.includes(readOptions(call.args, { ...wrapper, stopAtOperand: true }).operands[0] ?? '')
}

/** A number that wraps around to root's, so that a rule against root does not hold (CVE-2019-14287). */
const RAISES_TO_ROOT = /^#?(?:-1|4294967295)$/

function unwrap(wrapper: Wrapper, original: Call): string | undefined {
  let call = original
  const { shell, state, stdin } = call
  if (call.name === 'command' && /^-[pvV]*[vV]/.test(call.args[0] ?? ''))
    return `${call.args.slice(1).map(placeOf).join('\n')}\n`
  if (wrapper.rule && !isHarmlessUse(call))
    shell.raise(wrapper.rule, call.name, readable(call.args.join(' ')) || null)
  let args = call.args
  if (wrapper.verbs)
    args = args.slice(readOptions(args, { ...wrapper, stopAtOperand: true }).firstOperand + 1)
  if (wrapper.after !== undefined) {
    const at = args.indexOf(wrapper.after)
    if (at >= 0) args = args.slice(at + 1)
  }
  const read = readOptions(args, {
    valued: wrapper.valued ?? '',
    valuedLong: wrapper.valuedLong ?? [],
    stopAtOperand: true,
  })
  if (RAISES_TO_ROOT.test(optionValues(read, 'u', 'user')[0] ?? ''))
    shell.raise('command.grants-privilege', call.name, args.join(' '))
  if (wrapper.reads !== undefined && hasOption(read, wrapper.reads))
    shell.raise('command.dumps-process-memory', call.name, call.args.join(' '))
  for (const option of wrapper.shellOptions ?? [])
    for (const text of optionValues(read, option)) {
      runCode(
        { ...call, args: [] },
        `${option === 'S' || option === 'split-string' ? text.replaceAll('\\_', ' ') : text} ${option === 'S' || option === 'split-string' ? read.operands.map(quote).join(' ') : ''}`,
      )
      if (option === 'S' || option === 'split-string') return undefined
    }
  const folder =
    call.name === 'env'
      ? optionValues(read, 'C', 'chdir')[0]
      : call.name === 'tmux'
        ? optionValues(read, 'c')[0]
        : undefined
  if (folder !== undefined) call = { ...call, state: { ...state, cwd: shell.path(folder, state) } }
  const rest = afterOwnOperands(read.operands, wrapper, call)
  if (wrapper.shellOptions && rest.length > 1 && wrapper.shellOptions.includes(rest[0]!.replace(/^--?/, '')))
    return runCode(call, rest[1]!)
  if (wrapper.inner === 'remote') return runRemote(call, read.operands, wrapper)
  if (rest.length === 0) return withoutInner(wrapper, call, args)
  if (wrapper.inner === 'texts') return runEach(call, rest)
  if (wrapper.inner === 'shell' && wrapper.appends) return runWithInput(call, rest, read.options)
  if (wrapper.inner === 'shell' && !hasOption(read, ...(wrapper.asArgv ?? [])))
    return runCode(call, rest.join(' '))
  return shell.runArgv(
    wrapper.appends ? withAppended(rest, call, read.options) : rest,
    wrapper.appends ? { text: '', connected: false } : stdin,
    call.state,
  )
}

/** Each word is a command line of its own; a single word is a program or a name that the wrapper knows. */
function runEach(call: Call, texts: readonly string[]): undefined {
  for (const text of texts)
    if (!/^-|^(?:npm|pnpm|yarn|bun|node|deno):/.test(text))
      runCode({ ...call, state: fork(call.state) }, text)
}

/** `parallel rm ::: a b` and `ls | parallel rm`: the words behind the colons or on standard input become arguments. */
function runWithInput(
  call: Call,
  rest: readonly string[],
  options: ReadonlyMap<string, readonly string[]>,
): string {
  if (rest.some(isUnknown)) return runCode(call, rest.join(' '))
  const at = rest.findIndex(word => word.startsWith(':::'))
  const own = at < 0 ? rest : rest.slice(0, at)
  const takesList = call.stdin.connected || options.has('a') || options.has('arg-file')
  if (at < 0 && !takesList && !own.some(word => word.includes('{}'))) return runCode(call, own.join(' '))
  const given = at < 0 ? undefined : rest.slice(at + 1).filter(word => !word.startsWith(':::'))
  const stdin = given ? { text: given.join('\n'), connected: true } : call.stdin
  call.shell.unaffirm()
  return call.shell.runText(withAppended(own, { ...call, stdin }, options).join(' '), call.stdin, call.state)
}

function isHarmlessUse(call: Call): boolean {
  return (
    /^(?:sudo|doas)$/.test(call.name) &&
    call.args.length > 0 &&
    call.args.every(arg => /^-(?:[lvkKnV]|-list|-version|-help|-validate)$/.test(arg))
  )
}

/** A wrapper with nothing to wrap: a shell of its own, code on standard input, or harmless. */
function withoutInner(wrapper: Wrapper, call: Call, args: readonly string[]): string | undefined {
  if (
    /^(?:at|batch|parallel|su|sudo|chroot|nsenter|unshare|doas|screen|script|expect)$/.test(call.name) &&
    call.stdin.connected
  )
    return runCode(call, call.stdin.text)
  if (call.name === 'env') return args.some(arg => !arg.startsWith('-')) ? undefined : UNKNOWN + SECRET
  if (call.name === 'xargs' && call.stdin.connected) return call.stdin.text
  if (call.name === 'ssh-agent') return 'SSH_AUTH_SOCK=/tmp/ssh-made/agent.1; export SSH_AUTH_SOCK;\n'
  if (call.name === 'expect' && args.length > 0) call.shell.raise('command.runs-unknown-code', call.name)
  if (wrapper.shellOptions) for (const arg of args) if (!arg.startsWith('-')) call.shell.unaffirm()
  return undefined
}

function afterOwnOperands(operands: readonly string[], wrapper: Wrapper, call: Call): string[] {
  let rest = operands.slice(wrapper.skip ?? 0)
  if (!wrapper.assignments) return rest
  while (rest.length > 0 && /^(?:[A-Za-z_]\w*|BASH_FUNC_[\w.-]+(?:%%|\(\)))=/.test(rest[0]!)) {
    if (rest[0]!.startsWith('BASH_FUNC_')) {
      const [, body = ''] = /=\s*\(\)\s*(.*)$/s.exec(rest[0]!) ?? []
      call.shell.raise('command.poisons-environment', rest[0]!.split('=')[0]!)
      call.shell.runText(body, { text: '', connected: false }, fork(call.state))
      rest = rest.slice(1)
      continue
    }
    const [name = '', ...value] = rest[0]!.split('=')
    call.shell.runText(`export ${name}=${quote(value.join('='))}`, { text: '', connected: false }, call.state)
    rest = rest.slice(1)
  }
  return rest
}

/** What xargs and its kind add to the argv: the words on standard input. */
function withAppended(
  rest: readonly string[],
  call: Call,
  options: ReadonlyMap<string, readonly string[]>,
): string[] {
  const words =
    isUnknown(call.stdin.text) || !call.stdin.connected
      ? undefined
      : call.stdin.text
          .split(
            options.has('0') || options.has('null')
              ? '\0'
              : options.has('d') || options.has('delimiter')
                ? (options.get('d')?.[0] ?? options.get('delimiter')?.[0] ?? '\n')
                : options.has('I') || options.has('i')
                  ? '\n'
                  : /[\s\0]+/,
          )
          .filter(word => word.trim() !== '')
  const marker =
    options.get('I')?.[0] ??
    options.get('J')?.[0] ??
    (options.has('i') || /^(?:parallel|rush|sem)$/.test(call.name) ? '{}' : undefined)
  const added = words ?? [UNKNOWN + (marksOf(call.stdin.text) === UNKNOWN ? '' : marksOf(call.stdin.text))]
  if (marker && rest.some(arg => arg.includes(marker)))
    return rest.flatMap((arg, index) =>
      arg === marker && !/^-\w*c$/.test(rest[index - 1] ?? '')
        ? added
        : [arg.replaceAll(marker, arg === marker ? added.join('\n') : (added[0] ?? ''))],
    )
  return [...rest, ...added]
}

function runRemote(call: Call, operands: readonly string[], wrapper: Wrapper): undefined {
  const host = operands[0] ?? null
  const words = operands.slice(wrapper.skip ?? 1)
  // Options may stand behind the host: `ssh -L … host -N`.
  const code = words.every(word => /^-[46AaCfGgKkMNnqsTtVvXxYy]+$/.test(word)) ? '' : words.join(' ')
  call.shell.act({ kind: 'connect', program: call.name, target: host })
  const read = readOptions(call.args, { valued: wrapper.valued ?? '', stopAtOperand: true })
  for (const option of optionValues(read, 'o')) {
    const command = /^(?:ProxyCommand|LocalCommand|KnownHostsCommand|Match)[= ]\s*(.*)$/i.exec(option)
    if (command && command[1] !== 'none') {
      call.shell.raise('command.runs-unknown-code', call.name, option)
      runCode(call, command[1]!)
    }
  }
  if (hasOption(read, 'R')) call.shell.raise('command.opens-listener', call.name, host)
  if (call.stdin.text.includes(SECRET) || code.includes(SECRET))
    call.shell.raise('command.sends-secret', call.name, host)
  if (code === '' && !call.stdin.connected) return undefined
  // Paths of the other machine are not ours; the same text here is still the best reading of what it destroys.
  call.shell.raise('command.runs-on-other-machine', call.name, host)
  call.shell.runText(
    code || call.stdin.text,
    { text: '', connected: false },
    { ...call.state, variables: new Map(call.state.variables), cwd: call.shell.paths.workplace.home },
  )
  return undefined
}

/** A shell: `-c` text, a script file, or code on standard input. */
function runShell(call: Call): string | undefined {
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

/** Runs shell text, saying what is wrong with where it comes from. */
function runCode(call: Call, code: string, positional: readonly string[] = []): string {
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

/** Runs a shell script from disk as the session's own text, or as work that stood there before. */
function runShellFile(call: Call, code: CodeFile, positional: readonly string[]): string | undefined {
  const { shell, state } = call
  const inner = { ...state, variables: new Map(state.variables).set('0', [[code.path]]) }
  inner.variables.set('BASH_SOURCE', [[code.path]])
  return shell.within(code, () => shell.runText(code.text, call.stdin, inner, positional))
}

/** A file run by its own path: what its first line names reads it, else the shell. */
function runByName(call: Call): void {
  const path = call.shell.path(call.name, call.state)
  // A link or copy that this command has made of a program of the system.
  if (isInSystem(path) && path !== call.name && call.state.links.size > 0) {
    call.shell.runArgv([path, ...call.args], call.stdin, call.state)
    return
  }
  const written = call.state.files.get(path)
  if (written !== undefined) {
    runCode(call, written, call.args)
    return
  }
  const code = call.shell.codeAt(path)
  judgeOrigin(call, path, code)
  const interpreter = code && interpreterOf(code)
  if (interpreter === 'sh') runShellFile(call, code!, call.args)
  else if (interpreter) searchFile({ ...call, name: interpreter }, code!)
}

function judgeCodeFile(call: Call, path: string): void {
  const kind = call.shell.paths.classify(path)
  call.shell.act({ kind: 'execute', program: call.name, target: path })
  if (path.startsWith('/dev/')) call.shell.raise('command.runs-unknown-code', call.name, path)
  else if (kind !== 'project' && kind !== 'git-internals')
    call.shell.raise('command.runs-code-of-other-folder', call.name, path)
}

/** A program without a table: its paths may still be secrets, its arguments another program. */
function runStranger(call: Call): string | undefined {
  const { name, args, shell, state } = call
  const path = call.name
  const original = state.files.get(shell.path(path, state))
  if (original !== undefined) return runCode(call, original, args)
  readMentioned(call)
  if (ordinary.has(name)) return undefined
  judgeTexts(call)
  judgeAfterDashes(call)
  const at = args.findIndex(arg => !isPattern(arg) && isRunnable(canonicalName(arg)))
  if (at < 0) return undefined
  const inner = args.slice(at)
  if (inner.length < 2 && !shells.test(canonicalName(inner[0]!))) return undefined
  if (isDestroyer(canonicalName(inner[0]!))) {
    shell.raise('command.runs-program-in-disguise', name, inner[0]!)
    shell.runArgv(inner, call.stdin, state)
  }
  return undefined
}

/** Many a tool runs what stands behind `--`; only what that would do speaks. */
function judgeAfterDashes({ args, shell, state, stdin }: Call): void {
  const inner = args.slice(args.indexOf('--') + 1)
  if (inner.length < 2 || inner.length === args.length || !isDestroyer(canonicalName(inner[0]!))) return
  shell.runArgv(inner, stdin, fork(state))
}

function isRunnable(name: string): boolean {
  return shells.test(name) || Object.hasOwn(wrappers, name) || isDestroyer(name)
}

function isDestroyer(name: string): boolean {
  return (
    shells.test(name) ||
    /^(?:rm|dd|shred|mkfs(?:\..*)?|wipefs|sudo|doas|su|env|xargs|eval|exec|curl|wget|nc|ncat|socat|chmod|chown|python|perl|ruby|node|find|kill|pkill|busybox|nohup|timeout|crontab|systemctl|ssh|scp)$/.test(
      name,
    )
  )
}
