import { charset, isIn, skip, skipBack } from './charsets.ts'
import { isExample } from './examples.ts'
import { NO_MATCH, OPEN } from './pattern.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'
import { looksRandom } from './tokens.ts'
import { gradeArgument, gradeSpoken } from './value-grade.ts'

const ARGUMENT_LONGEST = 160
const COLUMNS_BEFORE = 200
const STATEMENT_BEFORE = 160
const BLANKS = 24
const MOST_ROWS = 40
const ROWS_LONGEST = 2_048
const ARGUMENTS_LONGEST = 240
const KEY_SHORTEST = 24
/** Calls in calls are not followed further. */
const DEEPEST = 4

/** Functions whose second argument is the password of the first. */
const signIns = [
  'login(',
  'signin(',
  'sign_in(',
  'log_in(',
  'authenticate(',
  'connect(',
  'basicauth(',
  'basic_auth(',
  'httpbasicauth(',
  'auth=(',
  '.auth(',
  'credentials(',
  'credential(',
  'passwordtoken(',
  'passwordauthentication(',
  'setcredentials(',
  'auth_basic(',
  'createuser(',
  'create_user(',
  'passwordauthenticationtoken(',
  'keystore.load(',
  'ks.load(',
]

/** Functions whose third argument is the password of the second; the first tells the place. */
const connections = ['connect(', 'getconnection(', 'pdo(', 'mysqli(', 'mysqli_connect(']

/** Functions that are given a key as text. */
const keyed = [
  ...['jwt.sign(', 'jwt.verify(', 'jwt.encode(', 'jwt.decode(', 'fernet(', 'aes.new(', 'hmac.new('],
  ...['createhmac(', 'createcipheriv(', 'createdecipheriv(', 'secretkeyspec(', 'hmacsha256('],
  ...[
    '.wallet(',
    'new wallet(',
    'privatekeytoaccount(',
    'fromsecretkey(',
    'signingkey::from',
    'secretkey::from',
  ],
  ...['oauth1userhandler(', 'oauth1session(', 'oauth1('],
]

const statements = [
  'create user',
  'alter user',
  'create role',
  'alter role',
  'grant ',
  'connect to ',
  'database link',
]

/** Passwords that stand at their place in a call or in a statement, without a name of their own. */
export function callTriggers(): Trigger[] {
  return [
    ...signIns.map(literal => ({ literal, exact: false, inspect: inspectSignIn })),
    ...connections.map(literal => ({ literal, exact: false, inspect: inspectConnection })),
    ...keyed.map(literal => ({ literal, exact: false, inspect: inspectKeyed })),
    { literal: 'curlopt_userpwd', exact: false, inspect: inspectPair },
    ...['.type(', '.fill(', '.sendkeys(', '.send_keys(', '.setvalue('].map(literal => ({
      literal,
      exact: false,
      inspect: inspectTyped,
    })),
    { literal: 'identified by ', exact: false, inspect: inspectIdentified },
    { literal: 'values', exact: false, inspect: inspectRow },
  ]
}

interface Argument {
  readonly start: number
  readonly end: number
  readonly quoted: boolean
  /** At the comma or the bracket. */
  readonly after: number
}

/** One argument: a quoted text or a name. Undefined when it is more than that, `open` when the text ends in it. */
function readArgument({ text, final }: Scan, from: number): Argument | undefined | 'open' {
  let at = skip(text, from, charset.blank, from + BLANKS)
  if (
    text[at] === '@' ||
    (isIn(text.charCodeAt(at), charset.Z) && isIn(text.charCodeAt(at + 1), charset.quote))
  )
    at++
  // a variable
  if ('$&*'.includes(text[at] ?? ' ')) at++
  // `Some("secret")`
  const wrapped = skip(text, at, charset.Z, at + BLANKS)
  if (wrapped > at && text[wrapped] === '(' && wrapped + 1 === text.length && !final) return 'open'
  const isWrapped = wrapped > at && text[wrapped] === '(' && isIn(text.charCodeAt(wrapped + 1), charset.quote)
  if (isWrapped) at = wrapped + 1
  const quote = text.charCodeAt(at)
  const quoted = isIn(quote, charset.quote)
  const start = quoted ? at + 1 : at
  const limit = Math.min(text.length, start + ARGUMENT_LONGEST)
  let end = start
  if (quoted)
    while (
      end < limit &&
      text.charCodeAt(end) !== quote &&
      text.charCodeAt(end) !== 10 &&
      text.charCodeAt(end) !== 92
    )
      end++
  else end = skip(text, start, charset.G, limit)
  const close = isWrapped && text[end + 1] === ')' ? end + 2 : quoted ? skipMethod(text, end + 1) : end
  const after = skip(text, close, charset.blank, close + BLANKS)
  if (after >= text.length && !final) return 'open'
  if (quoted && text.charCodeAt(end) !== quote) return undefined
  return { start, end, quoted, after }
}

/** `"secret".toCharArray()` */
function skipMethod(text: string, at: number): number {
  if (text[at] !== '.') return at
  const name = skip(text, at + 1, charset.Z, at + BLANKS)
  if (name + 2 > text.length) return text.length
  return text.startsWith('()', name) ? name + 2 : at
}

function inspectSignIn(scan: Scan, start: number, end: number): void {
  const user = readArgument(scan, end)
  const password =
    user === 'open' || !user || scan.text[user.after] !== ',' ? user : readArgument(scan, user.after + 1)
  if (password === 'open') {
    holdFrom(scan, start)
    return
  }
  if (!password || password === user || !password.quoted) return
  const next = scan.text[password.after]
  if (next !== ')' && next !== ',') return
  const grade = gradeSpoken(scan, password.start, password.end)
  if (grade) report(scan, 'generic-password', grade, password.start, password.end, start)
}

/** `connect("host", "user", "secret")`. */
function inspectConnection(scan: Scan, start: number, end: number): void {
  let at = end
  for (let index = 0; index < 3; index++) {
    const argument = readArgument(scan, at)
    if (argument === 'open') {
      holdFrom(scan, start)
      return
    }
    if (!argument) return
    const { after, quoted } = argument
    if (index < 2 ? scan.text[after] !== ',' : !quoted || !'),'.includes(scan.text[after]!)) return
    at = index < 2 ? after + 1 : argument.start
    if (index < 2) continue
    const grade = gradeArgument(scan, argument.start, argument.end)
    if (grade) report(scan, 'generic-password', grade, argument.start, argument.end, start)
  }
}

/** Every text among the arguments that is as random as a key: `sign(claims, "secret")`, `from_bytes(&hex!("secret"))`. */
function inspectKeyed(scan: Scan, start: number, end: number): void {
  const { text, final } = scan
  const limit = end + ARGUMENTS_LONGEST
  let at = end
  let depth = 1
  while (at < limit && at < text.length && depth > 0 && depth < DEEPEST && !'\n;'.includes(text[at]!)) {
    const quote = text.charCodeAt(at++)
    if (quote === 40) depth++
    else if (quote === 41) depth--
    if (!isIn(quote, charset.quote)) continue
    const close = skip(text, at, charset.R | charset.E, at + ARGUMENTS_LONGEST)
    const key = text.startsWith('0x', at) ? at + 2 : at
    if (text.charCodeAt(close) === quote && close - at >= KEY_SHORTEST && looksRandom(text.slice(key, close)))
      report(
        scan,
        'generic-secret',
        isExample(text.slice(at, close)) ? 'possible' : 'likely',
        at,
        close,
        start,
      )
    at = close + (text.charCodeAt(close) === quote ? 1 : 0)
  }
  if (at >= text.length && depth > 0 && depth < DEEPEST && !final) holdFrom(scan, start)
}

/** `CURLOPT_USERPWD, "user:secret"`. */
function inspectPair(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const comma = skip(text, end, charset.blank, end + BLANKS)
  const pair =
    text[comma] === ',' || text.startsWith('=>', comma)
      ? readArgument(scan, text[comma] === ',' ? comma + 1 : comma + 2)
      : undefined
  if (pair === 'open' || (comma >= text.length && !scan.final)) {
    holdFrom(scan, start)
    return
  }
  const colon = pair?.quoted ? text.slice(pair.start, pair.end).indexOf(':') : -1
  if (!pair || colon < 0) return
  const grade = gradeSpoken(scan, pair.start + colon + 1, pair.end)
  if (grade) report(scan, 'generic-password', grade, pair.start + colon + 1, pair.end, start)
}

/** `field('password').type('secret')`: what a test types into a field of that name. */
function inspectTyped(scan: Scan, start: number, end: number): void {
  const line = scan.text.slice(Math.max(0, start - 80), start)
  if (
    !line
      .slice(line.lastIndexOf('\n') + 1)
      .toLowerCase()
      .includes('passw')
  )
    return
  reportArgument(scan, start, end)
}

/** `CREATE USER name IDENTIFIED BY 'secret'`. */
function inspectIdentified(scan: Scan, start: number, end: number): void {
  const { text } = scan
  if (text.length < end + 9 && !scan.final) {
    holdFrom(scan, start)
    return
  }
  if (!isStatement(text, start)) return
  reportArgument(scan, start, text.slice(end, end + 9).toLowerCase() === 'password ' ? end + 9 : end)
}

/** Capitals, or a statement that names a user: in a sentence anything may be identified by something. */
function isStatement(text: string, start: number): boolean {
  if (text[start] === 'I' && text[start + 1] === 'D') return true
  const before = text.slice(Math.max(0, start - STATEMENT_BEFORE), start).toLowerCase()
  return statements.some(statement => before.includes(statement))
}

function reportArgument(scan: Scan, start: number, at: number): void {
  const argument = readArgument(scan, at)
  if (argument === 'open') {
    holdFrom(scan, start)
    return
  }
  if (!argument?.quoted) return
  const grade = gradeSpoken(scan, argument.start, argument.end)
  if (grade) report(scan, 'generic-password', grade, argument.start, argument.end, start)
}

/** `INSERT INTO users (name, password) VALUES ('somebody', 'secret')`. */
function inspectRow(scan: Scan, start: number, end: number): void {
  const { text } = scan
  const close = skipBack(text, start, charset.blank, start - BLANKS) - 1
  if (text[close] !== ')') return
  const before = text.slice(Math.max(0, close - COLUMNS_BEFORE), close)
  const columns = before
    .slice(before.lastIndexOf('(') + 1)
    .toLowerCase()
    .split(',')
  const column = columns.findIndex(
    name => name.includes('passw') || name.includes('pwd') || name.includes('secret'),
  )
  if (column < 0) return
  let at = end
  for (let row = 0; row < MOST_ROWS && at < end + ROWS_LONGEST; row++) {
    const next = readRow(scan, at, column, start)
    if (next === OPEN) holdFrom(scan, start)
    if (next < 0) return
    at = next
  }
}

/** One row in brackets; gives the place behind the comma that follows it. */
function readRow(scan: Scan, from: number, column: number, anchor: number): number {
  const { text, final } = scan
  const open = skipSpace(text, from)
  if (open >= text.length && !final) return OPEN
  if (text[open] !== '(') return NO_MATCH
  let at = open + 1
  for (let index = 0; ; index++) {
    const value = readArgument(scan, at)
    if (value === 'open') return OPEN
    if (!value) return NO_MATCH
    const grade = index === column && value.quoted ? gradeArgument(scan, value.start, value.end) : undefined
    if (grade) report(scan, 'generic-password', grade, value.start, value.end, anchor)
    at = value.after + 1
    if (text[value.after] !== ',') break
  }
  if (text[at - 1] !== ')') return NO_MATCH
  const comma = skipSpace(text, at)
  if (comma >= text.length && !final) return OPEN
  return text[comma] === ',' ? comma + 1 : NO_MATCH
}

/** Past blanks and line ends. */
function skipSpace(text: string, from: number): number {
  let at = from
  while (at < from + BLANKS && at < text.length && ' \t\r\n'.includes(text[at]!)) at++
  return at
}
