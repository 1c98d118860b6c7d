import { charset, countIn, isIn, toLower } from './charsets.ts'
import { rarity } from './rarity.ts'
import { mark, type Shape } from './shape.ts'

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

const SEALED_SHORTEST = 300

/** A key that is public by its mark, or a ciphertext: of Mapbox, of a sealed secret of Kubernetes, of Rails. */
function isPublicOrSealed(value: string): boolean {
  if (value.charCodeAt(0) === 112 && value.startsWith('pk.eyJ')) return true
  // the length of a key for RSA-4096 comes first
  if (value.length >= SEALED_SHORTEST && value.startsWith('Ag') && 'ABCD'.includes(value[2]!)) return true
  return value.charCodeAt(value.length - 1) === 61 && value.endsWith('==') && value.split('--').length === 3
}

/** Paths, addresses, expressions and references to where the secret is kept. */
export function isReference(
  { value, digits, signs, letters, joiners, marks, rarity: rare }: Shape,
  quoted: boolean,
  next: string,
): boolean {
  if (isPublicOrSealed(value)) return true
  const hasSlash = (marks & mark.slash) !== 0
  if (hasSlash && value.includes('://')) return true
  const isDense =
    digits > 0 &&
    letters > 0 &&
    ((quoted && signs > 0 && rare >= 5) || (value.length >= 24 && digits > 2 && rare >= 5.6))
  const first = value[0]!
  if (first === '\\' || (first === '#' && isColour(value))) return true
  if (hasSlash && isPath(value)) return true
  if (('/.~-'.includes(first) || '@#&*+:,;=!?|()'.includes(first)) && !isDense) return true
  if (isCode(value, marks, quoted, next)) return true
  // each of the marks holds a point, a colon or a bracket
  if (joiners === 0 && (marks & mark.bracket) === 0) return false
  return (
    beginsAsReference(value) || (!quoted && (marks & mark.dot) !== 0 && value.toLowerCase().includes('env.'))
  )
}

function beginsAsReference(value: string): boolean {
  const first = toLower(value.charCodeAt(0))
  return referenceMarks.some(
    begun => begun.charCodeAt(0) === first && value.slice(0, begun.length).toLowerCase() === begun,
  )
}

function isColour(value: string): boolean {
  return value.length <= 9 && countIn(value, 1, value.length, charset.X) === value.length - 1
}

/** Words and numbers between slashes, two of them or more. */
function isPath(value: string): boolean {
  let begin = value.indexOf('/')
  if (begin === value.lastIndexOf('/') || !isStep(value, 0, begin)) return false
  while (begin < value.length) {
    const next = value.indexOf('/', begin + 1)
    const end = next < 0 ? value.length : next
    if (!isStep(value, begin + 1, end)) return false
    begin = end
  }
  return true
}

function isStep(value: string, start: number, end: number): boolean {
  return countIn(value, start, end, charset.D) === end - start || rarity(value, start, end) < 4.8
}

/** A call, an index, a chain of members: what a bare value in code is. */
function isCode(value: string, marks: number, quoted: boolean, next: string): boolean {
  const open = (marks & mark.bracket) === 0 ? -1 : indexOfBracket(value)
  if (open > 0 && countIn(value, 0, open, charset.G) === open && !isIn(value.charCodeAt(0), charset.D))
    return !quoted || value.endsWith(')')

  if (quoted) return false
  if (next === '(' || next === '[' || next === '{') return true
  if ((marks & mark.arrow) !== 0 && holdsArrow(value)) return true
  return (
    (marks & mark.dot) !== 0 &&
    value.split('.').every((part, index, { length }) => (part === '' && index === length - 1) || isName(part))
  )
}

/** `->`, `=>`, `::`, `?.`. */
function holdsArrow(value: string): boolean {
  let last = 0
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if (code === 62 ? last === 45 || last === 61 : code === 58 ? last === 58 : code === 46 && last === 63)
      return true
    last = code
  }
  return false
}

/** The index of the first `(` or `[`. */
function indexOfBracket(value: string): number {
  let index = 0
  while (value.charCodeAt(index) !== 40 && value.charCodeAt(index) !== 91) index++
  return index
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
