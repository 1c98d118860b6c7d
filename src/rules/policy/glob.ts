import type { Workplace } from '../../access/request.ts'
import { expandHome } from '../paths/classify.ts'
import { DEEP, intersects, isPattern, patternOfGlob } from '../paths/pattern.ts'
import { normalise } from '../paths/posix.ts'

/** Whether a name fits a glob in which `*` is any run of characters. */
export function nameFits(name: string, glob: string): boolean {
  const [head = '', ...rest] = glob.split('*')
  if (rest.length === 0) return name === glob
  if (!name.startsWith(head)) return false
  let at = head.length
  const tail = rest.pop()!
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - at >= tail.length && name.endsWith(tail)
}

/** Paths of one workplace against globs of the policy. */
export interface PathMatcher {
  /** Some path the target may stand for is covered: what a rule asks. */
  mayTouch(target: string, glob: string, isRecursive: boolean): boolean
  /** The target is known and covered: what an exception asks. */
  isWithin(target: string, glob: string): boolean
}

/** `real` resolves links in a path without pattern characters; names compare as the disk compares them. */
export function createPathMatcher(
  workplace: Workplace,
  real: (path: string) => string,
  isCaseInsensitive: boolean,
): PathMatcher {
  const fold = (text: string) => (isCaseInsensitive ? text.toLowerCase() : text)
  const known = new Map<string, readonly string[]>()

  /** As it is written and as it lies on the disk, so that a link on the way changes nothing. */
  function patternsOf(glob: string): readonly string[] {
    const kept = known.get(glob)
    if (kept) return kept
    const absolute = absoluteGlob(glob, workplace)
    const head = /^(?:\/[^*?/]+)*(?=\/|$)/.exec(absolute)?.[0] ?? ''
    const forms = [absolute, head === '' ? absolute : real(head) + absolute.slice(head.length)]
    const patterns = [...new Set(forms)].map(form => fold(patternOfGlob(form)))
    known.set(glob, patterns)
    return patterns
  }

  const covers = (target: string, pattern: string) =>
    intersects(target, pattern) || intersects(target, `${pattern}/${DEEP}`)

  return {
    mayTouch(target, glob, isRecursive) {
      const path = fold(target)
      return patternsOf(glob).some(
        pattern =>
          covers(path, pattern) ||
          // What is written into a folder, as by unpacking an archive, is told as the folder.
          (pattern.endsWith(`/${DEEP}`) && intersects(path, pattern.slice(0, -2))) ||
          (isRecursive && intersects(`${path}/${DEEP}`, pattern)),
      )
    },
    isWithin(target, glob) {
      // What is not in canonical form may lead out again.
      if (isPattern(target) || !target.startsWith('/') || normalise(target) !== target) return false
      return patternsOf(glob).some(pattern => covers(fold(target), pattern))
    },
  }
}

/** As `validation.paths.protect` reads them: a name alone is meant anywhere, a relative path in the project. */
function absoluteGlob(glob: string, { home, project }: Workplace): string {
  if (glob.startsWith('/')) return glob
  if (glob.startsWith('~')) return expandHome(glob, home)
  const below = glob.replace(/^\.\//, '')
  if (below !== glob || below.includes('/')) return `${project}/${below}`
  return `/**/${glob}`
}

/** Whether a path glob says next to nothing about a place, or leads to another one than it seems. */
export function isWideGlob(glob: string): boolean {
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(glob.replace(/^\.\//, ''))) return true
  if (/^\/(?:home|Users|proc|dev|sys)\/?$|^\/(?:proc|dev|sys)\//.test(glob)) return true
  const anywhere = glob.replace(/^\/?\*\*\//, '')
  if (/^\/[^/]*[*?]/.test(anywhere)) return true
  const below = anywhere.replace(/^(?:~[\w.-]*|\/(?:home|Users)\/[^/]*|\/root)(?=\/|$)/, '')
  const letters = below.replace(/[*?./]/g, '').length
  // A name alone is meant in every folder: `*.log` says what it is about, `*e*` does not.
  const isName = !anywhere.includes('/') && !anywhere.startsWith('~')
  return letters === 0 || (isName && letters < 3 && !/^\*\.\w+$/.test(anywhere))
}
