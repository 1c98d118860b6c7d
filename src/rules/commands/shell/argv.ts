import { expandHome } from '../../paths/classify.ts'
import { UNKNOWN } from '../../paths/pattern.ts'
import { baseName, normalise, resolveFrom } from '../../paths/posix.ts'
import type { Stdin } from '../acts.ts'
import { runProgram } from '../dispatch/dispatch.ts'
import { type Machine, MOST_DEPTH } from './machine.ts'
import { quote } from './quote.ts'
import type { FunctionBody, ShellState } from './state.ts'

/** Words of all commands together: each may name a path, and a path is looked up on disk. */
const MOST_WORDS = 1_500

/** Runs one argv: alias, function, or program; an unknown name is never run quietly. */
export function runArgv(
  machine: Machine,
  argv: readonly string[],
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  const name = argv[0]
  if (name === undefined) return ''
  machine.budget.words += argv.length
  if (machine.depth >= MOST_DEPTH || machine.budget.words > MOST_WORDS) {
    machine.shell.raise('command.is-too-large', 'shell')
    // what is left is still looked at for the worst: a loss of everything must not hide behind a crowd
    judgeCrowd(machine, argv, state)
    return UNKNOWN
  }
  const body = state.functions.get(name)
  if (body) {
    const run = () => runFunction(machine, name, body, argv.slice(1), stdin, state, piped)
    const file = machine.definedIn.get(body)
    return (file && machine.files.at(-1) !== file ? machine.shell.within(file, run) : run()) ?? UNKNOWN
  }
  const alias = state.aliases.get(name)
  if (alias !== undefined && !machine.calls.includes(`alias ${name}`)) {
    machine.calls.push(`alias ${name}`)
    machine.shell.runText([alias, ...argv.slice(1).map(quote)].join(' '), stdin, state)
    machine.calls.pop()
  }
  machine.depth++
  machine.report.begin?.(argv)
  machine.running.push(baseName(name))
  const out = runProgram({ name, args: argv.slice(1), stdin, state, shell: machine.shell, piped })
  machine.running.pop()
  machine.report.end?.()
  machine.depth--
  return out
}

function runFunction(
  machine: Machine,
  name: string,
  body: FunctionBody,
  args: readonly string[],
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  const at = machine.calls.lastIndexOf(name)
  if (at >= 0) {
    if (machine.forks > machine.forkDepths[at]!)
      machine.shell.raise('command.exhausts-machine', name, 'a function that multiplies itself')
    return UNKNOWN
  }
  const before = state.positional
  machine.calls.push(name)
  machine.forkDepths[machine.calls.length - 1] = machine.forks
  machine.depth++
  state.positional = args
  const out = machine.runNode(body, stdin, state, piped)
  state.positional = before
  machine.depth--
  machine.calls.pop()
  return out
}

/** The few words of a long command that could lose or reveal the most, without a look at the disk. */
function judgeCrowd(machine: Machine, argv: readonly string[], state: ShellState): void {
  if (machine.depth >= MOST_DEPTH || !/^(?:rm|shred|chmod|chown|mv)$/.test(argv[0]?.split('/').pop() ?? ''))
    return
  for (const text of argv.slice(1)) {
    if (text.length > 200 || text.startsWith('-')) continue
    const target = normalise(resolveFrom(state.cwd, expandHome(text, machine.paths.workplace.home)))
    if (machine.paths.catastrophe(target))
      machine.shell.act({ kind: 'delete', program: argv[0]!, target, recursive: true })
  }
}
