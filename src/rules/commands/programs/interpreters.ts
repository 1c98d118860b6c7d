import { isInstaller, isRemote, isUnknown, marksOf, SECRET, UNKNOWN } from '../../paths/pattern.ts'
import { baseName } from '../../paths/posix.ts'
import type { Call, Program } from '../acts.ts'
import type { CodeFile } from '../code-files.ts'
import { decodeBase64, undoEscapes } from '../decode.ts'
import { readMentioned } from '../mentions.ts'
import { type OptionShape, optionValues, readOptions } from '../options.ts'

const NONE = { text: '', connected: false }

interface Language extends OptionShape {
  /** Options whose value is code of this language. */
  readonly code: readonly string[]
}

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

const DELETES =
  /\b(?:rmtree|rmdir|removedirs|unlink(?:Sync)?|rm(?:dir)?(?:Sync)?|remove(?:Sync)?|emptyDir(?:Sync)?|rm_rf|rm_r|remove_entry(?:_secure)?|remove_tree|delete_tree|File\.delete|deleteFile|move|rename(?:Sync)?)\b/
const RUNS =
  /\b(?:system|popen\w*|spawn\w*|exec\w*|subprocess|child_process|shell_exec|passthru|proc_open|pcntl_exec|Deno\.(?:run|Command)|Bun\.(?:spawn|\$)|os\.startfile|pty\.spawn|IO\.popen|Open3|Kernel\.\w+|qx|ProcessBuilder|getRuntime)\b|`/
const WRITES =
  /\b(?:writeFile\w*|appendFile\w*|createWriteStream|file_put_contents|fwrite|write_text|write_bytes|copyFile\w*|symlink\w*|chmod\w*|chown\w*|truncate\w*)\b|open\s*\([^)]*,\s*['"](?:[wax]\+?b?|[rb]\+)|[FI]O?(?:ile)?\.(?:write|open)\b|open\s*\(?[^;]*['"]>/
const NETWORK =
  /\b(?:socket|urllib|requests|httpx|http\.client|ftplib|smtplib|telnetlib|paramiko|aiohttp|fetch|XMLHttpRequest|net\.(?:connect|createConnection|Socket)|https?\.(?:get|request)|axios|undici|TCPSocket|Net::HTTP|LWP|IO::Socket|fsockopen|curl_\w+|file_get_contents\s*\(\s*['"]https?|open-uri|dns\.(?:lookup|resolve\w*)|gethostbyname)\b/
const SHELL_BEHIND_SOCKET =
  /\bdup2\b|pty\.spawn|\/bin\/(?:ba|z|da|k)?sh|cmd\.exe|exec\s*\(|subprocess|child_process|\bspawn\b|\bsystem\b|popen|(?:sh|bash)\s+-i/
const DISGUISES =
  /\b(?:eval|exec|compile|__import__|getattr|globals|importlib|marshal|pickle|codecs|b64decode|fromhex|unhexlify|atob|fromCharCode|chr|Function|Buffer\.from|decode64|unpack|pack|base64_decode|str_rot13|gzinflate|instance_eval|class_eval|loadstring|vm\.run\w*|process\.binding|ctypes|cffi|ffi)\b/
const FORKS =
  /(?:while|for|until|loop|forever)\b[^;]*?\bfork\b|\bfork\b[^;]*\b(?:while|until)\b|fork\s*\(?\)?\s*(?:while|until)|\bfork\b.*\bfork\b.*\bfork\b/s
const ENVIRONMENT = /\b(?:os\.environ|process\.env|ENV\b|%ENV|\$_ENV|getenv\s*\(\s*\))/

/** Code of another language: literal strings and call names, no more; what hides itself is asked about. */
function judgeForeignCode(call: Call, code: string): void {
  const { shell, name } = call
  shell.unaffirm()
  if (isRemote(code)) {
    shell.raise(isInstaller(code) ? 'command.runs-remote-installer' : 'command.runs-remote-code', name)
    return
  }
  if (isUnknown(code)) shell.raise('command.runs-unknown-code', name)
  if (FORKS.test(code)) shell.raise('command.exhausts-machine', name)
  const literals = literalsOf(code, shell.paths.workplace.home)
  const talks = NETWORK.test(code)
  if (/\b(?:socket|TCPSocket|IO::Socket|fsockopen|net\.\w+)\b/i.test(code) && SHELL_BEHIND_SOCKET.test(code))
    shell.raise('command.opens-reverse-shell', name)
  if (talks && ENVIRONMENT.test(code))
    shell.raise(
      'command.sends-secret',
      name,
      'the network',
      /requests|fetch|urlopen|post|send/.test(code) ? 'deny' : 'ask',
    )
  for (const literal of literals) judgeLiteral(call, literal, code)
  if (DELETES.test(code) && !literals.some(isPathLike)) shell.raise('command.deletes-unknown-target', name)
  if (RUNS.test(code)) runLiterals(call, literals)
  else if (DISGUISES.test(code) && !/^\s*(?:print|console\.log)\b/.test(code))
    shell.raise('command.runs-unknown-code', name)
  else if (talks) shell.raise('command.sends-unknown-data', name)
}

/** String literals, escapes undone, neighbours joined, and `expanduser`/`homedir` put in front. */
function literalsOf(code: string, home: string): string[] {
  const joined = code
    .replace(/\b(?:require|import)\s*\(\s*(['"])[^'"]*\1\s*\)/g, 'LOADED')
    .replace(/\bfrom\s+(['"])[^'"]*\1/g, '')
    .replace(/(['"])\s*\+\s*\1/g, '')
    .replace(/(['"])\s*\.\s*\1/g, '')
  const found = [
    ...joined.matchAll(
      /(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`|%[qQwx]?[{([]([^})\]]*)[})\]]|\bqx?\s*[{(/|]([^})/|]*)[})/|])/gs,
    ),
  ].map(match => undoEscapes(match.slice(1).find(group => group !== undefined) ?? ''))
  const isHome =
    /homedir\(\)|Path\.home\(\)|expanduser|Dir\.home|\$HOME|process\.env\.HOME|ENV\[|environ\b|getenv/.test(
      joined,
    )
  const joinedPath = /(?:join|resolve)\s*\(|Path\.home\(\)\s*\/|\+/.test(joined)
  const extra =
    isHome && joinedPath
      ? [
          `${home}/${found
            .filter(
              text =>
                !/^(?:HOME|utf-?8|os|fs|path|shutil|pathlib|node:\w+)$/.test(text) && !text.startsWith('/'),
            )
            .map(text => text.replace(/^~?\//, ''))
            .join('/')}`,
        ]
      : []
  const eachBelowHome = isHome
    ? found.filter(text => /^\/?\.[\w.]/.test(text)).map(text => `${home}/${text.replace(/^\//, '')}`)
    : []
  const bare =
    isHome && DELETES.test(joined) && found.every(text => !isPathLike(text) || text === '~') ? [home] : []
  return [
    ...found.map(text => text.replace(/^\$(?:HOME|\{HOME\}|ENV\{HOME\})/, home)),
    ...extra,
    ...eachBelowHome,
    ...bare,
    ...found.flatMap(text =>
      (text.length >= 12 ? [decodeBase64(text) ?? ''] : []).filter(plain =>
        /^[\x20-\x7e\s]{6,}$/.test(plain),
      ),
    ),
  ]
}

function isPathLike(text: string): boolean {
  return /^(?:[~/.]|\w[\w.-]*\/)/.test(text) || /^\.?[\w.-]+$/.test(text)
}

function judgeLiteral(call: Call, literal: string, code: string): void {
  if (literal === '' || literal.length > 4_096 || /[\n\r\0]/.test(literal)) return
  const { shell, state, name } = call
  if (/^https?:\/\//.test(literal)) {
    shell.act({ kind: 'connect', program: name, target: literal.split('/')[2] ?? null })
    if (/169\.254\.169\.254|metadata\.google/.test(literal))
      shell.raise('command.connects-to-metadata-service', name, literal)
    return
  }
  if (/\s/.test(literal) || !isPathLike(literal)) return
  const target = shell.path(literal, state)
  const kind = shell.paths.classify(target)
  if (DELETES.test(code) && /^[~/.]|\//.test(literal))
    shell.act({ kind: 'delete', program: name, target, recursive: true })
  else if (DELETES.test(code) && shell.paths.catastrophe(target))
    shell.act({ kind: 'delete', program: name, target, recursive: true })
  if (WRITES.test(code) && /^[~/.]|\//.test(literal)) shell.act({ kind: 'write', program: name, target })
  if (kind === 'credential' || kind === 'own' || kind === 'protected')
    shell.act({ kind: 'read', program: name, target })
}

/** Strings handed to a shell, alone and as one argv. */
function runLiterals(call: Call, literals: readonly string[]): void {
  const { shell, state, name } = call
  shell.raise('command.runs-unknown-code', name)
  const candidates = literals.filter(
    text =>
      text !== '' &&
      text.length < 10_000 &&
      !/^(?:os|fs|sh|bash|\/bin\/(?:ba)?sh|child_process|node:\w+|subprocess|shutil|utf-?8|-c)$/.test(text),
  )
  for (const text of candidates)
    if (/^[\w./~$-]+\s+\S/.test(text) || /^:\(\)/.test(text))
      shell.runText(text, NONE, { ...state, variables: new Map(state.variables) })
  if (candidates.length > 1)
    shell.runArgv(candidates, NONE, { ...state, variables: new Map(state.variables) })
}

const interpreter =
  (language: Language): Program =>
  call => {
    const { args, shell, state, stdin, name } = call
    const read = readOptions(args, { ...language, stopAtOperand: true })
    const codes = optionValues(read, ...language.code.filter(option => option !== 'M'))
    for (const code of codes) judgeForeignCode(call, code)
    if (name === 'perl') for (const module of optionValues(read, 'M')) judgeForeignCode(call, module)
    if (name === 'perl' && read.options.has('i'))
      for (const file of read.operands) shell.write(file, name, state)
    for (const preload of optionValues(read, 'r', 'require', 'import', 'loader', 'experimental-loader'))
      if (/^[/~.]/.test(preload) && name.startsWith('node')) judgeFile(call, preload)
    if (name === 'python' && optionValues(read, 'm').length > 0)
      return runModule(call, optionValues(read, 'm')[0]!)
    if (codes.length > 0) {
      for (const file of read.operands) readMentioned({ ...call, args: [file] })
      return UNKNOWN + (call.args.some(arg => arg.includes(SECRET)) ? SECRET : '')
    }
    const [script] = read.operands
    if (script !== undefined && script !== '-') judgeFile(call, script)
    else if (stdin.connected) judgeForeignCode(call, stdin.text)
    return readMentioned({ ...call, args: read.operands.slice(1) })
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
  if (shell.originOf(path)?.remote) shell.raise('command.runs-remote-code', name, path, 'ask')
  if (path === '/dev/stdin' || path.startsWith('/dev/fd/')) {
    judgeForeignCode(call, call.stdin.text)
    return
  }
  if (/^https?:/.test(file)) {
    shell.raise('command.runs-remote-code', name, file)
    return
  }
  if (kind !== 'project' && kind !== 'git-internals')
    shell.raise('command.runs-code-of-other-folder', name, path)
  const code = shell.codeAt(path)
  if (code) searchFile(call, code)
}

/** What a first line says runs the file: `sh` for every shell, null for what is not read. */
export function interpreterOf({ text, path }: CodeFile): string | null {
  const line = /^#![ \t]*(\S+)(?:[ \t]+(?:-S[ \t]+)?(\S+))?/.exec(text)
  if (!line) return /\.(?:py|m?js|cjs|rb|pl|php|lua)$/.test(path) ? null : 'sh'
  const program = baseName(line[1]!) === 'env' ? (line[2] ?? '') : baseName(line[1]!)
  if (/^(?:ba|da|z|k|a)?sh$/.test(program)) return 'sh'
  return /^(?:python|node|perl|ruby|php|lua|bun|deno|tsx)[\d.]*$/.test(program) ? program : null
}

/** A call that does something, up to the end of its arguments: a file is read by such statements, not by its words. */
const STATEMENT = new RegExp(
  `${DELETES.source}|${RUNS.source}|${WRITES.source}|\\b(?:open|readFile\\w*|read_text|createReadStream|expanduser|homedir)\\s*\\(`,
)
/** Comments, and lines that only load something. */
const IDLE_LINE =
  /^\s*(?:#|\/\/|\*|(?:import|from|use|require)\b[^(;]*;?\s*$|(?:const|let|var)\s[^=]*=\s*require\([^()]*\)\s*;?\s*$)/
const MOST_STATEMENTS = 60
const LONGEST_LINE = 2_000

/** Searches a program of another language for statements that would do harm; only what is certain speaks. */
export function searchFile(call: Call, code: CodeFile): void {
  const { shell } = call
  shell.unaffirm()
  shell.within({ ...code, isSearched: true }, () => {
    if (FORKS_AT_ONCE.test(code.text)) shell.raise('command.exhausts-machine', call.name)
    if (/\b(?:socket|TCPSocket|fsockopen|net\.\w+)\b/i.test(code.text) && SHELL_ON_SOCKET.test(code.text))
      shell.raise('command.opens-reverse-shell', call.name)
    for (const statement of statementsOf(code.text)) judgeForeignCode(call, statement)
    return undefined
  })
}

const FORKS_AT_ONCE = /\b(?:while|for|until|loop)\b[^\n]{0,80}\n?[^\n]{0,80}\bfork\b/
const SHELL_ON_SOCKET = /\bos\.dup2\b|\bpty\.spawn\b|\.pipe\(\s*(?:sh|shell|proc\w*)\.stdin/

/** The statements that do something, with their arguments also where these stand on further lines. */
function statementsOf(text: string): string[] {
  const lines = text.split('\n')
  const statements: string[] = []
  for (let at = 0; at < lines.length && statements.length < MOST_STATEMENTS; at++) {
    const line = lines[at]!
    if (line.length > LONGEST_LINE || IDLE_LINE.test(line) || !STATEMENT.test(line)) continue
    let statement = line
    for (let more = 1; more <= 5 && isOpen(statement) && at + 1 < lines.length; more++)
      statement += `\n${lines[++at]!.slice(0, LONGEST_LINE)}`
    statements.push(statement)
  }
  return statements
}

function isOpen(statement: string): boolean {
  return statement.split('(').length > statement.split(')').length
}

function runModule(call: Call, module: string): undefined {
  const { shell, name, args } = call
  if (/^(?:http\.server|SimpleHTTPServer|pyftpdlib|smtpd|aiosmtpd)$/.test(module)) {
    if (
      !args.some(arg => /127\.0\.0\.1|localhost/.test(arg)) &&
      (/^[/~]/.test(args.at(-1) ?? '') || !shell.paths.classify(call.state.cwd).startsWith('project'))
    )
      shell.raise('command.opens-listener', name, module)
  } else if (module === 'pip')
    shell.runArgv(['pip', ...args.slice(args.indexOf('pip') + 1)], NONE, call.state)
  else if (module === 'timeit' || module === 'trace' || module === 'pdb')
    for (const arg of args.slice(args.indexOf(module) + 1)) if (/[(;]/.test(arg)) judgeForeignCode(call, arg)
  return readMentioned(call)
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
  for (const code of hasOwnText ? read.operands.slice(0, 1) : sources) judgeAwk(call, code)
  for (const file of hasOwnText ? read.operands.slice(1) : read.operands)
    if (!/^\w+=/.test(file)) shell.read(file, name, state)
  return UNKNOWN + marksOf(call.stdin.text).replace(UNKNOWN, '')
}

function judgeAwk(call: Call, code: string): void {
  const { shell, name, state } = call
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
    if (/^--(?:eval|batch|script|load)$/.test(arg) || /^-(?:s|es|Es)$/.test(arg))
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
  qjs: interpreter(node),
  deno,
  perl: interpreter(perl),
  ruby: interpreter(ruby),
  jruby: interpreter(ruby),
  irb: interpreter(ruby),
  php: interpreter(php),
  lua: interpreter(lua),
  luajit: interpreter(lua),
  R: interpreter({ valued: 'efg', code: ['e'] }),
  Rscript: interpreter({ valued: 'e', code: ['e'] }),
  julia: interpreter({ valued: 'eELpt', code: ['e', 'E'], valuedLong: ['eval'] }),
  guile: interpreter({ valued: 'c', code: ['c'] }),
  tclsh: interpreter({ code: [] }),
  groovy: interpreter({ valued: 'e', code: ['e'] }),
  scala: interpreter({ valued: 'e', code: ['e'] }),
  elixir: interpreter({ valued: 'e', code: ['e'] }),
  erl: interpreter({ code: ['eval'], valuedLong: ['eval'], singleDashLong: true }),
  gjs: interpreter({ valued: 'c', code: ['c'] }),
  jshell: interpreter({ code: [] }),
  dotnet: () => undefined,
  awk,
  gawk: awk,
  mawk: awk,
  nawk: awk,
  vim: editor,
  vi: editor,
  nvim: editor,
  ex: editor,
  view: editor,
  emacs: editor,
  nano: editor,
  ed: editor,
}
