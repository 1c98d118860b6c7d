import type { Grade } from '../../access/finding.ts'
import { mayBeginAt } from './boundary.ts'
import { charset, countIn, isIn } from './charsets.ts'
import { checksums } from './checksums.ts'
import { isExample, isMonotonous } from './examples.ts'
import type { TokenKind } from './kinds.ts'
import { compilePattern, matchPattern, NO_MATCH, OPEN, type Pattern } from './pattern.ts'
import { rarity } from './rarity.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'

const NEAR = 60

/** Triggers for the self-identifying kinds: a literal, then a body of a known shape. */
export function tokenTriggers(kinds: readonly TokenKind[]): Trigger[] {
  return kinds.flatMap(kind => {
    // compiled when first met: few kinds are, and an engine starts with every hook
    let bodies: readonly Pattern[] | undefined
    const head = kind.head === undefined ? undefined : compilePattern(kind.head)
    const inspect = (scan: Scan, start: number, end: number) => {
      bodies ??= kind.bodies.map(compilePattern)
      inspectToken(kind, bodies, head, scan, start, end)
    }
    return kind.literals.map(literal => ({
      literal,
      exact: true,
      // Literals that begin with a separator of their own need no boundary before; a head has its own.
      bounded: head === undefined && isIn(literal.charCodeAt(0), charset.A),
      inspect,
    }))
  })
}

function inspectToken(
  kind: TokenKind,
  bodies: readonly Pattern[],
  head: Pattern | undefined,
  scan: Scan,
  literalStart: number,
  bodyStart: number,
): void {
  const start = head ? matchHead(head, scan.text, literalStart) : literalStart
  if (start < 0 || (head && !mayBeginAt(scan.bytes, start))) return
  const end = matchAny(bodies, scan, bodyStart)
  if (end === OPEN) {
    holdFrom(scan, start)
    return
  }
  if (end === NO_MATCH) return
  if (kind.near && !hasNear(scan.text, start, kind.near)) return
  const body = scan.text.slice(bodyStart, end)
  if (kind.contains && !body.includes(kind.contains)) return
  if (kind.not && body.startsWith(kind.not)) return
  if (kind.random && (isMonotonous(body) || !looksRandom(body))) return
  const secretStart = isNamed(kind) ? bodyStart : start
  report(scan, kind.id, gradeOf(kind, body, scan.text.slice(start, end)), secretStart, end, start)
}

/** Literals that are a name with its operator (`AccountKey=`) stay; the body alone is the secret. */
function isNamed(kind: TokenKind): boolean {
  const literal = kind.literals[0]!
  if (kind.head) return false
  return literal.endsWith('=') || literal === 'FlyV1 ' || literal.endsWith('/')
}

/** The first alternative that matches; open when an earlier, longer one might still. */
function matchAny(bodies: readonly Pattern[], scan: Scan, at: number): number {
  for (const body of bodies) {
    const end = matchPattern(body, scan, at)
    if (end !== NO_MATCH) return end
  }
  return NO_MATCH
}

/** Matches a head that ends at `end`; gives its start or `NO_MATCH`. Heads have one fixed length, or vary in the first part. */
function matchHead(head: Pattern, text: string, end: number): number {
  let index = end
  for (let part = head.parts.length - 1; part >= 0; part--) {
    const shape = head.parts[part]!
    if ('literal' in shape) {
      index -= shape.literal.length
      if (index < 0 || !text.startsWith(shape.literal, index)) return NO_MATCH
      continue
    }
    const limit = Math.max(0, index - shape.maximum)
    const stop = index
    while (index > limit && isIn(text.charCodeAt(index - 1), shape.set)) index--
    if (stop - index < shape.minimum) return NO_MATCH
  }
  return index
}

function hasNear(text: string, start: number, words: readonly string[]): boolean {
  const before = text.slice(Math.max(0, start - NEAR), start).toLowerCase()
  return words.some(word => before.includes(word))
}

/** Unlike words and names, with at least one digit and one letter. */
export function looksRandom(body: string): boolean {
  const digits = countIn(body, 0, body.length, charset.D)
  if (digits === body.length) return false
  const threshold = countIn(body, 0, body.length, charset.H) === body.length ? 3.4 : 4.7
  // 34 random letters and digits hold no digit once in 400 times; letters alone must be all the more unlike words
  return rarity(body) >= (digits > 0 ? threshold : 5.6)
}

function gradeOf(kind: TokenKind, body: string, whole: string): Grade {
  if (isExample(kind.head ? whole : body)) return 'possible'
  if (kind.grade) return kind.grade
  if (kind.checksum && checksums[kind.checksum](body, whole)) return 'certain'
  return 'likely'
}
