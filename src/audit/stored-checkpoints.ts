import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Authority, isPlainFile } from './authority.ts'
import { splitNotes } from './checkpoint-file.ts'
import { CHECKPOINTS } from './folder.ts'
import { sha256 } from './merkle.ts'
import {
  type Checkpoint,
  NOTE_LINES,
  noPrevious,
  openCheckpoint,
  readCheckpoint,
  type VerifyKey,
} from './note.ts'
import { type Findings, Tampering } from './tampering.ts'

/** A checkpoint whose signature was good. */
export interface Head extends Checkpoint {
  /** The file it stands in and its first line there. */
  readonly place: string
  readonly line: number
}

/** The checkpoints outside: one that is missing or not ours is tampering with what we trust. */
export function openOutside({ key, outside }: Authority): Head[] {
  return outside.map(({ place, note }) => {
    if (note === null) throw new Tampering({ what: `the checkpoint outside, \`${place}\`, is missing` })
    const checkpoint = openCheckpoint(note, key)
    if (checkpoint) return { ...checkpoint, place, line: 1 }
    throw new Tampering({ segment: place, what: 'the checkpoint outside is not signed by the pinned key' })
  })
}

/** Every checkpoint in the folder: signed by the pinned key, in order, none taken out. */
export function openStored(
  folder: string,
  key: VerifyKey,
  outside: readonly Head[],
  findings: Findings,
): Head[] {
  const path = join(folder, CHECKPOINTS)
  if (!isPlainFile(path)) throw new Tampering({ what: describeAbsence(folder, outside) })
  const { notes, torn } = splitNotes(readFileSync(path, 'utf8'))
  const heads = impliedByLast(notes, key) ?? checkEach(notes, key)
  if (heads.length === 0) throw new Tampering({ segment: CHECKPOINTS, what: 'no whole checkpoint is left' })
  if (torn && !findings.isLive)
    findings.unclean = { segment: CHECKPOINTS, what: 'the last checkpoint is torn' }
  findings.checkpoints = heads.length
  findings.signed = heads.at(-1)!.size
  return heads
}

/**
 * What the last signature alone vouches for: it covers the hash of the note before, signature and all, and so on back to
 * the first. A log of short-lived hooks has a note for each record, and checking each signature took most of the time.
 * Null when anything at all is amiss; each note is then checked by itself, to name the one at fault.
 */
function impliedByLast(notes: readonly string[], key: VerifyKey): Head[] | null {
  const last = notes.at(-1)
  if (last === undefined || !openCheckpoint(last, key)) return null
  const heads: Head[] = []
  let previous = noPrevious()
  let size = -1
  for (const [at, note] of notes.entries()) {
    const checkpoint = readCheckpoint(note)
    if (checkpoint?.origin !== key.name || !checkpoint.previous.equals(previous)) return null
    if (checkpoint.size <= size) return null
    heads.push({ ...checkpoint, place: CHECKPOINTS, line: at * NOTE_LINES + 1 })
    previous = sha256(Buffer.from(note))
    size = checkpoint.size
  }
  return heads
}

/** Throws for the first note that is not signed, not in its place, or covers too little. */
function checkEach(notes: readonly string[], key: VerifyKey): Head[] {
  const heads: Head[] = []
  let previous = noPrevious()
  notes.forEach((note, at) => {
    const line = at * NOTE_LINES + 1
    const wrong = (what: string) => new Tampering({ segment: CHECKPOINTS, line, what })
    const checkpoint = openCheckpoint(note, key)
    if (!checkpoint) throw wrong(describeForgery(note, key))
    if (!checkpoint.previous.equals(previous))
      throw wrong('the checkpoint before this one was taken out or changed')
    if (checkpoint.size <= (heads.at(-1)?.size ?? -1))
      throw wrong('the checkpoint covers no more than the one before')
    previous = sha256(Buffer.from(note))
    heads.push({ ...checkpoint, place: CHECKPOINTS, line })
  })
  return heads
}

function describeForgery(note: string, key: VerifyKey): string {
  const origin = note.slice(0, note.indexOf('\n'))
  return origin !== key.name && origin.startsWith('portcullis/')
    ? `the checkpoint is of another journal, \`${origin}\`, not \`${key.name}\``
    : 'the checkpoint is not signed by the pinned key'
}

function describeAbsence(folder: string, outside: readonly Head[]): string {
  const known = outside[0] ? `; ${outside[0].size} records were signed` : ''
  return existsSync(folder)
    ? `the checkpoints are missing: the folder was emptied or is no journal${known}`
    : `the folder is gone${known}`
}

/** An older copy of the folder is whole in itself; a checkpoint outside signs more than it holds. */
export function refuseRollback(stored: readonly Head[], outside: readonly Head[]): void {
  const last = stored.at(-1)!
  const ahead = outside.find(head => head.size > last.size)
  if (!ahead) return
  throw new Tampering({
    segment: CHECKPOINTS,
    seq: last.size,
    what: `cut or rolled back: \`${ahead.place}\` signs ${ahead.size} records, the folder only ${last.size}`,
  })
}
