import type { CompoundCommand, CompoundList, Redirected } from 'unbash'

/** A variable's possible contents: alternatives, each the elements of an array (a plain variable has one). */
export type Value = readonly (readonly string[])[]

export type FunctionBody = CompoundCommand | Redirected | CompoundList

/** What a shell remembers between statements. */
export interface ShellState {
  cwd: string
  readonly variables: Map<string, Value>
  readonly functions: Map<string, FunctionBody>
  readonly aliases: Map<string, string>
  /** Names that stand for other variables (`declare -n`). */
  readonly references: Map<string, string>
  /** Remotes that this command has added to a repository. */
  readonly remotes: Set<string>
  /** Temporary folders into which this command has checked out the project. */
  readonly checkouts: Set<string>
  positional: readonly string[]
  /** What is printed is kept in memory: `$(…)`. */
  readonly isCaptured?: boolean
  /** Variables that the text gives a fresh temporary folder or file, once and nothing else: what a trap finds in them. */
  readonly fresh: ReadonlySet<string>
  /** Contents of files this command has written, by canonical path. */
  readonly files: Map<string, string>
  /** Links this command has made: where they lie, what they point to. */
  readonly links: Map<string, string>
}

export function initialState(cwd: string): ShellState {
  return {
    cwd,
    variables: new Map(),
    functions: new Map(),
    aliases: new Map(),
    references: new Map(),
    remotes: new Set(),
    checkouts: new Set(),
    positional: [],
    fresh: new Set(),
    files: new Map(),
    links: new Map(),
  }
}

/** A subshell: changes stay inside, except for what is written to disk. */
export function fork(state: ShellState): ShellState {
  return {
    ...state,
    variables: new Map(state.variables),
    functions: new Map(state.functions),
    aliases: new Map(state.aliases),
    references: new Map(state.references),
  }
}

const MOST_ALTERNATIVES = 12

/** After a branch: a variable may hold what either way left in it. */
export function mergeInto(state: ShellState, other: ShellState): void {
  for (const [name, value] of other.variables) {
    const before = state.variables.get(name)
    if (before === value) continue
    state.variables.set(name, before ? unite(before, value) : value)
  }
  for (const [name, body] of other.functions) if (!state.functions.has(name)) state.functions.set(name, body)
  if (other.cwd !== state.cwd) state.cwd = other.cwd
}

function unite(left: Value, right: Value): Value {
  const seen = new Set(left.map(elements => elements.join('\0')))
  return [...left, ...right.filter(elements => !seen.has(elements.join('\0')))].slice(0, MOST_ALTERNATIVES)
}
