import type { Fix, Report, Sighting } from './rule.ts'

/** A text that stands inside of another one, perhaps escaped, indented or folded there. */
export interface Passage {
  readonly text: string
  /** Where the character at this offset stands in the file. */
  readonly toFile: (offset: number) => number
}

export function sliceOf(source: string, start: number, end: number): Passage {
  return { text: source.slice(start, end), toFile: offset => start + offset }
}

/** Joins pieces of a file into one text: each piece says where it begins. */
export function joined(pieces: readonly { readonly text: string; readonly start: number }[]): Passage {
  const begins: number[] = []
  let length = 0
  for (const { text } of pieces) {
    begins.push(length)
    length += text.length
  }
  return {
    text: pieces.map(({ text }) => text).join(''),
    toFile(offset) {
      const index = lastNotAfter(begins, offset)
      const piece = pieces[index]
      return piece ? piece.start + Math.min(offset - begins[index]!, piece.text.length) : offset
    },
  }
}

/** The passage with its text changed where no character moves. */
export function rewritten(passage: Passage, rewrite: (text: string) => string): Passage {
  const text = rewrite(passage.text)
  if (text.length !== passage.text.length) throw new TypeError('a rewritten passage keeps its length')
  return { ...passage, text }
}

/** How a text is written: with backslashes, with its quote doubled, or as it is. */
export type Escaping = 'backslash' | 'doubled' | 'none'

/**
 * Finds where each character of a decoded scalar stands in the source between two offsets: quotes, escapes, indentation
 * and folded line ends are stepped over. Linear; where both differ in another way the place is near, never outside.
 */
export function aligned(
  value: string,
  source: string,
  from: number,
  to: number,
  escaping: Escaping,
): Passage {
  const values: number[] = [0]
  const places: number[] = [from]
  let at = from
  for (let index = 0; index < value.length && at < to; index++) {
    const wanted = value[index]!
    at = overContinuation(source, at, to, escaping)
    const before = at
    while (at < to && source[at] !== wanted && isBlank(source[at]!) && !isBlank(wanted)) at++
    at = overContinuation(source, at, to, escaping)
    const length = escapeLength(source, at, wanted, escaping)
    if (length === 1 && source[at] !== wanted && !isBlank(wanted)) at = before
    note(values, places, index, at)
    at += length
  }
  return {
    text: value,
    toFile(offset) {
      const index = lastNotAfter(values, offset)
      return Math.min(to, places[index]! + offset - values[index]!)
    },
  }
}

function note(values: number[], places: number[], value: number, place: number): void {
  const last = values.length - 1
  if (places[last]! - values[last]! === place - value) return
  values.push(value)
  places.push(place)
}

/** Characters that the source takes for one of the value. */
function escapeLength(source: string, at: number, wanted: string, escaping: Escaping): number {
  if (escaping === 'doubled') return wanted === "'" && source.startsWith("''", at) ? 2 : 1
  if (escaping === 'none' || source[at] !== '\\') return 1
  const mark = source[at + 1]
  // a backslash that escapes nothing stands for itself
  if (wanted === '\\' && mark !== '\\') return 1
  return mark === 'x' ? 4 : mark === 'u' ? 6 : mark === 'U' ? 10 : 2
}

/** A line that ends with a backslash goes on in the next, behind its blanks. */
function overContinuation(source: string, from: number, to: number, escaping: Escaping): number {
  let at = from
  if (escaping !== 'backslash' || source[at] !== '\\' || !/[\r\n]/.test(source[at + 1] ?? '')) return at
  at++
  while (at < to && isBlank(source[at]!)) at++
  return at
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r'
}

function lastNotAfter(sorted: readonly number[], offset: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (sorted[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** Carries what is seen in a passage to the file; a fix whose text does not stand there in one piece is left out. */
export function reportInFile(report: Report, { toFile }: Passage): Report {
  return sighting => {
    const place = toPlace(sighting, toFile)
    const fix = sighting.fix && movedFix(sighting.fix, toFile)
    const { fix: _left, ...rest } = sighting
    report({ ...rest, ...place, ...(fix && { fix }) })
  }
}

function toPlace({ start, end }: Pick<Sighting, 'start' | 'end'>, toFile: Passage['toFile']) {
  const first = toFile(start)
  return { start: first, end: end > start ? Math.max(first, toFile(end - 1) + 1) : first }
}

function movedFix(fix: Fix, toFile: Passage['toFile']): Fix | undefined {
  const { start, end } = toPlace(fix, toFile)
  return end - start === fix.end - fix.start ? { ...fix, start, end } : undefined
}
