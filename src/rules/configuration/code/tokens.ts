/** One token of a program text. Comments are none; the text of a string is what stands between its quotes. */
export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'mark'
  readonly text: string
  readonly start: number
  readonly end: number
  /** Where the inside of a string begins. */
  readonly inside: number
  /** Python's `f`, JavaScript's backquote, …: parts of the string are put in when it runs. */
  readonly isTemplate: boolean
}

/** What tells comments and strings of a language from its code. */
export interface Syntax {
  readonly lineComments: readonly string[]
  readonly blockComment: readonly [string, string] | undefined
  /** Characters that open and close a string. */
  readonly quotes: string
  /** A quote that three of make a long string. */
  readonly tripled: string
  /** A string that takes no escapes and may hold line ends. */
  readonly raw: string
  /** A slash may begin a regular expression. */
  readonly hasRegularExpressions: boolean
}

/** From where to where tokens are wanted; the rest is only stepped over. */
export interface Window {
  readonly start: number
  readonly end: number
}

const DOUBLE_MARKS = new Set(['=>', '->', '::', '==', '!=', ':=', '<=', '>=', '&&', '||', '+=', '?.', '..'])
const LONGEST_STRING = 200_000

/** Reads the tokens in the windows, in one pass. Never fails: a string or comment without an end goes to the end. */
export function tokensOf(text: string, syntax: Syntax, windows: readonly Window[]): Token[] {
  const tokens: Token[] = []
  let window = 0
  let at = 0
  const last = windows.at(-1)?.end ?? 0
  const special = specialCharacters(syntax)
  while (at < last) {
    while (window < windows.length && at >= windows[window]!.end) window++
    const current = windows[window]
    if (!current) break
    const isWanted = at >= current.start
    const code = text.charCodeAt(at)
    if (code <= 32 || (!isWanted && (code > 127 || special[code] === 0))) {
      at++
      continue
    }
    const comment = code < 128 && special[code] === 1 ? commentEnd(text, at, syntax) : at
    if (comment > at) {
      at = comment
      continue
    }
    if (syntax.quotes.includes(text[at]!)) {
      const token = readString(text, at, syntax, tokens.at(-1))
      if (isWanted) tokens.push(token)
      at = token.end
    } else if (isNameStart(code)) {
      const end = nameEnd(text, at)
      if (isWanted) tokens.push(make('name', text, at, end))
      at = end
    } else if (code >= 48 && code <= 57) {
      const end = numberEnd(text, at)
      if (isWanted) tokens.push(make('number', text, at, end))
      at = end
    } else if (code === 47 && syntax.hasRegularExpressions && opensExpression(text, at))
      at = expressionEnd(text, at)
    else {
      const end = DOUBLE_MARKS.has(text.slice(at, at + 2)) ? at + 2 : at + 1
      if (isWanted) tokens.push(make('mark', text, at, end))
      at = end
    }
  }
  return tokens
}

/** Characters that may begin a comment, a string or an expression; all others are stepped over outside of the windows. */
function specialCharacters({
  lineComments,
  blockComment,
  quotes,
  hasRegularExpressions,
}: Syntax): Uint8Array {
  const special = new Uint8Array(128)
  const begins = [...lineComments, ...(blockComment ? [blockComment[0]] : []), ...quotes]
  for (const text of [...begins, ...(hasRegularExpressions ? ['/'] : [])]) special[text.charCodeAt(0)] = 1
  return special
}

function make(kind: Token['kind'], text: string, start: number, end: number): Token {
  return { kind, text: text.slice(start, end), start, end, inside: start, isTemplate: false }
}

function isNameStart(code: number): boolean {
  return (
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 95 ||
    code === 36 ||
    code === 64 ||
    code > 127
  )
}

function nameEnd(text: string, from: number): number {
  let at = from + 1
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (!isNameStart(code) && !(code >= 48 && code <= 57)) break
    at++
  }
  return at
}

function numberEnd(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && /[\w.]/.test(text[at]!)) at++
  return at
}

function commentEnd(text: string, at: number, { lineComments, blockComment }: Syntax): number {
  for (const mark of lineComments)
    if (text.startsWith(mark, at)) {
      const end = text.indexOf('\n', at)
      return end < 0 ? text.length : end
    }
  if (!blockComment || !text.startsWith(blockComment[0], at)) return at
  const end = text.indexOf(blockComment[1], at + blockComment[0].length)
  return end < 0 ? text.length : end + blockComment[1].length
}

function readString(text: string, start: number, { tripled, raw }: Syntax, before: Token | undefined): Token {
  const quote = text[start]!
  const isTripled = tripled.includes(quote) && text.startsWith(quote.repeat(3), start)
  const close = isTripled ? quote.repeat(3) : quote
  const inside = start + close.length
  const prefix =
    before?.kind === 'name' && before.end === start && /^[rbfuRBFU]{1,2}$/.test(before.text)
      ? before.text.toLowerCase()
      : ''
  const isRaw = raw.includes(quote) || prefix.includes('r')
  let at = inside
  while (at < text.length && at - inside < LONGEST_STRING) {
    if (text[at] === '\\' && !(isRaw && raw.includes(quote))) at += 2
    else if (text.startsWith(close, at)) break
    // an open quote ends with its line, or the rest of the file would be read inside out
    else if (text[at] === '\n' && !isTripled && !isRaw && quote !== '`') break
    else at++
  }
  const end = Math.min(text.length, at)
  return {
    kind: 'string',
    text: text.slice(inside, end),
    start,
    end: text.startsWith(close, end) ? end + close.length : end,
    inside,
    isTemplate: prefix.includes('f') || quote === '`',
  }
}

/** A slash is an expression where no value stands before it. */
function opensExpression(text: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && (text[before] === ' ' || text[before] === '\t')) before--
  if (before < 0) return true
  if (/[([{,;=:!&|?+\-*%<>~^\n}]/.test(text[before]!)) return true
  return /(?:^|\W)(?:return|typeof|case|in|of|delete|void|throw|new|else|do)$/.test(
    text.slice(Math.max(0, before - 10), before + 1),
  )
}

function expressionEnd(text: string, start: number): number {
  let isClass = false
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]
    if (character === '\n') return start + 1
    if (character === '\\') at++
    else if (character === '[') isClass = true
    else if (character === ']') isClass = false
    else if (character === '/' && !isClass) return at + 1
  }
  return start + 1
}

/** The arguments of a call whose open bracket stands at the index, and the index of what closes it. */
export function argumentsAt(tokens: readonly Token[], open: number): { list: Token[][]; close: number } {
  const list: Token[][] = [[]]
  let depth = 0
  for (let at = open; at < tokens.length && at - open < 400; at++) {
    const token = tokens[at]!
    if (token.kind === 'mark') {
      if (/^[([{]$/.test(token.text)) {
        if (depth++ === 0) continue
      } else if (/^[)\]}]$/.test(token.text) && --depth === 0) return { list, close: at }
      else if (token.text === ',' && depth === 1) {
        list.push([])
        continue
      }
    }
    list.at(-1)!.push(token)
  }
  return { list, close: tokens.length - 1 }
}
