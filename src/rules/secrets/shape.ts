import { charset, countIn } from './charsets.ts'
import { rarity } from './rarity.ts'

/** What a value is made of. */
export interface Shape {
  readonly value: string
  readonly digits: number
  readonly letters: number
  /** What joins words: `_-.:/`. */
  readonly joiners: number
  /** Neither letters nor digits nor what joins words. */
  readonly signs: number
  readonly bothCases: boolean
  readonly rarity: number
}

export function shapeOf(value: string): Shape {
  let digits = 0
  let small = 0
  let capitals = 0
  let joiners = 0
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if (code >= 97 && code <= 122) small++
    else if (code >= 65 && code <= 90) capitals++
    else if (code >= 48 && code <= 57) digits++
    else if (code === 95 || code === 58 || (code >= 45 && code <= 47)) joiners++
  }
  const letters = small + capitals
  return {
    value,
    digits,
    letters,
    joiners,
    signs: value.length - digits - letters - joiners,
    bothCases: small > 0 && capitals > 0,
    rarity: rarity(value),
  }
}

export function isDigits(part: string): boolean {
  return part !== '' && countIn(part, 0, part.length, charset.D) === part.length
}
