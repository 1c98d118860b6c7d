// Bits of surprise (one hexadecimal digit each) of the second character after the first, over a to z, digit, other;
// measured by counting pairs in the names and words of our own dependencies.
const surprise = [
  '7544974b5a8344a5934357776ba7',
  '488a28a744a3a83994684bbd6a95',
  '486a3a835c449a28a4635cad7ea6',
  '477618894b7648469547589b7da4',
  '4644657979a55376623396847ba5',
  '398a34b92cb5b74bc5653cce6e97',
  '487917653a956477b4454a9e9c95',
  '387929a82cb87938a36459af9da5',
  '5745555ebe845236a64486d8f598',
  '599a1cab8d9ccc5b98197c8d8e98',
  '566626793a877575a826798e6fb4',
  '377528ab3d749947b744369e4fc5',
  '34782a9c3aa85643b9487bbc9fa6',
  '4944453a4b767646d83257ae9db5',
  '7654967d78644254e26547579bc9',
  '3a972ba84db49a35d3544abcaf97',
  '6779679a779488a86879099b8888',
  '3756266a3b676438c444679d5cc6',
  '595737964b777744883259886d94',
  '376837a43ba77746b345498b4e85',
  '6555365c5fc443a4f343bdfade9b',
  '2bba1b9d2daaac6beb8a9ddecf67',
  '388838933a988427c437aa6bbe86',
  '485948b958579871b9729a9a8d95',
  '655667895b764352b744875e9aa3',
  '3bbc2d9a6cf9ce2ccc9e9fcd87a2',
  '466666787997888796699997ab21',
  '45455666457555548544666ab453',
]

/** Small letters, capitals, digits, other: `FOLDED` is what the table above tells apart. */
const FOLDED = 28
const CAPITAL = 32
const SHIFT = 6
const classes = new Uint8Array(256).fill(FOLDED - 1)
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code)
  if (character >= 'a' && character <= 'z') classes[code] = code - 97
  else if (character >= 'A' && character <= 'Z') classes[code] = code - 65 + CAPITAL
  else if (character >= '0' && character <= '9') classes[code] = FOLDED - 2
}

/** Bits of surprise for every pair of classes, one look-up a character. */
const pairs = new Uint8Array(1 << (2 * SHIFT))
for (let first = 0; first < 1 << SHIFT; first++)
  for (let second = 0; second < 1 << SHIFT; second++) {
    const digit = surprise[first % CAPITAL]?.[second % CAPITAL]
    if (digit === undefined) continue
    // a capital after a small letter and back again is rare in names, common in keys
    const goesBack = first >= CAPITAL && second < CAPITAL ? 1 : 0
    pairs[(first << SHIFT) | second] = Number.parseInt(digit, 16) + goesBack
  }

/**
 * How unlike words and names a value is: mean bits of surprise per pair of characters.
 * Words lie near 4, random letters and digits above 5.5. Entropy alone calls `getElementById` random and a short key not.
 */
export function rarity(value: string, start = 0, end = value.length): number {
  if (end - start < 2) return 0
  let last = classOf(value.charCodeAt(start))
  let sum = beginsAsName(last, classOf(value.charCodeAt(start + 1))) ? -1 : 0
  for (let index = start + 1; index < end; index++) {
    const next = classOf(value.charCodeAt(index))
    sum += pairs[(last << SHIFT) | next]!
    last = next
  }
  return sum / (end - start - 1)
}

/** As `rarity`, of the bytes of a value (`bytes.ts`). */
export function rarityOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 2) return 0
  let last = classes[bytes[start]!]!
  let sum = beginsAsName(last, classes[bytes[start + 1]!]!) ? -1 : 0
  for (let index = start + 1; index < end; index++) {
    const next = classes[bytes[index]!]!
    sum += pairs[(last << SHIFT) | next]!
    last = next
  }
  return sum / (end - start - 1)
}

/** A name may begin with one capital. */
function beginsAsName(first: number, second: number): boolean {
  return first >= CAPITAL && second < CAPITAL
}

function classOf(code: number): number {
  return code < 128 ? classes[code]! : FOLDED - 1
}

const counts = new Uint16Array(65_536)

/** Shannon entropy of the characters, in bits each. */
export function entropy(value: string): number {
  for (let index = 0; index < value.length; index++) counts[value.charCodeAt(index)]!++
  let sum = 0
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    const count = counts[code]!
    if (count === 0) continue
    counts[code] = 0
    sum -= (count / value.length) * Math.log2(count / value.length)
  }
  return sum
}
