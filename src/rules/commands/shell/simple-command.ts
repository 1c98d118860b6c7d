import type { Assignment, Command } from 'unbash'
import { marksOf, SECRET, UNKNOWN } from '../../paths/pattern.ts'
import type { Stdin } from '../acts.ts'
import { hostTakingSecret } from '../dispatch/secret-addresses.ts'
import { runArgv } from './argv.ts'
import { assign, assignmentFields, namesSecret } from './assignments.ts'
import { type Machine, maySpend } from './machine.ts'
import { redirect } from './redirections.ts'
import { fork, type ShellState } from './state.ts'
import { scopeOf } from './word-scope.ts'
import { expandWord, type WordScope } from './words.ts'

/** Words and redirections that are worked out at all: far more than a command may have, so that a crowd is still looked through. */
const MOST_EXPANDED = 6_000
const MOST_REDIRECTIONS = 1_500

/** Runs one command: its assignments, its redirections, and every argv its words may become. */
export function runCommand(
  machine: Machine,
  command: Command,
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  if (!maySpend(machine)) return UNKNOWN
  const scope = scopeOf(machine, state)
  const assignments = command.prefix.filter(item => item.type === 'Assignment')
  if (!command.name) {
    for (const assignment of assignments) assign(machine.shell, assignment, state, scope, false)
    return redirect(machine.shell, redirectsOf(machine, command), stdin, state, scope, 'shell').deliver('')
  }
  if (hasSplitAssignment(command)) machine.shell.raise('command.is-unreadable', 'shell', 'NAME=<(…)')
  const inner = assignments.length > 0 ? fork(state) : state
  for (const assignment of assignments) assign(machine.shell, assignment, inner, scope, true)
  const argvs = argvsOf(command, scope, machine, state)
  const program = argvs[0]?.[0] ?? 'shell'
  const flow = redirect(machine.shell, redirectsOf(machine, command), stdin, state, scope, program)
  if (/^['"]?\$\{?0\}?['"]?$/.test(command.name.text) && machine.forks > 0)
    machine.shell.raise('command.exhausts-machine', '$0', 'a script that multiplies itself')
  let out = ''
  for (const argv of argvs) out = runArgv(machine, argv, flow.stdin, inner === state ? state : inner, piped)
  if (/^(?:echo|printf|cat|tee)$/.test(program) && namesSecret(command, state)) out += UNKNOWN + SECRET
  if (inner !== state && inner.cwd !== state.cwd) state.cwd = inner.cwd
  if (inner !== state && SETS_VARIABLES.test(program)) keepVariables(inner, state, assignments)
  if (!piped && isWritten(command) && argvs.some(isEndless) && !machine.running.includes('timeout'))
    machine.shell.raise('command.exhausts-machine', program, 'a file without an end')
  const host = hostTakingSecret(command, state)
  if (host !== undefined) machine.shell.raise('command.sends-secret', program, host)
  return flow.deliver(argvs.length > 1 ? UNKNOWN + marksOf(out) : out)
}

/** `BASH_ENV=<(…)` is one assignment to bash; the parser reads two words. */
function hasSplitAssignment(command: Command): boolean {
  const items = [...command.prefix, ...(command.name ? [command.name] : []), ...command.args]
  return items.some((item, index) => {
    const next = items[index + 1]
    return (
      next?.type === 'Word' &&
      next.pos === item.end &&
      /^[<>]\(/.test(next.text) &&
      !(item.type === 'Word' && OPTION_WITH_VALUE.test(item.text))
    )
  })
}

/** Every argv the words may become. */
function argvsOf(command: Command, scope: WordScope, machine: Machine, state: ShellState): string[][] {
  let argvs: string[][] = expandWord(command.name!, scope)
  for (const argument of command.args) {
    if (++machine.expanded > MOST_EXPANDED && !/[`(]/.test(argument.text)) {
      const text = /^[\w.~/-]+$/.test(argument.text) ? argument.text : UNKNOWN
      for (const argv of argvs) argv.push(text)
      continue
    }
    const fields =
      argument.type === 'Word'
        ? expandWord(argument, scope)
        : assignmentFields(machine.shell, argument, state, scope)
    if (
      argvs.length === 1 &&
      fields.length === 1 &&
      OPTION_WITH_VALUE.test(argvs[0]!.at(-1)!) &&
      /^[<>]\(/.test(argument.text)
    )
      argvs[0]!.push(`${argvs[0]!.pop()}${fields[0]!.join('')}`)
    else if (fields.length === 1) for (const argv of argvs) argv.push(...fields[0]!)
    else argvs = argvs.flatMap(argv => fields.map(more => [...argv, ...more]))
    if (argvs.length > 24)
      argvs = [...argvs.slice(0, 23), argvs[23]!.map((text, index) => (index === 0 ? text : UNKNOWN))]
  }
  return argvs.filter(argv => argv.length > 0)
}

/** `--random-source=<(…)`: an option and its value, which the parser reads as two words. */
const OPTION_WITH_VALUE = /^--[a-z][\w-]*=$/

/** The redirections of a command, as far as so many are looked at. */
function redirectsOf(machine: Machine, { redirects }: Command): Command['redirects'] {
  machine.redirections += redirects.length
  const over = machine.redirections - MOST_REDIRECTIONS
  if (over <= 0) return redirects
  machine.shell.raise('command.is-too-large', 'shell')
  return redirects.slice(0, Math.max(0, redirects.length - over))
}

/** Built-ins whose work stays when the assignment before them is gone: `IFS=_ read -ra words`. */
const SETS_VARIABLES =
  /^(?:read|mapfile|readarray|printf|eval|source|\.|export|declare|typeset|local|readonly|getopts)$/

function keepVariables(inner: ShellState, state: ShellState, assignments: readonly Assignment[]): void {
  const own = new Set(assignments.map(({ name }) => name))
  for (const [name, value] of inner.variables)
    if (!own.has(name) && state.variables.get(name) !== value) state.variables.set(name, value)
}

/** Whether the output goes to a file of a disk or of the memory. */
function isWritten({ redirects }: Command): boolean {
  return redirects.some(
    item =>
      item.type !== 'HereDoc' &&
      /^(?:>>?|>\||&>>?)$/.test(item.operator) &&
      !/^\/dev\/(?!shm\/)/.test(item.target?.text ?? '/dev/'),
  )
}

/** What prints without an end. */
function isEndless(argv: readonly string[]): boolean {
  const [name = '', first = ''] = argv
  return name === 'yes' || (/^(?:cat|pv)$/.test(name) && /^\/dev\/(?:zero|u?random)$/.test(first))
}
