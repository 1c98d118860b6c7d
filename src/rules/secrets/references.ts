import { charset, countIn, isIn } from './charsets.ts'
import type { Assignment } from './places.ts'
import { rarity } from './rarity.ts'
import { isDigits, type Shape } from './shape.ts'

const referenceMarks = [
  'env.',
  'env[',
  'os.',
  'process.',
  'config.',
  'secrets.',
  'vault:',
  'arn:',
  'op:',
  'ref:',
  'file:',
]

/** Paths, addresses, expressions and references to where the secret is kept. */
export function isReference(
  { value, digits, signs, letters, joiners, rarity: rare }: Shape,
  quoted: boolean,
  { next }: Assignment,
): boolean {
  if (value.includes('://')) return true
  const isDense =
    digits > 0 &&
    letters > 0 &&
    ((quoted && signs > 0 && rare >= 5) || (value.length >= 24 && digits > 2 && rare >= 5.6))
  const first = value[0]!
  if (first === '\\' || (first === '#' && isColour(value))) return true
  if (isPath(value)) return true
  if (('/.~-'.includes(first) || '@#&*+:,;=!?|()'.includes(first)) && !isDense) return true
  if (isCode(value, quoted, next)) return true
  // each of the marks holds a point, a colon or a bracket
  if (joiners === 0 && !value.includes('[')) return false
  const lower = value.toLowerCase()
  return referenceMarks.some(mark => lower.startsWith(mark)) || (!quoted && lower.includes('env.'))
}

function isColour(value: string): boolean {
  return value.length <= 9 && countIn(value, 1, value.length, charset.X) === value.length - 1
}

/** Words and numbers between slashes. */
function isPath(value: string): boolean {
  if (value.indexOf('/') === value.lastIndexOf('/')) return false
  return value.split('/').every(part => isDigits(part) || part === '' || rarity(part) < 4.8)
}

/** A call, an index, a chain of members: what a bare value in code is. */
function isCode(value: string, quoted: boolean, next: string): boolean {
  const open = indexOfBracket(value)
  if (open > 0 && countIn(value, 0, open, charset.G) === open && !isIn(value.charCodeAt(0), charset.D))
    return !quoted || value.endsWith(')')

  if (quoted) return false
  if (next === '(' || next === '[' || next === '{') return true
  if (value.includes('->') || value.includes('::') || value.includes('?.') || value.includes('=>'))
    return true
  return (
    value.includes('.') &&
    value.split('.').every((part, index, { length }) => (part === '' && index === length - 1) || isName(part))
  )
}

/** The index of the first `(` or `[`; -1 when there is none. */
function indexOfBracket(value: string): number {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if (code === 40 || code === 91) return index
  }
  return -1
}

function isName(part: string): boolean {
  if (part.length === 0 || isIn(part.charCodeAt(0), charset.D)) return false
  if (countIn(part, 0, part.length, charset.W) !== part.length)
    return part.startsWith('$') && isName(part.slice(1))
  // few names hold digits anywhere but at their end
  let end = part.length
  while (end > 0 && isIn(part.charCodeAt(end - 1), charset.D)) end--
  return countIn(part, 0, end, charset.D) === 0
}
