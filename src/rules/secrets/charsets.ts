/** Character sets as bits in one table, so that "is this character in that set" is one look-up. */
const members = {
  /** letters and digits */
  A: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  /** base64 */
  B: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  /** percent-encoded base64 */
  C: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/%-_.',
  D: '0123456789',
  /** base64 and its padding */
  E: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=',
  /** characters of a name: also dotted and dashed */
  G: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.',
  H: '0123456789abcdef',
  /** base64url and padding */
  J: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=',
  L: 'abcdefghijklmnopqrstuvwxyz0123456789',
  /** word characters, dot, equals, dash */
  M: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.=-',
  /** lower-case base32 */
  Q: 'abcdefghijklmnopqrstuvwxyz234567',
  /** either base64 alphabet: what a base64 run is made of */
  R: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_',
  /** base64url */
  S: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  /** base32 */
  T: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  U: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  /** unreserved characters of a URL */
  V: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-',
  W: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_',
  X: '0123456789abcdefABCDEF',
  /** base58 */
  Y: '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
  Z: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  /** what ends a bare value: blanks, quotes, brackets, separators */
  stop: ' \t\r\n\f\v\0"\'`<>\\,;(){}[]|&',
  /** what ends a URL or an escaped word */
  gap: ' \t\r\n\f\v\0"\'`<>',
  /** what ends a header line, also inside quotes */
  line: '\t\r\n\f\v\0"\'`<>\\',
  hashEnd: ' \t\r\n\f\v\0"\'`<>:,',
  blank: ' \t',
  /** RFC 3986 §3.1 */
  scheme: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.:',
  /** a type between a name and its value */
  annotation: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_[]<>|',
  operator: '=:>~',
  quote: '"\'`',
  /** what a token, an address or an escaped word is made of: a stream holds an unfinished run of these */
  run: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_.~:=%@$!?&#\\',
  /** token bearers: RFC 6750 b64token */
  bearer: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=',
} as const

export type CharsetName = keyof typeof members

/** The bit of each set. */
export const charset = Object.fromEntries(
  Object.keys(members).map((name, index) => [name, 1 << index]),
) as Record<CharsetName, number>

// One bit a set: a set too many would share its bit with another.
if (Object.keys(members).length > 32) throw new TypeError('there are more character sets than bits')

const table = new Int32Array(256)
for (const name of Object.keys(members) as CharsetName[])
  for (const character of members[name]) table[character.charCodeAt(0)]! |= charset[name]

/** Whether a UTF-16 code (or NaN, past the end) belongs to the set; nothing beyond ASCII belongs to any. */
export function isIn(code: number, set: number): boolean {
  return code < 128 && (table[code]! & set) !== 0
}

/** Whether a byte of `bytes.ts` belongs to the set. */
export function isByteIn(byte: number, set: number): boolean {
  return (table[byte]! & set) !== 0
}

/** Of a capital the small letter. */
export function toLower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte
}

/** As `skip`, over bytes. */
export function skipBytes(bytes: Uint8Array, at: number, set: number, limit: number): number {
  let index = at
  while (index < limit && (table[bytes[index]!]! & set) !== 0) index++
  return index
}

/** As `skipBack`, over bytes. */
export function skipBytesBack(bytes: Uint8Array, at: number, set: number, limit: number): number {
  let index = at
  while (index > limit && (table[bytes[index - 1]!]! & set) !== 0) index--
  return index
}

/** The first index from `at` on, and before `limit`, whose character is not in the set. */
export function skip(text: string, at: number, set: number, limit: number): number {
  const end = Math.min(text.length, limit)
  let index = at
  while (index < end && isIn(text.charCodeAt(index), set)) index++
  return index
}

/** The first index of the run of characters of the set that ends before `at`, not going below `limit`. */
export function skipBack(text: string, at: number, set: number, limit: number): number {
  const begin = Math.max(0, limit)
  let index = at
  while (index > begin && isIn(text.charCodeAt(index - 1), set)) index--
  return index
}

/** How many characters between `start` and `end` belong to the set. */
export function countIn(text: string, start: number, end: number, set: number): number {
  let count = 0
  for (let index = start; index < end; index++) if (isIn(text.charCodeAt(index), set)) count++
  return count
}
