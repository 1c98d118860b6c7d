/** The outcome of a GitHub expression as far as we care: which contexts its text may come from. */
export interface Expression {
  /** Paths in lower case, `github.event.issue.title`; `*` for what is worked out. */
  readonly sources: readonly string[]
}

const LONGEST = 8_192
const DEEPEST = 60

/** Functions whose outcome is true, false or a hash, whatever they are given. */
const HARMLESS = new Set([
  'contains',
  'startswith',
  'endswith',
  'hashfiles',
  'always',
  'success',
  'failure',
  'cancelled',
])

type Token = { readonly kind: 'name' | 'text' | 'number' | 'mark'; readonly text: string }

/**
 * Reads an expression between `${{` and `}}`: comparisons and tests give no text of their own, `a && b || c` gives
 * that of any part. An expression that cannot be read has every name in it as a source.
 */
export function readExpression(code: string): Expression {
  const tokens = tokensOf(code.slice(0, LONGEST))
  const cursor = { at: 0 }
  const sources = either(tokens, cursor, 0)
  const rest = tokens.slice(cursor.at).filter(({ kind }) => kind === 'name')
  return { sources: [...new Set([...sources, ...rest.map(({ text }) => text)])] }
}

interface Cursor {
  at: number
}

function either(tokens: readonly Token[], cursor: Cursor, depth: number): string[] {
  const sources = compared(tokens, cursor, depth)
  while (isMark(tokens[cursor.at], '||') || isMark(tokens[cursor.at], '&&')) {
    cursor.at++
    sources.push(...compared(tokens, cursor, depth))
  }
  return sources
}

function compared(tokens: readonly Token[], cursor: Cursor, depth: number): string[] {
  const left = operand(tokens, cursor, depth)
  let isCompared = false
  while (/^(?:[=!]=|[<>]=?)$/.test(tokens[cursor.at]?.text ?? '') && tokens[cursor.at]?.kind === 'mark') {
    cursor.at++
    operand(tokens, cursor, depth)
    isCompared = true
  }
  return isCompared ? [] : left
}

function operand(tokens: readonly Token[], cursor: Cursor, depth: number): string[] {
  const token = tokens[cursor.at]
  if (!token || depth > DEEPEST) return []
  if (isMark(token, '!')) {
    cursor.at++
    operand(tokens, cursor, depth + 1)
    return []
  }
  if (isMark(token, '(')) {
    cursor.at++
    const sources = either(tokens, cursor, depth + 1)
    if (isMark(tokens[cursor.at], ')')) cursor.at++
    return path(tokens, cursor, sources, depth)
  }
  cursor.at++
  if (token.kind !== 'name') return []
  if (isMark(tokens[cursor.at], '('))
    return path(tokens, cursor, called(token.text, tokens, cursor, depth), depth)
  return path(tokens, cursor, [token.text], depth)
}

function called(name: string, tokens: readonly Token[], cursor: Cursor, depth: number): string[] {
  cursor.at++
  const sources: string[] = []
  while (cursor.at < tokens.length && !isMark(tokens[cursor.at], ')')) {
    const before = cursor.at
    sources.push(...either(tokens, cursor, depth + 1))
    if (isMark(tokens[cursor.at], ',') || cursor.at === before) cursor.at++
  }
  cursor.at++
  return HARMLESS.has(name) ? [] : sources
}

/** `.name`, `['name']`, `.*` behind a value. */
function path(tokens: readonly Token[], cursor: Cursor, sources: readonly string[], depth: number): string[] {
  let current = [...sources]
  for (;;) {
    const token = tokens[cursor.at]
    if (isMark(token, '.')) {
      const name = tokens[cursor.at + 1]
      cursor.at += 2
      current = current.map(source => `${source}.${name?.text ?? ''}`)
    } else if (isMark(token, '[')) {
      cursor.at++
      const key = tokens[cursor.at]
      either(tokens, cursor, depth + 1)
      if (isMark(tokens[cursor.at], ']')) cursor.at++
      const name = key?.kind === 'text' ? key.text.toLowerCase() : '*'
      current = current.map(source => `${source}.${name}`)
    } else return current
  }
}

function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text
}

function tokensOf(code: string): Token[] {
  const tokens: Token[] = []
  const pattern = /'((?:[^']|'')*)'|([A-Za-z_][\w-]*)|(-?\d[\w.+-]*)|(&&|\|\||[=!<>]=|[!<>()[\].,*])/g
  for (const [, text, name, number, mark] of code.matchAll(pattern)) {
    if (name !== undefined) tokens.push({ kind: 'name', text: name.toLowerCase() })
    else if (mark === '*') tokens.push({ kind: 'name', text: '*' })
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else tokens.push({ kind: 'text', text: (text ?? '').replaceAll("''", "'") })
  }
  return tokens
}

export interface PlacedExpression {
  readonly code: string
  /** From `${{` to behind `}}`. */
  readonly start: number
  readonly end: number
}

/** The `${{ … }}` of a text; a brace inside of a quoted text does not end one. */
export function expressionsIn(text: string): PlacedExpression[] {
  const found: PlacedExpression[] = []
  for (let at = text.indexOf('${{'); at >= 0 && found.length < 500; ) {
    const end = endOf(text, at + 3)
    if (end < 0) break
    found.push({ code: text.slice(at + 3, end), start: at, end: end + 2 })
    at = text.indexOf('${{', end + 2)
  }
  return found
}

function endOf(text: string, from: number): number {
  let isQuoted = false
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") isQuoted = !isQuoted
    else if (!isQuoted && text[at] === '}' && text[at + 1] === '}') return at
  }
  return text.indexOf('}}', from)
}

/** The text with its expressions as shell variables of the same length, so that a shell grammar can read it. */
export function asShellVariables(text: string): string {
  let out = ''
  let at = 0
  for (const { start, end } of expressionsIn(text)) {
    // the name begins with a letter, whatever blanks or brackets the expression begins with
    out += `${text.slice(at, start)}\${_${text.slice(start + 3, end - 1).replace(/\W/g, '_')}}`
    at = end
  }
  return out + text.slice(at)
}
