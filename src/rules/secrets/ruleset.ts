import { type Automaton, buildAutomaton, SHIFT } from './automaton.ts'
import { mayBeginAt } from './boundary.ts'
import { charset, isByteIn, toLower } from './charsets.ts'
import { createLaneReader, LANE, LANES, type LaneReader } from './lanes.ts'
import { holdFrom, type Scan, type Trigger } from './scan.ts'

/** Shorter texts are not worth parting into lanes. */
const SHORTEST = 512

/**
 * So much of a literal goes into the automaton, the rest is compared at its place. Few characters tell most literals
 * apart, and a table that stays in the first cache is read several times faster than one that does not.
 */
const HEAD = 5

/** The rules of an engine, ready to be run over a text. */
export interface Ruleset {
  readonly triggers: readonly Trigger[]
  readonly automaton: Automaton
  /** How many characters of each trigger's literal the automaton has read at a hit. */
  readonly heads: Uint8Array
  readonly asked: Asked
  /** Reads long texts; whatever it leaves is read place by place. */
  readonly lanes: LaneReader | undefined
  /** Runs the user rules around their keywords. */
  readonly windows: ((scan: Scan, from: number) => void) | undefined
}

/** The triggers of each hit in a row, each with the character that tells most hits of its head from it. */
interface Asked {
  /** Where those of each hit begin; one more for the end. */
  readonly begins: Uint32Array
  readonly triggers: Uint32Array
  /** From the lowest bit on: the byte, what is set before the comparison, how far behind the head's end it stands. */
  readonly probes: Int32Array
  /** How far before the end of a hit a token would begin, where all its triggers begin there and need a boundary; else 0. */
  readonly bounds: Uint8Array
  /** 1 for each trigger whose whole literal the automaton has compared, so that it stands at a hit for certain. */
  readonly certain: Uint8Array
}

interface Probe {
  /** Index in the literal. */
  readonly at: number
  readonly byte: number
  /** The bit that is set before the comparison, where either case will do. */
  readonly fold: number
}

export function buildRuleset(triggers: readonly Trigger[], windows?: Ruleset['windows']): Ruleset {
  const literals = triggers.map(({ literal }) => literal.slice(0, HEAD))
  const automaton = buildAutomaton(literals)
  const heads = Uint8Array.from(literals, head => head.length)
  return {
    triggers,
    automaton,
    lanes: createLaneReader(automaton, HEAD),
    heads,
    asked: askOf(triggers, heads, automaton),
    windows,
  }
}

function askOf(triggers: readonly Trigger[], heads: Uint8Array, { hits, classes }: Automaton): Asked {
  const begins = new Uint32Array(hits.length + 1)
  for (const [index, hit] of hits.entries()) begins[index + 1] = begins[index]! + hit.length
  const probes = triggers.map((trigger, index) => {
    const { at, byte, fold } = probeOf(trigger)
    return ((at - heads[index]!) << 16) | (fold << 8) | byte
  })
  const asked = Uint32Array.from(hits.flat())
  const certain = Uint8Array.from(triggers, trigger => (isAllRead(trigger, classes) ? 1 : 0))
  const bounds = Uint8Array.from(hits, hit => {
    const length = heads[hit[0]!]!
    return hit.every(index => triggers[index]!.bounded && heads[index] === length) ? length : 0
  })
  return { begins, triggers: asked, probes: Int32Array.from(asked, index => probes[index]!), bounds, certain }
}

/** Whether no other byte than its character, in either case, has the class of any of them. */
function isAllRead({ literal, exact }: Trigger, classes: Uint8Array): boolean {
  if (exact || literal.length > HEAD) return false
  return [...literal].every(character => {
    const code = toLower(character.charCodeAt(0))
    return code < 128 && classes.every((value, byte) => value !== classes[code] || toLower(byte) === code)
  })
}

/** Of a literal that goes on behind its head a character there: the automaton has read the head. Of a short one a capital, where it must be one. */
function probeOf({ literal, exact }: Trigger): Probe {
  const begin = literal.length > HEAD ? HEAD : 0
  let at = begin
  for (let index = begin; index < literal.length; index++)
    if (rarity(literal.charCodeAt(index)) >= rarity(literal.charCodeAt(at))) at = index
  const code = literal.charCodeAt(at)
  // of characters beyond ASCII any will do
  if (code > 127) return { at, byte: 0xff, fold: 0xff }
  return exact || !isLetter(code) ? { at, byte: code, fold: 0 } : { at, byte: code | 32, fold: 32 }
}

/** Signs and capitals are rarer in texts than small letters and digits. */
function rarity(code: number): number {
  if (code > 127) return 0
  return isByteIn(code, charset.L) ? 1 : 2
}

function isLetter(code: number): boolean {
  return isByteIn(code, charset.Z)
}

/** Reads every character once and asks the triggers at each hit, in order; gives the depth of the head still alive at the end. */
export function runAutomaton(rules: Ruleset, scan: Scan, from: number): number {
  return readRest(rules, scan, from, rules.lanes ? readLanes(rules, rules.lanes, scan, from) : from)
}

/** Gives the place up to which the lanes went. */
function readLanes(rules: Ruleset, lanes: LaneReader, scan: Scan, from: number): number {
  const { accepting } = rules.automaton
  const { length } = scan.text
  let at = from
  for (let left = length - at; left >= SHORTEST; left = length - at) {
    const size = Math.min(LANE, Math.floor(left / LANES))
    lanes.read(scan.bytes, from, at, size)
    for (let lane = 0; lane < LANES; lane++) {
      const begin = at + lane * size - HEAD + 1
      const end = lane * LANE + lanes.count(lane)
      for (let index = lane * LANE; index < end; index++) {
        const hit = lanes.hits[index]!
        dispatch(rules, scan, (hit & 0xffff) - accepting, begin + (hit >>> 16))
      }
    }
    at += LANES * size
  }
  return at
}

function readRest(rules: Ruleset, scan: Scan, from: number, start: number): number {
  const { classes, transitions, accepting, depths } = rules.automaton
  const { bytes } = scan
  const { length } = scan.text
  let state = 0
  // no head is longer than the characters read before the first place
  for (let index = Math.max(from, start - HEAD); index < start; index++)
    state = transitions[(state << SHIFT) | classes[bytes[index]!]!]!
  for (let index = start; index < length; index++) {
    state = transitions[(state << SHIFT) | classes[bytes[index]!]!]!
    if (state >= accepting) dispatch(rules, scan, state - accepting, index + 1)
  }
  return depths[state]!
}

/** Asks the triggers of a hit whose literal really stands there; `end` is where its head ends. */
function dispatch({ triggers, heads, asked }: Ruleset, scan: Scan, hit: number, end: number) {
  const { bytes } = scan
  const { length } = scan.text
  const { begins, probes, bounds } = asked
  // tokens of several kinds begin alike
  let bounded = -1
  let isInside = false
  const bound = bounds[hit]!
  if (bound > 0) {
    bounded = end - bound
    if (!mayBeginAt(bytes, bounded)) return
  }
  for (let at = begins[hit]!; at < begins[hit + 1]!; at++) {
    const probe = probes[at]!
    const place = end + (probe >> 16)
    // behind the end of the text more may come
    if ((bytes[place]! | ((probe >> 8) & 0xff)) !== (probe & 0xff) && place < length) continue
    const index = asked.triggers[at]!
    const start = end - heads[index]!
    const trigger = triggers[index]!
    if (trigger.bounded) {
      if (start !== bounded) isInside = !mayBeginAt(bytes, start)
      bounded = start
      if (isInside) continue
    }
    if ((asked.certain[index] === 0 && !standsAt(trigger, scan, start)) || isShielded(scan, start)) continue
    trigger.inspect(scan, start, start + trigger.literal.length)
  }
}

/** Whether the rest of the literal stands behind its head; where the text ends first, it is held if it may still come. */
function standsAt({ literal, exact }: Trigger, scan: Scan, start: number): boolean {
  const { text, bytes, final } = scan
  const end = Math.min(start + literal.length, text.length)
  for (let index = 0; start + index < end; index++) {
    const code = literal.charCodeAt(index)
    const byte = bytes[start + index]!
    if (code < 128) {
      if (byte !== code && (exact || toLower(byte) !== code)) return false
    } else if (exact ? text.charCodeAt(start + index) !== code : byte < 128) return false
    // of characters beyond ASCII the bytes tell no more than that: a trigger that is not exact compares them
  }
  if (end === start + literal.length) return true
  if (!final) holdFrom(scan, start)
  return false
}

function isShielded({ shields }: Scan, start: number): boolean {
  const last = shields.at(-1)
  return last !== undefined && start < last.end && start >= last.start
}
