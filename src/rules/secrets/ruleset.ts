import { type Automaton, buildAutomaton } from './automaton.ts'
import { mayBeginAt } from './boundary.ts'
import { holdFrom, type Scan, type Trigger } from './scan.ts'

/**
 * So much of a literal goes into the automaton, the rest is compared at its place. Few characters tell most literals
 * apart, and a table that stays in the first cache is read several times faster than one that does not.
 */
export const HEAD = 5

/** The rules of an engine, ready to be run over a text. */
export interface Ruleset {
  readonly triggers: readonly Trigger[]
  readonly automaton: Automaton
  /** How many characters of each trigger's literal the automaton has read at a hit. */
  readonly heads: Uint8Array
  /** The first byte of each literal that must stand there exactly; 0 where either case will do. */
  readonly firsts: Uint8Array
  /** The byte behind the head of each literal that goes on and must stand there exactly; 0 where anything may follow. */
  readonly nexts: Uint8Array
  /** Runs the user rules around their keywords. */
  readonly windows: ((scan: Scan, from: number) => void) | undefined
}

export function buildRuleset(triggers: readonly Trigger[], windows?: Ruleset['windows']): Ruleset {
  const heads = triggers.map(({ literal }) => literal.slice(0, HEAD))
  return {
    triggers,
    automaton: buildAutomaton(heads),
    heads: Uint8Array.from(heads, head => head.length),
    firsts: Uint8Array.from(triggers, trigger => exactByte(trigger, 0)),
    nexts: Uint8Array.from(triggers, trigger => exactByte(trigger, HEAD)),
    windows,
  }
}

function exactByte({ literal, exact }: Trigger, at: number): number {
  const code = literal.charCodeAt(at)
  return exact && code < 128 ? code : 0
}

/** Asks the triggers of a hit whose literal really stands there; `end` is where its head ends. */
export function dispatch(
  { triggers, heads, firsts, nexts, automaton }: Ruleset,
  scan: Scan,
  hit: number,
  end: number,
) {
  const { text, bytes } = scan
  const indices = automaton.hits[hit]!
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at]!
    const start = end - heads[index]!
    if (firsts[index] !== 0 && bytes[start] !== firsts[index]) continue
    // at the end of the text the mark behind it stands there, and then more may come
    if (nexts[index] !== 0 && bytes[end] !== nexts[index] && end < text.length) continue
    const trigger = triggers[index]!
    if (trigger.bounded && !mayBeginAt(scan.text, start)) continue
    if (!standsAt(trigger, scan, start) || isShielded(scan, start)) continue
    trigger.inspect(scan, start, start + trigger.literal.length)
  }
}

function standsAt({ literal, exact }: Trigger, scan: Scan, start: number): boolean {
  const { text, final } = scan
  const end = start + literal.length
  if (end > text.length) {
    const seen = text.slice(start)
    if (!final && literal.startsWith(exact ? seen : seen.toLowerCase())) holdFrom(scan, start)
    return false
  }
  if (exact) return text.startsWith(literal, start)
  for (let index = HEAD; index < literal.length; index++) {
    const code = literal.charCodeAt(index)
    const byte = scan.bytes[start + index]!
    // of characters beyond ASCII the bytes tell no more than that: the trigger compares them
    if (code < 128 ? toLower(byte) !== code : byte < 128) return false
  }
  return true
}

function toLower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte
}

function isShielded({ shields }: Scan, start: number): boolean {
  const last = shields.at(-1)
  return last !== undefined && start < last.end && start >= last.start
}
