const AMPERSAND = 38
const NUMBER_SIGN = 35
const SEMICOLON = 59
const LETTER_X = 120
const LONGEST_NUMBER = 7

/** Names of characters that tokens, passwords and what encloses them are made of (HTML, named character references). */
const names: readonly (readonly [string, number])[] = Object.entries({
  amp: '&',
  quot: '"',
  apos: "'",
  lt: '<',
  gt: '>',
  equals: '=',
  sol: '/',
  colon: ':',
  commat: '@',
  plus: '+',
  lowbar: '_',
  hyphen: '-',
  period: '.',
}).map(([name, character]) => [`${name};`, character.charCodeAt(0)])

/** A character reference of HTML or XML: what it stands for and how long it is. */
interface Entity {
  readonly code: number
  readonly length: number
}

/** The reference that begins at `at`, `&quot;`, `&#34;` or `&#x22;`; undefined when none does. */
export function entityAt(bytes: Uint8Array, at: number): Entity | undefined {
  if (bytes[at] !== AMPERSAND) return undefined
  if (bytes[at + 1] === NUMBER_SIGN) return numberAt(bytes, at)
  for (const [name, code] of names)
    if (standsAt(bytes, at + 1, name)) return { code, length: name.length + 1 }
  return undefined
}

function numberAt(bytes: Uint8Array, at: number): Entity | undefined {
  const isHex = (bytes[at + 2]! | 32) === LETTER_X
  const base = isHex ? 16 : 10
  const start = isHex ? at + 3 : at + 2
  let code = 0
  let index = start
  for (; index < start + LONGEST_NUMBER; index++) {
    const digit = digitOf(bytes[index]!)
    if (digit >= base) break
    code = code * base + digit
  }
  if (index === start || bytes[index] !== SEMICOLON || code === 0 || code > 0xffff) return undefined
  return { code, length: index + 1 - at }
}

/** Sixteen for what is no hexadecimal digit. */
function digitOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : 16
}

function standsAt(bytes: Uint8Array, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index++)
    if (bytes[at + index] !== name.charCodeAt(index)) return false
  return true
}
