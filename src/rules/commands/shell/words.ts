import {
  type ArithmeticExpansionPart,
  type DoubleQuotedChild,
  forEachChild,
  type HereDoc,
  type ParameterExpansionPart,
  type ParsedScript,
  parse,
  type SyntaxNode,
  type Word,
  type WordPart,
} from 'unbash'
import {
  bounded,
  DEEP,
  intersects,
  isPattern,
  isUnknown,
  QUESTION,
  STAR,
  UNKNOWN,
} from '../../paths/pattern.ts'
import { baseName } from '../../paths/posix.ts'
import { expandBraces } from './braces.ts'
import { undoEscapes } from './decode.ts'
import type { ShellState, Value } from './state.ts'

/** What the words need of the shell around them. */
export interface WordScope {
  readonly state: ShellState
  readonly home: string
  /** Runs a substitution; returns what it prints. */
  substitute(script: ParsedScript | undefined): string
  /** Runs a process substitution; returns the name of its file. */
  processFile(script: ParsedScript | undefined, operator: '<' | '>'): string
  /** Text that arithmetic would evaluate once more. */
  evaluate(code: string): void
}

/** One piece of a word. `fields` is `"$@"`: several words even in quotes. */
type Piece = { readonly text: string; readonly quoted: boolean } | { readonly fields: readonly string[] }

interface Partial {
  readonly done: readonly string[]
  readonly open: string | null
}

const MOST_ALTERNATIVES = 12
/** No command is read that has as many words; each further piece of this one would copy them all. */
const MOST_FIELDS = 4_000

/** Everything a word may become: alternatives, each a list of fields. Globs and unknowns are pattern characters. */
export function expandWord(word: Word, scope: WordScope): string[][] {
  if (!word.parts) return [[plainField(word, scope)]]
  if (word.parts.some(part => part.type === 'BraceExpansion')) return expandBracedWord(word, scope)
  let partials: Partial[] = [{ done: [], open: null }]
  word.parts.forEach((part, index) => {
    const pieces =
      index === 0 && part.type === 'Literal' ? leadingLiteral(part, word, scope) : piecesOf(part, scope)
    partials = extend(partials, pieces, scope)
  })
  return partials.map(({ done, open }) => (open === null ? [...done] : [...done, open]))
}

/** A word where no splitting happens (assignments, redirections, here-strings): alternatives of one text. */
export function expandText(word: Word, scope: WordScope): string[] {
  const texts = expandWord(word, {
    ...scope,
    state: { ...scope.state, variables: withoutSplitting(scope.state) },
  })
  return texts.map(fields => fields.join(' '))
}

/** The body of a here-document. */
export function expandHereDoc(doc: HereDoc, scope: WordScope): string {
  const { parts, text } = doc.body
  if (doc.delimiter?.quoted) return text
  if (!parts) return text.replace(/\\([$`\\])/g, '$1')
  return parts
    .map(part => (part.type === 'Literal' ? part.value : oneText(piecesOf(part, scope, true))))
    .join('')
}

function withoutSplitting(state: ShellState): Map<string, Value> {
  return new Map(state.variables).set('IFS', [['']])
}

function plainField(word: Word, scope: WordScope): string {
  return word.text.startsWith('~') ? tilde(word.text, word.value, scope) : word.value
}

function leadingLiteral(part: WordPart & { type: 'Literal' }, word: Word, scope: WordScope): Piece[] {
  const endsPrefix = part.text.includes('/') || word.parts?.length === 1
  const value = endsPrefix && part.text.startsWith('~') ? tilde(part.text, part.value, scope) : part.value
  return [{ text: value, quoted: true }]
}

function tilde(raw: string, value: string, scope: WordScope): string {
  const match = /^~([A-Za-z0-9._+-]*)(?=\/|$)/.exec(raw)
  if (!match) return value
  const rest = value.slice(match[0].length)
  const user = match[1]!
  if (user === '') return (scope.state.variables.get('HOME')?.[0]?.[0] ?? scope.home) + rest
  if (user === '+') return scope.state.cwd + rest
  if (user === '-') return UNKNOWN + rest
  return value
}

/** Brace expansion works on the raw text, so each result is read again as a word of its own. */
function expandBracedWord(word: Word, scope: WordScope): string[][] {
  const raws = expandBraces(word.text)
  if (raws === null) return [[UNKNOWN]]
  if (raws.length === 1 && raws[0] === word.text)
    return expandWord({ ...plainWord(word), parts: word.parts!.map(literalBraces) }, scope)
  let alternatives: string[][] = [[]]
  for (const raw of raws) {
    const command = parse(`: ${raw}`).commands[0]?.command
    const inner = command?.type === 'Command' ? command.suffix.find(item => item.type === 'Word') : undefined
    const expanded = inner ? expandWord(inner, scope) : [[raw === '' ? '' : UNKNOWN]]
    alternatives = alternatives
      .flatMap(fields => expanded.map(more => [...fields, ...more]))
      .slice(0, MOST_ALTERNATIVES)
  }
  return alternatives.map(fields => fields.filter(field => field !== ''))
}

function plainWord(word: Word): Omit<Word, 'parts'> {
  return { type: 'Word', text: word.text, value: word.value, pos: word.pos, end: word.end }
}

function literalBraces(part: WordPart): WordPart {
  return part.type === 'BraceExpansion'
    ? { type: 'Literal', pos: part.pos, end: part.end, text: part.text, value: part.text }
    : part
}

/** The alternatives one part may become. */
function piecesOf(part: WordPart | DoubleQuotedChild, scope: WordScope, quoted = false): Piece[] {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [{ text: part.value, quoted: true }]
    case 'DoubleQuoted':
    case 'LocaleString':
      return quotedPieces(part.parts, scope)
    case 'Glob':
      return [{ text: part.kind === 'star' ? STAR : globOf(part.text), quoted: true }]
    case 'ExtendedGlob':
      return [{ text: STAR, quoted: true }]
    case 'BraceExpansion':
      return [{ text: part.text, quoted: true }]
    case 'SimpleExpansion':
      return variablePieces(part.text.slice(1), scope, quoted)
    case 'ParameterExpansion':
      return parameterPieces(part, scope, quoted)
    case 'CommandExpansion':
      return [{ text: scope.substitute(part.script).replace(/\n+$/, ''), quoted }]
    case 'ArithmeticExpansion':
      return [{ text: arithmetic(part, scope), quoted: true }]
    case 'ProcessSubstitution':
      return [{ text: scope.processFile(part.script, part.operator), quoted: true }]
  }
}

function globOf(text: string): string {
  const single = /^\[([^\]^!-])\]$/.exec(text)
  return single ? single[1]! : QUESTION
}

function quotedPieces(parts: readonly DoubleQuotedChild[], scope: WordScope): Piece[] {
  if (parts.length === 1 && isAllPositional(parts[0]!.text)) return variablePieces('@', scope, true)
  let texts: string[] = ['']
  for (const part of parts) {
    if (part.type === 'ParameterExpansion' && /^\$\{\w+\[@\]\}$/.test(part.text) && parts.length === 1)
      return parameterPieces(part, scope, true)
    const more = piecesOf(part, scope, true).map(textOf)
    texts = texts.flatMap(text => more.map(next => bounded(text + next))).slice(0, MOST_ALTERNATIVES)
  }
  return texts.map(text => ({ text, quoted: true }))
}

function isAllPositional(text: string): boolean {
  return /^\$(?:@|\{@\})$/.test(text)
}

function textOf(piece: Piece): string {
  return 'fields' in piece ? piece.fields.join(' ') : piece.text
}

function oneText(pieces: readonly Piece[]): string {
  return pieces.length === 1 ? textOf(pieces[0]!) : UNKNOWN
}

/** Appends each alternative to each beginning; unquoted text is split into fields. */
function extend(partials: readonly Partial[], pieces: readonly Piece[], scope: WordScope): Partial[] {
  const extended: Partial[] = []
  for (const partial of partials)
    for (const piece of pieces) {
      if (extended.length === MOST_ALTERNATIVES) return [...extended.slice(1), { done: [], open: UNKNOWN }]
      if (partial.done.length > MOST_FIELDS) extended.push({ done: partial.done, open: UNKNOWN })
      else
        extended.push('fields' in piece ? addFields(partial, piece.fields) : addText(partial, piece, scope))
    }
  return extended
}

function addFields(partial: Partial, fields: readonly string[]): Partial {
  if (fields.length === 0) return partial
  const [first, ...rest] = fields
  const start = (partial.open ?? '') + first!
  if (rest.length === 0) return { done: partial.done, open: start }
  return { done: [...partial.done, start, ...rest.slice(0, -1)], open: rest.at(-1)! }
}

function addText(partial: Partial, piece: { text: string; quoted: boolean }, scope: WordScope): Partial {
  if (piece.quoted) return { done: partial.done, open: bounded((partial.open ?? '') + piece.text) }
  const separators = scope.state.variables.get('IFS')?.[0]?.[0] ?? ' \t\n'
  const active = piece.text.replace(/\*/g, STAR).replace(/\?/g, QUESTION)
  if (active === '') return partial
  if (separators === '') return { done: partial.done, open: bounded((partial.open ?? '') + active) }
  if (separators === ' \t\n' && !/[ \t\n]/.test(active))
    return { done: partial.done, open: bounded((partial.open ?? '') + active) }
  const isSeparator = new RegExp(`[${separators.replace(/[\]\\^-]/g, '\\$&')}]+`)
  const fields = active.split(isSeparator)
  const done = [...partial.done]
  let open = partial.open
  fields.forEach((field, index) => {
    if (index > 0 && open !== null) {
      done.push(open)
      open = null
    }
    if (field !== '') open = bounded((open ?? '') + field)
  })
  return { done, open }
}

/** What a plain variable holds. */
function contentsOf(name: string, scope: WordScope): Value {
  const known = scope.state.variables.get(name)
  if (known) return known
  const special = specialVariable(name, scope)
  return [[special ?? UNKNOWN]]
}

const NUMBERS =
  /^(?:[$#?!]|RANDOM|SECONDS|UID|EUID|PPID|LINENO|BASHPID|EPOCHSECONDS|SHLVL|COLUMNS|LINES|OPTIND)$/

function specialVariable(name: string, scope: WordScope): string | undefined {
  if (NUMBERS.test(name)) return '4242'
  if (/^[1-9]\d*$/.test(name)) return scope.state.positional[Number(name) - 1] ?? ''
  switch (name) {
    case 'HOME':
      return scope.home
    case 'PWD':
      return scope.state.cwd
    case 'IFS':
      return ' \t\n'
    case 'TMPDIR':
      return '/tmp'
    case 'USER':
    case 'LOGNAME':
      return baseName(scope.home)
    case 'SHELL':
    case 'BASH':
      return '/bin/bash'
    case '0':
      return 'bash'
    case '-':
      return 'hB'
    case 'PATH':
      return '/usr/local/bin:/usr/bin:/bin'
    case '*':
      return scope.state.positional.join(' ')
    default:
      return undefined
  }
}

function variablePieces(name: string, scope: WordScope, quoted: boolean): Piece[] {
  if (name === '@' || name === '*') {
    const fields = scope.state.positional
    return name === '@' || !quoted ? [{ fields }] : [{ text: fields.join(' '), quoted }]
  }
  return contentsOf(name, scope).map(elements => ({ text: elements[0] ?? '', quoted }))
}

function parameterPieces(part: ParameterExpansionPart, scope: WordScope, quoted: boolean): Piece[] {
  if (part.index) visit(part.index, scope)
  if (part.prefix === '#') return [{ text: '1', quoted: true }]
  if (part.prefix === '!') return indirect(part, scope, quoted)
  if (isAllPositional(part.text) || /^\$\{\*\}$/.test(part.text)) return variablePieces('@', scope, quoted)
  const name = part.parameter
  const isSet = scope.state.variables.has(name) || specialVariable(name, scope) !== undefined
  const value = name === '@' || name === '*' ? [scope.state.positional] : contentsOf(name, scope)
  if (part.index && /^[@*]$/.test(part.index.text) && !part.operation)
    return value.map(fields => ({ fields }))
  const texts = value.map(elements => elementOf(elements, part.index))
  const results = part.operation ? operate(part, texts, isSet, scope) : texts
  return results.slice(0, MOST_ALTERNATIVES).map(text => ({ text, quoted }))
}

function elementOf(elements: readonly string[], index: Word | undefined): string {
  if (!index) return elements.join(' ') === '' ? '' : (elements[0] ?? '')
  if (/^\d+$/.test(index.text)) return elements[Number(index.text)] ?? ''
  return /^[@*]$/.test(index.text) ? elements.join(' ') : UNKNOWN
}

function indirect(part: ParameterExpansionPart, scope: WordScope, quoted: boolean): Piece[] {
  if (part.operation || part.index) return [{ text: UNKNOWN, quoted }]
  return contentsOf(part.parameter, scope).flatMap(elements => {
    const name = elements[0] ?? ''
    if (/^\w+$/.test(name)) return variablePieces(name, scope, quoted)
    // A name with a subscript is arithmetic, and arithmetic runs substitutions.
    if (name !== '') scope.evaluate(name)
    return [{ text: UNKNOWN, quoted }]
  })
}

function operate(
  part: ParameterExpansionPart,
  texts: readonly string[],
  isSet: boolean,
  scope: WordScope,
): string[] {
  const operation = part.operation!
  switch (operation.type) {
    case 'Default':
      return defaulted(part, operation.operator, texts, isSet, expandText(operation.operand, scope), scope)
    case 'Remove':
      return texts.map(text =>
        removeMatch(text, operation.operator, expandText(operation.operand, scope)[0] ?? ''),
      )
    case 'Replace': {
      const pattern = expandText(operation.pattern, scope)[0] ?? ''
      const replacement = operation.replacement ? (expandText(operation.replacement, scope)[0] ?? '') : ''
      return texts.map(text => replaceMatch(text, operation.operator, pattern, replacement))
    }
    case 'Slice':
      for (const word of [operation.offset, operation.length])
        if (word) visitArithmetic(word, word.text, scope)
      return texts.map(text => slice(text, operation.offset.value, operation.length?.value))
    case 'CaseModification':
      if (operation.operand) visit(operation.operand, scope)
      return texts.map(text => changeCase(text, operation.operator))
    case 'Transform':
      return texts.map(text => transform(text, operation.operand.text, scope))
    case 'Names':
    case 'Unknown':
      forEachChild(part, child => visit(child, scope))
      return [UNKNOWN]
  }
}

function defaulted(
  part: ParameterExpansionPart,
  operator: string,
  texts: readonly string[],
  isSet: boolean,
  operand: readonly string[],
  scope: WordScope,
): string[] {
  // `:?` ends the shell where nothing would be left: what goes on is at least one character.
  if (operator === ':?') return texts.map(text => (text === UNKNOWN ? `${UNKNOWN}${QUESTION}` : text))
  if (operator.includes('?')) return [...texts]
  const canBeEmpty = texts.some(text => text === '' || isUnknown(text))
  if (operator.includes('+')) return isSet && !canBeEmpty ? [...operand] : [...operand, '']
  if (isSet && !canBeEmpty) return [...texts]
  if (operator.includes('='))
    scope.state.variables.set(
      part.parameter,
      operand.map(text => [text]),
    )
  return isSet ? [...texts.filter(text => text !== ''), ...operand] : [...operand, UNKNOWN]
}

function removeMatch(text: string, operator: string, pattern: string): string {
  if (isUnknown(text) || text.length > 2_000) return UNKNOWN
  // every cut of the text is held against the pattern
  if (isPattern(pattern) && text.length ** 2 * pattern.length > 1_000_000) return UNKNOWN
  const deep = pattern.replaceAll(STAR, DEEP)
  const fromStart = operator.startsWith('#')
  const isLongest = operator.length === 2
  const lengths = Array.from({ length: text.length + 1 }, (_, length) => length)
  if (isLongest) lengths.reverse()
  for (const length of lengths) {
    const piece = fromStart ? text.slice(0, length) : text.slice(text.length - length)
    if (intersects(deep, piece)) return fromStart ? text.slice(length) : text.slice(0, text.length - length)
  }
  return text
}

function replaceMatch(text: string, operator: string, pattern: string, replacement: string): string {
  if (isUnknown(text) || pattern === '') return text
  if (isPattern(pattern)) return UNKNOWN
  if (operator === '//') return text.replaceAll(pattern, replacement)
  if (operator === '/#') return text.startsWith(pattern) ? replacement + text.slice(pattern.length) : text
  if (operator === '/%') return text.endsWith(pattern) ? text.slice(0, -pattern.length) + replacement : text
  return text.replace(pattern, () => replacement)
}

function slice(text: string, offset: string, length: string | undefined): string {
  const from = Number(offset.trim())
  const count = length === undefined ? undefined : Number(length.trim())
  if (isUnknown(text) || !Number.isInteger(from) || (count !== undefined && !Number.isInteger(count)))
    return UNKNOWN
  const start = from < 0 ? Math.max(0, text.length + from) : from
  return count === undefined
    ? text.slice(start)
    : count < 0
      ? text.slice(start, count)
      : text.slice(start, start + count)
}

function changeCase(text: string, operator: string): string {
  if (isUnknown(text)) return UNKNOWN
  const change = (part: string) => (operator.startsWith('^') ? part.toUpperCase() : part.toLowerCase())
  return operator.length === 2 ? change(text) : change(text.slice(0, 1)) + text.slice(1)
}

/** `@P` and `@E` evaluate what the variable holds once more: `${x@P}` runs `$(…)` in it. */
function transform(text: string, kind: string, scope: WordScope): string {
  if (kind === 'U') return text.toUpperCase()
  if (kind === 'L') return text.toLowerCase()
  if (kind === 'E') return undoEscapes(text)
  if (kind === 'P') scope.evaluate(text)
  return UNKNOWN
}

function arithmetic(part: ArithmeticExpansionPart, scope: WordScope): string {
  visitArithmetic(part, part.text, scope)
  return '1'
}

/** Runs the substitutions inside an arithmetic text, also those a variable would bring in. */
export function visitArithmetic(node: SyntaxNode | undefined, text: string, scope: WordScope): void {
  if (node) visit(node, scope)
  for (const name of text.match(/[A-Za-z_]\w*/g) ?? [])
    for (const elements of scope.state.variables.get(name) ?? [])
      if (/[`]|\$\(/.test(elements.join(' '))) scope.evaluate(elements.join(' '))
}

/** Runs every substitution at or below a node whose value does not matter. A long sum is as deep as it is long. */
function visit(root: SyntaxNode, scope: WordScope): void {
  const pending = [root]
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node.type === 'CommandExpansion' || node.type === 'ArithmeticCommandExpansion')
      scope.substitute(node.script)
    else if (node.type === 'ProcessSubstitution') scope.processFile(node.script, node.operator)
    else if (node.type !== 'Script') {
      const children: SyntaxNode[] = []
      forEachChild(node, child => void children.push(child))
      pending.push(...children.reverse())
    }
  }
}
