import { toLower } from './charsets.ts'
import type { Scan } from './scan.ts'

/** Words one of which must stand shortly before a place. */
export interface Landmarks {
  readonly words: readonly string[]
  readonly exact: boolean
  /** How far before the place the word may begin. */
  readonly reach: number
  readonly id: number
  /** Which bytes begin one. */
  readonly firsts: Uint8Array
  readonly longest: number
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
  const firsts = new Uint8Array(256)
  for (const word of words) {
    firsts[word.charCodeAt(0)] = 1
    if (!exact) firsts[word.toUpperCase().charCodeAt(0)] = 1
  }
  return { words, exact, reach, id: defined++, firsts, longest: Math.max(...words.map(word => word.length)) }
}

/** Whether one of the words stands shortly before. Each stretch is searched once, however many places are asked about. */
export function isBehind(scan: Scan, landmarks: Landmarks, at: number): boolean {
  const from = Math.max(0, at - landmarks.reach)
  const sighting = scan.sightings[landmarks.id] ?? { searched: 0, last: -1 }
  scan.sightings[landmarks.id] = sighting
  if (at < sighting.searched) return lastBetween(scan.bytes, landmarks, from, at) >= 0
  // a word that was cut off before may be whole now
  const unsearched = Math.max(from, sighting.searched - landmarks.longest + 1)
  sighting.last = Math.max(sighting.last, lastBetween(scan.bytes, landmarks, unsearched, at))
  sighting.searched = at
  return sighting.last >= from
}

/** Where the last word that lies between begins; -1 when none does. */
function lastBetween(
  bytes: Uint8Array,
  { words, exact, firsts }: Landmarks,
  from: number,
  to: number,
): number {
  let last = -1
  for (let index = from; index < to; index++) {
    if (firsts[bytes[index]!] === 0) continue
    for (const word of words)
      if (index + word.length <= to && standsAt(bytes, index, word, exact)) last = index
  }
  return last
}

function standsAt(bytes: Uint8Array, at: number, word: string, exact: boolean): boolean {
  for (let index = 0; index < word.length; index++) {
    const byte = bytes[at + index]!
    if ((exact ? byte : toLower(byte)) !== word.charCodeAt(index)) return false
  }
  return true
}
