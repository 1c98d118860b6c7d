import { joined, type Passage } from '../passage.ts'

/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly keyword: string
  /** What stands behind the keyword, continued lines with their line ends, comments between them left out. */
  readonly body: Passage
  /** The here-documents behind it, without their ends. */
  readonly documents: readonly Passage[]
  /** The body with all lines of its here-documents: a shell text of its own. */
  readonly whole: Passage
  readonly start: number
  readonly end: number
  /** Why it could not be read to its end. */
  readonly trouble?: string
}

export const MOST_INSTRUCTIONS = 5_000

interface Piece {
  readonly text: string
  readonly start: number
}

/** The instructions with their continued lines; a parser directive may name another escape character. */
export function* instructionsOf(text: string): Generator<Instruction> {
  const continuation = escapeOf(text)
  let at = 0
  for (let count = 0; at < text.length && count < MOST_INSTRUCTIONS; count++) {
    const line = lineFrom(text, at)
    if (/^\s*(?:#|$)/.test(line)) {
      at += line.length
      continue
    }
    const start = at + line.search(/\S/)
    const match = /^\s*([A-Za-z]+)(?=\s|$)/.exec(line.slice(0, 200))
    const skipped = match?.[0].length ?? 0
    const pieces: Piece[] = [{ text: line.slice(skipped), start: at + skipped }]
    at += line.length
    while (endsContinued(pieces.at(-1)!.text, continuation) && at < text.length) {
      const next = lineFrom(text, at)
      if (!/^\s*(?:#.*)?\r?\n?$/.test(next)) pieces.push({ text: next, start: at })
      at += next.length
    }
    const keyword = (match?.[1] ?? '').toUpperCase()
    const { trouble, documents, lines, after } = documentsOf(text, at, keyword, pieces)
    at = after
    const plain = continuation === '`' ? pieces.map(withBackslash) : pieces
    yield {
      keyword,
      body: joined(plain),
      documents,
      whole: joined([...plain, ...lines]),
      start,
      end: at,
      ...(keyword === '' ? { trouble: 'it is no instruction' } : trouble !== undefined && { trouble }),
    }
  }
}

/** Directives stand before anything else, a blank line or a plain comment included. */
function escapeOf(text: string): '`' | '\\' {
  for (let at = 0; at < text.length; ) {
    const line = lineFrom(text, at)
    const directive = /^#\s*([A-Za-z]+)\s*=\s*(\S+)/.exec(line.replace(/^\ufeff/, ''))
    if (!directive) return '\\'
    if (directive[1]!.toLowerCase() === 'escape') return directive[2] === '`' ? '`' : '\\'
    at += line.length
  }
  return '\\'
}

function withBackslash(piece: Piece): Piece {
  return { ...piece, text: piece.text.replace(/`([ \t]*\r?\n)$/, '\\$1') }
}

function lineFrom(text: string, at: number): string {
  const end = text.indexOf('\n', at)
  return text.slice(at, end < 0 ? text.length : end + 1)
}

function endsContinued(line: string, continuation: string): boolean {
  return line.trimEnd().endsWith(continuation)
}

/** Only a word of its own opens one: what stands in quotes, or after another letter, is the shell's business alone. */
function marksIn(line: string): { readonly mark: string; readonly isIndented: boolean }[] {
  const words = line.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/gs) ?? []
  return words.flatMap(word => {
    const [, dash, name] = /^\d*<<(-?)([^<]+)$/.exec(word) ?? []
    const mark = name?.replace(/["'\\]/g, '')
    return mark ? [{ mark, isIndented: dash === '-' }] : []
  })
}

function documentsOf(text: string, from: number, keyword: string, pieces: readonly Piece[]) {
  const line = pieces.map(piece => piece.text).join('')
  const documents: Passage[] = []
  const lines: Piece[] = []
  let after = from
  const takesThem = /^(?:RUN|COPY|ADD)$/.test(keyword === 'ONBUILD' ? firstWord(line) : keyword)
  for (const { mark, isIndented } of takesThem ? marksIn(line) : []) {
    const begin = after
    const end = documentEnd(text, begin, mark, isIndented)
    documents.push({ text: text.slice(begin, end.content), toFile: offset => begin + offset })
    lines.push({ text: text.slice(begin, end.after), start: begin })
    after = end.after
    if (!end.isEnded) return { documents, lines, after, trouble: `the here-document \`${mark}\` has no end` }
  }
  return { documents, lines, after, trouble: undefined }
}

function firstWord(text: string): string {
  return /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? ''
}

function documentEnd(text: string, from: number, mark: string, isIndented: boolean) {
  for (let at = from; at < text.length; ) {
    const line = lineFrom(text, at)
    const plain = line.replace(/\r?\n$/, '')
    if ((isIndented ? plain.replace(/^\t+/, '') : plain) === mark)
      return { content: at, after: at + line.length, isEnded: true }
    at += line.length
  }
  return { content: text.length, after: text.length, isEnded: false }
}
