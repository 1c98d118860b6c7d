import { charset, isIn, skip, skipBack } from './charsets.ts'
import { isCapital } from './names.ts'
import type { Scan } from './scan.ts'

const NAME_TAIL = 40
const NAME_HEAD = 40
const BLANKS = 24
const BACKSLASH = 92
const TYPE_LONGEST = 32
/** From the name of a setting to the word `value` or `default`. */
const SETTING_GAP = 120
const TERRAFORM_LINES = 4

/** Where a value begins, in any of the notations people assign with. */
export interface Place {
  readonly nameStart: number
  /** From the word that was found to the operator. */
  readonly tail: string
  readonly valueStart: number
  /** The opening quote with the backslashes before it; empty for a bare value. */
  readonly quote: string
  /** NAME=value without blanks, as in an environment file. */
  readonly environment: boolean
  /** The same with the name in capitals: nobody writes that about anything but a setting. */
  readonly exported: boolean
  readonly nameEnd: number
  /** A sentence tells it: `the password is value`. */
  readonly prose: boolean
  /** A blank assigns: `--password value`, `login x password value`. */
  readonly spoken: boolean
  /** The name and the value are arguments, or the name is a function's: `set("name", "value")`, `setName("value")`. */
  readonly called: boolean
  /** A colon stands before the value. */
  readonly colon: boolean
  /** The name is an element's: `<name>value</name>`. */
  readonly element: boolean
  /** The name begins its line: a bare value after it may be one of a configuration file. */
  readonly leads: boolean
}

type Notation = 'none' | 'equals' | 'other' | 'setting' | 'call' | 'blank' | 'default' | 'is'

interface Operator {
  readonly kind: Notation
  readonly end: number
}

const none = (end: number): Operator => ({ kind: 'none', end })

/** Where the value begins that the name is given. */
export function findValue(scan: Scan, start: number, wordEnd: number): Place | 'none' | 'open' {
  const { text, final } = scan
  const undecided = final ? 'none' : 'open'
  const nameEnd = skipName(text, wordEnd)
  if (nameEnd === wordEnd + NAME_TAIL) return 'none'
  const afterName = skipQuote(text, nameEnd)
  const operator = readOperator(scan, afterName, nameEnd !== afterName, start)
  if (operator.end >= text.length) return undecided
  if (operator.kind === 'none') return 'none'
  const { quote, end } = readOpening(text, operator.end)
  if (end >= text.length) return undecided
  // these notations hold a quoted value, or none
  if (quote === '' && (operator.kind === 'call' || operator.kind === 'blank' || operator.kind === 'default'))
    return 'none'
  const nameStart = beginOfName(text, start)
  const environment = operator.kind === 'equals' && operator.end === nameEnd + 1
  return {
    nameStart,
    nameEnd,
    prose: operator.kind === 'is',
    tail: text.slice(wordEnd, nameEnd),
    valueStart: end,
    quote,
    environment,
    exported: environment && isCapital(text.charCodeAt(start)) && isCapital(text.charCodeAt(start + 1)),
    spoken:
      (operator.kind === 'other' && isSpoken(text, operator.end, afterName)) ||
      operator.kind === 'setting' ||
      isParameter(text, nameStart),
    called: operator.kind === 'call' || (operator.kind === 'blank' && !isDeclared(text, start, nameStart)),
    colon: text.charCodeAt(operator.end - 1) === 58,
    element: quote === '' && (text[end - 1] === '>' || text.startsWith('CDATA[', end - 6)),
    leads: leadsLine(text, beginOfPath(text, nameStart)) || isShouted(text, nameStart, nameEnd),
  }
}

function isSpoken(text: string, operatorEnd: number, afterName: number): boolean {
  return operatorEnd > afterName && isIn(text.charCodeAt(operatorEnd - 1), charset.blank)
}

/** To the end of the name; a letter beyond ASCII may stand in it, as in `contraseña`. */
function skipName(text: string, wordEnd: number): number {
  const end = skip(text, wordEnd, charset.G, wordEnd + NAME_TAIL)
  return text.charCodeAt(end) > 0xbf && text.charCodeAt(end) < 0x250
    ? skip(text, end + 1, charset.G, wordEnd + NAME_TAIL)
    : end
}

/** Where the name begins; the letter of an escape before it is none of its own. */
function beginOfName(text: string, start: number): number {
  const begin = skipBack(text, start, charset.W | charset.S, start - NAME_HEAD)
  return begin < start && text.charCodeAt(begin - 1) === BACKSLASH ? begin + 1 : begin
}

/** `${NAME:-default}` of a shell, `?name=value` of an address. */
function isParameter(text: string, nameStart: number): boolean {
  const before = text.charCodeAt(nameStart - 1)
  return before === 63 || before === 38 || (before === 123 && text.charCodeAt(nameStart - 2) === 36)
}

/** Where the dotted name begins that ends in this one: `spring.datasource.password`. */
function beginOfPath(text: string, nameStart: number): number {
  return text[nameStart - 1] === '.' ? skipBack(text, nameStart, charset.G, nameStart - NAME_HEAD) : nameStart
}

/** `SOME_NAME` in capitals is a setting's wherever it stands. */
function isShouted(text: string, start: number, end: number): boolean {
  let joined = false
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code === 95) joined = true
    else if (!isCapital(code) && !isIn(code, charset.D)) return false
  }
  return joined
}

/** `PASSWORD 'value'` of SQL, `#define name "value"`. */
function isDeclared(text: string, start: number, nameStart: number): boolean {
  return (
    (isCapital(text.charCodeAt(start)) && isCapital(text.charCodeAt(start + 1))) ||
    text.startsWith('#define ', nameStart - 8)
  )
}

/** Whether nothing but blanks, dashes, quotes and `export ` stand before the name in its line. */
function leadsLine(text: string, nameStart: number): boolean {
  let index = nameStart
  const limit = Math.max(0, nameStart - 80)
  while (
    index > limit &&
    (isIn(text.charCodeAt(index - 1), charset.blank | charset.quote) || '-$+|#'.includes(text[index - 1]!))
  )
    index--
  if (index > 6 && text.startsWith('export', index - 6)) index -= 6
  if (index === 0) return true
  const before = text.charCodeAt(index - 1)
  return (
    before === 10 ||
    before === 13 ||
    before === 123 ||
    (before === 110 && text.charCodeAt(index - 2) === BACKSLASH)
  )
}

/** Skips a closing quote of any escape depth, and a closing bracket: `"name\\"`, `['name']`, `name[32]`. */
function skipQuote(text: string, at: number): number {
  let index = at
  while (index < at + 8 && text.charCodeAt(index) === BACKSLASH) index++
  if (isIn(text.charCodeAt(index), charset.quote)) index++
  else if (index >= text.length) return index
  else if (index > at) return at
  else if (text[index] === '[') {
    const size = skip(text, index + 1, charset.D, index + 8)
    return text[size] === ']' || size >= text.length ? size + 1 : at
  }
  if (text[index] === ']' || text[index] === ')') index++
  return index
}

/** `=`, `:`, `:=`, `=>`, `==`, `: type =`, `>` of XML, `,` after a quoted name, `(` before a quote, a blank after `--name`. */
function readOperator(scan: Scan, at: number, wasQuoted: boolean, start: number): Operator {
  const { text } = scan
  const index = skip(text, at, charset.blank, at + BLANKS)
  if (index >= text.length) return none(index)
  const code = text[index]!
  if (code === ':') {
    const annotated = skipAnnotation(scan, index + 1)
    if (annotated > 0) return { kind: 'other', end: annotated }
  }
  if (code === '=' || code === ':') return readEquals(text, index)
  if ('!?|'.includes(code) && index + 1 >= text.length) return none(text.length)
  if (code === '!' && text[index + 1] === '=') return { kind: 'other', end: skip3(text, index + 1) }
  if (code === '?' && text[index + 1] === '=') return { kind: 'other', end: index + 2 }
  if ((code === '|' || code === '?') && text[index + 1] === code) return { kind: 'default', end: index + 2 }
  if (code === '|' && index > at && !wasQuoted) return { kind: 'other', end: index + 1 }
  if (code === '>' && index === at) return { kind: 'other', end: index + 1 }
  if (code === '(' && index === at && !wasQuoted) return { kind: 'call', end: index + 1 }
  if (wasQuoted || code === '\n' || code === '\r' || code === '{' || code === '<') {
    const setting = skipToSetting(scan, index, wasQuoted)
    if (setting === text.length) return none(setting)
    if (setting > 0) return { kind: 'setting', end: setting }
  }
  if (code === ',' && wasQuoted) return { kind: 'call', end: index + 1 }
  return index > at ? readBlank(scan, index, start) : none(index)
}

function readEquals(text: string, at: number): Operator {
  let index = at
  while (index < at + 3 && isIn(text.charCodeAt(index), charset.operator)) index++
  // the default of a shell variable
  if (index === at + 1 && text[index] === '-' && text[at] === ':') return { kind: 'other', end: index + 1 }
  return { kind: text[at] === '=' && index === at + 1 ? 'equals' : 'other', end: index }
}

/** What follows a name and a blank: a quoted value, `is`, a type with an equals sign, or the value of a flag. */
function readBlank(scan: Scan, at: number, start: number): Operator {
  const { text } = scan
  if (assignsByBlank(text, start)) return { kind: 'other', end: at }
  const code = text.charCodeAt(at)
  if (code === 34 || code === 39) return { kind: 'blank', end: at }
  if (!isIn(code, charset.Z)) return none(at)
  const wordEnd = skip(text, at, charset.annotation, at + TYPE_LONGEST)
  const next = skip(text, wordEnd, charset.blank, wordEnd + BLANKS)
  if (next + 1 >= text.length) return none(scan.final ? next : text.length)
  if (text[next] === '=' && !isIn(text.charCodeAt(next + 1), charset.operator))
    return { kind: 'other', end: next + 1 }
  const linked = skipLink(text, at, wordEnd, next)
  if (linked === text.length && !scan.final) return none(linked)
  if (linked > 0) return { kind: 'is', end: linked }
  return none(at)
}

/** `is `, `to `, `for somebody is `: the index after it, 0 when there is none. */
function skipLink(text: string, at: number, wordEnd: number, next: number): number {
  if (next === wordEnd) return 0
  if (wordEnd === at + 2) return text.startsWith('is', at) || text.startsWith('to', at) ? next : 0
  if (wordEnd !== at + 3 || !text.startsWith('for', at)) return 0
  const whom = skip(text, next, charset.G, next + NAME_HEAD)
  const verb = text.slice(whom, whom + 4)
  if (verb.length < 4 && whom + 4 > text.length) return text.length
  return verb === ' is ' ? whom + 4 : 0
}

/**
 * The value of a setting whose name was a value itself: `<add key="name" value="…"`, `name: NAME` and `value: …` of
 * containers, `variable "name" { default = …`. Gives the index after the operator, 0 for none, the text's length for not yet known.
 */
function skipToSetting({ text, final }: Scan, at: number, wasQuoted: boolean): number {
  const limit = Math.min(text.length, at + SETTING_GAP)
  let index = text.startsWith('</', at) ? skip(text, at + 2, charset.G, at + TYPE_LONGEST) + 1 : at
  let opened = false
  let lines = 0
  while (index < limit) {
    const code = text.charCodeAt(index)
    if (code === 10) lines++
    else if (code === 123) opened = true
    else if (!isIn(code, charset.blank | charset.quote) && code !== 13 && code !== 44) break
    index++
  }
  if (index >= limit) return final || index < text.length ? 0 : text.length
  if ((index === at && wasQuoted && text.charCodeAt(index) !== 118) || lines > 2) return 0
  return readSettingWord(text, index, final, wasQuoted && opened ? TERRAFORM_LINES : 0)
}

const settingWords = ['value', '<value>', '<string>', 'default', 'type', 'description', 'sensitive']

/** `lines` tells how many more arguments of a block may stand before its default. */
function readSettingWord(text: string, at: number, final: boolean, lines: number): number {
  const found = text.slice(at, at + 12).toLowerCase()
  const word = settingWords.find(candidate => candidate.startsWith(found) || found.startsWith(candidate))
  if (!word) return 0
  if (found.length < word.length) return final || at + found.length < text.length ? 0 : text.length
  const end = at + word.length
  if (word[0] === '<') return end
  if (word !== 'value' && lines === 0) return 0
  const operator = skip(text, end, charset.blank | charset.quote, end + BLANKS)
  if (operator >= text.length) return final ? 0 : text.length
  if (text[operator] !== '=' && text[operator] !== ':') return 0
  return word === 'value' || word === 'default'
    ? operator + 1
    : skipArgument(text, operator, final, lines - 1)
}

function skipArgument(text: string, at: number, final: boolean, lines: number): number {
  const end = text.indexOf('\n', at)
  if (end < 0 || end > at + SETTING_GAP) return final || text.length > at + SETTING_GAP ? 0 : text.length
  const next = skip(text, end + 1, charset.blank, end + BLANKS)
  return next >= text.length && !final ? text.length : readSettingWord(text, next, final, lines)
}

/** `: string =`, `: &str =`, `: &'static str =`, `: string | null =`, `: Optional[str] =`; the index after the equals sign, or 0. */
function skipAnnotation({ text, final }: Scan, at: number): number {
  let type = skip(text, at, charset.blank, at + BLANKS)
  if (endsIn(text, "&'static ", type) && !final) return text.length
  if (text[type] === '&') type = text.startsWith("&'static ", type) ? type + 9 : type + 1
  if (type >= text.length && !final) return text.length
  let typeEnd = type
  let equals = type
  for (let parts = 0; parts < 3; parts++) {
    typeEnd = skip(text, equals, charset.annotation, type + TYPE_LONGEST)
    if (typeEnd === equals) break
    if (text[typeEnd] === '?') typeEnd++
    equals = skip(text, typeEnd, charset.blank, typeEnd + BLANKS)
    if (text[equals] !== '|' && text[typeEnd - 1] !== '|') break
  }
  if (typeEnd === type) return 0
  if (equals + 1 >= text.length && !final) return text.length
  if (equals === at || text[equals] !== '=' || isIn(text.charCodeAt(equals + 1), charset.operator)) return 0
  return equals + 1
}

/** Whether the text ends inside the literal. */
function endsIn(text: string, literal: string, at: number): boolean {
  return text.length < at + literal.length && literal.startsWith(text.slice(at))
}

function skip3(text: string, at: number): number {
  let index = at
  while (index < at + 3 && text[index] === '=') index++
  return index
}

/** `--password value`, `-Password value`, `login x password value`, `requirepass value`. */
function assignsByBlank(text: string, start: number): boolean {
  const nameStart = skipBack(text, start, charset.W | charset.S, start - NAME_HEAD)
  const lead = text.charCodeAt(nameStart - 1)
  if (text[nameStart] === '-' && text[nameStart + 1] !== '>' && (nameStart === 0 || lead < 48)) return true
  if (text.startsWith('require', nameStart) || text.startsWith('masterauth', nameStart))
    return lead === 10 || nameStart === 0
  const before = text.slice(Math.max(0, start - 120), start)
  return before.includes('login ') || isContainerSetting(before) || text.startsWith('set -gx ', nameStart - 8)
}

/** `ENV NAME value` and `ARG NAME value` of a container file. */
function isContainerSetting(before: string): boolean {
  const at = before.lastIndexOf('\n') + 1
  return (before.startsWith('ENV ', at) || before.startsWith('ARG ', at)) && before.indexOf(' ', at + 4) < 0
}

/** Blanks, string prefixes and the opening quote with its backslashes; or the line after a YAML block mark. */
function readOpening(text: string, at: number): { quote: string; end: number } {
  let index = skip(text, at, charset.blank, at + BLANKS)
  if (endsIn(text, '<![CDATA[', index)) return { quote: '', end: text.length }
  if (text.startsWith('<![CDATA[', index)) index += 9
  if ((text[index] === '|' || text[index] === '>') && index > at)
    return { quote: '', end: skipBlockMark(text, index) }
  if (isIn(text.charCodeAt(index), charset.Z) && isIn(text.charCodeAt(index + 1), charset.quote)) index++
  else if (text[index] === '@' && text[index + 1] === '"') index++
  if (index + 1 >= text.length) return { quote: '', end: text.length }
  const begin = index
  while (index < begin + 8 && text.charCodeAt(index) === BACKSLASH) index++
  if (index >= text.length) return { quote: '', end: text.length }
  if (!isIn(text.charCodeAt(index), charset.quote)) return { quote: '', end: begin }
  return { quote: text.slice(begin, index + 1), end: index + 1 }
}

/** `|`, `>-` and the like, then a line end and the indent of the block; where it began when that does not follow. */
function skipBlockMark(text: string, at: number): number {
  let index = at + 1
  if (text[index] === '-' || text[index] === '+') index++
  if (text[index] === '\r') index++
  if (index >= text.length) return text.length
  return text[index] === '\n' ? skip(text, index + 1, charset.blank, index + BLANKS) : at
}
