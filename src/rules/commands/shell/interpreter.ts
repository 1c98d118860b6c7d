import { type ParsedScript, parse, type Script } from 'unbash'
import type { FileOrigin, FileSystemView, SessionView } from '../../judgement.ts'
import { expandHome, type PathMap } from '../../paths/classify.ts'
import { isUnknown, REMOTE, SECRET, UNKNOWN } from '../../paths/pattern.ts'
import { normalise, resolveFrom } from '../../paths/posix.ts'
import type { Act, Shell, Stdin } from '../acts.ts'
import { type CodeFile, codeFileAt, textAt } from '../code/code-files.ts'
import { actsOfWritten } from '../code/written-texts.ts'
import type { RuleName } from '../rule-names.ts'
import { runArgv } from './argv.ts'
import { runNode } from './compounds.ts'
import { type Budget, type Machine, MOST_DEPTH, type Report } from './machine.ts'
import type { ShellState } from './state.ts'
import { runStatements } from './statements.ts'

/** What the interpreter may know of the world outside the command. */
export interface Surroundings {
  readonly view: FileSystemView
  readonly session: SessionView
}

/** A shell that works out what text would do and does nothing. */
export function createInterpreter(paths: PathMap, report: Report, { view, session }: Surroundings): Shell {
  const filesBudget: Budget = { commands: 0, words: 0 }
  const tell = (act: Act) => {
    const from = machine.files.at(-1)
    report.act(from && !act.from ? { ...act, from } : act)
  }
  const raise = (rule: RuleName, program: string, target: string | null = null, severity?: Act['severity']) =>
    tell({ kind: 'execute', program, target, rule, ...(severity && { severity }) })
  const shell: Shell = {
    paths,
    act: tell,
    raise,
    unaffirm: () => report.unaffirm(),
    runArgv: (argv, stdin, state) => runArgv(machine, argv, stdin, state, false),
    runText: (code, stdin, state, positional) => runText(machine, code, stdin, state, positional),
    path: (text, state) => resolvePath(paths, text, state),
    read(path, program, state) {
      const target = resolvePath(paths, path, state)
      tell({ kind: 'read', program, target })
      return shell.contentOf(target, state) ?? UNKNOWN
    },
    write(path, program, state, content) {
      const target = resolvePath(paths, path, state)
      tell({ kind: 'write', program, target })
      for (const act of actsOfWritten(target, content ?? '', program)) tell(act)
      state.files.set(target, content ?? UNKNOWN)
    },
    contentOf: (path, state) => state.files.get(path) ?? marksOfOrigin(session.originOf(path)),
    codeAt: path => codeFileAt(path, paths, view, session),
    textAt: path => textAt(path, paths, view),
    within: (file, run) => runWithin(machine, filesBudget, file, run),
    starters: () => machine.running.slice(0, -1),
    originOf: path => session.originOf(path),
  }
  const machine: Machine = {
    report,
    shell,
    paths,
    runScript: (script, stdin, state) => runScript(machine, script, stdin, state),
    runNode: (node, stdin, state, piped) => runNode(machine, node, stdin, state, piped),
    calls: [],
    running: [],
    forkDepths: [],
    files: [],
    definedIn: new WeakMap(),
    expanded: 0,
    redirections: 0,
    budget: { commands: 0, words: 0 },
    depth: 0,
    forks: 0,
    devices: 0,
  }
  return shell
}

function marksOfOrigin(origin: FileOrigin | undefined): string | undefined {
  if (!origin?.secret && !origin?.remote) return undefined
  return UNKNOWN + (origin.secret ? SECRET : '') + (origin.remote ? REMOTE : '')
}

const MOST_FILES_DEEP = 6

function runWithin(
  machine: Machine,
  filesBudget: Budget,
  file: CodeFile,
  run: () => string | undefined,
): string | undefined {
  const isOpen = machine.files.some(({ path, part }) => path === file.path && part === file.part)
  if (isOpen || machine.files.length >= MOST_FILES_DEEP) return UNKNOWN
  const before = machine.budget
  machine.files.push(file)
  machine.budget = filesBudget
  try {
    const out = run()
    // What a standing script prints is its own affair: what it is made of does not speak for the command.
    return file.isStanding ? UNKNOWN : out
  } finally {
    // INVARIANT: also after a fault, or what is said about the command would count as said about the file.
    machine.budget = before
    machine.files.pop()
  }
}

/** A path as the command means it; what cannot be told stays unknown from its first character. */
function resolvePath(paths: PathMap, text: string, state: ShellState): string {
  if (isUnknown(text[0] ?? '')) return text
  // Many programs expand a leading `~` themselves, so one that the shell left alone still means a home.
  const absolute = resolveFrom(state.cwd, expandHome(text, paths.workplace.home))
  if (isUnknown(absolute[0] ?? '')) return absolute
  if (isUnknown(absolute[1] ?? '')) return text.startsWith('/') ? absolute : absolute.slice(1)
  return paths.canonical(followLinks(absolute, state.links))
}

function followLinks(path: string, links: ReadonlyMap<string, string>): string {
  let current = path
  for (let hops = 0; hops < 8; hops++) {
    const link = [...links.keys()].find(name => current === name || current.startsWith(`${name}/`))
    if (link === undefined) return current
    current = normalise(links.get(link)! + current.slice(link.length))
  }
  return UNKNOWN
}

function runText(
  machine: Machine,
  code: string,
  stdin: Stdin,
  state: ShellState,
  positional?: readonly string[],
): string {
  if (code.trim() === '') return ''
  if (machine.depth >= MOST_DEPTH) {
    machine.shell.raise('command.is-too-large', 'shell')
    return UNKNOWN
  }
  const before = state.positional
  if (positional) state.positional = positional
  machine.depth++
  const out = runScript(machine, parse(readable(machine, code)), stdin, state)
  machine.depth--
  state.positional = before
  return out
}

const SHORT_TEXT = 2_000
const DEEPEST_EXPANSION = 100

/** The text up to where expansions stand in each other so deep that the parser would take forever. */
function readable(machine: Machine, code: string): string {
  if (code.length <= SHORT_TEXT) return code
  let depth = 0
  for (const { 0: mark, index } of code.matchAll(/[$<>][({]|[)}]/g)) {
    depth = mark.length === 2 ? depth + 1 : Math.max(0, depth - 1)
    if (depth <= DEEPEST_EXPANSION) continue
    machine.shell.raise('command.is-too-large', 'shell')
    return code.slice(0, index)
  }
  return code
}

/** INVARIANT: every script that is run passes here, so no parse error of a nested one is missed. */
function runScript(machine: Machine, script: ParsedScript | Script, stdin: Stdin, state: ShellState): string {
  if ('errors' in script && script.errors?.length)
    machine.shell.raise('command.is-unreadable', 'shell', script.errors[0]!.message)
  return runStatements(machine, script.commands, stdin, state)
}
