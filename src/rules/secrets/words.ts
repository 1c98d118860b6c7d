/** The longest word looked for, without its separators. */
const LONGEST = 24
/** A power of two, so that a mask finds the slot. */
const SLOTS = 8_192
/** Longer words may be followed by more letters: `smartsheets`, `amazonaws`. */
const OPEN_ENDED = 6
const SEED = 0x811c9dc5
const PRIME = 0x01000193
const MOST_FOUND = 64
const SMALL_M = 109
const SMALL_N = 110
const SMALL_T = 116
const BACKSLASH = 92

const SMALL = 1
const CAPITAL = 2
const DIGIT = 4
const WORD = SMALL | CAPITAL | DIGIT
/** What may stand inside a word of two: `new_relic`, `new-relic`, `new relic`, `cex.io`. */
const JOINT = 8

const kinds = new Uint8Array(256)
/** Letters in lower case. */
const folded = new Uint8Array(256)
/** Letters and digits numbered from 1. */
const ordinals = new Uint8Array(256)
const ORDINALS = 37
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code)
  folded[code] = character.toLowerCase().charCodeAt(0)
  if (character >= 'a' && character <= 'z') kinds[code] = SMALL
  else if (character >= 'A' && character <= 'Z') kinds[code] = CAPITAL
  else if (character >= '0' && character <= '9') kinds[code] = DIGIT
  else if ('_- .'.includes(character)) kinds[code] = JOINT
  ordinals[code] = '0123456789abcdefghijklmnopqrstuvwxyz'.indexOf(character.toLowerCase()) + 1
}

/** Words by a hash of their letters: looking through a stretch of text costs the same however many there are. */
export interface WordTable {
  readonly words: readonly string[]
  readonly isOpenEnded: readonly boolean[]
  readonly slots: Int32Array
  readonly hashes: Int32Array
  /** Which three characters begin a word, a bit each: nineteen of twenty places are passed over by them. */
  readonly beginnings: Uint32Array
}

/** Words found in a stretch, in the order of their starts; overwritten at every search. */
export interface FoundWords {
  count: number
  /** Places in the table's list. */
  readonly words: Int32Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** Where the word begins that a chain of glued ones begins with. */
  readonly roots: Int32Array
  /** The stretch that was searched. */
  from: number
  to: number
  /** Where a word ends inside a longer one, another may begin: `NPMTOKEN`. -1 for nowhere. */
  glued: number
  gluedRoot: number
  /** The first place from which a word may go on beyond the stretch, with what was glued there. -1 for none. */
  open: number
  openGlued: number
  openRoot: number
  /** A search that begins at or before this place cannot go on from what was found. */
  doubt: number
}

export function noWords(): FoundWords {
  return {
    count: 0,
    words: new Int32Array(MOST_FOUND),
    starts: new Int32Array(MOST_FOUND),
    ends: new Int32Array(MOST_FOUND),
    roots: new Int32Array(MOST_FOUND),
    from: 0,
    to: 0,
    glued: -1,
    gluedRoot: -1,
    open: -1,
    openGlued: -1,
    openRoot: -1,
    doubt: -1,
  }
}

/** For words of lower-case letters and digits; those that `mayGoOn` and are long also count where more letters follow. */
export function buildWordTable(words: readonly string[], mayGoOn: (word: string) => boolean): WordTable {
  const slots = new Int32Array(SLOTS).fill(-1)
  const hashes = new Int32Array(words.length)
  const beginnings = new Uint32Array(Math.ceil(ORDINALS ** 3 / 32))
  words.forEach((word, index) => {
    markBeginning(beginnings, word)
    let hash = SEED
    for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), PRIME)
    hashes[index] = hash
    let slot = slotOf(hash)
    while (slots[slot]! >= 0) slot = (slot + 1) & (SLOTS - 1)
    slots[slot] = index
  })
  const isOpenEnded = words.map(word => word.length >= OPEN_ENDED && mayGoOn(word))
  return { words, isOpenEnded, slots, hashes, beginnings }
}

/** A word of two characters may have any third. */
function markBeginning(beginnings: Uint32Array, word: string): void {
  const codes = [0, 1, 2].map(index => ordinals[word.charCodeAt(index)] ?? 0)
  const base = (codes[0]! * ORDINALS + codes[1]!) * ORDINALS
  const thirds = word.length > 2 ? [codes[2]!] : Array.from({ length: ORDINALS }, (_, third) => third)
  for (const third of thirds) beginnings[(base + third) >>> 5]! |= 1 << ((base + third) & 31)
}

/** Finds the words that lie between the two places. */
export function findWords(
  table: WordTable,
  bytes: Uint8Array,
  from: number,
  to: number,
  found: FoundWords,
): void {
  restart(found, from)
  search(table, bytes, to, found)
}

/**
 * As `findWords`, for stretches of one text that begin and end one behind the other and overlap: what was found for the
 * last is kept, and only what is new is searched. A text of nothing but values is not searched once for each of them.
 */
export function followWords(
  table: WordTable,
  bytes: Uint8Array,
  from: number,
  to: number,
  found: FoundWords,
): void {
  const goesOn = from >= found.from && to >= found.to && from < found.to && from > found.doubt
  if (goesOn) resume(found, from)
  else restart(found, from)
  search(table, bytes, to, found)
}

function restart(found: FoundWords, from: number): void {
  found.count = 0
  found.from = from
  found.to = from
  found.glued = -1
  found.open = -1
  found.doubt = -1
}

/** Keeps what a search from the new beginning would have found, up to the first word that was cut off. */
function resume(found: FoundWords, from: number): void {
  const { words, starts, ends, roots, open } = found
  let kept = 0
  for (let index = 0; index < found.count; index++) {
    if (roots[index]! < from || (open >= 0 && starts[index]! >= open)) continue
    words[kept] = words[index]!
    starts[kept] = starts[index]!
    ends[kept] = ends[index]!
    roots[kept++] = roots[index]!
  }
  found.count = kept
  found.from = from
  if (open >= 0) {
    found.to = Math.max(open, from)
    found.glued = found.openGlued
    found.gluedRoot = found.openRoot
    found.open = -1
  }
  if (found.gluedRoot < from) found.glued = -1
}

/** Goes on from where the last search ended. */
function search(table: WordTable, bytes: Uint8Array, to: number, found: FoundWords): void {
  let before = found.to > 0 ? kinds[bytes[found.to - 1]!]! : 0
  for (let index = found.to; index < to; index++) {
    const kind = kinds[bytes[index]!]!
    const last = before
    before = kind
    if ((kind & WORD) === 0) continue
    const isInside = (last & WORD) !== 0 && !isHump(bytes, index, kind, last) && !endsEscape(bytes, index)
    if ((isInside && index !== found.glued) || !mayBegin(table, bytes, index)) continue
    findFrom(table, bytes, index, to, isInside ? found.gluedRoot : index, found)
  }
  found.to = to
}

function mayBegin({ beginnings }: WordTable, bytes: Uint8Array, at: number): boolean {
  const second = kinds[bytes[at + 1]!] === JOINT ? at + 2 : at + 1
  const third = kinds[bytes[second + 1]!] === JOINT ? second + 2 : second + 1
  const code =
    (ordinals[bytes[at]!]! * ORDINALS + ordinals[bytes[second]!]!) * ORDINALS + ordinals[bytes[third]!]!
  return ((beginnings[code >>> 5]! >>> (code & 31)) & 1) !== 0
}

/** Notes every word that begins here, and the end of the longest that more letters follow. */
function findFrom(
  table: WordTable,
  bytes: Uint8Array,
  start: number,
  to: number,
  root: number,
  found: FoundWords,
): void {
  let hash = SEED
  let length = 0
  let glued = -1
  let at = start
  for (; at < to && length < LONGEST; at++) {
    const kind = kinds[bytes[at]!]!
    if (kind === JOINT && kinds[bytes[at + 1]!]! & WORD) continue
    if (!(kind & WORD)) break
    hash = Math.imul(hash ^ folded[bytes[at]!]!, PRIME)
    length++
    const word = lookUp(table, hash, bytes, start)
    if (word < 0) continue
    const isWhole = endsWord(bytes, at + 1)
    if (!isWhole) glued = at + 1
    if (isWhole || table.isOpenEnded[word]) note(found, word, start, at + 1, root, to)
  }
  if (at === to && length < LONGEST && found.open < 0) {
    found.open = start
    found.openGlued = found.glued
    found.openRoot = found.gluedRoot
  }
  if (glued >= 0) glue(found, start, glued, root)
}

function note(found: FoundWords, word: number, start: number, end: number, root: number, to: number): void {
  const { count } = found
  if (count === MOST_FOUND) {
    found.doubt = to
    return
  }
  found.words[count] = word
  found.starts[count] = start
  found.ends[count] = end
  found.roots[count] = root
  found.count++
}

/** The longest word counts; a search that begins behind it would have seen the other. */
function glue(found: FoundWords, start: number, end: number, root: number): void {
  if (end > found.glued || found.glued <= start) {
    found.glued = end
    found.gluedRoot = root
  } else if (end === found.glued) found.gluedRoot = Math.max(found.gluedRoot, root)
  else found.doubt = Math.max(found.doubt, start)
}

/** The word with this hash, if it stands here; -1 when there is none. */
function lookUp({ slots, hashes, words }: WordTable, hash: number, bytes: Uint8Array, start: number): number {
  for (let slot = slotOf(hash); slots[slot]! >= 0; slot = (slot + 1) & (SLOTS - 1)) {
    const word = slots[slot]!
    if (hashes[word] === hash) return standsAt(bytes, start, words[word]!) ? word : -1
  }
  return -1
}

/** Different letters may have the same hash. */
function standsAt(bytes: Uint8Array, start: number, word: string): boolean {
  let at = start
  for (let index = 0; index < word.length; at++) {
    const byte = bytes[at]!
    if (kinds[byte] === JOINT) continue
    if (folded[byte] !== word.charCodeAt(index)) return false
    index++
  }
  return true
}

/** `apiKey`, `APIKey`. */
function isHump(bytes: Uint8Array, at: number, kind: number, before: number): boolean {
  return kind === CAPITAL && (before !== CAPITAL || kinds[bytes[at + 1]!] === SMALL)
}

/** Behind the end of a terminal colour, `31m`, or of an escape in a JSON string, `\\n`. */
function endsEscape(bytes: Uint8Array, at: number): boolean {
  if (at < 2) return false
  const letter = bytes[at - 1]
  if (letter === SMALL_M) return kinds[bytes[at - 2]!] === DIGIT
  return bytes[at - 2] === BACKSLASH && (letter === SMALL_N || letter === SMALL_T)
}

function endsWord(bytes: Uint8Array, at: number): boolean {
  const kind = kinds[bytes[at]!]!
  if (!(kind & WORD) || kind === DIGIT) return true
  return kind === CAPITAL && (kinds[bytes[at - 1]!] === SMALL || kinds[bytes[at + 1]!] === SMALL)
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1)
}
