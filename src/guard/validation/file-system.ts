import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import type { FileSystemView } from '../../rules/judgement.ts'

/** As many links as Linux follows before it says ELOOP. */
const MAXIMUM_LINKS = 40

/** Files whose code is read for one judgement. */
const MOST_READ = 16
const MOST_LOOKED_FOR = 100
const LARGEST_READ = 64 * 1024
const MOST_REMEMBERED = 64

/** The real disk; `still` is the same disk for one judgement. */
interface RealDisk extends FileSystemView {
  still(): FileSystemView
}

/** The real disk as the rules may see it. The disk of `probe` tells whether case counts. */
export function createFileSystemView(probe: string = homedir()): FileSystemView {
  let folded: boolean | undefined
  const readSmall = createSmallReader()
  const disk: RealDisk = {
    realPath: path => realPath(path, linkTarget),
    readSmall,
    get caseInsensitive() {
      folded ??= foldsCase(probe)
      return folded
    },
    still() {
      // Most paths of one command share their folders: each is asked for once.
      const targets = new Map<string, string | null | undefined>()
      const targetOf: TargetOf = path => {
        if (targets.has(path)) return targets.get(path)
        const target = linkTarget(path)
        targets.set(path, target)
        return target
      }
      return { realPath: path => realPath(path, targetOf), readSmall, caseInsensitive: disk.caseInsensitive }
    },
  }
  return disk
}

/** A disk that remembers what it has answered. */
export interface StillView extends FileSystemView {
  readonly realPaths: ReadonlyMap<string, string>
  readonly texts: ReadonlyMap<string, string | null>
}

/** The same disk, asked once for each path: for one judgement, during which the answers must agree with each other. */
export function stillView(view: FileSystemView): StillView {
  const disk = 'still' in view ? (view as RealDisk).still() : view
  const realPaths = new Map<string, string>()
  const texts = new Map<string, string | null>()
  const { readSmall } = disk
  let read = 0
  return {
    realPaths,
    texts,
    ...(readSmall && {
      readSmall(path: string) {
        const before = texts.get(path)
        if (before !== undefined) return before
        if (texts.size >= MOST_LOOKED_FOR || read >= MOST_READ) return null
        const text = readSmall(path)
        if (text !== null) read++
        texts.set(path, text)
        return text
      },
    }),
    caseInsensitive: disk.caseInsensitive,
    realPath(path) {
      const before = realPaths.get(path)
      if (before !== undefined) return before
      const real = disk.realPath(path)
      realPaths.set(path, real)
      return real
    },
  }
}

interface Remembered {
  readonly stamp: string
  readonly text: string | null
}

/** The text of a regular file of at most `largest` bytes; null for a link and whatever else is none. Never throws. */
export function readRegularFile(path: string, largest: number): string | null {
  return lstatOf(path)?.isFile() ? readText(path, largest) : null
}

/** Reads small text files; what has not changed since is not read again. */
function createSmallReader(): (path: string) => string | null {
  const remembered = new Map<string, Remembered>()
  return path => {
    const status = lstatOf(path)
    // Only a regular file is opened: a pipe would wait, a device may act on being read.
    if (!status?.isFile() || status.size > LARGEST_READ) return null
    const stamp = `${status.dev} ${status.ino} ${status.size} ${status.mtimeMs} ${status.ctimeMs}`
    const before = remembered.get(path)
    if (before?.stamp === stamp) return before.text
    const text = readText(path, LARGEST_READ)
    remembered.delete(path)
    remembered.set(path, { stamp, text })
    if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!)
    return text
  }
}

function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    // Contract of FileSystemView: what cannot be read is no file whose code could be known.
    return undefined
  }
}

function readText(path: string, largest: number): string | null {
  let file: number | undefined
  try {
    // The path may have become a link or a pipe since it was looked at.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if (!fstatSync(file).isFile()) return null
    const buffer = Buffer.allocUnsafe(largest + 1)
    const length = readSync(file, buffer, 0, buffer.length, 0)
    const bytes = buffer.subarray(0, length)
    return length > largest || bytes.includes(0) ? null : bytes.toString('utf8')
  } catch {
    // Contract of FileSystemView: never throws; code that cannot be read stays unknown.
    return null
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * Walks the path as the kernel would: one component at a time, links replaced where they stand, so that `..`
 * after a link leaves the link's target and a dangling link still shows where a write would land.
 */
function realPath(path: string, targetOf: TargetOf): string {
  const pending = componentsOf(path).reverse()
  let real: string[] = []
  let exists = true
  let links = 0
  while (pending.length > 0) {
    const name = pending.pop()!
    if (name === '..') {
      real.pop()
      // Back above the missing part, the disk may know the names again.
      exists = true
      continue
    }
    real.push(name)
    if (!exists) continue
    const target = targetOf(`/${real.join('/')}`)
    if (target === undefined) {
      exists = false
    } else if (target !== null && ++links > MAXIMUM_LINKS) {
      exists = false
    } else if (target !== null) {
      if (target.startsWith('/')) real = []
      else real.pop()
      pending.push(...componentsOf(target).reverse())
    }
  }
  return `/${real.join('/')}`
}

function componentsOf(path: string): string[] {
  return path.split('/').filter(name => name !== '' && name !== '.')
}

type TargetOf = (path: string) => string | null | undefined

/** Where a link points, null for what is not a link, undefined for what cannot be seen. */
function linkTarget(path: string): string | null | undefined {
  // These name another file in each process; read here they would tell about us, not about the agent.
  if (path === '/proc/self' || path === '/proc/thread-self') return null
  if (path.startsWith('/proc/self/') || path.startsWith('/proc/thread-self/')) {
    return path.endsWith('/root') ? '/' : null
  }
  try {
    const status = lstatSync(path, { throwIfNoEntry: false })
    if (!status) return undefined
    return status.isSymbolicLink() ? readlinkSync(path) : null
  } catch {
    // Contract of FileSystemView: what cannot be read counts as not existing; the rules then judge the name.
    return undefined
  }
}

/** Asks the disk for the same folder with its letters' case turned; the same file under both names means folded. */
function foldsCase(folder: string): boolean {
  const original = statusOf(folder)
  const turned = folder.replace(/\p{L}/gu, letter =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  )
  if (original && turned !== folder) {
    const other = statusOf(turned)
    return other?.ino === original.ino && other.dev === original.dev
  }
  const parent = dirname(folder)
  // Without anything to compare, what the platform usually does.
  return parent === folder ? process.platform === 'darwin' || process.platform === 'win32' : foldsCase(parent)
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
