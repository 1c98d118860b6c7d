import { readOptions } from '../../commands/dispatch/options.ts'
import { shells } from '../../commands/dispatch/wrappers.ts'
import { isRemote } from '../../paths/pattern.ts'
import { baseName } from '../../paths/posix.ts'
import type { ProgramCall } from './call.ts'
import { ATTACKER, withoutMarks } from './marks.ts'
import type { Argument } from './reading.ts'

interface Interpreter {
  /** Options whose value is code. */
  readonly code: string
  /** Options that take a value of another kind. */
  readonly valued?: string
  /** Options that say which code to run in another way. */
  readonly otherwise?: string
}

/** Programs that run code from an argument, a file or standard input. */
const interpreters: Readonly<Record<string, Interpreter>> = {
  python: { code: 'c', valued: 'WX', otherwise: 'm' },
  node: { code: 'ep', valued: 'r' },
  nodejs: { code: 'ep', valued: 'r' },
  perl: { code: 'eE', valued: 'IM' },
  ruby: { code: 'e', valued: 'Ir' },
  php: { code: 'r', valued: 'dc' },
  lua: { code: 'e', valued: 'l' },
  osascript: { code: 'e' },
  deno: { code: '' },
  bun: { code: 'e' },
  tclsh: { code: '' },
  Rscript: { code: 'e' },
}
const SHELL: Interpreter = { code: 'c', valued: 'oO' }

/** Programs that install or run the file they are given. */
const INSTALLERS: Readonly<Record<string, RegExp>> = {
  dpkg: /^(?:-i|--install)$/,
  rpm: /^-[iUF]\w*$|^--install$/,
  apt: /^install$/,
  'apt-get': /^install$/,
  dnf: /^install$/,
  yum: /^(?:local)?install$/,
  installer: /^-pkg$/,
  java: /^-jar$/,
}

/** Looks at what code a program runs: fetched text, a fetched file, text of strangers. */
export function judgeCodeRun(call: ProgramCall): void {
  const { name } = call
  const interpreter = interpreterOf(name)
  if (/^(?:eval|source|\.)$/.test(name)) judgeBuiltin(call)
  else if (interpreter) judgeInterpreter(call, interpreter)
  else judgeProgram(call)
}

function judgeProgram(call: ProgramCall): void {
  const { name, program, reading } = call
  if (isRemote(program.text)) judgeText(call, program.text, program)
  noteRun(call, program)
  const installs = Object.hasOwn(INSTALLERS, name) ? INSTALLERS[name] : undefined
  if (installs && call.texts.some(text => installs.test(text)))
    for (const arg of call.args) noteRun(call, arg)
  if (reading.functions.get(name)?.checks) reading.checks.push(call.start)
}

function interpreterOf(name: string): Interpreter | undefined {
  if (shells.test(name)) return SHELL
  return Object.hasOwn(interpreters, name) ? interpreters[name] : undefined
}

function judgeBuiltin(call: ProgramCall): void {
  const { name, args, texts } = call
  const code = name === 'eval' ? texts.join(' ') : (texts[0] ?? '')
  judgeText(call, code, args[0] ?? call.program)
  if (name === 'eval') call.reading.readMade(withoutMarks(code), call)
  else if (args[0]) {
    if (texts[0] === '/dev/stdin') judgeStdin(call)
    noteRun(call, args[0])
  }
}

function judgeInterpreter(call: ProgramCall, { code, valued = '', otherwise = '' }: Interpreter): void {
  const { args, texts, report } = call
  const read = readOptions(texts, { valued: code + valued + otherwise, stopAtOperand: true })
  const codes = [...code].flatMap(option => [...(read.options.get(option) ?? [])])
  for (const text of codes)
    judgeText(call, text, args.find(arg => arg.text === text || arg.text.endsWith(text)) ?? call.program)
  if (codes.length > 0 || [...otherwise].some(option => read.options.has(option))) return
  const file = args[read.firstOperand]
  const takesStdin = !file || read.options.has('s') || /^(?:-|\/dev\/(?:stdin|fd\/0))$/.test(file.text)
  if (takesStdin) {
    judgeStdin(call)
    return
  }
  // `deno run`, `bun run`: the file comes behind a verb
  const script = /^run$/.test(file.text) ? args[read.firstOperand + 1] : file
  if (!script) return
  if (isRemote(script.text))
    report({
      rule: 'configuration.runs-downloaded-text',
      ...spanOf(call),
      message: `gives what a download prints to \`${call.name}\``,
      grade: 'certain',
    })
  noteRun(call, script)
}

function judgeStdin(call: ProgramCall): void {
  const { stdin, name, report } = call
  if (isRemote(stdin))
    report({
      rule: 'configuration.runs-downloaded-text',
      ...spanOf(call),
      message: `gives what a download prints to \`${name}\``,
      grade: 'certain',
    })
  if (stdin.includes(ATTACKER))
    report({
      rule: 'configuration.runs-text-of-strangers',
      ...spanOf(call),
      message: `gives a text that a stranger wrote to \`${name}\` as code`,
    })
}

/** Text that a program is given as code. */
export function judgeText(
  call: ProgramCall,
  code: string,
  place: { readonly start: number; readonly end: number },
): void {
  const span = { start: call.start, end: Math.max(call.end, place.end) }
  if (isRemote(code))
    call.report({
      rule: 'configuration.runs-downloaded-text',
      ...span,
      message: `\`${call.name}\` runs what a download prints`,
      grade: 'certain',
    })
  if (code.includes(ATTACKER))
    call.report({
      rule: 'configuration.runs-text-of-strangers',
      ...span,
      message: `\`${call.name}\` runs a text that a stranger wrote`,
    })
}

function spanOf({ start, end }: ProgramCall) {
  return { start, end }
}

/** A file that was fetched before is run: whether something was compared in between shows at the end. */
function noteRun({ reading, start, end }: ProgramCall, { text }: Argument): void {
  const fetched = reading.fetched.get(pathOf(text))
  if (fetched) reading.runs.push({ fetched, start, end })
}

export function pathOf(text: string): string {
  return text.replace(/^\.\//, '')
}

export function fileNameOf(url: string): string {
  return baseName(url.replace(/[?#].*$/, ''))
}

/** Reads the code a shell is given: `-c`, a here-document, printed text. */
export function runShellCode(call: ProgramCall): string {
  const { reading, texts, stdin, document } = call
  const read = readOptions(texts, { valued: 'cOo', stopAtOperand: true })
  const code = read.options.get('c')?.[0]
  if (code !== undefined) return reading.readMade(withoutMarks(code), call)
  if (read.operands.length > 0 && !read.options.has('s')) return ''
  if (document) return reading.readMade(withoutMarks(document.text), document)
  return stdin === '' ? '' : reading.readMade(withoutMarks(stdin), call)
}
