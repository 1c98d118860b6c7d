import { parseClass, perlClass, propertyClass, readEscape, refuse } from './user-rules-classes.ts'

/** An expression in the words of JavaScript, and what every match of it must hold. */
export interface Translated {
  /** For `new RegExp(source, 'u')`; letters that may have either case are spelled as classes, so it needs no further flag. */
  readonly source: string
  readonly groups: number
  /** Lower-case texts, one of which stands in every match; null when none could be told. */
  readonly literals: readonly string[] | null
}

/** What a part of an expression comes to: `exact` when it matches one text only. */
interface Piece {
  readonly source: string
  readonly exact: string | null
  readonly literals: readonly string[] | null
}

interface Flags {
  readonly fold: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
  readonly ungreedy: boolean
}

/** RE2 refuses higher counts, too. */
const MOST_REPEATS = 1_000
/** A shorter text would open a window in every line. */
const LITERAL_SHORTEST = 3
const MOST_LITERALS = 32

const asserts: Readonly<Record<string, string>> = { b: '\\b', B: '\\B', A: '^', z: '$' }
const lookarounds: readonly string[] = ['?=', '?!', '?<=', '?<!', '?>']

/** Translates the syntax of Go and RE2, which secret scanners share; throws what it holds that RE2 does not know. */
export function translateExpression(text: string): Translated {
  let at = 0
  let groups = 0
  let flags: Flags = { fold: false, multiline: false, dotAll: false, ungreedy: false }

  const whole = alternatives()
  if (at < text.length) throw refuse('`)` that closes nothing', 'escape it: `\\)`')
  const best = bestOf([whole])
  return { source: whole.source, groups, literals: best }

  function alternatives(): Piece {
    const options = [sequence()]
    while (text[at] === '|') {
      at++
      options.push(sequence())
    }
    return options.length === 1 ? options[0]! : choice(options)
  }

  function sequence(): Piece {
    const pieces: Piece[] = []
    while (at < text.length && text[at] !== '|' && text[at] !== ')') {
      const piece = atom()
      if (piece) pieces.push(quantified(piece))
    }
    return concat(pieces)
  }

  /** Undefined for what is no part of a match: a change of flags. */
  function atom(): Piece | undefined {
    const character = String.fromCodePoint(text.codePointAt(at)!)
    switch (character) {
      case '(':
        return group()
      case '[': {
        const parsed = parseClass(text, at, flags.fold)
        at = parsed.end
        return opaque(parsed.source)
      }
      case '.':
        at++
        return opaque(flags.dotAll ? '[^]' : '[^\\n]')
      case '^':
        at++
        return opaque(flags.multiline ? '(?<![^\\n])' : '^')
      case '$':
        at++
        return opaque(flags.multiline ? '(?![^\\n])' : '$')
      case '\\':
        return escaped()
      case '*':
      case '+':
      case '?':
        throw refuse(`\`${character}\` that repeats nothing`, `escape it: \`\\${character}\``)
      default:
        at += character.length
        return literal(character, flags.fold)
    }
  }

  function group(): Piece | undefined {
    at++
    const outer = flags
    let opening = '(?:'
    if (text[at] !== '?') {
      groups++
      opening = '('
    } else if (!openSpecial()) return undefined
    const inside = alternatives()
    if (text[at] !== ')') throw refuse('`(` that is never closed', 'close the group, or escape it: `\\(`')
    at++
    flags = outer
    return { ...inside, source: `${opening}${inside.source})` }

    /** False when the group only changes flags for what follows it. */
    function openSpecial(): boolean {
      const look = lookarounds.find(sign => text.startsWith(sign, at))
      if (look)
        throw refuse(
          `\`(${look}\`, which RE2 does not know`,
          'name the secret as a group (`secretGroup`) and use `allowlists` for what must not be there',
        )
      const name = /^\?P?<[A-Za-z_]\w*>/.exec(text.slice(at))
      if (name) {
        at += name[0].length
        groups++
        opening = '('
        return true
      }
      const change = /^\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(text.slice(at))
      if (!change) throw refuse('a group of an unknown kind', 'use `(…)`, `(?:…)`, `(?P<name>…)` or `(?i)`')
      at += change[0].length
      flags = changed(flags, change[1]!, change[2] ?? '')
      return change[3] === ':'
    }
  }

  function escaped(): Piece {
    const sign = text[at + 1]
    if (sign === undefined) throw refuse('a `\\` at its end', 'escape it: `\\\\`')
    if (sign === 'Q') return quoted()
    if (asserts[sign] !== undefined) {
      at += 2
      return opaque(asserts[sign])
    }
    const perl = perlClass(sign)
    if (perl) {
      at += 2
      return opaque(`[${perl}]`)
    }
    if (sign === 'p' || sign === 'P') {
      const property = propertyClass(text, at)
      at = property.end
      return opaque(property.source)
    }
    const character = readEscape(text, at)
    at = character.end
    return literal(character.text, flags.fold)
  }

  function quoted(): Piece {
    const close = text.indexOf('\\E', at)
    const inside = text.slice(at + 2, close < 0 ? text.length : close)
    at = close < 0 ? text.length : close + 2
    return { ...concat([...inside].map(character => literal(character, flags.fold))) }
  }

  function quantified(piece: Piece): Piece {
    const found = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})/.exec(text.slice(at))
    if (!found) return piece
    at += found[0].length
    const minimum = found[1] !== undefined ? Number(found[1]) : found[0] === '+' ? 1 : 0
    if (Math.max(minimum, Number(found[3] ?? 0)) > MOST_REPEATS)
      throw refuse(`\`${found[0]}\`, more repeats than RE2 allows`, `use at most ${MOST_REPEATS}`)
    const isMarked = text[at] === '?'
    if (isMarked) at++
    if (/^(?:[*+?]|\{\d+(?:,\d*)?\})/.test(text.slice(at)))
      throw refuse('a repeat of a repeat', 'group the inner one: `(?:a+)*`')
    const lazy = isMarked !== flags.ungreedy ? '?' : ''
    const source = /^(?:\^|\$|\\[bB]|\(\?<?!)/.test(piece.source) ? `(?:${piece.source})` : piece.source
    const literals = minimum > 0 ? bestOf([piece]) : null
    return { source: `${source}${found[0]}${lazy}`, exact: null, literals }
  }
}

function changed(flags: Flags, on: string, off: string): Flags {
  const value = (letter: string, before: boolean) =>
    off.includes(letter) ? false : on.includes(letter) || before
  return {
    fold: value('i', flags.fold),
    multiline: value('m', flags.multiline),
    dotAll: value('s', flags.dotAll),
    ungreedy: value('U', flags.ungreedy),
  }
}

function opaque(source: string): Piece {
  return { source, exact: null, literals: null }
}

function literal(character: string, fold: boolean): Piece {
  const lower = character.toLowerCase()
  const upper = character.toUpperCase()
  const isSingle = [...lower].length === 1 && [...upper].length === 1
  const source =
    fold && lower !== upper && isSingle
      ? `[${lower}${upper}]`
      : character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
  return { source, exact: lower, literals: null }
}

function concat(pieces: readonly Piece[]): Piece {
  const source = pieces.map(piece => piece.source).join('')
  if (pieces.every(piece => piece.exact !== null))
    return { source, exact: pieces.map(piece => piece.exact).join(''), literals: null }
  const runs: Piece[] = []
  for (const piece of pieces) {
    const last = runs.at(-1)
    if (piece.exact !== null && last && last.exact !== null)
      runs[runs.length - 1] = { ...last, exact: last.exact + piece.exact }
    else runs.push(piece)
  }
  return { source, exact: null, literals: bestOf(runs) }
}

function choice(options: readonly Piece[]): Piece {
  const source = options.map(option => option.source).join('|')
  const needs = options.map(option => bestOf([option]))
  const literals = needs.every(need => need !== null) ? [...new Set(needs.flat())] : null
  return { source, exact: null, literals: literals && literals.length <= MOST_LITERALS ? literals : null }
}

/** Of the texts that must occur, those whose shortest is the longest. */
function bestOf(pieces: readonly Piece[]): readonly string[] | null {
  let best: readonly string[] | null = null
  for (const { exact, literals } of pieces) {
    const candidate = exact !== null && exact.length >= LITERAL_SHORTEST ? [exact] : literals
    if (candidate && (best === null || shortest(candidate) > shortest(best))) best = candidate
  }
  return best
}

function shortest(texts: readonly string[]): number {
  return Math.min(...texts.map(text => text.length))
}
