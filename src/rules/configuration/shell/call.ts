import type { Assignment } from 'unbash'
import { readOptions } from '../../commands/dispatch/options.ts'
import { canonicalName } from '../../commands/dispatch/program-names.ts'
import { shells, type Wrapper, wrappers } from '../../commands/dispatch/wrappers.ts'
import { UNKNOWN } from '../../paths/pattern.ts'
import type { Report } from '../rule.ts'
import { judgeCodeRun, judgeText, runShellCode } from './code-runs.ts'
import { judgeDownload } from './downloads.ts'
import { judgeEnvironment } from './environment.ts'
import { withoutMarks } from './marks.ts'
import { judgeModes } from './modes.ts'
import { judgeCredentials, judgePackages } from './packages.ts'
import { outputOf } from './printing.ts'
import type { Argument, Flow, Reading, Writing } from './reading.ts'
import { judgeSecretWrites } from './secret-writes.ts'
import { judgeTemporaryFiles } from './temporary-files.ts'
import { judgeTrust } from './trust.ts'

/** One program about to run, found behind its wrappers. */
export interface ProgramCall {
  readonly name: string
  readonly program: Argument
  readonly args: readonly Argument[]
  /** The texts of `args`. */
  readonly texts: readonly string[]
  readonly stdin: string
  readonly document: Flow['document']
  readonly writes: readonly Writing[]
  readonly prefix: readonly Assignment[]
  /** Wrappers it is run by: `sudo`, `env`. */
  readonly starters: readonly string[]
  readonly start: number
  readonly end: number
  readonly reading: Reading
  readonly report: Report
}

const judges: readonly ((call: ProgramCall) => void)[] = [
  judgeDownload,
  judgeTrust,
  judgeModes,
  judgePackages,
  judgeCredentials,
  judgeTemporaryFiles,
  judgeSecretWrites,
  judgeEnvironment,
  judgeCodeRun,
]

const MOST_WRAPPERS = 8

/** Looks at one simple command; returns what it prints. */
export function runWords(reading: Reading, words: readonly Argument[], flow: Flow): string {
  const call = callOf(reading, words, flow)
  let current = call
  show(reading, call)
  for (let count = 0; count < MOST_WRAPPERS; count++) {
    const wrapper = Object.hasOwn(wrappers, current.name) ? wrappers[current.name] : undefined
    const inner = wrapper && unwrap(wrapper, current)
    if (inner === undefined) break
    if (typeof inner === 'string') return inner
    current = inner
    show(reading, current)
  }
  for (const judge of judges) judge(current)
  if (current.name === 'find') runFound(current)
  if (current.name === 'trap' && current.args[0]) runMade(current, current.args[0].text, current)
  if (shells.test(current.name)) return runShellCode(current)
  return outputOf(current) || flow.printed
}

function show({ watch, within }: Reading, { name, program, args }: ProgramCall): void {
  if (!watch || name === '') return
  const placed = (argument: Argument) => (within ? { ...argument, ...within } : argument)
  watch({ name, program: placed(program), args: args.map(placed), isMade: within !== undefined })
}

function callOf(reading: Reading, words: readonly Argument[], flow: Flow): ProgramCall {
  const [program, ...args] = words
  const first = program ?? flow.writes[0]?.target ?? { text: '', start: 0, end: 0 }
  const last = args.at(-1) ?? first
  return {
    name: program ? canonicalName(program.text) : '',
    program: first,
    args,
    texts: args.map(({ text }) => text),
    stdin: flow.stdin ?? reading.stdin,
    document: flow.document,
    writes: flow.writes,
    prefix: flow.prefix,
    starters: [],
    start: first.start,
    end: Math.max(first.end, last.end),
    reading,
    report: reading.report,
  }
}

/** The call inside of a wrapper, or what a text inside of it prints; undefined when it wraps nothing. */
function unwrap(wrapper: Wrapper, call: ProgramCall): ProgramCall | string | undefined {
  if (wrapper.when && !wrapper.when.test(call.texts.join(' '))) return undefined
  if (call.name === 'command' && /^-[vV]/.test(call.texts[0] ?? '')) return call.texts[1] ?? ''
  const args = ownArguments(wrapper, call)
  if (!args) return undefined
  const read = readOptions(
    args.map(({ text }) => text),
    { valued: wrapper.valued ?? '', valuedLong: wrapper.valuedLong ?? [], stopAtOperand: true },
  )
  judgeAround(call)
  // `su - user -c …`: the code may stand behind the wrapper's own operands
  const anywhere = wrapper.inner === 'shell' ? readOptions(call.texts, wrapper) : read
  for (const option of wrapper.shellOptions ?? [])
    for (const text of anywhere.options.get(option) ?? []) return runMade(call, text, call)
  const skipped = wrapper.inner === 'remote' ? 1 : (wrapper.skip ?? 0)
  const behind = args.slice(read.firstOperand + skipped)
  const rest = wrapper.assignments
    ? behind.filter((arg, at) => !isLeadingAssignment(behind, arg, at))
    : behind
  if (rest.length === 0) return undefined
  if (wrapper.inner === 'argv') return innerCall(wrapper, call, rest)
  // `parallel ::: a b` runs each of the words behind the colons
  const isList = wrapper.inner === 'texts' || /^:::/.test(rest[0]!.text)
  const words = rest.map(({ text }) => text).filter(text => !/^:::/.test(text))
  const code = words.join(isList ? '\n' : ' ')
  return runMade(call, code, { start: rest[0]!.start, end: rest.at(-1)!.end })
}

/** The arguments behind the wrapper's verb or separator; undefined when the verb runs nothing. */
function ownArguments(wrapper: Wrapper, call: ProgramCall): readonly Argument[] | undefined {
  let args = call.args
  if (wrapper.verbs) {
    const read = readOptions(call.texts, { ...wrapper, stopAtOperand: true })
    if (!wrapper.verbs.includes(read.operands[0] ?? '')) return undefined
    args = args.slice(read.firstOperand + 1)
  }
  if (wrapper.after !== undefined) {
    const at = args.findIndex(({ text }) => text === wrapper.after)
    if (at >= 0) args = args.slice(at + 1)
  }
  return args
}

function innerCall(wrapper: Wrapper, call: ProgramCall, rest: readonly Argument[]): ProgramCall {
  const program = rest[0]!
  const args = wrapper.appends ? withInput(rest.slice(1), call) : rest.slice(1)
  return {
    ...call,
    name: canonicalName(program.text),
    program,
    args,
    texts: args.map(({ text }) => text),
    stdin: wrapper.appends ? UNKNOWN : call.stdin,
    starters: [...call.starters, call.name],
  }
}

/** A text that is handed to another shell, perhaps on another machine. */
function runMade(call: ProgramCall, code: string, place: { start: number; end: number }): string {
  judgeText(call, code, place)
  return call.reading.readMade(withoutMarks(code), place)
}

/** The commands that find runs for what it finds. */
function runFound(call: ProgramCall): void {
  for (const [at, { text }] of call.args.entries()) {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(text)) continue
    const rest = call.args.slice(at + 1)
    const end = rest.findIndex(arg => arg.text === ';' || arg.text === '+')
    runWords(call.reading, rest.slice(0, end < 0 ? rest.length : end), NO_FLOW)
  }
}

const NO_FLOW: Flow = { stdin: undefined, document: undefined, writes: [], printed: '', prefix: [] }

/** What comes on standard input becomes arguments: in the place of `{}`, or behind the others. */
function withInput(args: readonly Argument[], { stdin, program }: ProgramCall): Argument[] {
  const isPlaced = args.some(({ text }) => /^(?:\{\}|%)$/.test(text))
  if (!isPlaced) return [...args, { ...program, text: stdin || UNKNOWN }]
  return args.map(arg => (/^(?:\{\}|%)$/.test(arg.text) ? { ...arg, text: stdin || UNKNOWN } : arg))
}

function isLeadingAssignment(rest: readonly Argument[], arg: Argument, at: number): boolean {
  return /^[A-Za-z_]\w*=/.test(arg.text) && rest.slice(0, at).every(({ text }) => /^[A-Za-z_]\w*=/.test(text))
}

/** A wrapper has options of its own that may switch a check off, and may set variables. */
function judgeAround(call: ProgramCall): void {
  judgeTrust(call)
  judgeEnvironment(call)
  judgeCredentials(call)
}
