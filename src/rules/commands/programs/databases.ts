import { isUnknown } from '../../paths/pattern.ts'
import { type Call, type Program, states } from '../acts.ts'
import { readMentioned } from '../mentions.ts'

const DESTROYS =
  /\b(?:drop\s+(?:database|schema|keyspace|tablespace|table|materialized\s+view|columnfamily|stream|warehouse|sequence|trigger|function|procedure|publication|subscription|extension|user|role|view|index|owned|collection)|truncate(?:\s+table)?\s+\w|delete\s+from\s+[\w."`]+\s*(?:;|$|["'])|alter\s+table\s+\S+\s+drop|update\s+[\w."`]+\s+set\s+(?:(?!where).)*$)/is
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
  if (DESTROYS.test(text) || (name === 'mysqladmin' && /\bdrop\b|\bshutdown\b/.test(text)))
    shell.raise('command.destroys-data', name, null)
  else if (stdin.connected && isUnknown(stdin.text)) shell.raise('command.runs-unknown-code', name, null)
  return readMentioned(call)
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
