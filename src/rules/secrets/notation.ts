import { beginsLine, skipDiffMark } from './boundary.ts'
import { charset, isByteIn, skipBytes, skipBytesBack } from './charsets.ts'
import { defineLandmarks, isBehind } from './landmarks.ts'
import type { Scan } from './scan.ts'
import { skipToNested, skipToSetting } from './settings.ts'

const NAME_TAIL = 40
const NAME_HEAD = 40
const BLANKS = 24
const BACKSLASH = 92
const TYPE_LONGEST = 32
const LINE_BEFORE = 120

type Notation = 'none' | 'equals' | 'other' | 'setting' | 'call' | 'blank' | 'default' | 'is'

/** What stands between a name and its value, as far as it has been read. */
export interface Opening {
  /** Behind the name that the word is part of. */
  nameEnd: number
  /** Behind the quote or the bracket that closes the name. */
  afterName: number
  kind: Notation
  operatorEnd: number
  /** Of the opening quote with the backslashes before it; 0 for a bare value. */
  quoteLength: number
  valueStart: number
}

// one name at a time, so looking at what follows one allocates nothing: most are followed by no value
const opening: Opening = {
  nameEnd: 0,
  afterName: 0,
  kind: 'none',
  operatorEnd: 0,
  quoteLength: 0,
  valueStart: 0,
}

/** Where the value begins that the name is given; overwritten at every search. */
export function findOpening(scan: Scan, start: number, wordEnd: number): Readonly<Opening> | 'none' | 'open' {
  const { length } = scan.text
  const undecided = scan.final ? 'none' : 'open'
  const nameEnd = skipName(scan, wordEnd)
  if (nameEnd === wordEnd + NAME_TAIL) return 'none'
  const afterName = skipQuote(scan, nameEnd)
  opening.nameEnd = nameEnd
  opening.afterName = afterName
  readOperator(scan, afterName, nameEnd !== afterName, start)
  if (opening.operatorEnd >= length) return undecided
  const { kind } = opening
  if (kind === 'none') return 'none'
  readQuote(scan, opening.operatorEnd)
  if (opening.valueStart >= length) return undecided
  // these notations hold a quoted value, or none
  if (opening.quoteLength === 0 && (kind === 'call' || kind === 'blank' || kind === 'default')) return 'none'
  return opening
}

/** Notes what assigns, and where it ends. */
function operate(kind: Notation, end: number): void {
  opening.kind = kind
  opening.operatorEnd = end
}

/** To the end of the name; a letter beyond ASCII may stand in it, as in `contraseña`. */
function skipName({ text, bytes }: Scan, wordEnd: number): number {
  const end = skipBytes(bytes, wordEnd, charset.G, wordEnd + NAME_TAIL)
  if (bytes[end]! < 128) return end
  return text.charCodeAt(end) > 0xbf && text.charCodeAt(end) < 0x250
    ? skipBytes(bytes, end + 1, charset.G, wordEnd + NAME_TAIL)
    : end
}

/** Skips a closing quote of any escape depth, and a closing bracket: `"name\\"`, `['name']`, `name[32]`. */
function skipQuote({ text, bytes }: Scan, at: number): number {
  let index = at
  while (index < at + 8 && bytes[index] === BACKSLASH) index++
  const byte = bytes[index]!
  if (isByteIn(byte, charset.quote)) index++
  else if (index >= text.length) return index
  else if (index > at) return at
  else if (byte === 91) {
    const size = skipBytes(bytes, index + 1, charset.D, index + 8)
    return bytes[size] === 93 || size >= text.length ? size + 1 : at
  }
  return bytes[index] === 93 || bytes[index] === 41 ? index + 1 : index
}

/** `=`, `:`, `:=`, `=>`, `==`, `: type =`, `>` of XML, `,` after a quoted name, `(` before a quote, a blank after `--name`. */
function readOperator(scan: Scan, at: number, wasQuoted: boolean, start: number): void {
  const { text, bytes } = scan
  if (at >= text.length) {
    operate('none', at)
    return
  }
  const index = skipBytes(bytes, at, charset.blank, at + BLANKS)
  const byte = bytes[index]!
  if (index >= text.length) operate('none', index)
  else if (byte === 61) readEquals(bytes, index)
  else if (byte === 58) {
    const annotated = skipAnnotation(scan, index + 1)
    const nested = wasQuoted ? skipToNested(scan, index + 1) : 0
    if (annotated > 0) operate('other', annotated)
    else if (nested > 0) operate(nested === text.length ? 'none' : 'setting', nested)
    else readEquals(bytes, index)
  } else if (
    readSign(scan, at, index, wasQuoted) ||
    (mayBeSet(byte, wasQuoted) && readSetting(scan, index, wasQuoted))
  )
    return
  else if (byte === 44 && wasQuoted) operate('call', index + 1)
  else if (index > at) readBlank(scan, index, start, wasQuoted)
  else operate('none', index)
}

function readEquals(bytes: Uint8Array, at: number): void {
  let index = at
  while (index < at + 3 && isByteIn(bytes[index]!, charset.operator)) index++
  // the default of a shell variable
  if (index === at + 1 && bytes[index] === 45 && bytes[at] === 58) operate('other', index + 1)
  else operate(bytes[at] === 61 && index === at + 1 ? 'equals' : 'other', index)
}

/** `!=`, `?=`, `||`, `??`, `|`, `>`, `(`; false for none of them. */
function readSign({ text, bytes }: Scan, at: number, index: number, wasQuoted: boolean): boolean {
  const byte = bytes[index]!
  if (byte === 62 || byte === 40) {
    if (index > at || (byte === 40 && wasQuoted)) return false
    operate(byte === 62 ? 'other' : 'call', index + 1)
    return true
  }
  if (byte !== 33 && byte !== 63 && byte !== 124) return false
  const next = bytes[index + 1]!
  if (index + 1 >= text.length) operate('none', text.length)
  else if (byte === 33 && next === 61) operate('other', skipEquals(bytes, index + 1))
  else if (byte === 63 && next === 61) operate('other', index + 2)
  else if (byte !== 33 && next === byte) operate('default', index + 2)
  else if (byte === 124 && index > at && !wasQuoted) operate('other', index + 1)
  else return false
  return true
}

function skipEquals(bytes: Uint8Array, at: number): number {
  let index = at
  while (index < at + 3 && bytes[index] === 61) index++
  return index
}

function mayBeSet(byte: number, wasQuoted: boolean): boolean {
  return wasQuoted || byte === 10 || byte === 13 || byte === 123 || byte === 60
}

function readSetting(scan: Scan, at: number, wasQuoted: boolean): boolean {
  const setting = skipToSetting(scan, at, wasQuoted)
  if (setting === 0) return false
  operate(setting === scan.text.length ? 'none' : 'setting', setting)
  return true
}

/** What follows a name and a blank: a quoted value, `is`, a type with an equals sign, or the value of a flag. */
function readBlank(scan: Scan, at: number, start: number, wasQuoted: boolean): void {
  const { text, bytes } = scan
  const byte = bytes[at]!
  if (assignsByBlank(scan, start)) operate('other', at)
  else if (byte === 34 || byte === 39) operate('blank', at)
  else if (!isByteIn(byte, charset.Z)) operate('none', at)
  else {
    const wordEnd = skipBytes(bytes, at, charset.annotation, at + TYPE_LONGEST)
    const next = skipBytes(bytes, wordEnd, charset.blank, wordEnd + BLANKS)
    if (next + 1 >= text.length) operate('none', scan.final ? next : text.length)
    else if (bytes[next] === 61 && !isByteIn(bytes[next + 1]!, charset.operator))
      // behind a quoted name it is the next attribute: `code="PW-350" name="…"`
      operate(wasQuoted && isNaming(text.slice(at, wordEnd)) ? 'none' : 'other', next + 1)
    else {
      const linked = skipLink(scan, at, wordEnd, next)
      if (linked === text.length && !scan.final) operate('none', linked)
      else if (linked > 0) operate('is', linked)
      else operate('none', at)
    }
  }
}

const namingAttributes = [
  'name',
  'id',
  'class',
  'for',
  'href',
  'type',
  'title',
  'label',
  'code',
  'key',
  'src',
  'alt',
]

/** Whether the attribute holds what something is called. */
function isNaming(attribute: string): boolean {
  return namingAttributes.includes(attribute.toLowerCase())
}

/** `is `, `to `, `for somebody is `: the index after it, 0 when there is none. */
function skipLink({ text, bytes }: Scan, at: number, wordEnd: number, next: number): number {
  if (next === wordEnd) return 0
  if (wordEnd === at + 2) return text.startsWith('is', at) || text.startsWith('to', at) ? next : 0
  if (wordEnd !== at + 3 || !text.startsWith('for', at)) return 0
  const whom = skipBytes(bytes, next, charset.G, next + NAME_HEAD)
  if (whom + 4 > text.length) return text.length
  return text.startsWith(' is ', whom) ? whom + 4 : 0
}

/** `: string =`, `: &str =`, `: &'static str =`, `: string | null =`, `: Optional[str] =`; the index after the equals sign, or 0. */
function skipAnnotation({ text, bytes, final }: Scan, at: number): number {
  let type = skipBytes(bytes, at, charset.blank, at + BLANKS)
  if (endsIn(text, "&'static ", type) && !final) return text.length
  if (bytes[type] === 38) type = text.startsWith("&'static ", type) ? type + 9 : type + 1
  if (type >= text.length && !final) return text.length
  let typeEnd = type
  let equals = type
  for (let parts = 0; parts < 3; parts++) {
    typeEnd = skipBytes(bytes, equals, charset.annotation, type + TYPE_LONGEST)
    if (typeEnd === equals) break
    if (bytes[typeEnd] === 63) typeEnd++
    equals = skipBytes(bytes, typeEnd, charset.blank, typeEnd + BLANKS)
    if (bytes[equals] !== 124 && bytes[typeEnd - 1] !== 124) break
  }
  if (typeEnd === type) return 0
  if (equals + 1 >= text.length && !final) return text.length
  if (equals === at || bytes[equals] !== 61 || isByteIn(bytes[equals + 1]!, charset.operator)) return 0
  return equals + 1
}

/** Whether the text ends inside the literal. */
function endsIn(text: string, literal: string, at: number): boolean {
  return text.length < at + literal.length && literal.startsWith(text.slice(at))
}

/** `--password value`, `-Password value`, `login x password value`, `requirepass value`. */
function assignsByBlank(scan: Scan, start: number): boolean {
  const { text, bytes } = scan
  const nameStart = skipBytesBack(bytes, start, charset.W | charset.S, Math.max(0, start - NAME_HEAD))
  const lead = nameStart === 0 ? 0 : text.charCodeAt(nameStart - 1)
  const first = bytes[nameStart]!
  if (first === 45 && bytes[nameStart + 1] !== 62 && lead < 48) return true
  if (
    (first === 114 && text.startsWith('require', nameStart)) ||
    (first === 109 && text.startsWith('masterauth', nameStart))
  )
    return beginsLine(bytes, nameStart)
  return (
    isBehind(scan, login, start) ||
    isContainerSetting(bytes, start) ||
    (nameStart > 7 && bytes[nameStart - 2] === 120 && text.startsWith('set -gx ', nameStart - 8))
  )
}

const login = defineLandmarks(['login '], LINE_BEFORE, true)

/** `ENV NAME value` and `ARG NAME value` of a container file. */
function isContainerSetting(bytes: Uint8Array, start: number): boolean {
  const from = Math.max(0, start - LINE_BEFORE)
  let index = start - 1
  while (index >= from && bytes[index] !== 32 && bytes[index] !== 10) index--
  const first = index - 3
  if (first < from || bytes[index] !== 32 || !(first === from || beginsLine(bytes, first))) return false
  const isEnv = bytes[first] === 69 && bytes[first + 1] === 78 && bytes[first + 2] === 86
  return isEnv || (bytes[first] === 65 && bytes[first + 1] === 82 && bytes[first + 2] === 71)
}

/** Blanks, string prefixes and the opening quote with its backslashes; or the line after a YAML block mark. */
function readQuote(scan: Scan, at: number): void {
  const { text, bytes } = scan
  let index = skipBytes(bytes, at, charset.blank, at + BLANKS)
  opening.quoteLength = 0
  opening.valueStart = text.length
  if (index >= text.length) return
  const byte = bytes[index]!
  if (byte === 60) {
    if (endsIn(text, '<![CDATA[', index) || endsIn(text, '<Value>', index)) return
    if (text.startsWith('<![CDATA[', index)) index += 9
    else if (text.startsWith('<Value>', index)) index += 7
  }
  if ((bytes[index] === 124 || bytes[index] === 62) && index > at) {
    opening.valueStart = skipBlockMark(scan, index)
    return
  }
  if (isByteIn(bytes[index]!, charset.Z) && isByteIn(bytes[index + 1]!, charset.quote)) index++
  else if (bytes[index] === 64 && bytes[index + 1] === 34) index++
  if (index + 1 >= text.length) return
  const begin = index
  while (index < begin + 8 && bytes[index] === BACKSLASH) index++
  if (index >= text.length) return
  const isQuote = isByteIn(bytes[index]!, charset.quote)
  opening.quoteLength = isQuote ? index + 1 - begin : 0
  opening.valueStart = isQuote ? behindQuotes(bytes, index) : begin
}

/** Three quotes open a text as one does. */
function behindQuotes(bytes: Uint8Array, at: number): number {
  return bytes[at + 1] === bytes[at] && bytes[at + 2] === bytes[at] ? at + 3 : at + 1
}

/** `|`, `>-` and the like, then a line end and the indent of the block; where it began when that does not follow. */
function skipBlockMark({ text, bytes }: Scan, at: number): number {
  let index = at + 1
  if (bytes[index] === 45 || bytes[index] === 43) index++
  if (bytes[index] === 13) index++
  if (index >= text.length) return text.length
  return bytes[index] === 10
    ? skipBytes(bytes, skipDiffMark(bytes, index + 1), charset.blank, index + BLANKS)
    : at
}
