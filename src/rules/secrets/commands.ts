import { charset, isByteIn, isIn, skip } from './charsets.ts'
import { isPlaceholder, namesType } from './examples.ts'
import { defineLandmarks, isBehind, type Landmarks } from './landmarks.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'
import { gradeSpoken } from './value-grade.ts'

const LINE_BEFORE = 160
const SHORTEST_PROGRAM = 3
const WORD_LONGEST = 120
const PIPE_LONGEST = 160

/** Flags that take a password, glued to it or as the next word, with the programs that mean it so. */
interface PasswordFlag {
  readonly flag: string
  readonly glued?: readonly string[]
  readonly apart?: readonly string[]
}

const ldap = ['ldapsearch', 'ldapmodify', 'ldapadd', 'ldapdelete', 'ldapwhoami', 'ldappasswd', 'ldapcompare']
const containers = ['docker', 'podman', 'nerdctl', 'buildah', 'skopeo', 'crane', 'oras', 'helm'].map(
  name => `${name} login`,
)

const passwordFlags: readonly PasswordFlag[] = [
  {
    flag: '-p',
    glued: [
      'mysql',
      'mysqldump',
      'mysqladmin',
      'mysqlimport',
      'mariadb',
      'mariadb-dump',
      'mycli',
      '7z',
      '7za',
      '7zz',
      'sshpass',
    ],
    apart: [
      ...containers,
      'sshpass',
      'az acr',
      'az login',
      'registry login',
      'mongo',
      'mongosh',
      'mongodump',
      'rabbitmqadmin',
      'oc login',
      'cf login',
      '7z a',
    ],
  },
  { flag: '-P', apart: ['unzip', 'zip'] },
  { flag: '-a', apart: ['redis-cli'], glued: ['redis-cli'] },
  { flag: '-k', apart: ['openssl enc'] },
  { flag: '-w', apart: ldap, glued: ldap },
  { flag: '-N', apart: ['ssh-keygen'] },
]

/** Passwords that command lines hold. */
export function commandTriggers(): Trigger[] {
  return [
    ...knownFlags.map(known => ({
      literal: ` ${known.flag}`,
      exact: true,
      inspect: (scan: Scan, start: number, end: number) => inspectFlag(scan, known, start, end),
    })),
    { literal: 'echo ', exact: true, inspect: inspectPiped },
    { literal: 'printf ', exact: true, inspect: inspectPiped },
    { literal: ' pass:', exact: true, inspect: inspectOpenssl },
    { literal: '/user:', exact: true, inspect: inspectNetUse },
    { literal: 'net user ', exact: false, inspect: inspectNetUser },
    { literal: 'htpasswd -', exact: true, inspect: inspectHtpasswd },
    { literal: 'securestring ', exact: false, inspect: inspectSecureString },
    ...['password 7 ', 'key 7 ', 'secret 5 ', 'secret 8 ', 'secret 9 '].map(literal => ({
      literal,
      exact: true,
      inspect: inspectRouter,
    })),
    ...['snmp-server community ', 'rocommunity ', 'rwcommunity '].map(literal => ({
      literal,
      exact: true,
      inspect: inspectCommunity,
    })),
  ]
}

interface Program {
  readonly name: string
  /** The word that must follow it, with a blank before. */
  readonly action: string | undefined
}

interface KnownFlag {
  readonly flag: string
  readonly glued: Programs
  readonly apart: Programs
}

/** Programs, and their names as what must stand before the flag. */
interface Programs {
  readonly list: readonly Program[]
  readonly names: Landmarks
}

function readPrograms(programs: readonly string[]): Programs {
  const list = programs.map(readProgram)
  return {
    list,
    names: defineLandmarks(
      list.map(({ name }) => name),
      LINE_BEFORE,
      true,
    ),
  }
}

function readProgram(program: string): Program {
  const [name = '', action] = program.split(' ')
  return { name, action: action === undefined ? undefined : ` ${action}` }
}

const knownFlags = passwordFlags.map(
  ({ flag, glued = [], apart = [] }): KnownFlag => ({
    flag,
    glued: readPrograms(glued),
    apart: readPrograms(apart),
  }),
)

interface Word {
  readonly start: number
  readonly end: number
  /** Behind the closing quote, if there is one. */
  readonly after: number
}

/** The next word of a command, quoted or not; undefined when the text ends too soon to tell. */
function readWord({ text, bytes, final }: Scan, from: number): Word | undefined {
  const at = Math.min(from, text.length)
  const quote = bytes[at]!
  const quoted = quote === 34 || quote === 39
  const start = quoted ? at + 1 : at
  const limit = Math.min(text.length, start + WORD_LONGEST)
  let end = start
  while (end < limit) {
    const byte = bytes[end]!
    if (quoted ? byte === quote || byte === 10 : byte < 33 || isByteIn(byte, charset.gap) || byte > 126) break
    end++
  }
  if (end >= text.length && !final) return undefined
  return { start, end, after: quoted ? end + 1 : end }
}

/** Reports a word as a password, unless it is another flag, a reference or a stand-in. */
function reportWord(scan: Scan, { start, end }: Word, anchor: number): void {
  const grade = gradeSpoken(scan, start, end)
  if (grade) report(scan, 'generic-password', grade, start, end, anchor)
}

function inspectFlag(scan: Scan, { flag, glued, apart }: KnownFlag, start: number, end: number): void {
  const { text, bytes } = scan
  if (end >= text.length) {
    if (!scan.final) holdFrom(scan, start)
    return
  }
  const isApart = bytes[end] === 32
  const programs = isApart ? apart : glued
  if (!(isApart || isByteIn(bytes[end]!, charset.V | charset.quote | charset.operator))) return
  // most often the flag before is too near for a program to stand between
  if (commandStart(scan, start, start - SHORTEST_PROGRAM, flag) > start - SHORTEST_PROGRAM) return
  if (!isBehind(scan, programs.names, start)) return
  if (!runs(commandBefore(scan, start, flag), programs.list)) return
  const word = readWord(scan, isApart ? end + 1 : end)
  if (!word) {
    holdFrom(scan, start)
    return
  }
  const value = text.slice(word.start, word.end)
  if (value.startsWith('-') || isPlaceholder(value) || namesType(value) || isPort(value) || value.length < 4)
    return
  report(scan, 'generic-password', value.length < 6 ? 'possible' : 'likely', word.start, word.end, start)
}

function isPort(value: string): boolean {
  for (let index = 0; index < value.length; index++)
    if (!isIn(value.charCodeAt(index), charset.D) && value[index] !== ':') return false
  return true
}

/** The command up to a flag: one `-p` is its password, so that only what stands behind the one before is looked at. */
function commandBefore(scan: Scan, end: number, flag = '\n'): string {
  return scan.text.slice(commandStart(scan, end, Math.max(0, end - LINE_BEFORE), flag), end)
}

function commandStart({ text, bytes }: Scan, end: number, limit: number, flag: string): number {
  let index = end
  while (index > Math.max(0, limit)) {
    const byte = bytes[index - 1]
    if (
      byte === 10 ||
      byte === 59 ||
      byte === 38 ||
      byte === 124 ||
      (byte === 45 && isAgain(text, flag, index - 1))
    )
      break
    index--
  }
  return index
}

function isAgain(text: string, flag: string, at: number): boolean {
  return text.charCodeAt(at - 1) === 32 && text.startsWith(flag, at)
}

/** Whether one of the programs stands in the command as a word of its own, or as the end of a path. */
function runs(command: string, programs: readonly Program[]): boolean {
  return programs.some(({ name, action }) => {
    const at = command.lastIndexOf(name)
    if (at < 0 || isIn(command.charCodeAt(at - 1), charset.W | charset.S)) return false
    const end = at + name.length
    if (end < command.length && command[end] !== ' ') return false
    return action === undefined || command.includes(action, end)
  })
}

/** `echo secret | docker login --password-stdin`, `echo user:secret | chpasswd`. */
function inspectPiped(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const word = readWord(scan, text.startsWith('-n ', end) ? end + 3 : end)
  if (!word) {
    holdFrom(scan, start)
    return
  }
  const pipe = skip(text, word.after, charset.blank, word.after + 4)
  if (pipe >= text.length && !scan.final) holdFrom(scan, start)
  if (text[pipe] !== '|') return
  const limit = pipe + PIPE_LONGEST
  const ahead = text.slice(pipe, limit)
  const lineEnd = ahead.indexOf('\n')
  if (lineEnd < 0 && text.length < limit && !scan.final) {
    holdFrom(scan, start)
    return
  }
  const rest = lineEnd < 0 ? ahead : ahead.slice(0, lineEnd)
  if (rest.includes('chpasswd')) reportWord(scan, afterColon(text, word), start)
  else if (
    ['password-stdin', 'passwd', 'sudo -S', 'cryptsetup', 'kinit', 'with-token'].some(reader =>
      rest.includes(reader),
    )
  )
    reportWord(scan, word, start)
}

function afterColon(text: string, word: Word): Word {
  const colon = text.slice(word.start, word.end).indexOf(':')
  return colon < 0 ? word : { ...word, start: word.start + colon + 1 }
}

const passOptions = defineLandmarks(['-pass', 'pass '], LINE_BEFORE, true)

/** `openssl … -passin pass:secret`. */
function inspectOpenssl(scan: Scan, start: number, end: number): void {
  if (!isBehind(scan, passOptions, start)) return
  const command = commandBefore(scan, start)
  if (!command.includes('-pass') && !command.includes('pass ')) return
  inspectWord(scan, start, end)
}

function inspectWord(scan: Scan, start: number, at: number): void {
  const word = readWord(scan, at)
  if (word) reportWord(scan, word, start)
  else holdFrom(scan, start)
}

const netUse = defineLandmarks(['net use'], LINE_BEFORE, true)

/** `net use Z: \\host\share /user:domain\name secret`. */
function inspectNetUse(scan: Scan, start: number, end: number): void {
  const user = readWord(scan, end)
  if (!user) holdFrom(scan, start)
  else if (isBehind(scan, netUse, start) && commandBefore(scan, start).includes('net use'))
    inspectWord(scan, start, skip(scan.text, user.after, charset.blank, user.after + 4))
}

/** `net user name secret /add`. */
function inspectNetUser(scan: Scan, start: number, end: number): void {
  const user = readWord(scan, end)
  if (!user) {
    holdFrom(scan, start)
    return
  }
  const at = skip(scan.text, user.after, charset.blank, user.after + 4)
  const next = scan.text.charCodeAt(at)
  if (at > user.after && next !== 47 && next !== 42) inspectWord(scan, start, at)
  else if (at >= scan.text.length && !scan.final) holdFrom(scan, start)
}

/** `htpasswd -b file user secret`; `b` may stand among other flags, `n` leaves the file out. */
function inspectHtpasswd(scan: Scan, start: number, end: number): void {
  const { text } = scan
  let at = end
  let flags = ''
  while (isIn(text.charCodeAt(at), charset.Z)) flags += text[at++]
  let words = flags.includes('n') ? 1 : 2
  for (; words > 0; words--) {
    const word = readWord(scan, skip(text, at, charset.blank, at + 4))
    if (!word) {
      holdFrom(scan, start)
      return
    }
    at = word.after
  }
  if (flags.includes('b')) inspectWord(scan, start, skip(text, at, charset.blank, at + 4))
}

/** `ConvertTo-SecureString "secret" -AsPlainText`. */
function inspectSecureString(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const at = text.slice(end, end + 8).toLowerCase() === '-string ' ? end + 8 : end
  if (at + 8 >= text.length && !scan.final) holdFrom(scan, start)
  else if (text[at] === '"' || text[at] === "'") inspectWord(scan, start, at)
}

/** Encoded and hashed passwords in the settings of a router: the first kind can be turned back by anybody. */
function inspectRouter(scan: Scan, start: number, end: number): void {
  const word = readWord(scan, end)
  if (!word) {
    holdFrom(scan, start)
    return
  }
  const isHash = scan.text[word.start] === '$' && word.end - word.start >= 16
  const isEncoded =
    skip(scan.text, word.start, charset.X, word.end) === word.end && word.end - word.start >= 8
  if (isHash || isEncoded)
    report(scan, isHash ? 'password-hash' : 'generic-password', 'likely', word.start, word.end, start)
}

/** SNMP communities are passwords in all but name; the two default ones are known to everybody. */
function inspectCommunity(scan: Scan, start: number, end: number): void {
  const word = readWord(scan, end)
  if (!word) {
    holdFrom(scan, start)
    return
  }
  const value = scan.text.slice(word.start, word.end)
  if (value === 'public' || value === 'private' || value === '' || ' ,;)]}.'.includes(value[0]!)) return
  report(
    scan,
    'generic-password',
    gradeSpoken(scan, word.start, word.end) ?? 'possible',
    word.start,
    word.end,
    start,
  )
}
