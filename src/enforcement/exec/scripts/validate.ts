import { createHash } from 'node:crypto'
import { readlinkSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Advice, adviseOn, scoreOf } from './advice.ts'
import type { Pins } from './pins.ts'
import { readScript } from './read-script.ts'
import { type Refusal, refusal } from './refusals.ts'
import { type Interpreter, readShebang } from './shebang.ts'
import { readText } from './text.ts'
import { walk } from './walk.ts'

/** What is known of a script; it may start when nothing refuses it. */
export interface ScriptReport {
  /** As it was named until it could be opened, then the real one. */
  readonly path: string
  readonly refusals: readonly Refusal[]
  readonly advice: readonly Advice[]
  readonly score: number
  /** Absent when it could not be read. */
  readonly script?: ValidScript
  readonly pin: 'matches' | 'differs' | 'none'
}

/** The bytes that were judged: whatever is run is made of these, never of the file again. */
export interface ValidScript {
  readonly path: string
  readonly bytes: Buffer
  readonly sha256: string
  readonly interpreter: Interpreter
}

export interface ScriptRules {
  /** Owners besides root whose scripts and folders are taken. */
  readonly trusted: readonly number[]
  readonly home: string
  readonly pins: Pins
  /** Refuse what nobody pinned. */
  readonly mustBePinned: boolean
}

/** Judges one script by its absolute path. A refusal is a value; throws only for faults of our own. */
export function validateScript(path: string, rules: ScriptRules): ScriptReport {
  const trusted = new Set([0, ...rules.trusted])
  const read = readScript(path, trusted)
  if (!('bytes' in read)) return refused(path, read)
  const text = readText(read.bytes, read.path)
  if (typeof text !== 'string') return refused(read.path, [text])
  const interpreter = readShebang(text, read.path, isProgram)
  if ('code' in interpreter) return refused(read.path, [interpreter])
  const sha256 = createHash('sha256').update(read.bytes).digest('hex')
  const advice = adviseOn(text, interpreter, rules.home)
  const pin = rules.pins.get(read.path)
  return {
    path: read.path,
    refusals: [
      ...judgeInterpreter(interpreter, read.path),
      ...judgePin(read.path, sha256, rules),
      ...judgeAdvice(read.path, advice, pin?.sha256 === sha256 ? pin.accepted : []),
    ],
    advice,
    score: scoreOf(advice),
    script: { ...read, sha256, interpreter },
    pin: pin === undefined ? 'none' : pin.sha256 === sha256 ? 'matches' : 'differs',
  }
}

function refused(path: string, refusals: readonly Refusal[]): ScriptReport {
  return { path, refusals, advice: [], score: 0, pin: 'none' }
}

function isProgram(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/** The program that reads the script is as much code as the script. */
function judgeInterpreter({ path: program }: Interpreter, path: string): readonly Refusal[] {
  const root = new Set([0])
  let at = program
  for (let links = 0; links < 8; links++) {
    const walked = walk(at, root)
    if ('code' in walked) return [unsafe(walked.message, path)]
    const { stats } = walked
    if (stats.uid !== 0) return [unsafe(`\`${at}\` does not belong to root`, path)]
    if (!stats.isSymbolicLink())
      return stats.isFile() && (stats.mode & 0o022) === 0
        ? []
        : [unsafe(`others may write to \`${at}\``, path)]
    at = resolve(dirname(walked.path), readlinkSync(walked.path))
  }
  return [unsafe(`\`${program}\` leads in circles`, path)]
}

function unsafe(message: string, path: string): Refusal {
  return refusal('script.has-unsafe-interpreter', message, path)
}

function judgePin(path: string, sha256: string, { pins, mustBePinned }: ScriptRules): readonly Refusal[] {
  const pin = pins.get(path)
  if (pin === undefined)
    return mustBePinned ? [refusal('script.is-not-pinned', `nobody has pinned \`${path}\``, path)] : []
  if (pin.sha256 === sha256) return []
  return [refusal('script.differs-from-pin', `\`${path}\` is not what was pinned`, path)]
}

/** Harm that is certain refuses, unless whoever pinned these bytes said that it is meant. */
function judgeAdvice(
  path: string,
  advice: readonly Advice[],
  accepted: readonly string[],
): readonly Refusal[] {
  const harms = advice.filter(({ severity, rule }) => severity === 'deny' && !accepted.includes(rule))
  const named = [...new Map(harms.map(harm => [harm.message, harm])).values()]
  return named.map(({ message, rule }) => refusal('script.is-dangerous', `${message} [${rule}]`, path))
}
