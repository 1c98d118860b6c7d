import { PortcullisError } from '../../kernel/errors.ts'

type Range = readonly [low: number, high: number]

const LAST = 0x10ffff

const controls: Readonly<Record<string, string>> = { a: '\x07', f: '\f', t: '\t', n: '\n', r: '\r', v: '\v' }

const perl: Readonly<Record<string, readonly Range[]>> = {
  d: [[48, 57]],
  w: [
    [48, 57],
    [65, 90],
    [95, 95],
    [97, 122],
  ],
  // not the vertical tab, as in RE2
  s: [
    [9, 10],
    [12, 13],
    [32, 32],
  ],
}

const posix: Readonly<Record<string, readonly Range[]>> = {
  alnum: [
    [48, 57],
    [65, 90],
    [97, 122],
  ],
  alpha: [
    [65, 90],
    [97, 122],
  ],
  ascii: [[0, 127]],
  blank: [
    [9, 9],
    [32, 32],
  ],
  cntrl: [
    [0, 31],
    [127, 127],
  ],
  digit: perl['d']!,
  graph: [[33, 126]],
  lower: [[97, 122]],
  print: [[32, 126]],
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  space: [
    [9, 13],
    [32, 32],
  ],
  upper: [[65, 90]],
  word: perl['w']!,
  xdigit: [
    [48, 57],
    [65, 70],
    [97, 102],
  ],
}

/** The members of `\d`, `\w`, `\s` or their opposites, as they stand inside brackets; undefined for another letter. */
export function perlClass(letter: string): string | undefined {
  const ranges = perlRanges(letter)
  return ranges && spell(ranges)
}

function perlRanges(letter: string): readonly Range[] | undefined {
  const ranges = perl[letter.toLowerCase()]
  if (!ranges || letter === letter.toLowerCase()) return ranges
  return complement(ranges)
}

/** A Unicode class: `\pL`, `\p{Greek}`, `\P{^Lu}`. */
export function propertyClass(text: string, at: number): { source: string; end: number } {
  const found = /^\\([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(text.slice(at, at + 48))
  if (!found) throw refuse('`\\p` without a class', 'name one: `\\p{Greek}`')
  const name = found[3] ?? found[4]!
  const letter = (found[1] === 'P') !== (found[2] === '^') ? 'P' : 'p'
  const source = [`\\${letter}{${name}}`, `\\${letter}{Script=${name}}`].find(isKnown)
  if (source === undefined) throw refuse(`\`\\p{${name}}\`, an unknown class`, 'name a script or a category')
  return { source, end: at + found[0].length }
}

function isKnown(source: string): boolean {
  try {
    return new RegExp(source, 'u') !== undefined
  } catch {
    return false
  }
}

/** A class in brackets that begins at `at`. */
export function parseClass(text: string, at: number, fold: boolean): { source: string; end: number } {
  let index = at + 1
  const isNegated = text[index] === '^'
  if (isNegated) index++
  const first = index
  const ranges: Range[] = []
  let properties = ''
  while (text[index] !== ']' || index === first) {
    if (index >= text.length) throw refuse('`[` that is never closed', 'close the class, or escape it: `\\[`')
    const named = /^\[:(\^?)(\w+):\]/.exec(text.slice(index, index + 16))
    const set = named
      ? posix[named[2]!]
      : text[index] === '\\'
        ? perlRanges(text[index + 1] ?? '')
        : undefined
    if (named && !set)
      throw refuse(`\`${named[0]}\`, an unknown class`, 'use a POSIX class such as `[:alpha:]`')
    if (set) {
      ranges.push(...(named?.[1] ? complement(set) : set))
      index += named ? named[0].length : 2
    } else if (/^\\[pP]/.test(text.slice(index, index + 2))) {
      const property = propertyClass(text, index)
      properties += property.source
      index = property.end
    } else {
      const range = readRange(text, index)
      ranges.push(range.range)
      index = range.end
    }
  }
  const members = fold ? ranges.flatMap(bothCases) : ranges
  return { source: `[${isNegated ? '^' : ''}${spell(members)}${properties}]`, end: index + 1 }
}

function readRange(text: string, at: number): { range: Range; end: number } {
  const low = readMember(text, at)
  if (text[low.end] !== '-' || text[low.end + 1] === ']' || low.end + 1 >= text.length)
    return { range: [low.code, low.code], end: low.end }
  const high = readMember(text, low.end + 1)
  if (high.code < low.code)
    throw refuse(`the range \`${text.slice(at, high.end)}\`, which runs backwards`, 'turn it round')
  return { range: [low.code, high.code], end: high.end }
}

function readMember(text: string, at: number): { code: number; end: number } {
  if (text[at] === '\\' && at + 1 < text.length) {
    const { text: character, end } = readEscape(text, at)
    return { code: character.codePointAt(0)!, end }
  }
  const code = text.codePointAt(at)!
  return { code, end: at + (code > 0xffff ? 2 : 1) }
}

/** The range and the same letters in the other case; of letters beyond ASCII only single ones. */
function bothCases([low, high]: Range): Range[] {
  const found: Range[] = [[low, high]]
  for (const [from, to, shift] of [
    [65, 90, 32],
    [97, 122, -32],
  ] as const) {
    const [start, end] = [Math.max(low, from), Math.min(high, to)]
    if (start <= end) found.push([start + shift, end + shift])
  }
  if (low === high && low > 127) {
    const character = String.fromCodePoint(low)
    for (const other of [character.toLowerCase(), character.toUpperCase()])
      if ([...other].length === 1) found.push([other.codePointAt(0)!, other.codePointAt(0)!])
  }
  return found
}

function complement(ranges: readonly Range[]): Range[] {
  const gaps: Range[] = []
  let next = 0
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (low > next) gaps.push([next, low - 1])
    next = Math.max(next, high + 1)
  }
  if (next <= LAST) gaps.push([next, LAST])
  return gaps
}

function spell(ranges: readonly Range[]): string {
  return ranges
    .map(([low, high]) => (low === high ? spellCode(low) : `${spellCode(low)}-${spellCode(high)}`))
    .join('')
}

function spellCode(code: number): string {
  const character = String.fromCodePoint(code)
  return /[A-Za-z0-9_]/.test(character) ? character : `\\u{${code.toString(16)}}`
}

/** The character an escape stands for, and where it ends. `readEscape` is the same inside and outside of a class. */
export function readEscape(text: string, at: number): { text: string; end: number } {
  const sign = text[at + 1]!
  if (controls[sign] !== undefined) return { text: controls[sign], end: at + 2 }
  const hex = /^\\x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(text.slice(at, at + 12))
  if (hex) {
    const code = Number.parseInt(hex[1] ?? hex[2]!, 16)
    if (code > 0x10ffff) throw refuse(`\`${hex[0]}\`, which is no character`, 'use at most `\\x{10FFFF}`')
    return { text: String.fromCodePoint(code), end: at + hex[0].length }
  }
  const octal = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(text.slice(at, at + 4))
  if (octal) {
    return { text: String.fromCodePoint(Number.parseInt(octal[1]!, 8)), end: at + octal[0].length }
  }
  if (/[A-Za-z0-9]/.test(sign)) {
    const remedy = /\d|k/.test(sign) ? 'write the repeated part out' : 'write the character itself'
    throw refuse(`\`\\${sign}\`, which RE2 does not know`, remedy)
  }
  const character = String.fromCodePoint(text.codePointAt(at + 1)!)
  return { text: character, end: at + 1 + character.length }
}

export function refuse(what: string, remedy: string): PortcullisError {
  return new PortcullisError('config.invalid', `the expression holds ${what}`, remedy)
}
