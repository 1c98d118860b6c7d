import { constants, fstatSync, ftruncateSync, openSync } from 'node:fs'
import { readAt } from './folder.ts'
import { NOTE_LINES } from './note.ts'

// All signed checkpoints one after the other, each six lines; every one names the hash of the one before.

export function openCheckpointFile(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_NOFOLLOW)
}

/** Every whole note of the text, in order, and whether something unfinished follows. */
export function splitNotes(text: string): { notes: string[]; torn: boolean } {
  const lines = text.split('\n')
  const rest = lines.pop()
  const notes = []
  let at = 0
  for (; at + NOTE_LINES <= lines.length; at += NOTE_LINES) {
    notes.push(`${lines.slice(at, at + NOTE_LINES).join('\n')}\n`)
  }
  return { notes, torn: rest !== '' || at < lines.length }
}

const TAIL_BYTES = 8192
const SIGNATURE = '\n— '

/** The last whole note and the offset behind it; null when there is none. A torn note behind it is not looked at. */
export function readLastNote(descriptor: number): { note: string; end: number } | null {
  const size = fstatSync(descriptor).size
  const from = Math.max(0, size - TAIL_BYTES)
  const tail = readAt(descriptor, from, size - from)
  for (let before = tail.length; before > 0; ) {
    const signature = tail.lastIndexOf(SIGNATURE, before)
    if (signature === -1) return null
    const newline = tail.indexOf('\n', signature + 1)
    if (newline !== -1) return noteEndingAt(tail, newline + 1, from)
    before = signature - 1
  }
  return null
}

function noteEndingAt(tail: Buffer, end: number, from: number): { note: string; end: number } | null {
  let start = end - 1
  for (let line = 0; line < NOTE_LINES; line++) {
    if (start <= 0) return null
    start = tail.lastIndexOf('\n', start - 1)
    if (start === -1 && (line < NOTE_LINES - 1 || from > 0)) return null
  }
  return { note: tail.toString('utf8', start + 1, end), end: from + end }
}

/** Cuts what a crash left behind the last whole note. */
export function trimNotes(descriptor: number, end: number): void {
  if (fstatSync(descriptor).size > end) ftruncateSync(descriptor, end)
}
