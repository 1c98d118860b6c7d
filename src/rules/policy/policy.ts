import type { Effect } from '../../access/effect.ts'
import type { ThreatId } from '../../access/threat-id.ts'

/**
 * Where a rule or an exception speaks. All conditions that are given must hold; of one condition any entry may.
 * `effect`, `path` and `host` speak of one and the same effect, and `command` of the program that has it.
 */
export interface When {
  readonly agent?: readonly string[] | undefined
  readonly action?: readonly string[] | undefined
  /** Names of tools, MCP tools among them, with `*`. */
  readonly tool?: readonly string[] | undefined
  /** Folders the agent works for. */
  readonly project?: readonly string[] | undefined
  /** A program and its first arguments, blank between them: `git push`. */
  readonly command?: readonly string[] | undefined
  readonly effect?: readonly Effect['kind'][] | undefined
  readonly path?: readonly string[] | undefined
  readonly host?: readonly string[] | undefined
}

/** A rule the deployment adds. */
export interface OwnRule {
  readonly id: string
  readonly description: string
  readonly when: When
  readonly decision: 'ask' | 'deny'
  readonly threat: ThreatId
  readonly message?: string | undefined
  readonly remedy?: string | undefined
}

/** Takes the force out of what one rule, or the rules of a glob, say in one narrow place. */
export interface PolicyException {
  readonly id: string
  readonly rule: string
  readonly when: When
  readonly reason: string
  /** The last day it counts (UTC), `2027-01-31`. */
  readonly expires?: string | undefined
}

const DAY_MS = 86_400_000

/** Whether an exception has had its last day. What cannot be read as a day is over. */
export function isExpired({ expires }: Pick<PolicyException, 'expires'>, now: number): boolean {
  if (expires === undefined) return false
  const day = Date.parse(`${expires}T00:00:00Z`)
  return Number.isNaN(day) || now >= day + DAY_MS
}
