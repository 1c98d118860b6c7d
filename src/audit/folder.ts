import { closeSync, fstatSync, fsyncSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { PortcullisError, systemCode } from '../kernel/errors.ts'

// What lies in the journal's folder, and how to find a line in it without reading the rest.

export const CHECKPOINTS = 'checkpoints'
export const TREE = 'tree'
export const RESERVE = 'reserve'
export const LOCK = 'lock'

const SEQ_DIGITS = 16
const SEGMENT = /^segment-(\d{16})\.jsonl$/
const TORN = /^torn-(\d{16})\.part$/

export interface Segment {
  readonly name: string
  readonly path: string
  readonly first: number
}

/** Name of the segment whose first record is `first`. */
export function segmentName(first: number): string {
  return `segment-${String(first).padStart(SEQ_DIGITS, '0')}.jsonl`
}

/** Name of the side file that keeps the torn bytes record `seq` tells of. */
export function tornName(seq: number): string {
  return `torn-${String(seq).padStart(SEQ_DIGITS, '0')}.part`
}

export interface FolderListing {
  readonly segments: readonly Segment[]
  /** Side files with the sequence number of the record that names each. */
  readonly torn: readonly { readonly name: string; readonly seq: number }[]
  /** Names the journal never makes. */
  readonly strange: readonly string[]
  readonly names: readonly string[]
}

/** Lists the folder, segments in order; an absent folder is an empty one. */
export function listFolder(folder: string): FolderListing {
  const names = readNames(folder)
  const segments = names.flatMap(name => {
    const match = SEGMENT.exec(name)
    return match ? [{ name, path: join(folder, name), first: Number(match[1]) }] : []
  })
  const torn = names.flatMap(name => {
    const match = TORN.exec(name)
    return match ? [{ name, seq: Number(match[1]) }] : []
  })
  return { segments, torn, strange: names.filter(isStrange), names }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw new PortcullisError(
      'file.unreadable',
      `the audit folder \`${folder}\` cannot be read`,
      'check that it is a folder and belongs to you',
      error,
    )
  }
}

function isStrange(name: string): boolean {
  const known = [CHECKPOINTS, TREE, RESERVE, LOCK]
  return !known.includes(name) && !name.startsWith(`${LOCK}.`) && !SEGMENT.test(name) && !TORN.test(name)
}

/** Makes a new, renamed or removed name in `folder` survive a power cut. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The segment that holds `seq` if any does: the last that begins at or before it. */
export function segmentOf(segments: readonly Segment[], seq: number): Segment | undefined {
  return segments.findLast(segment => segment.first <= seq)
}

const NEWLINE = 0x0a
const WINDOW = 64 * 1024
const SEQ_AT_END = /,"seq":(\d{1,16}),"chain":"[0-9a-f]{64}"}$/

/**
 * Byte offset of the line with sequence number `seq` in an open segment, by bisection: a few reads whatever
 * the size. Returns the end of the last whole line when `seq` comes after it; null when the lines make no sense.
 */
export function offsetOf(descriptor: number, seq: number): number | null {
  let low = 0
  let high = fstatSync(descriptor).size
  // INVARIANT: every line that starts before `low` has a smaller seq; none that starts at or after `high` is needed.
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const start = lineStart(descriptor, middle, low)
    const line = readLine(descriptor, start)
    if (line === null) {
      high = start
      continue
    }
    const found = SEQ_AT_END.exec(line.subarray(-128).toString('latin1'))
    if (!found) return null
    const value = Number(found[1])
    if (value === seq) return start
    if (value < seq) low = start + line.length + 1
    else high = start
  }
  return low
}

/** Start of the line that holds byte `at`, looking back no further than `floor`, where a line is known to start. */
function lineStart(descriptor: number, at: number, floor: number): number {
  for (let end = at; end > floor; ) {
    const from = Math.max(floor, end - WINDOW)
    const bytes = readAt(descriptor, from, end - from)
    const newline = bytes.lastIndexOf(NEWLINE)
    if (newline !== -1) return from + newline + 1
    end = from
  }
  return floor
}

/** The line that starts at `start` without its newline; null when it has none. */
export function readLine(descriptor: number, start: number): Buffer | null {
  for (let length = 4096; ; length *= 4) {
    const bytes = readAt(descriptor, start, length)
    const newline = bytes.indexOf(NEWLINE)
    if (newline !== -1) return bytes.subarray(0, newline)
    if (bytes.length < length) return null
  }
}

/** Up to `length` bytes at `position`; fewer only at the end of the file. */
export function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const count = readSync(descriptor, bytes, filled, length - filled, position + filled)
    if (count === 0) break
    filled += count
  }
  return bytes.subarray(0, filled)
}
