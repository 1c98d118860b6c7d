const AMPERSAND = 38
const NUMBER_SIGN = 35
const SEMICOLON = 59
const LETTER_X = 120
const LONGEST_NUMBER = 7

/** Names of characters that tokens, passwords and what encloses them are made of (HTML, named character references), by their first letter. */
const names: (readonly (readonly [string, number])[] | undefined)[] = []
for (const [name, character] of Object.entries({
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
})) {
  const first = name.charCodeAt(0)
  names[first] = [...(names[first] ?? []), [`${name};`, character.charCodeAt(0)]]
}

/** A character reference of HTML or XML as one number, so that none is allocated: see `entityLength` and `entityCode`. */
type Entity = number

export function entityLength(entity: Entity): number {
  return entity & 0xff
}

/** What it stands for. */
export function entityCode(entity: Entity): number {
  return entity >>> 8
}

/** The reference that begins at `at`, `&quot;`, `&#34;` or `&#x22;`; 0 when none does. */
export function entityAt(bytes: Uint8Array, at: number): Entity {
  if (bytes[at] !== AMPERSAND) return 0
  const first = bytes[at + 1]!
  if (first === NUMBER_SIGN) return numberAt(bytes, at)
  const begun = names[first]
  if (begun === undefined) return 0
  for (const [name, code] of begun) if (standsAt(bytes, at + 1, name)) return (code << 8) | (name.length + 1)
  return 0
}

function numberAt(bytes: Uint8Array, at: number): Entity {
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
  if (index === start || bytes[index] !== SEMICOLON || code === 0 || code > 0xffff) return 0
  return (code << 8) | (index + 1 - at)
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
