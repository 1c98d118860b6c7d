// A text whose parts are not all known is kept as one string; characters of the private use area stand for the
// unknown parts. Input that already holds such characters is refused before it gets here.

/** Any text at all, its origin unknown. */
export const UNKNOWN = '\uE000'
/** Unknown text that comes from a secret. */
export const SECRET = '\uE001'
/** Unknown text that came over the network. */
export const REMOTE = '\uE002'
/** Beside REMOTE: from a host known to publish installers. */
export const INSTALLER = '\uE006'
/** A file name glob: any run of characters without a slash. */
export const STAR = '\uE003'
/** A file name glob: any one character but a slash. */
export const QUESTION = '\uE004'
/** Any run of characters, slashes too (`**`). */
export const DEEP = '\uE005'

const UNKNOWN_CHARACTERS = /[\uE000-\uE002]/
const PATTERN_CHARACTERS = /[\uE000-\uE005]/

/** Whether any part of the text could not be worked out. */
export function isUnknown(text: string): boolean {
  return UNKNOWN_CHARACTERS.test(text)
}

export function isInstaller(text: string): boolean {
  return text.includes(INSTALLER)
}

/** Whether the text stands for more than one path. */
export function isPattern(text: string): boolean {
  return PATTERN_CHARACTERS.test(text)
}

export function holdsSecret(text: string): boolean {
  return text.includes(SECRET)
}

export function isRemote(text: string): boolean {
  return text.includes(REMOTE)
}

/** The unknown marks a text carries, for what is derived from it. */
export function marksOf(text: string): string {
  let marks = ''
  for (const mark of [SECRET, REMOTE, INSTALLER, UNKNOWN]) if (text.includes(mark)) marks += mark
  return marks
}

const LONGEST_TEXT = 64 * 1024

/** The text, or unknown when it has grown beyond use: doubling a variable sixty times must not fill the memory. */
export function bounded(text: string): string {
  return text.length > LONGEST_TEXT ? UNKNOWN + marksOf(text).replace(UNKNOWN, '') : text
}

/** The text as a person may read it. */
export function readable(text: string): string {
  return text

    .replace(/\uE006/g, '')
    .replace(/[\uE000-\uE002]+/g, '<unknown>')
    .replace(/\uE003/g, '*')
    .replace(/\uE004/g, '?')
    .replace(/\uE005/g, '**')
}

/** Turns a glob as people write it into a pattern. */
export function patternOfGlob(glob: string): string {
  return glob.replace(/\*\*/g, DEEP).replace(/\*/g, STAR).replace(/\?/g, QUESTION)
}

/** Whether some path is described by both patterns. A text without marks describes itself alone. */
export function intersects(a: string, b: string): boolean {
  const decided = decideByHeads(a, b)
  if (decided !== undefined) return decided
  const width = b.length + 1
  const seen = new Uint8Array((a.length + 1) * width)
  const stack = [0]
  while (stack.length > 0) {
    const state = stack.pop()!
    if (seen[state]) continue
    seen[state] = 1
    const i = Math.floor(state / width)
    const j = state % width
    if (i === a.length && j === b.length) return true
    const left = a[i]
    const right = b[j]
    const leftRun = isRun(left)
    const rightRun = isRun(right)
    if (leftRun) stack.push((i + 1) * width + j)
    if (rightRun) stack.push(i * width + j + 1)
    if (left === undefined || right === undefined) continue
    if (!sharesCharacter(left, right)) continue
    if (!leftRun && !rightRun) stack.push((i + 1) * width + j + 1)
    else if (leftRun && !rightRun) stack.push(i * width + j + 1)
    else if (rightRun && !leftRun) stack.push((i + 1) * width + j)
  }
  return false
}

/** Nearly all pairs differ in plain characters before the first mark: then nothing else needs a look. */
function decideByHeads(a: string, b: string): boolean | undefined {
  const shorter = Math.min(a.length, b.length)
  for (let at = 0; at < shorter; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (isMark(left) || isMark(right)) return undefined
    if (left !== right) return false
  }
  if (a.length === b.length) return true
  const next = a.length > b.length ? a.charCodeAt(shorter) : b.charCodeAt(shorter)
  return isMark(next) ? undefined : false
}

function isMark(code: number): boolean {
  return code >= 0xe000 && code <= 0xe005
}

function isRun(mark: string | undefined): boolean {
  return mark === STAR || mark === DEEP || mark === UNKNOWN || mark === SECRET || mark === REMOTE
}

function sharesCharacter(left: string, right: string): boolean {
  const leftMark = isPattern(left)
  const rightMark = isPattern(right)
  if (!leftMark && !rightMark) return left === right
  if (leftMark && rightMark) return true
  const mark = leftMark ? left : right
  const literal = leftMark ? right : left
  return literal !== '/' || (mark !== STAR && mark !== QUESTION)
}
