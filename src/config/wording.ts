type Key = string | number

const credentialKey = /key|secret|token|passw|credential|auth(?!entication|orization)|cookie|private/i
const opaque = /^(?=.*\d)[A-Za-z0-9+/=_.~-]{16,}$|^(?=.*\d)[A-Za-z]{2,6}[-_][A-Za-z0-9_-]{8,}/
const credentialsInUrl = /:\/\/[^/\s]*@/
const LONGEST_ECHO = 60

/** `['roles', 'a', 'allow', 0]` as a reader writes it: `roles.a.allow[0]`. A key that may be a secret is hidden. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = ''
  for (const key of path as readonly Key[]) {
    text += typeof key === 'number' ? `[${key}]` : `${text === '' ? '' : '.'}${keyText(key)}`
  }
  return text
}

/** A key for a message. Somebody who forgot the space after a colon has made a secret into a key. */
export function keyText(key: string): string {
  return isShowable(key) ? key : '[hidden]'
}

/** A value for a message, in backticks, or a word for its kind when it is long, structured or may be a secret. */
export function valueText(path: readonly PropertyKey[], value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a section'
  if (path.some(key => typeof key === 'string' && credentialKey.test(key))) return 'something else'
  const text = String(value)
  return isShowable(text) ? `\`${text}\`` : 'something else'
}

function isShowable(text: string): boolean {
  return (
    text.length <= LONGEST_ECHO &&
    !/[\p{C}`]/u.test(text) &&
    !opaque.test(text) &&
    !credentialsInUrl.test(text)
  )
}

/** The known word nearest to a mistyped one, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_ECHO) return undefined
  const plain = fold(word)
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(plain, fold(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `max_body_mb`, `max-body-mb` and `maxBodyMb` are one word to a person. */
function fold(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '')
}

/** Damerau-Levenshtein distance (optimal string alignment): swapped neighbours count as one slip. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      let cost = Math.min(substitution, previous[column]! + 1, current[column - 1]! + 1)
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, beforePrevious[column - 2]! + 1)
      current.push(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length]!
}
