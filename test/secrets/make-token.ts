import type { ContextualKind } from '../../src/rules/secrets/contextual.ts'
import type { TokenKind } from '../../src/rules/secrets/kinds.ts'
import { rarity } from '../../src/rules/secrets/rarity.ts'
import { looksRandom } from '../../src/rules/secrets/tokens.ts'

type Draw = (below: number) => number

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const lower = upper.toLowerCase()
const digits = '0123456789'

// written down again on purpose: a fault in the engine's own table must not hide itself
const sets: Record<string, string> = {
  A: upper + lower + digits,
  B: `${upper + lower + digits}+/`,
  C: upper + lower + digits,
  D: digits,
  E: `${upper + lower + digits}+/`,
  G: `${upper + lower + digits}_-`,
  H: `${digits}abcdef`,
  J: `${upper + lower + digits}-_`,
  L: lower + digits,
  M: `${upper + lower + digits}_-`,
  Q: `${lower}234567`,
  R: `${upper + lower + digits}`,
  S: `${upper + lower + digits}-_`,
  T: `${upper}234567`,
  U: upper + digits,
  V: `${upper + lower + digits}_`,
  W: `${upper + lower + digits}_`,
  X: `${digits}abcdef`,
  Y: '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
  Z: upper + lower,
}

/** The same numbers for the same name. */
export function seeded(name: string): Draw {
  let state = 1
  for (const character of name) state = (Math.imul(state, 31) + character.charCodeAt(0)) >>> 0
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % below
  }
}

/** A token of the kind: its head, literal and the last of its shapes at the shortest length. */
export function makeToken(kind: TokenKind, literal: string, draw: Draw): string {
  return makeParts(kind, kind.bodies[kind.contains ? 0 : kind.bodies.length - 1]!, draw, literal).join('')
}

function makeParts(kind: TokenKind, shape: string, draw: Draw, literal: string): [string, string, string] {
  for (let tries = 0; tries < 500; tries++) {
    const body = fill(shape, draw)
    if (kind.random && !looksRandom(body)) continue
    return [kind.head ? fill(kind.head, draw) : '', literal, body]
  }
  throw new Error(`no token of ${kind.id} could be made`)
}

/** Texts that differ in one thing from a token of the kind, by what that is. */
export function makeNearMisses(kind: TokenKind, draw: Draw): Record<string, string> {
  const literal = kind.literals.find(
    one => !kind.literals.some(other => other !== one && one.startsWith(other)),
  )!
  const shortest = kind.bodies.toSorted((a, b) => fill(a, draw).length - fill(b, draw).length)[0]!
  const [head, , body] = makeParts(kind, shortest, draw, literal)
  const token = head + literal + body
  const broken = body.length > 1 ? head.length + literal.length + (body.length >> 1) : head.length >> 1
  return {
    'one character short': token.slice(0, -1),
    'a strange character in it': `${token.slice(0, broken)}*${token.slice(broken + 1)}`,
    ...(/^[A-Za-z0-9]/.test(token) && { 'behind a letter': `x${token}` }),
    ...(kind.random && { 'made of words': `${head}${literal}${fill(shortest, draw, true)}` }),
  }
}

/** A value of a contextual kind. */
export function makeValue(kind: ContextualKind, draw: Draw): string {
  if (kind.check) return Buffer.from(`robot:${fill('A{14}', draw)}`).toString('base64')
  return makeShape(kind.values[0]!, draw)
}

/** A value of a shape, as random as they come: not one in a hundred that looks like a word. */
export function makeShape(shape: string, draw: Draw): string {
  for (let tries = 0; tries < 500; tries++) {
    const value = fill(shape, draw)
    const least = /^[0-9a-fA-F-]+$/.test(value) ? 3.4 : 5
    if (/\d/.test(value) && /[A-Za-z]/.test(value) && rarity(value.slice(0, 160)) >= least) return value
  }
  throw new Error(`no value of ${shape} could be made`)
}

/** Writes out a shape; letters and digits at both ends, so that no sign is taken for punctuation. Of the letters of a word where they fit. */
function fill(pattern: string, draw: Draw, ofWords = false): string {
  return pattern.replace(/'([^']*)'|([A-Z])\{(\d+)(?:,\d+)?\}|(.)/g, (_, quoted, set, count, other) => {
    if (quoted !== undefined) return quoted
    if (other !== undefined) return other
    const members = sets[set]!
    const plain = [...members].filter(member => /[A-Za-z0-9]/.test(member))
    const words = ofWords
      ? [...(members.includes('a') ? 'information' : 'INFORMATION')].filter(letter =>
          members.includes(letter),
        )
      : []
    return Array.from({ length: Number(count) }, (_unused, index) =>
      words.length > 0
        ? words[index % words.length]
        : index === 0 || index === Number(count) - 1
          ? plain[draw(plain.length)]
          : members[draw(members.length)],
    ).join('')
  })
}
