import { isUnknown, marksOf, SECRET, UNKNOWN } from '../../paths/pattern.ts'
import { isWithin } from '../../paths/posix.ts'
import type { Call, Program } from '../acts.ts'
import { judgeOrigin } from '../code/code-origin.ts'
import { readNamed } from '../code/embedded.ts'
import { judgeForeignCode } from '../code/foreign-code.ts'
import { searchFile } from '../code/foreign-files.ts'
import { hiddenTexts } from '../code/hidden-text.ts'
import { readMentioned } from '../dispatch/mentions.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { undoEscapes } from '../shell/decode.ts'
import { fork } from '../shell/state.ts'
import { type Language, languages } from './languages.ts'

const NONE = { text: '', connected: false }

const python: Language = { valued: 'cmWXQ', code: ['c'] }
const node: Language = {
  valued: 'eprC',
  valuedLong: [
    'eval',
    'print',
    'require',
    'import',
    'loader',
    'experimental-loader',
    'env-file',
    'conditions',
    'test-name-pattern',
    'input-type',
  ],
  code: ['e', 'p', 'eval', 'print', 'pe'],
}
const perl: Language = { valued: 'eEIMmF', code: ['e', 'E', 'ne', 'pe', 'M'] }
const ruby: Language = { valued: 'eIrFKC', code: ['e'] }
const php: Language = { valued: 'rBRESfdctz', valuedLong: ['run'], code: ['r', 'B', 'R', 'E', 'run'] }
const lua: Language = { valued: 'el', code: ['e'] }

const interpreter =
  (language: Language): Program =>
  call => {
    const { args, shell, state, stdin, name } = call
    const read = readOptions(args, { ...language, stopAtOperand: true })
    const codes = optionValues(read, ...language.code.filter(option => option !== 'M'))
    for (const code of codes) judgeForeignCode(call, code)
    if (Object.hasOwn(languages, name)) for (const code of [...codes, stdin.text]) readNamed(call, code)
    if (name === 'perl') for (const module of optionValues(read, 'M')) judgeForeignCode(call, module)
    if (name === 'perl' && read.options.has('i'))
      for (const file of read.operands) shell.write(file, name, state)
    for (const preload of optionValues(read, 'r', 'require', 'import', 'loader', 'experimental-loader'))
      if (name.startsWith('node') || name === 'nodejs') judgePreload(call, preload)
    for (const file of optionValues(read, 'env-file'))
      if (!isWithin(shell.path(file, state), shell.paths.workplace.project)) shell.read(file, name, state)
    if (name === 'python' && optionValues(read, 'm').length > 0)
      return runModule(call, optionValues(read, 'm')[0]!)
    if (codes.length > 0) {
      for (const file of read.operands) readMentioned({ ...call, args: [file] })
      return UNKNOWN + (call.args.some(arg => arg.includes(SECRET)) ? SECRET : '')
    }
    const [script] = read.operands
    if (script !== undefined && script !== '-') judgeFile(call, script)
    else if (stdin.connected) judgeInput(call)
    return readMentioned({ ...call, args: read.operands.slice(1) })
  }

/** `python3 < file` runs the file; anything else on standard input is judged as it is. */
function judgeInput(call: Call): void {
  const { stdin, shell } = call
  const code = stdin.path === undefined || stdin.text !== UNKNOWN ? null : shell.codeAt(stdin.path)
  if (code) searchFile(call, code)
  else judgeForeignCode(call, stdin.text)
}

function judgePreload(call: Call, preload: string): void {
  const data = /^data:text\/javascript[^,]*,(.*)$/s.exec(preload)?.[1]
  if (data !== undefined)
    judgeForeignCode(call, decodeURIComponent(data.replace(/%(?![0-9a-f]{2})/gi, '%25')))
  else if (/^[/~.]/.test(preload)) judgeFile(call, preload)
}

function judgeFile(call: Call, file: string): void {
  const { shell, state, name } = call
  const path = shell.path(file, state)
  const known = state.files.get(path)
  if (known !== undefined) {
    judgeForeignCode(call, known)
    return
  }
  if (isUnknown(path)) {
    shell.raise('command.runs-unknown-code', name)
    return
  }
  const kind = shell.paths.classify(path)
  shell.act({ kind: 'execute', program: name, target: path })
  if (path === '/dev/stdin' || path.startsWith('/dev/fd/')) {
    judgeForeignCode(call, call.stdin.text)
    return
  }
  if (/^https?:/.test(file)) {
    shell.raise('command.runs-remote-code', name, file)
    return
  }
  const isCheckout = [...state.checkouts].some(folder => isWithin(path, folder))
  if (kind !== 'project' && kind !== 'git-internals' && !isCheckout)
    shell.raise('command.runs-code-of-other-folder', name, path)
  const code = shell.codeAt(path)
  judgeOrigin(call, path, code)
  if (code) searchFile(call, code)
}

function runModule(call: Call, module: string): undefined {
  const { shell, name, args } = call
  if (/^(?:http\.server|SimpleHTTPServer|pyftpdlib|smtpd|aiosmtpd)$/.test(module)) {
    if (
      !args.some(arg => /127\.0\.0\.1|localhost/.test(arg)) &&
      (/^[/~]/.test(args.at(-1) ?? '') || !shell.paths.classify(call.state.cwd).startsWith('project'))
    )
      shell.raise('command.opens-listener', name, module)
  } else if (module === 'pip') {
    shell.runArgv(['pip', ...args.slice(args.indexOf('pip') + 1)], NONE, call.state)
  } else if (module === 'timeit' || module === 'trace' || module === 'pdb') {
    for (const arg of args.slice(args.indexOf(module) + 1)) if (/[(;]/.test(arg)) judgeForeignCode(call, arg)
  } else if (module === 'zipfile' || module === 'tarfile') {
    const rest = args.slice(args.indexOf(module) + 1)
    const folder = /^(?:-e|--extract)$/.test(rest[0] ?? '') ? rest[2] : undefined
    if (folder !== undefined)
      shell.act({ kind: 'write', program: name, target: shell.path(folder, call.state), recursive: true })
  } else judgeModuleFile(call, module)
  return readMentioned(call)
}

/** A module of the project is a file like any other. */
function judgeModuleFile(call: Call, module: string): void {
  if (!/^[\w.]+$/.test(module)) return
  const base = module.replaceAll('.', '/')
  for (const name of [`${base}.py`, `${base}/__main__.py`]) {
    const path = call.shell.path(name, call.state)
    const code = call.shell.codeAt(path)
    if (!code) continue
    judgeOrigin(call, path, code)
    searchFile(call, code)
    return
  }
}

/** awk runs, reads and writes from within its text. */
const awk: Program = call => {
  const read = readOptions(call.args, {
    valued: 'FvfeEil',
    valuedLong: ['file', 'assign', 'field-separator', 'source', 'exec', 'include', 'load'],
    stopAtOperand: true,
  })
  const { shell, name, state } = call
  const files = optionValues(read, 'f', 'file', 'E', 'exec')
  const sources = optionValues(read, 'e', 'source')
  const hasOwnText = files.length === 0 && sources.length === 0
  for (const file of files) judgeFile(call, file)
  if (optionValues(read, 'i', 'include').includes('inplace'))
    for (const file of hasOwnText ? read.operands.slice(1) : read.operands) shell.write(file, name, state)
  for (const code of hasOwnText ? read.operands.slice(0, 1) : sources) judgeAwk(call, code)
  for (const file of hasOwnText ? read.operands.slice(1) : read.operands)
    if (!/^\w+=/.test(file)) shell.read(file, name, state)
  if (hasOwnText && read.operands.length === 1) {
    const printed = printedAtOnce(read.operands[0]!)
    if (printed !== undefined) return printed
  }
  return UNKNOWN + marksOf(call.stdin.text).replace(UNKNOWN, '')
}

const PRINTS = /\s*(print|printf)\s*\(?\s*((?:"(?:[^"\\]|\\.)*"[\s,]*)+)\)?\s*(?:;|$)/y
const LONGEST_PROGRAM = 4_096

/** What `BEGIN{…}` prints that holds nothing but texts. */
function printedAtOnce(code: string): string | undefined {
  const body = code.length > LONGEST_PROGRAM ? undefined : /^\s*BEGIN\s*\{([^{}]*)\}\s*$/.exec(code)?.[1]
  if (body === undefined) return undefined
  let out = ''
  PRINTS.lastIndex = 0
  while (PRINTS.lastIndex < body.trimEnd().length) {
    const match = PRINTS.exec(body)
    if (!match) return undefined
    const texts = [...match[2]!.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => undoEscapes(text))
    if (match[1] === 'printf' && texts[0]?.includes('%')) return undefined
    out += match[1] === 'printf' ? (texts[0] ?? '') : `${texts.join(' ')}\n`
  }
  return out
}

function judgeAwk(call: Call, code: string): void {
  const { shell, name, state } = call
  if (/system\s*\(|\|/.test(code))
    for (const text of hiddenTexts(code)) shell.runText(text, NONE, fork(state))
  if (isUnknown(code)) shell.raise('command.runs-unknown-code', name)
  for (const [, text = ''] of code.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
    if (/system\s*\(|\|\s*getline|\|&?\s*"|\|\s*&/.test(code))
      shell.runText(undoEscapes(text), NONE, { ...state, variables: new Map(state.variables) })
    if (/getline\s*(?:\w+\s*)?<|>>?\s*"/.test(code) && /^[/~.]/.test(text))
      shell.act({
        kind: /getline\s*(?:\w+\s*)?</.test(code) ? 'read' : 'write',
        program: name,
        target: shell.path(text, state),
      })
  }
  if (/\/inet\//.test(code)) shell.raise('command.opens-reverse-shell', name)
  else if (
    /system\s*\(|\|\s*getline|\|&|[^|]\|\s*(?:"|\w)/.test(
      code.replace(/\/(?:[^/\\]|\\.)*\//g, '').replace(/\|\|/g, ''),
    )
  )
    shell.raise('command.runs-unknown-code', name)
  if (/>>?\s*[\w("$]/.test(code.replace(/"[^"]*"/g, '""')) && />>?\s*"/.test(code)) shell.unaffirm()
}

const EDITORS =
  'vim vi nvim ex view gvim gview rvim rview rgvim rgview vimdiff gvimdiff nvimdiff evim vimx vimpager elvis nvi emacs xemacs nano rnano pico ed red joe jed mcedit micro kak hx'.split(
    ' ',
  )

const LINES = String.raw`(?:[%$.\d]|'<|'>|,|[+-]|\/[^\/|!]*\/)*\s*(?:[gv]\/(?:[^\/\\]|\\.)*\/)?\s*`
const REPLACES = new RegExp(
  String.raw`^:?\s*${LINES}(?:s([\/#,@])(?:(?!\1)[^\\|\n\x60]|\\[^=\n])*\1(?:(?!\1)[^\\|\n\x60]|\\[^=\n])*(?:\1[gceiIp&]*)?|d|p|j|m\s*\d+|wq?!?|x!?|q[a!]*!?|set \w+|norm(?:al)?!? [\w^$]+|)$`,
)

/** Orders given beforehand that replace, delete and save lines of the files that are named, and nothing else. */
function onlyReplaces({ name, args, stdin, shell, state }: Call): boolean {
  const orders: string[] = []
  const files: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    if (arg === '-c') orders.push(args[++at] ?? '!')
    else if (arg.startsWith('+')) orders.push(arg.slice(1))
    else if (/^-(?:s|es|Es|e|n|N|i|NONE)$/.test(arg)) continue
    else if (arg === '-u' && args[at + 1] === 'NONE') at++
    else if (arg.startsWith('-')) return false
    else files.push(arg)
  }
  // Vim takes a file of keys behind `-s`.
  if (!/^(?:red|ed|ex)$/.test(name) && args.includes('-s')) return false
  if (stdin.connected) orders.push(...typedOrders(stdin.text))
  if (orders.length === 0 || !orders.every(order => REPLACES.test(order))) return false
  for (const file of files) shell.write(file, name, state)
  return true
}

/** The lines typed to `ed`, without the text that is put in up to a lone dot. */
function typedOrders(text: string): string[] {
  const orders: string[] = []
  let typing = false
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (typing) typing = line !== '.'
    else if (/^(?:[\d$.,+-]|\/[^/]*\/)*[aic]$/.test(line)) typing = true
    else orders.push(line)
  }
  return orders
}

const editor: Program = call => {
  for (const [, code = ''] of call.stdin.text.matchAll(/^\s*(?:\d+|%|[,$.])*\s*[rwe]?\s*!(.+)$/gm)) {
    call.shell.raise('command.runs-unknown-code', call.name)
    call.shell.runText(code, NONE, call.state)
  }
  for (const [index, arg] of call.args.entries()) {
    const code = /^(?:-\w*c|--cmd|-S)$/.test(arg) ? call.args[index + 1] : /^\+(.+)/.exec(arg)?.[1]
    const bang = code === undefined ? null : /^:?\s*(?:silent\s+)?!(.*)$/s.exec(code)
    if (bang) {
      call.shell.raise('command.runs-unknown-code', call.name)
      call.shell.runText(bang[1]!, NONE, call.state)
    } else if (
      code !== undefined &&
      /system\(|py3?|lua|ruby|perl|source|terminal|writefile|delete\(/.test(code)
    )
      call.shell.raise('command.runs-unknown-code', call.name)
    const saved =
      /^:?\s*(?:\d*,?\d*|%)?(?:w(?:rite)?|sav(?:eas)?|up(?:date)?|wq?)!?\s+(?:>>\s*)?([^\s|!]+)/.exec(
        code ?? '',
      )?.[1]
    if (saved !== undefined) call.shell.write(saved, call.name, call.state)
    if (code !== undefined) readNamed(call, code)
    if (/^--(?:eval|batch|script|load)$/.test(arg) || (/^-(?:s|es|Es)$/.test(arg) && !onlyReplaces(call)))
      call.shell.raise('command.runs-unknown-code', call.name)
  }
  return readMentioned(call)
}

const deno: Program = call => {
  const [verb = '', ...rest] = call.args
  const operand = rest.find(arg => !arg.startsWith('-'))
  if (verb === 'eval' && operand !== undefined) judgeForeignCode(call, operand)
  else if (verb === 'run' && operand !== undefined) judgeFile(call, operand)
  return undefined
}

/** Interpreters of other languages, and editors that can run things. */
export const interpreters: Readonly<Record<string, Program>> = {
  ...Object.fromEntries(Object.entries(languages).map(([name, language]) => [name, interpreter(language)])),
  python: interpreter(python),
  python3: interpreter(python),
  python2: interpreter(python),
  pypy: interpreter(python),
  pypy3: interpreter(python),
  ipython: interpreter(python),
  node: interpreter(node),
  nodejs: interpreter(node),
  tsx: interpreter(node),
  'ts-node': interpreter(node),
  electron: interpreter(node),
  deno,
  perl: interpreter(perl),
  ruby: interpreter(ruby),
  jruby: interpreter(ruby),
  php: interpreter(php),
  lua: interpreter(lua),
  luajit: interpreter(lua),
  dotnet: () => undefined,
  awk,
  gawk: awk,
  mawk: awk,
  nawk: awk,
  ...Object.fromEntries(EDITORS.map(name => [name, editor])),
}
