import { isUnknown, marksOf, readable, SECRET, UNKNOWN } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { quote } from '../shell/quote.ts'
import { fork } from '../shell/state.ts'
import { hasOption, optionValues, readOptions } from './options.ts'
import { placeOf } from './program-places.ts'
import { runRemote } from './remote-commands.ts'
import { runCode } from './shell-code.ts'
import type { Wrapper } from './wrappers.ts'

/** Whether the program runs another one, given these arguments. */
export function appliesTo(wrapper: Wrapper, call: Call): boolean {
  if (wrapper.when && !wrapper.when.test(call.args.join(' '))) return false
  if (!wrapper.verbs) return true
  return wrapper.verbs.includes(readOptions(call.args, { ...wrapper, stopAtOperand: true }).operands[0] ?? '')
}

/** A number that wraps around to root's, so that a rule against root does not hold (CVE-2019-14287). */
const RAISES_TO_ROOT = /^#?(?:-1|4294967295)$/

/** Takes a wrapper off, raising what it does itself, and runs what it wraps; returns what that prints. */
export function unwrap(wrapper: Wrapper, original: Call): string | undefined {
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

function isHarmlessUse(call: Call): boolean {
  return (
    /^(?:sudo|doas)$/.test(call.name) &&
    call.args.length > 0 &&
    call.args.every(arg => /^-(?:[lvkKnV]|-list|-version|-help|-validate)$/.test(arg))
  )
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
