import type { Assignment } from 'unbash'
import type { ShellState } from '../../commands/shell/state.ts'
import type { Passage } from '../passage.ts'
import type { Report } from '../rule.ts'

/** A word as the program gets it. Unknown parts are marks; a word of several fields stands at one place. */
export interface Argument {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** What a program writes into through the shell. */
export interface Writing {
  readonly target: Argument
  readonly appends: boolean
}

/** A file this script has fetched and nobody has compared with anything yet. */
interface Fetched {
  readonly start: number
  readonly end: number
  readonly isHttp: boolean
}

/** A program about to run, as somebody beside the rules here may want to see it. */
export interface SeenCall {
  readonly name: string
  readonly program: Argument
  readonly args: readonly Argument[]
  /** Its words were put together by another program, so that all stand at one place. */
  readonly isMade: boolean
}

export type CallWatcher = (call: SeenCall) => void

/** Carries what is seen in a passage to the file. */
export function watchedInFile(watch: CallWatcher | undefined, { toFile }: Passage): CallWatcher | undefined {
  if (!watch) return undefined
  const moved = (argument: Argument): Argument => {
    const start = toFile(argument.start)
    return {
      ...argument,
      start,
      end: argument.end > argument.start ? Math.max(start, toFile(argument.end - 1) + 1) : start,
    }
  }
  return call => watch({ ...call, program: moved(call.program), args: call.args.map(moved) })
}

/** Where the text is run: what counts as a risk there. */
export type Surroundings = 'machine' | 'image' | 'job'

/** One shell text being read. */
export interface Reading {
  readonly text: string
  readonly report: Report
  readonly watch: CallWatcher | undefined
  readonly surroundings: Surroundings
  readonly state: ShellState
  readonly fetched: Map<string, Fetched>
  /** Folders that this script made anew, so that nobody else was there before. */
  readonly made: Set<string>
  /** Where a program compares a checksum or a signature; infinite when a function does that is called by name. */
  readonly checks: number[]
  /** Held back until the end is known: a check may come in between. */
  readonly runs: { readonly fetched: Fetched; readonly start: number; readonly end: number }[]
  stdin: string
  depth: number
  steps: number
  found: number
  /** All that is seen now stands here: the places of a text made of words are not those of the file. */
  within: { readonly start: number; readonly end: number } | undefined
  /** What the functions of the script print, and whether they compare something. */
  readonly functions: Map<string, { readonly prints: string; readonly checks: boolean }>
  /** Reads a text that words were put together to; everything in it is said to stand at the words. Returns what it prints. */
  readonly readMade: (text: string, place: { readonly start: number; readonly end: number }) => string
}

/** What goes in and out beside the words. */
export interface Flow {
  readonly stdin: string | undefined
  /** Code on standard input that stands in the text. */
  readonly document:
    | { readonly text: string; readonly start: number; readonly end: number; readonly isQuoted?: boolean }
    | undefined
  readonly writes: readonly Writing[]
  readonly printed: string
  readonly prefix: readonly Assignment[]
}
