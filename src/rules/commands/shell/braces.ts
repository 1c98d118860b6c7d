const MOST_WORDS = 64
/** Each opening may be looked at once for each word, through the whole text. */
const MOST_OPENINGS = 64
const LONGEST_WORD = 4_096

/** Brace expansion on the raw text of a word, as the shell does it before anything else; null when that is too much. */
export function expandBraces(raw: string): string[] | null {
  if (raw.length > LONGEST_WORD || raw.split('{', MOST_OPENINGS + 2).length > MOST_OPENINGS + 1) return null
  const results: string[] = []
  const queue = [raw]
  while (queue.length > 0) {
    const text = queue.shift()!
    const group = firstGroup(text)
    if (!group) results.push(text)
    else queue.unshift(...group.items.map(item => text.slice(0, group.start) + item + text.slice(group.end)))
    if (results.length + queue.length > MOST_WORDS) return null
  }
  return results
}

interface Group {
  readonly start: number
  readonly end: number
  readonly items: readonly string[]
}

function firstGroup(text: string): Group | undefined {
  for (let at = 0; at < text.length; at++) {
    at = skipQuoted(text, at)
    if (text[at] !== '{') continue
    const group = groupAt(text, at)
    if (group) return group
  }
  return undefined
}

/** The index of the last character of what is quoted or expanded at `at`, or `at` itself. */
function skipQuoted(text: string, at: number): number {
  const character = text[at]
  if (character === '\\') return at + 1
  if (character === "'" || character === '"' || character === '`') {
    let end = at + 1
    while (end < text.length && text[end] !== character)
      end += text[end] === '\\' && character !== "'" ? 2 : 1
    return end
  }
  if (character === '$' && (text[at + 1] === '{' || text[at + 1] === '(')) {
    const open = text[at + 1]!
    const close = open === '{' ? '}' : ')'
    let depth = 0
    for (let end = at + 1; end < text.length; end++) {
      if (text[end] === open) depth++
      if (text[end] === close && --depth === 0) return end
    }
  }
  return at
}

function groupAt(text: string, start: number): Group | undefined {
  let depth = 0
  let from = start + 1
  const items: string[] = []
  for (let at = start; at < text.length; at++) {
    const skipped = skipQuoted(text, at)
    if (skipped > at) {
      at = skipped
      continue
    }
    if (text[at] === '{') depth++
    else if (text[at] === ',' && depth === 1) {
      items.push(text.slice(from, at))
      from = at + 1
    } else if (text[at] === '}' && --depth === 0) {
      const last = text.slice(from, at)
      if (items.length > 0) return { start, end: at + 1, items: [...items, last] }
      const range = rangeOf(last)
      return range ? { start, end: at + 1, items: range } : undefined
    }
  }
  return undefined
}

function rangeOf(text: string): string[] | undefined {
  const match = /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?$/.exec(text)
  if (!match) return undefined
  const isNumber = /\d/.test(match[1]!) && /\d/.test(match[2]!)
  const code = (item: string) => (isNumber ? Number(item) : item.codePointAt(0)!)
  const [from, to] = [code(match[1]!), code(match[2]!)]
  const step = Math.max(1, Math.abs(Number(match[3] ?? 1)))
  const items: string[] = []
  for (let i = 0; i <= Math.abs(to - from) && items.length <= MOST_WORDS; i += step) {
    const value = from <= to ? from + i : from - i
    items.push(isNumber ? String(value) : String.fromCodePoint(value))
  }
  return items
}
