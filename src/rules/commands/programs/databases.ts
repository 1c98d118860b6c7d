import { isPattern, isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import { type Call, type Program, states } from '../acts.ts'
import { readMentioned } from '../dispatch/mentions.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { DESTROYS, withoutTexts } from './sql.ts'

const RUNS =
  /\\!|(?:^|[\s'"])\.(?:shell|system|load|import)\b|\b(?:copy\s+.*\b(?:to|from)\s+program\b|pg_read_file|lo_import|lo_export|into\s+outfile|load_file\s*\(|sys_exec|xp_cmdshell|load\s+data\s+infile|load_extension|system\s)/is

/** Shell text that a client runs by itself: `.shell`, `\\!`, `system`, `COPY … TO PROGRAM '…'`. */
const SHELL_TEXT =
  /(?:\.(?:shell|system)\s+|\\\\?!\s*|^\s*system\s+)([^\n]+)|\b(?:program|xp_cmdshell)\s+N?'((?:[^']|'')*)'/gim

function runShellText(call: Call, text: string): void {
  for (const [, line, program] of text.slice(0, LONGEST_TEXT).matchAll(SHELL_TEXT))
    call.shell.runText(line ?? program!.replaceAll("''", "'"), { text: '', connected: false }, call.state)
}

const LONGEST_TEXT = 20_000

const sql: Program = call => {
  const { shell, name, args, stdin } = call
  const text = `${args.join(' ')} ${stdin.connected ? stdin.text : ''}`
  if (RUNS.test(text)) {
    shell.raise('command.runs-unknown-code', name, null)
    for (const part of [...args, stdin.connected ? stdin.text : '']) runShellText(call, part)
  }
  const spoken = [...args, stdin.connected ? stdin.text : ''].map(withoutTexts).join(' ')
  if (DESTROYS.test(spoken) || (name === 'mysqladmin' && /\bdrop\b|\bshutdown\b/.test(text)))
    shell.raise('command.destroys-data', name, null)
  else if (stdin.connected && isUnknown(stdin.text) && !isProjectFile(call, stdin.path ?? stdin.unpacked))
    shell.raise('command.runs-unknown-code', name, null)
  judgeFiles(call)
  return readMentioned(call)
}

/** A file of the project is read where it lies on disk, like any other code of the project. */
function isProjectFile({ shell, stdin }: Call, path: string | undefined): boolean {
  return (
    path !== undefined &&
    stdin.text === UNKNOWN &&
    !isPattern(path) &&
    shell.paths.classify(path) === 'project' &&
    (shell.originOf(path) === undefined || shell.codeAt(path) !== null)
  )
}

/** What stands in the files that a client is given: on standard input, or by `-f`. */
function judgeFiles(call: Call): void {
  const { shell, state, stdin, name } = call
  const given = optionValues(readOptions(call.args, { valued: 'fdUhpcP', valuedLong: ['file'] }), 'f', 'file')
  const paths = [
    ...given.map(file => shell.path(file, state)),
    ...(stdin.path === undefined ? [] : [stdin.path]),
  ]
  for (const path of paths) {
    const written = state.files.get(path)
    if (written !== undefined && path !== stdin.path) judgeStatements(call, written)
    const code = written === undefined ? shell.codeAt(path) : null
    if (!code) continue
    shell.within(code, () => {
      judgeStatements({ ...call, name }, code.text)
      return undefined
    })
  }
}

function judgeStatements(call: Call, text: string): void {
  if (RUNS.test(text)) {
    call.shell.raise('command.runs-unknown-code', call.name, null)
    runShellText(call, text)
  }
  if (DESTROYS.test(withoutTexts(text))) call.shell.raise('command.destroys-data', call.name, null)
}

const mongo: Program = call => {
  if (
    /drop(?:Database|Index(?:es)?|User|Collection)?\s*\(|deleteMany\s*\(\s*\{\s*\}|remove\s*\(\s*\{\s*\}|--drop\b/i.test(
      call.args.join(' '),
    )
  )
    call.shell.raise('command.destroys-data', call.name, null)
  return undefined
}

const redis: Program = call => {
  const text = call.args.join(' ')
  // Keys that only a listing knows may be all of them.
  if (/(?:^|\s)(?:del|unlink)\s/i.test(`${text} `) && isUnknown(text))
    call.shell.raise('command.destroys-data', call.name, text)
  if (/\b(?:flushall|flushdb|shutdown|debug\s+segfault)\b/i.test(text))
    call.shell.raise('command.destroys-data', call.name, text)
  else if (
    /\b(?:config\s+set\s+(?:dir|dbfilename)|module\s+load|slaveof|replicaof|script\s+load|eval)\b/i.test(text)
  )
    call.shell.raise('command.runs-unknown-code', call.name, text)
  // The server writes its dump wherever it is told to.
  const folder = /\bconfig\s+set\s+dir\s+(\S+)/i.exec(text)?.[1]
  if (folder !== undefined) call.shell.write(`${folder}/authorized_keys`, call.name, call.state)
  return undefined
}

const always = states(call => call.shell.raise('command.destroys-data', call.name, call.args.at(-1) ?? null))

/** Database clients: what drops or empties. */
export const databases: Readonly<Record<string, Program>> = {
  psql: sql,
  mysql: sql,
  mariadb: sql,
  mysqladmin: sql,
  sqlite3: sql,
  sqlite: sql,
  sqlcmd: sql,
  duckdb: sql,
  clickhouse: sql,
  'clickhouse-client': sql,
  sqlplus: sql,
  bq: sql,
  cockroach: sql,
  snowsql: sql,
  mongo,
  mongosh: mongo,
  mongorestore: mongo,
  'redis-cli': redis,
  valkey: redis,
  dropdb: always,
  dropuser: always,
  etcdctl: call => (call.args.includes('del') ? always(call) : undefined),
  cqlsh: sql,
}
