import type { CommandNode, CompoundList, ParsedScript, Script } from 'unbash'
import type { PathMap } from '../../paths/classify.ts'
import { UNKNOWN } from '../../paths/pattern.ts'
import type { Act, Shell, Stdin } from '../acts.ts'
import type { CodeFile } from '../code/code-files.ts'
import type { FunctionBody, ShellState } from './state.ts'

/** Commands and compounds that are interpreted at all. */
export const MOST_COMMANDS = 2_000
/** How deep texts, compounds, functions and programs may stand in each other. */
export const MOST_DEPTH = 40

/** What the interpreter reports. */
export interface Report {
  act(act: Act): void
  unaffirm(): void
  /** A statement of the text that was handed in, by its place in it. */
  statement?(start: number, end: number): void
  /** A program is about to run, until `end`. */
  begin?(argv: readonly string[]): void
  end?(): void
}

/** What one judgement keeps while it walks. */
export interface Machine {
  readonly report: Report
  readonly shell: Shell
  readonly paths: PathMap
  /** The walk itself, handed in because a word or a function comes back to it and imports run one way. */
  runScript(script: ParsedScript | Script, stdin: Stdin, state: ShellState): string
  runNode(node: CommandNode | CompoundList, stdin: Stdin, state: ShellState, piped: boolean): string
  readonly calls: string[]
  /** The programs that are being run, the innermost last. */
  readonly running: string[]
  readonly forkDepths: number[]
  /** The files whose code is being run, the innermost last. */
  readonly files: CodeFile[]
  /** Functions that a file has defined speak for that file, whoever calls them. */
  readonly definedIn: WeakMap<FunctionBody, CodeFile>
  /** Of the whole judgement, files included. */
  expanded: number
  redirections: number
  budget: Budget
  depth: number
  forks: number
  devices: number
}

/** How much has been interpreted; files have one of their own, so that a long script leaves the command readable. */
export interface Budget {
  commands: number
  words: number
}

/** Whether one more command may be interpreted; the first that may not is told. */
export function maySpend(machine: Machine): boolean {
  if (++machine.budget.commands === MOST_COMMANDS + 1) machine.shell.raise('command.is-too-large', 'shell')
  return machine.budget.commands <= MOST_COMMANDS
}

/** Goes one level deeper, as far as levels are looked at. */
export function guarded(machine: Machine, run: () => string): string {
  if (machine.depth >= MOST_DEPTH) {
    machine.shell.raise('command.is-too-large', 'shell')
    return UNKNOWN
  }
  machine.depth++
  const out = run()
  machine.depth--
  return out
}
