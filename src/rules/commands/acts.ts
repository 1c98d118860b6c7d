import type { Effect } from '../../access/effect.ts'
import type { Severity } from '../../access/finding.ts'
import type { FileOrigin } from '../judgement.ts'
import type { PathMap } from '../paths/classify.ts'
import type { CodeFile } from './code/code-files.ts'
import type { RuleName } from './rule-names.ts'
import type { ShellState } from './shell/state.ts'

/** An effect as the program tables state it, before policy has looked. Texts may hold pattern characters. */
export interface Act {
  readonly kind: Effect['kind']
  readonly program: string
  /** A canonical path, a host, a program; null when it could not be told. */
  readonly target: string | null
  /** Reaches everything below the target. */
  readonly recursive?: boolean
  /** The program table knows the meaning without looking at the target. */
  readonly rule?: RuleName
  /** Replaces the rule's own severity. */
  readonly severity?: Severity
  /** The file whose code would do it. */
  readonly from?: CodeFile
}

/** What a program may ask of the interpreter. */
export interface Shell {
  readonly paths: PathMap
  act(act: Act): void
  /** Raises a rule that needs no target of its own. */
  raise(rule: RuleName, program: string, target?: string | null, severity?: Severity): void
  /** Runs an inner argv as the shell would; returns what it prints. */
  runArgv(argv: readonly string[], stdin: Stdin, state: ShellState): string
  /** Runs shell text; returns what it prints. */
  runText(code: string, stdin: Stdin, state: ShellState, positional?: readonly string[]): string
  /** A path as the command means it: from its working folder, through links made by the command itself. */
  path(text: string, state: ShellState): string
  /** States a read and returns the content where it is known. */
  read(path: string, program: string, state: ShellState): string
  write(path: string, program: string, state: ShellState, content?: string): void
  /** What is known of a file's contents, from this command or as marks from earlier in the session. */
  contentOf(path: string, state: ShellState): string | undefined
  /** The code at a canonical path; null when it lies elsewhere than in the project or a temporary folder, or cannot be read. */
  codeAt(path: string): CodeFile | null
  /** The text of a small file of the project or a temporary folder, for what a program takes its settings from. */
  textAt(path: string): string | null
  /** Runs what a file says; all that comes of it is said to come from there. A file that runs itself is run once. */
  within(file: CodeFile, run: () => string | undefined): string | undefined
  /** The programs that have led to the present one, the outermost first. */
  starters(): readonly string[]
  /** What the session remembers of where a file's contents come from. */
  originOf(path: string): FileOrigin | undefined
  /** The command is not among those known to only read. */
  unaffirm(): void
}

/** What a program reads: `connected` is false when it is the terminal's. */
export interface Stdin {
  readonly text: string
  readonly connected: boolean
  /** The canonical path of the one file it comes from. */
  readonly path?: string
  /** The canonical path of the one archive whose contents these are. */
  readonly unpacked?: string
}

/** One program about to run. */
export interface Call {
  readonly name: string
  readonly args: readonly string[]
  readonly stdin: Stdin
  readonly state: ShellState
  readonly shell: Shell
  /** The program's output goes to a later program of a pipeline. */
  readonly piped: boolean
}

/** States what one program does; returns what it prints, or undefined when that is not known. */
export type Program = (call: Call) => string | undefined

/** A program whose output is not known. */
export function states(act: (call: Call) => unknown): Program {
  return call => {
    act(call)
    return undefined
  }
}

/** A program that prints nothing. */
export function silently(act: (call: Call) => unknown): Program {
  return call => {
    act(call)
    return ''
  }
}
