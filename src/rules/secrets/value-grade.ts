import type { Grade } from '../../access/finding.ts'
import type { TextBytes } from './bytes.ts'
import { charset, countIn, skip } from './charsets.ts'
import {
  isPlaceholder,
  isStandIn,
  isWeakWord,
  namesItself,
  namesType,
  readsAsNames,
  readsAsText,
} from './examples.ts'
import { type Promised, splitName } from './names.ts'
import type { Assignment } from './places.ts'
import { entropy, rarity } from './rarity.ts'
import { isReference } from './references.ts'
import { isDigits, isWords, mark, type Shape, shapeOf } from './shape.ts'

/** A shorter value guards nothing. */
export const SHORTEST = 4

/** How surely the notation makes the text a value: quoted or exported, a line of a configuration, or something in code. */
type Footing = 'stated' | 'line' | 'loose'

/** Whether the value is none, whatever its place: a word, a path, an expression, the name of a secret. Digits alone may be a PIN. */
export function isOrdinary(shape: Shape, quoted: boolean, next: string, promised: Promised): boolean {
  const { value, digits } = shape
  if (namesType(value)) return true
  if ((shape.marks & mark.blank) !== 0) return isPlaceholder(value)
  if (isPlainWord(shape, promised)) return true
  if (digits === value.length) return isPlaceholder(value)
  return (
    isReference(shape, quoted || isDottedPassword(shape, promised), next) ||
    isNumber(shape) ||
    isNameOrConstant(shape) ||
    isVersion(value) ||
    isPlaceholder(value)
  )
}

/** How much a value that is not ordinary looks like the secret its name promises; undefined when it is none. */
export function gradeValue(shape: Shape, place: Assignment, promised: Promised): Grade | undefined {
  const { value, digits } = shape
  const quoted = place.quote !== ''
  if ((shape.marks & mark.blank) !== 0) return gradePhrase(shape, promised)
  if (digits === value.length) return gradePin(value, place, promised)
  if (place.prose) return gradeProse(shape, place)
  const footing = footingOf(place)
  if (looksStrong(shape) && promised !== 'nonce')
    return footing === 'loose' && !quoted && shape.rarity < 5.8 ? 'possible' : 'likely'
  if (promised === 'password' || promised === 'phrase')
    return gradePassword(shape, footing, place.called, place)
  const grade = gradeSecret(shape, footing, promised, place)
  // a nonce is used once, and most often told to everybody
  return grade && promised === 'nonce' ? 'possible' : grade
}

/** A word or a name, where a password would be one and a token is not. */
function isPlainWord({ value, digits, letters, joiners, rarity: rare }: Shape, promised: Promised): boolean {
  if (promised === 'password' || promised === 'phrase' || digits > 0) return false
  return letters + joiners === value.length && (value.length < 8 || rare < 5) && joiners < 3
}

/** `meadow.Lark22`: members of code end in no number behind a word with a capital. */
function isDottedPassword({ value, digits, bothCases, marks }: Shape, promised: Promised): boolean {
  if (promised !== 'password' || digits === 0 || !bothCases || (marks & mark.dot) === 0) return false
  const last = value.slice(value.lastIndexOf('.') + 1)
  const digitsFrom = last.length - digits
  return (
    digitsFrom > 2 &&
    countIn(last, digitsFrom, last.length, charset.D) === digits &&
    last.slice(1) !== last.slice(1).toUpperCase() &&
    !isEncodingName(last.toLowerCase()) &&
    !readsAsNames(value)
  )
}

function isEncodingName(name: string): boolean {
  return ['sha', 'utf', 'base', 'latin', 'int', 'uint', 'float', 'version', 'level'].some(start =>
    name.startsWith(start),
  )
}

function isNameOrConstant(shape: Shape): boolean {
  return isWords(shape) ? namesItself(shape) || isConstant(shape) : isConstant(shape)
}

/** A word where a password is expected: behind a flag, `IDENTIFIED BY`, a pipe. */
export function gradeSpoken(source: TextBytes, start: number, end: number): Grade | undefined {
  return source.text.charCodeAt(start) === 45 ? undefined : gradeAlone(source, start, end, false)
}

/** An argument where a password may be expected. */
export function gradeArgument(source: TextBytes, start: number, end: number): Grade | undefined {
  return gradeAlone(source, start, end, true)
}

function gradeAlone(source: TextBytes, start: number, end: number, called: boolean): Grade | undefined {
  if (end - start < SHORTEST) return undefined
  const shape = shapeOf(source, start, end)
  const { value } = shape
  if (namesType(value) || isPlaceholder(value)) return undefined
  if ((shape.marks & mark.blank) !== 0) return gradePhrase(shape, 'phrase')
  if (value.includes('://') || value[0] === '/' || isNumber(shape) || isNameOrConstant(shape))
    return undefined
  return looksStrong(shape) ? 'likely' : gradePassword(shape, 'stated', called)
}

/** A value in a sentence: no word holds digits and capitals or signs at once. */
function gradeProse(
  { value, digits, letters, signs, bothCases, isAscii, rarity: rare }: Shape,
  { quote }: Assignment,
): Grade | undefined {
  if (value.length < 6 || digits === 0 || letters < 2 || isStandIn(value) || !isAscii) return undefined
  if (value.split('.').length > 2 || value.endsWith(':') || isQuantity(value)) return undefined
  if (signs > 0 || bothCases) return rare >= 4.6 ? 'likely' : 'possible'
  return quote !== '' && value.length >= 20 && rare >= 4.6 ? 'likely' : 'possible'
}

/** `96-bit`. */
function isQuantity(value: string): boolean {
  const unit = skip(value, 0, charset.D, value.length) + 1
  return ['bit', 'bits', 'byte', 'bytes', 'char', 'digit'].includes(value.slice(unit))
}

function footingOf({
  quote,
  exported,
  spoken,
  leads,
  next,
  environment,
  element,
  prose,
  colon,
}: Assignment): Footing {
  if (prose) return 'loose'
  if (quote !== '' || exported || spoken || (element && (next === '<' || next === ']'))) return 'stated'
  const ends = next === '' || next === '\n' || next === '\r' || next === '<' || next === '"' || next === "'"
  if (environment && leads && ends) return 'stated'
  return (leads || environment || (colon && ends)) && (ends || next === ' ' || next === '\\')
    ? 'line'
    : 'loose'
}

function gradePassword(
  shape: Shape,
  footing: Footing,
  called: boolean,
  place?: Assignment,
): Grade | undefined {
  const { value, digits, letters, signs } = shape
  if (!shape.isAscii) return gradeBeyond(shape, footing)
  if (isWeakWord(value)) return called || footing === 'loose' ? undefined : 'possible'
  if (digits === 0 && signs === 0) return gradeWords(shape, footing, called, place)
  if (value.length < 5) return footing === 'loose' || called ? undefined : 'possible'
  if (isStandIn(value)) return called ? undefined : 'possible'
  if (digits === 0) return called ? undefined : gradeSigns(shape, footing)
  if (called && !isMixedUp(shape)) return undefined
  if (letters === 0 && signs === 0) return undefined
  if (isUuid(value) && footing !== 'loose' && !called) return 'likely'
  const isMixed = signs > 0 || shape.rarity >= 5 || shape.bothCases
  if (footing === 'stated') return value.length >= 6 && (isMixed || !called) ? 'likely' : 'possible'
  if (footing === 'line') return value.length >= 6 && (isMixed || signs > 0) ? 'likely' : 'possible'
  if (value.length >= 8 && signs > 0 && shape.rarity >= 5) return 'likely'
  return shape.rarity >= 6.2 ? 'possible' : undefined
}

/** Letters beyond ASCII, as in a person's password, or in a translated word. */
function gradeBeyond({ value, digits, joiners }: Shape, footing: Footing): Grade | undefined {
  if (digits === 0 || digits === value.length || footing === 'loose') return undefined
  const holdsSign = joiners > 0 || [...value].some(isPasswordSign)
  return value.length >= 8 && holdsSign && !isStandIn(value) ? 'likely' : 'possible'
}

function isPasswordSign(character: string): boolean {
  return '!#$%&*+=?@^~|'.includes(character)
}

/** Letters and what joins words: a word, a name, or a random one. */
function gradeWords(
  shape: Shape,
  footing: Footing,
  called: boolean,
  place: Assignment | undefined,
): Grade | undefined {
  const { value } = shape
  const parts = splitName(value)
  const joined = value.split(/[-_.]/)
  if (isPhraseOfParts(value) && footing !== 'loose') return 'likely'
  const threshold = footing === 'stated' ? 5.4 : footing === 'line' ? 5.8 : 7
  if (value.length >= 6 && shape.rarity >= threshold + (joined.length > 1 ? 0.8 : 0))
    return footing === 'loose' || (called && value.length < 12) ? 'possible' : 'likely'
  if ((!place || place.spoken) && shape.rarity < 5) return undefined
  // a word between backticks in a sentence
  if (place && !place.leads && place.quote === '`') return undefined
  return footing === 'stated' && !called && joined.length === 1 && parts.length === 1 ? 'possible' : undefined
}

/** `copper-violin-lantern-42`: four words or more, none of which names a secret or makes a sentence. */
function isPhraseOfParts(value: string): boolean {
  const parts = value.split(/[-_.]/)
  return (
    parts.length >= 4 &&
    value.toLowerCase() === value &&
    parts.every(part => part.length > 2 || isDigits(part)) &&
    !readsAsNames(value)
  )
}

/** Whether more than a number at the end tells the value from a name. */
function isMixedUp({ value, digits, letters, signs, bothCases }: Shape): boolean {
  if (signs > 0 || value.length >= 12) return true
  const isNumbered = countIn(value, value.length - digits, value.length, charset.D) === digits
  return !isNumbered && letters > 0 && (bothCases || value.toLowerCase() === value)
}

function gradeSigns({ value, letters, rarity: rare, bothCases }: Shape, footing: Footing): Grade | undefined {
  if (letters < 3 || footing === 'loose' || value.endsWith('=')) return undefined
  return value.length >= 8 && (bothCases || rare >= 5.4) ? 'likely' : 'possible'
}

function gradeSecret(
  shape: Shape,
  footing: Footing,
  promised: Promised,
  place: Assignment,
): Grade | undefined {
  const { value, digits, letters, signs } = shape
  if (!shape.isAscii) return undefined
  if (place.called)
    return value.length >= 16 && shape.rarity >= 5.8 && !readsAsNames(value) ? 'likely' : undefined
  if (isUuid(value)) return footing === 'stated' || footing === 'line' ? 'likely' : 'possible'
  if (letters === 0 || footing === 'loose')
    return shape.rarity >= 5 && digits > 1 && letters > 1 && value.length >= 10 ? 'possible' : undefined
  if (isStandIn(value) || isWeakWord(value)) return undefined
  if (digits === 0 && signs === 0) {
    if (value.length < 8 || value.split(/[-_.]/).length > 1) return undefined
    const threshold = promised === 'token' ? 6.2 : 5.8
    return shape.rarity >= threshold
      ? promised === 'secret' || value.length >= 16
        ? 'likely'
        : 'possible'
      : undefined
  }
  if (place.exported && value.length >= 8 && digits > 0 && !readsAsNames(value)) return 'likely'
  if (promised === 'secret' && isPhraseOfParts(value)) return 'likely'
  const shortest = promised === 'token' ? 10 : 6
  if (value.length < shortest) return value.length >= 6 && digits > 0 ? 'possible' : undefined
  if (isHex(shape) && value.length >= 16) return entropy(value) >= 2.8 ? 'likely' : 'possible'
  if (signs > 0 && digits > 0 && value.length >= 10 && shape.rarity >= 5) return 'likely'
  if (digits > 1 ? shape.rarity >= 5.4 : shape.rarity >= 5.8 && value.length >= 12) return 'likely'
  return digits > 0 && shape.rarity >= 4.6 ? 'possible' : undefined
}

/** Words with blanks between them: a passphrase, an application password, a salt; most often a sentence. */
function gradePhrase({ value, digits, isAscii, rarity: rare }: Shape, promised: Promised): Grade | undefined {
  const words = value.split(' ')
  if (value.length >= 32 && digits >= 3 && words.length <= value.length / 6 && rare >= 6) return 'likely'
  // application passwords: four groups of four letters
  if (words.length === 4 && words.every(word => word.length === 4) && rare >= 5 && isAscii) return 'likely'
  if (promised !== 'phrase' || readsAsText(words)) return undefined
  if (
    words.some(
      word => countIn(word, 0, word.length, charset.D) > 0 && countIn(word, 0, word.length, charset.Z) > 0,
    )
  )
    return 'likely'
  if (
    words.length >= 4 &&
    digits > 0 &&
    words.every(word => countIn(word, 0, word.length, charset.A) === word.length)
  )
    return 'likely'
  return words.length >= 4 && words.every(word => word.length > 2 && word.toLowerCase() === word)
    ? 'likely'
    : undefined
}

/** Digits alone: a password of digits is a guess; a number is none. */
function gradePin(value: string, place: Assignment, promised: Promised): Grade | undefined {
  const isPin = promised === 'password' && value.length <= 12
  return isPin && (place.quote !== '' || place.spoken) && !place.called ? 'possible' : undefined
}

function looksStrong(shape: Shape): boolean {
  const { value, digits, letters, rarity: rare } = shape
  if (value.length >= 66 && value.startsWith('0x'))
    return countIn(value, 2, value.length, charset.X) === value.length - 2
  if (value.length < 16 || digits < 2 || letters < 2 || isUuid(value)) return false
  if (isHex(shape)) return value.length >= 32 && entropy(value) >= 3 && rare >= 3.4
  if (countIn(value, 0, value.length, charset.R) + (value.endsWith('=') ? 2 : 0) < value.length)
    return value.length >= 20 && digits > 2 && shape.signs > 0 && rare >= 5.6
  if (value.length >= 24 && digits > 5 && letters > 5 && rare >= 4.2) return entropy(value) >= 3.5
  return rare >= 5.4 && entropy(value) >= 3.2
}

function isHex({ value, digits, letters }: Shape): boolean {
  return digits > 0 && letters > 0 && countIn(value, 0, value.length, charset.X) === value.length
}

/** `SOME_NAME_OF_128`: words and numbers in capitals. */
function isConstant({ value, joiners, hasCapitals, bothCases, letters }: Shape): boolean {
  if (joiners === 0 || bothCases || (letters > 0 && !hasCapitals)) return false
  if (!(value.includes('_') || value.includes('-')) || value.toUpperCase() !== value) return false
  return value
    .split(/[-_]/)
    .every(
      part =>
        isDigits(part) || countIn(part, 0, part.length, charset.Z) === part.length || rarity(part) < 4.8,
    )
}

/** `0x8C2F`, `1_000_000`, a date: code and settings are full of them. */
function isNumber({ value, letters }: Shape): boolean {
  if (value.startsWith('0x')) {
    const end = skip(value, 2, charset.X, value.length)
    // a suffix of C, or a comment
    return end <= 18 && (end === value.length || 'uUlL,;/'.includes(value[end]!))
  }
  // of the letters only those between and behind a date and a time
  if (letters > 2) return false
  for (let index = 0; index < value.length; index++) if (!mayCount(value.charCodeAt(index))) return false
  return true
}

/** A digit, `._-:+`, `T` or `Z`. */
function mayCount(code: number): boolean {
  return (
    (code >= 48 && code <= 58) ||
    code === 43 ||
    code === 45 ||
    code === 46 ||
    code === 95 ||
    code === 84 ||
    code === 90
  )
}

/** `^7.0.4`, as a package is asked for; `1*tchar`, as a grammar repeats a part. */
function isVersion(value: string): boolean {
  if (value[1] === '*')
    return isDigits(value[0]!) && countIn(value, 2, value.length, charset.Z) === value.length - 2
  if (value[0] !== '^' && value[0] !== '~') return false
  return value.includes('.') && value.slice(1).split('.').every(isDigits)
}

export function isUuid(value: string): boolean {
  return (
    value.length === 36 && value[8] === '-' && value[13] === '-' && value[18] === '-' && value[23] === '-'
  )
}
