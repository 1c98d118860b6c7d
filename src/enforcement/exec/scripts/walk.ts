import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { systemCode } from '../../../kernel/errors.ts'
import { type Refusal, refusal } from './refusals.ts'

/** As many links as Linux follows before it says ELOOP. */
const MOST_LINKS = 40
const OTHERS_WRITE = 0o022
const STICKY = 0o1000

/** Where a path leads to when nobody but the trusted can make it lead elsewhere. */
export interface Walked {
  /** Absolute, every link in its folders followed. */
  readonly path: string
  /** Of the last part, a link not followed. */
  readonly stats: Stats
}

/**
 * Goes down an absolute path as the kernel does, part by part from `/`. Each folder and link on the way must belong to a
 * trusted user, and no folder may let others put something in its place: what was checked above holds what is below.
 */
export function walk(path: string, trusted: ReadonlySet<number>): Walked | Refusal {
  if (!path.startsWith('/') || path.includes('\0') || path.endsWith('/'))
    return refusal('script.is-named-wrongly', 'the path is not that of a file', path)
  const pending = partsOf(path)
  if (pending.length === 0) return refusal('script.is-no-file', `\`${path}\` is not a regular file`, path)
  let at = ''
  let links = 0
  try {
    const root = judgeFolder('/', lstatSync('/'), trusted)
    if (root) return root
    while (true) {
      const part = pending.shift()!
      const next = part === '..' ? at.slice(0, Math.max(0, at.lastIndexOf('/'))) : `${at}/${part}`
      const stats = lstatSync(next === '' ? '/' : next)
      if (pending.length === 0) return { path: next === '' ? '/' : next, stats }
      if (stats.isSymbolicLink()) {
        if (!trusted.has(stats.uid)) return foreign('link', next, stats)
        if (++links > MOST_LINKS)
          return refusal('script.goes-in-circles', `\`${next}\` leads in circles`, next)
        const target = readlinkSync(next)
        if (target.startsWith('/')) at = ''
        pending.unshift(...partsOf(target))
        continue
      }
      const judged = judgeFolder(next === '' ? '/' : next, stats, trusted)
      if (judged) return judged
      at = next
    }
  } catch (error) {
    return unreachable(path, error)
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.')
}

function judgeFolder(path: string, stats: Stats, trusted: ReadonlySet<number>): Refusal | undefined {
  if (!stats.isDirectory()) return refusal('script.is-missing', `\`${path}\` is no folder`, path)
  if (!trusted.has(stats.uid)) return foreign('folder', path, stats)
  // In a sticky folder others may make files, but not take away or rename those of somebody else. An access list shows as group bits.
  if ((stats.mode & OTHERS_WRITE) === 0 || (stats.mode & STICKY) !== 0) return undefined
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
  return refusal(
    'script.lies-in-open-folder',
    `others may write to the folder \`${path}\` (mode ${mode})`,
    path,
  )
}

function foreign(kind: 'folder' | 'link', path: string, { uid }: Stats): Refusal {
  return refusal(
    'script.lies-in-folder-of-another',
    `the ${kind} \`${path}\` belongs to another user (uid ${uid})`,
    path,
  )
}

/** What a failed look at a path means. */
export function unreachable(path: string, error: unknown): Refusal {
  const code = systemCode(error)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return refusal('script.is-missing', `there is no file \`${path}\``, path)
    case 'ELOOP':
      return refusal('script.is-link', `\`${path}\` is a link`, path)
    case 'EACCES':
    case 'EPERM':
      return refusal('script.is-unreadable', `\`${path}\` may not be read`, path)
    case 'ENAMETOOLONG':
      return refusal('script.is-named-wrongly', 'the path is too long', path)
    case undefined:
      throw error
    default:
      return refusal('script.is-unreadable', `\`${path}\` cannot be read: ${code}`, path)
  }
}
