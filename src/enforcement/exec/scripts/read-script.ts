import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { type Refusal, refusal } from './refusals.ts'
import { unreachable, walk } from './walk.ts'

/** A hook is small; what is larger hides something or is data. */
const LARGEST_SCRIPT = 256 * 1024

const OTHERS_WRITE = 0o022
const SET_ID = 0o6000

/** The bytes of a script as they were read from one open file. */
export interface ScriptBytes {
  /** Absolute, links in its folders followed. */
  readonly path: string
  readonly bytes: Buffer
}

/**
 * Reads a script once. The open file is judged, not the name, and its bytes are what later is run, so that a swap after the
 * look changes nothing. Only files of trusted users that nobody else can change are read.
 */
export function readScript(path: string, trusted: ReadonlySet<number>): ScriptBytes | readonly Refusal[] {
  const walked = walk(path, trusted)
  if ('code' in walked) return [walked]
  // Looked at before it is opened: a device may act on being opened, and a pipe would wait for a writer.
  const kind = judgeKind(walked.path, walked.stats)
  if (kind) return [kind]
  let file: number
  try {
    file = openSync(
      walked.path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
    )
  } catch (error) {
    return [unreachable(walked.path, error)]
  }
  try {
    return readOpen(file, walked.path, walked.stats, trusted)
  } catch (error) {
    return [unreachable(walked.path, error)]
  } finally {
    closeSync(file)
  }
}

function readOpen(
  file: number,
  path: string,
  seen: Stats,
  trusted: ReadonlySet<number>,
): ScriptBytes | readonly Refusal[] {
  const stats = fstatSync(file)
  if (stats.dev !== seen.dev || stats.ino !== seen.ino) return [swapped(path)]
  const kind = judgeKind(path, stats)
  const refusals = kind ? [kind] : judgeRights(path, stats, trusted)
  if (stats.size > LARGEST_SCRIPT) refusals.push(tooLarge(path))
  if (refusals.length > 0) return refusals
  const bytes = readBounded(file)
  if (bytes === null) return [tooLarge(path)]
  const after = fstatSync(file)
  // Files of /proc say that they are empty; an honest one has the size it gave.
  if (bytes.length !== stats.size || after.ctimeMs !== stats.ctimeMs || after.size !== stats.size)
    return [swapped(path)]
  return { path, bytes }
}

function judgeKind(path: string, stats: Stats): Refusal | undefined {
  if (stats.isSymbolicLink()) return refusal('script.is-link', `\`${path}\` is a link`, path)
  if (!stats.isFile()) return refusal('script.is-no-file', `\`${path}\` is not a regular file`, path)
  return undefined
}

function judgeRights(path: string, stats: Stats, trusted: ReadonlySet<number>): Refusal[] {
  const refusals: Refusal[] = []
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
  const refuse = (code: Refusal['code'], message: string) => refusals.push(refusal(code, message, path))
  if (!trusted.has(stats.uid))
    refuse('script.belongs-to-another', `\`${path}\` belongs to another user (uid ${stats.uid})`)
  if (stats.mode & OTHERS_WRITE)
    refuse('script.is-writable-by-others', `others may write to \`${path}\` (mode ${mode})`)
  if (stats.mode & SET_ID)
    refuse('script.is-set-id', `\`${path}\` runs with the rights of its owner (mode ${mode})`)
  // In a shared folder anybody could give a file of ours, or of root's, another name.
  if (stats.nlink !== 1) refuse('script.has-other-names', `\`${path}\` has ${stats.nlink} names`)
  return refusals
}

/** All of a file, or null when it is too large. */
function readBounded(file: number): Buffer | null {
  const buffer = Buffer.alloc(LARGEST_SCRIPT + 1)
  let length = 0
  while (length < buffer.length) {
    const read = readSync(file, buffer, length, buffer.length - length, length)
    if (read === 0) return buffer.subarray(0, length)
    length += read
  }
  return null
}

function swapped(path: string): Refusal {
  return refusal('script.was-swapped', `\`${path}\` changed while it was looked at`, path)
}

function tooLarge(path: string): Refusal {
  return refusal('script.is-too-large', `\`${path}\` is larger than ${LARGEST_SCRIPT / 1024} KB`, path)
}
