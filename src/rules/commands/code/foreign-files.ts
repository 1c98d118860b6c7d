import { baseName } from '../../paths/posix.ts'
import type { Call } from '../acts.ts'
import type { CodeFile } from './code-files.ts'
import { DELETES, judgeForeignCode, RUNS, WRITES } from './foreign-code.ts'

/** What a first line says runs the file: `sh` for every shell, null for what is not read. */
export function interpreterOf({ text, path }: CodeFile): string | null {
  const line = /^#![ \t]*(\S+)(?:[ \t]+(?:-S[ \t]+)?(\S+))?/.exec(text)
  if (!line) return /\.(?:py|m?[jt]s|[cm]js|rb|pl|php|lua)$/.test(path) ? null : 'sh'
  const program = baseName(line[1]!) === 'env' ? (line[2] ?? '') : baseName(line[1]!)
  if (/^(?:ba|da|z|k|a)?sh$/.test(program)) return 'sh'
  return /^(?:python|node|perl|ruby|php|lua|bun|deno|tsx)[\d.]*$/.test(program) ? program : null
}

const ACTS = `${DELETES.source}|${RUNS.source}|${WRITES.source}`
/** A call that does something, up to the end of its arguments: a file is read by such statements, not by its words. */
const STATEMENT = new RegExp(
  `${ACTS}|\\b(?:open|readFile\\w*|read_text|createReadStream|expanduser|homedir)\\s*\\(`,
)
/** Where a call wants parentheses, a word without them is prose: `remove extra '/'s`. */
const CALLING = new RegExp(
  `(?:${ACTS})[\\w.]*\\s*\\(|\\b(?:open|readFile\\w*|read_text|createReadStream|expanduser|homedir)\\s*\\(`,
)
const WANTS_PARENTHESES = /^(?:python|pypy|node|bun|deno|tsx|ts-node)/

/** Its first argument, where that is a variable. */
const FIRST_ARGUMENT = new RegExp(`(?:${ACTS})[\\w.]*\\s*\\(\\s*([A-Za-z_]\\w*)\\s*[,)]`)
/** Comments, and lines that only load something. */
const IDLE_LINE =
  /^\s*(?:#|\/\/|\*|(?:import|from|use|require)\b[^(;]*;?\s*$|(?:const|let|var)\s[^=]*=\s*require\([^()]*\)\s*;?\s*$)/
const ASSIGNMENT = /^\s*(?:(?:const|let|var|my|local)\s+)?[$]?([A-Za-z_]\w*)(?:\s*:[^=]*)?\s*=(?![=>])\s*\S/

/** A slash that takes paths apart or puts them together names no folder. */
const SEPARATOR =
  /\.(?:split|join|indexOf|lastIndexOf|startsWith|endsWith|startswith|endswith|includes|[lr]?strip|r?partition|r?find|slice)\(\s*(['"])\/\1[^)]*\)|(?:[!=]==?|\+)\s*(['"])\/\2|(['"])\/\3\s*(?:\+|\.join\b)/g

/** A home folder asked for by a variable, or another variable of the environment, is not the home of this person. */
const SOMEWHERE =
  /\b(?:os\.path\.)?expanduser\(\s*(?:[rf]*(['"])(?!~)[^'"]*\1|[A-Za-z_][\w.]*(?:\([^()]*\))?)\s*\)|\b(?:os\.environ|process\.env)(?:\.get\(|\[|\.)\s*['"]?(?!HOME\b)\w+['"]?\s*[\])]?|\bgetenv\(\s*['"](?!HOME\b)\w+['"]/g

const MOST_STATEMENTS = 300
const LONGEST_LINE = 1_000
const LONGEST_STATEMENT = 2_000
const FORKS_AT_ONCE =
  /\b(?:while[ \t]{0,8}\(?[ \t]{0,8}(?:[Tt]rue|1)\b|for\s*\(\s*;\s*;|loop\s*(?:do\b|\{)|until\s+false\b)[^\n]{0,40}\n?[^\n]{0,40}\bfork\b/
const OPENS_SOCKET =
  /\bsocket\.socket\s*\(|\bTCPSocket\.(?:new|open)\b|\bfsockopen\s*\(|\bIO::Socket\b|\bnet\.(?:connect|createConnection|Socket)\s*\(/
const SHELL_ON_SOCKET = /\bos\.dup2\b|\bpty\.spawn\b|\.pipe\(\s*(?:sh|shell|proc\w*)\.stdin/

/** Searches a program of another language for statements that would do harm; only what is certain speaks. */
export function searchFile(call: Call, code: CodeFile): void {
  const { shell } = call
  shell.unaffirm()
  const statements = statementsOf(code.text, WANTS_PARENTHESES.test(call.name) ? CALLING : STATEMENT)
  shell.within({ ...code, isSearched: true }, () => {
    if (FORKS_AT_ONCE.test(code.text)) shell.raise('command.exhausts-machine', call.name)
    if (OPENS_SOCKET.test(code.text) && SHELL_ON_SOCKET.test(code.text))
      shell.raise('command.opens-reverse-shell', call.name)
    for (const statement of statements.slice(0, MOST_STATEMENTS)) judgeForeignCode(call, statement)
    return undefined
  })
  // Padding must not hide what the session wrote; what stood there is its owner's to keep readable.
  if (statements.length > MOST_STATEMENTS && !code.isStanding)
    shell.raise('command.runs-unknown-code', call.name, code.path)
}

/** The statements that do something, with arguments on further lines and what their variable was given. */
function statementsOf(text: string, acts: RegExp): string[] {
  const lines = text.split('\n').flatMap(brokenUp)
  const given = new Map<string, string>()
  const statements: string[] = []
  for (let at = 0; at < lines.length && statements.length <= MOST_STATEMENTS; at++) {
    const line = lines[at]!
    const name = ASSIGNMENT.exec(line)?.[1]
    if (name !== undefined) given.set(name, line)
    if (IDLE_LINE.test(line) || !acts.test(line)) continue
    let statement = plainly(line)
    for (let more = 1; more <= 5 && isOpen(statement) && at + 1 < lines.length; more++)
      statement += `\n${plainly(lines[++at]!)}`
    const argument = FIRST_ARGUMENT.exec(statement)?.slice(1).find(Boolean)
    const origin = argument === undefined ? undefined : given.get(argument)
    const whole = origin === undefined || origin === line ? statement : `${origin}\n${statement}`
    statements.push(whole.slice(0, LONGEST_STATEMENT))
  }
  return statements
}

/** The line without what only looks like a target. */
function plainly(line: string): string {
  return line.replace(SEPARATOR, '()').replace(SOMEWHERE, 'elsewhere')
}

/** A line of bundled code is many statements; broken where one ends, or at worst anywhere, with some overlap. */
function brokenUp(line: string): string[] {
  if (line.length <= LONGEST_LINE) return [line]
  return line.split(';').flatMap(part => {
    if (part.length <= LONGEST_LINE) return [part]
    const pieces: string[] = []
    for (let at = 0; at < part.length; at += LONGEST_LINE / 2) pieces.push(part.slice(at, at + LONGEST_LINE))
    return pieces
  })
}

function isOpen(statement: string): boolean {
  return statement.split('(').length > statement.split(')').length
}
