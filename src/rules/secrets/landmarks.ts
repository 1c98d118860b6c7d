import { toLower } from './charsets.ts'
import type { Scan } from './scan.ts'

/** Words one of which must stand shortly before a place. */
export interface Landmarks {
  readonly exact: boolean
  /** How far before the place the word may begin. */
  readonly reach: number
  readonly id: number
  /** The words by the byte they begin with, and which bytes those are. */
  readonly byFirst: readonly (readonly string[])[]
  readonly firsts: Uint8Array
}

/** Up to where a text has been searched, and where one of the words stood last. */
interface Sighting {
  searched: number
  last: number
}

export type Sightings = (Sighting | undefined)[]

let defined = 0

/** Words in small letters count in either case unless they must stand there exactly. */
export function defineLandmarks(words: readonly string[], reach: number, exact = false): Landmarks {
  const byFirst = Array.from({ length: 256 }, (_, byte) =>
    words.filter(word => word.charCodeAt(0) === (exact ? byte : toLower(byte))),
  )
  const firsts = Uint8Array.from(byFirst, begun => begun.length)
  return { exact, reach, id: defined++, byFirst, firsts }
}

/** Whether one of the words stands shortly before. Each stretch is searched once, however many places are asked about. */
export function isBehind(scan: Scan, landmarks: Landmarks, at: number): boolean {
  const from = Math.max(0, at - landmarks.reach)
  const sighting = scan.sightings[landmarks.id] ?? { searched: 0, last: -1 }
  scan.sightings[landmarks.id] = sighting
  if (at >= sighting.searched) search(scan.bytes, landmarks, from, at, sighting)
  else {
    const alone = { searched: 0, last: -1 }
    search(scan.bytes, landmarks, from, at, alone)
    return alone.last >= 0
  }
  return sighting.last >= from
}

/** A word that goes on beyond the place counts for a later one only. */
function search(
  bytes: Uint8Array,
  { exact, byFirst, firsts }: Landmarks,
  from: number,
  to: number,
  sighting: Sighting,
): void {
  let next = to
  for (let index = Math.max(from, sighting.searched); index < to; index++) {
    const byte = bytes[index]!
    if (firsts[byte] === 0) continue
    for (const word of byFirst[byte]!) {
      if (!standsAt(bytes, index, word, exact)) continue
      if (index + word.length <= to) sighting.last = index
      else next = Math.min(next, index)
    }
  }
  sighting.searched = next
}

function standsAt(bytes: Uint8Array, at: number, word: string, exact: boolean): boolean {
  for (let index = 0; index < word.length; index++) {
    const byte = bytes[at + index]!
    if ((exact ? byte : toLower(byte)) !== word.charCodeAt(index)) return false
  }
  return true
}
