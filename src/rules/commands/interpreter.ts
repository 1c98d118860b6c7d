import {
  type AndOr,
  type Assignment,
  type Command,
  type CommandNode,
  type CompoundList,
  type ParsedScript,
  type Pipeline,
  type PipelineNode,
  parse,
  type Script,
  type Statement,
  type TestExpression,
  type Word,
} from 'unbash'
import type { FileOrigin, FileSystemView, SessionView } from '../judgement.ts'
import { expandHome, type PathMap } from '../paths/classify.ts'
import { bounded, isUnknown, marksOf, REMOTE, SECRET, UNKNOWN } from '../paths/pattern.ts'
import { baseName, normalise, resolveFrom } from '../paths/posix.ts'
import type { Act, Shell, Stdin } from './acts.ts'
import { assign, assignmentFields, namesSecret } from './assignments.ts'
import { type CodeFile, codeFileAt, textAt } from './code-files.ts'
import { runProgram } from './dispatch.ts'
import { isCrowd, isEndlessLoop, isGreedyLoop, isGuessing, multiplies, readNames } from './forks.ts'
import { leavesNames, unpackedBy } from './pipe-contents.ts'
import { judgeFlow } from './pipelines.ts'
import { quote } from './quote.ts'
import { redirect } from './redirections.ts'
import type { RuleName } from './rule-names.ts'
import { hostTakingSecret } from './secret-addresses.ts'
import { type FunctionBody, fork, mergeInto, type ShellState } from './state.ts'
import { expandWord, visitArithmetic, type WordScope } from './words.ts'
import { actsOfWritten } from './written-texts.ts'

const MOST_COMMANDS = 2_000
/** Words of all commands together: each may name a path, and a path is looked up on disk. */
const MOST_WORDS = 1_500
/** Words and redirections that are worked out at all: far more than a command may have, so that a crowd is still looked through. */
const MOST_EXPANDED = 6_000
const MOST_REDIRECTIONS = 1_500
const MOST_DEPTH = 40

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

interface Machine {
  readonly report: Report
  readonly shell: Shell
  readonly paths: PathMap
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
interface Budget {
  commands: number
  words: number
}

/** What the interpreter may know of the world outside the command. */
export interface Surroundings {
  readonly view: FileSystemView
  readonly session: SessionView
}

const NO_INPUT: Stdin = { text: '', connected: false }

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

function runStatements(
  machine: Machine,
  statements: readonly Statement[],
  stdin: Stdin,
  state: ShellState,
): string {
  let out = ''
  for (const statement of statements) {
    if (machine.depth === 1) machine.report.statement?.(statement.pos, statement.end)
    if (statement.background) machine.forks++
    out = bounded(out + runPipelineNode(machine, statement.command, stdin, state, false))
    if (statement.background) machine.forks--
  }
  return out
}

function runList(machine: Machine, list: CompoundList, stdin: Stdin, state: ShellState): string {
  return runStatements(machine, list.commands, stdin, state)
}

function runPipelineNode(
  machine: Machine,
  node: PipelineNode | AndOr,
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  if (node.type === 'AndOr') return runAndOr(machine, node, stdin, state)
  if (node.type === 'Pipeline') return runPipeline(machine, node, stdin, state, piped)
  return runNode(machine, node, stdin, state, piped)
}

function runAndOr(machine: Machine, node: AndOr, stdin: Stdin, state: ShellState): string {
  let out = ''
  let cwd = state.cwd
  node.commands.forEach((command, index) => {
    // The folder was not there: what follows happens where the shell still is.
    if (node.operators[index - 1] === '||' && state.cwd !== cwd && !leaves(command)) {
      const other = { ...fork(state), cwd }
      for (const later of node.commands.slice(index)) runPipelineNode(machine, later, stdin, other, false)
      mergeInto(state, { ...other, cwd: state.cwd })
    }
    cwd = state.cwd
    if (node.operators[index - 1] !== '||') {
      out += runPipelineNode(machine, command, stdin, state, false)
      return
    }
    const other = fork(state)
    out += runPipelineNode(machine, command, stdin, other, false)
    mergeInto(state, { ...other, cwd: state.cwd })
  })
  return out
}

/** `cd X || exit`: nothing follows. */
function leaves(node: PipelineNode): boolean {
  return node.type === 'Command' && /^(?:exit|return|break|continue|logout)$/.test(node.name?.value ?? '')
}

function runPipeline(
  machine: Machine,
  node: Pipeline,
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  if (node.commands.length === 1) return runNode(machine, node.commands[0]!, stdin, state, piped)
  judgePipeline(machine, node)
  // Nothing more is run, and that was told; what a pipeline is by itself still counts.
  if (machine.budget.commands > MOST_COMMANDS) return UNKNOWN
  machine.forks++
  let input = stdin
  // The first beyond the bound tells that it is one.
  node.commands.slice(0, MOST_COMMANDS + 1).forEach((command, index) => {
    const isLast = index === node.commands.length - 1
    const text = runNode(machine, command, input, fork(state), piped || !isLast)
    if (leavesNames(node.commands, index)) input = { text: UNKNOWN, connected: true }
    else input = { text, connected: true, ...unpackedBy(machine.shell, command, state) }
  })
  machine.forks--
  return input.text
}

/** A shell between two network programs is remote control, whatever the text that passes. */
/** `grep -i pass` over what was typed looks for what should not have been. */
function searchesForSecret(commands: Pipeline['commands']): boolean {
  return commands.some(
    command =>
      command.type === 'Command' &&
      /^(?:[efr]?grep|rg|ag|awk|sed)$/.test(command.name?.value ?? '') &&
      command.args.some(
        argument => 'text' in argument && /pass|secret|token|api_?key|credential|auth/i.test(argument.text),
      ),
  )
}

function judgePipeline(machine: Machine, node: Pipeline): void {
  const names = node.commands.map(command =>
    command.type === 'Command' ? (command.name?.value.split('/').pop() ?? '') : '',
  )
  if (/^(?:history|fc)$/.test(names[0] ?? '') && searchesForSecret(node.commands.slice(1)))
    machine.shell.raise('command.prints-credential', names[0]!, 'what was typed')
  for (const { rule, program, target } of judgeFlow(node)) machine.shell.raise(rule, program, target, 'deny')
  const shellAt = names.findIndex(name => /^(?:ba|da|z|k|a)?sh$/.test(name))
  if (shellAt < 0) return
  const network = /^(?:nc|ncat|netcat|telnet|socat|openssl|nc\.\w+)$/
  const sink = names.findIndex((name, index) => index > shellAt && network.test(name))
  if (sink >= 0) machine.shell.raise('command.opens-reverse-shell', names[shellAt]!, names[sink]!)
  const source = names.findIndex((name, index) => index < shellAt && network.test(name) && name !== 'openssl')
  if (source >= 0) machine.shell.raise('command.opens-reverse-shell', names[shellAt]!, names[source]!)
}

function runNode(
  machine: Machine,
  node: CommandNode | CompoundList,
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  if (node.type === 'Command') return runCommand(machine, node, stdin, state, piped)
  // What holds no command is work, too, and a loop within a loop is twice that of the loop.
  if (!maySpend(machine)) return UNKNOWN
  return guarded(machine, () => runCompound(machine, node, stdin, state, piped))
}

function runCompound(
  machine: Machine,
  node: Exclude<CommandNode, Command> | CompoundList,
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  switch (node.type) {
    case 'Redirected': {
      const flow = redirect(machine.shell, node.redirects, stdin, state, scopeOf(machine, state), 'shell')
      return flow.deliver(runNode(machine, node.command, flow.stdin, state, piped))
    }
    case 'Subshell':
      return runList(machine, node.body, stdin, fork(state))
    case 'BraceGroup':
      return runList(machine, node.body, stdin, state)
    case 'CompoundList':
      return runList(machine, node, stdin, state)
    case 'If':
      return runBranches(machine, stdin, state, node.clause, [
        node.then,
        ...node.elif.flatMap(elif => [elif.clause, elif.then]),
        ...(node.else ? [node.else] : []),
      ])
    case 'While':
      machine.shell.unaffirm()
      if (isEndlessLoop(node))
        machine.shell.raise('command.exhausts-machine', 'while', 'an endless loop that starts processes')
      else if (isGreedyLoop(node)) raiseGreed(machine, 'while')
      if (readNames(node.clause).some(name => isGuessing(name, node.body)))
        machine.shell.raise('command.grants-privilege', 'while', 'a loop that tries passwords')
      return runLoop(
        machine,
        stdin,
        state,
        () => runList(machine, node.clause, stdin, state) + runList(machine, node.body, stdin, state),
      )
    case 'ArithmeticFor':
      if (isEndlessLoop(node))
        machine.shell.raise('command.exhausts-machine', 'for', 'an endless loop that starts processes')
      else if (isGreedyLoop(node)) raiseGreed(machine, 'for')
      for (const part of [node.initialize, node.test, node.update])
        visitArithmetic(part, '', scopeOf(machine, state))
      return runLoop(machine, stdin, state, () => runList(machine, node.body, stdin, state))
    case 'For':
    case 'Select':
      return runFor(machine, node.name.value, node.wordlist, node.body, stdin, state)
    case 'Case': {
      expandWord(node.word, scopeOf(machine, state))
      for (const item of node.items)
        for (const pattern of item.pattern) expandWord(pattern, scopeOf(machine, state))
      return runBranches(
        machine,
        stdin,
        state,
        undefined,
        node.items.map(item => item.body),
      )
    }
    case 'Function':
      defineFunction(machine, node.name.value, node.body, state)
      return ''
    case 'Coproc':
      machine.forks++
      // Whatever is written to its descriptor later comes in.
      runNode(machine, node.body, { text: UNKNOWN, connected: true }, fork(state), piped)
      machine.forks--
      return ''
    case 'TestCommand':
      visitTest(machine, node.expression, state)
      return ''
    case 'ArithmeticCommand':
      visitArithmetic(node.expression, node.body, scopeOf(machine, state))
      return ''
  }
}

function raiseGreed(machine: Machine, loop: string): void {
  machine.shell.raise('command.exhausts-machine', loop, 'an endless loop that fills the disk or the memory')
}

function runBranches(
  machine: Machine,
  stdin: Stdin,
  state: ShellState,
  clause: CompoundList | undefined,
  branches: readonly CompoundList[],
): string {
  let out = clause ? runList(machine, clause, stdin, state) : ''
  const start = fork(state)
  for (const branch of branches) {
    const taken = fork(start)
    out += runList(machine, branch, stdin, taken)
    mergeInto(state, taken)
  }
  return out
}

/** What one round leaves in the variables may change what the next one does. */
function runLoop(machine: Machine, _stdin: Stdin, state: ShellState, round: () => string): string {
  const before = new Map(state.variables)
  const out = round()
  const changed =
    state.variables.size !== before.size ||
    [...state.variables].some(([name, value]) => before.get(name) !== value)
  return changed && machine.budget.commands < MOST_COMMANDS / 4 ? out + round() : out
}

function runFor(
  machine: Machine,
  name: string,
  words: readonly Word[] | undefined,
  body: CompoundList,
  stdin: Stdin,
  state: ShellState,
): string {
  if (isCrowd(words?.map(({ text }) => text) ?? [], body))
    machine.shell.raise('command.exhausts-machine', 'for', 'a loop that starts more than the machine bears')
  if (isGuessing(name, body))
    machine.shell.raise('command.grants-privilege', 'for', 'a loop that tries passwords')
  const fields = words
    ? words.flatMap(word => expandWord(word, scopeOf(machine, state)).flat())
    : [...state.positional]
  const distinct = [...new Set(fields)]
  const values = distinct.length > 12 ? [...distinct.slice(0, 200)] : distinct
  if (values.length === 0) values.push(UNKNOWN)
  state.variables.set(
    name,
    values.map(value => [value]),
  )
  if (values.length <= 12) return runLoop(machine, stdin, state, () => runList(machine, body, stdin, state))
  let out = ''
  for (let at = 0; at < values.length; at += 12) {
    state.variables.set(
      name,
      values.slice(at, at + 12).map(value => [value]),
    )
    out += runList(machine, body, stdin, state)
  }
  return out
}

function defineFunction(machine: Machine, name: string, body: FunctionBody, state: ShellState): void {
  state.functions.set(name, body)
  const file = machine.files.at(-1)
  if (file) machine.definedIn.set(body, file)
  if (multiplies(name, body))
    machine.shell.raise('command.exhausts-machine', name, 'a function that multiplies itself')
  machine.shell.unaffirm()
}

function visitTest(machine: Machine, expression: TestExpression, state: ShellState): void {
  const scope = scopeOf(machine, state)
  switch (expression.type) {
    case 'TestUnary':
      for (const text of expandWord(expression.operand, scope).flat())
        if (expression.operator === '-v' && /\[[^\]]*[$`]/.test(text)) scope.evaluate(text)
      return
    case 'TestBinary':
      for (const word of [expression.left, expression.right]) {
        expandWord(word, scope)
        if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(expression.operator)) visitArithmetic(word, word.text, scope)
      }
      return
    case 'TestLogical':
      for (const operand of expression.operands) visitTest(machine, operand, state)
      return
    case 'TestNot':
      visitTest(machine, expression.operand, state)
      return
    case 'TestGroup':
      visitTest(machine, expression.expression, state)
  }
}

function scopeOf(machine: Machine, state: ShellState): WordScope {
  return {
    state,
    home: machine.paths.workplace.home,
    substitute: script =>
      script
        ? guarded(machine, () => runScript(machine, script, NO_INPUT, { ...fork(state), isCaptured: true }))
        : UNKNOWN,
    processFile(script, operator) {
      const file = `/dev/fd/${63 + machine.devices++}`
      const input = operator === '>' ? { text: UNKNOWN, connected: true } : NO_INPUT
      const out = script ? guarded(machine, () => runScript(machine, script, input, fork(state))) : UNKNOWN
      state.files.set(file, operator === '<' ? out : UNKNOWN)
      return file
    },
    evaluate(code) {
      machine.shell.unaffirm()
      if (isUnknown(code)) machine.shell.raise('command.runs-unknown-code', 'shell')
      runText(machine, `: "${code.replace(/"/g, '\\"')}"`, NO_INPUT, fork(state))
    },
  }
}

/** Whether one more command may be interpreted; the first that may not is told. */
function maySpend(machine: Machine): boolean {
  if (++machine.budget.commands === MOST_COMMANDS + 1) machine.shell.raise('command.is-too-large', 'shell')
  return machine.budget.commands <= MOST_COMMANDS
}

function guarded(machine: Machine, run: () => string): string {
  if (machine.depth >= MOST_DEPTH) {
    machine.shell.raise('command.is-too-large', 'shell')
    return UNKNOWN
  }
  machine.depth++
  const out = run()
  machine.depth--
  return out
}

function runCommand(
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

/** What prints without an end. */
function isEndless(argv: readonly string[]): boolean {
  const [name = '', first = ''] = argv
  return name === 'yes' || (/^(?:cat|pv)$/.test(name) && /^\/dev\/(?:zero|u?random)$/.test(first))
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

/** Built-ins whose work stays when the assignment before them is gone: `IFS=_ read -ra words`. */
const SETS_VARIABLES =
  /^(?:read|mapfile|readarray|printf|eval|source|\.|export|declare|typeset|local|readonly|getopts)$/

function keepVariables(inner: ShellState, state: ShellState, assignments: readonly Assignment[]): void {
  const own = new Set(assignments.map(({ name }) => name))
  for (const [name, value] of inner.variables)
    if (!own.has(name) && state.variables.get(name) !== value) state.variables.set(name, value)
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

/** Runs one argv: alias, function, or program; an unknown name is never run quietly. */
function runArgv(
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
    runText(machine, [alias, ...argv.slice(1).map(quote)].join(' '), stdin, state)
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
  const out = runNode(machine, body, stdin, state, piped)
  state.positional = before
  machine.depth--
  machine.calls.pop()
  return out
}
