import { isAbsolute } from 'node:path'
import type { Decision, Reason } from '../../access/decision.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import { createGuard } from '../../guard/decide.ts'
import type { Layer } from '../../guard/layer.ts'
import type { Clock } from '../../kernel/clock.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import type { Disposition, JsonObject, Surroundings } from './adapter.ts'
import { agentNames, findAdapter } from './agents.ts'
import { callEventOf } from './call-events.ts'
import { dispose, strictest } from './dispose.ts'

/** What an act would be told; `none` leaves it to the agent's own rules. `us` is the time of the judging. */
export interface CheckResult {
  readonly id: string | number
  readonly decision: 'allow' | 'ask' | 'deny' | 'none'
  readonly reasons: readonly Reason[]
  readonly us: number
}

export interface Place {
  readonly cwd: string
  readonly home: string
  readonly project: string
}

export interface Judge {
  readonly judge: (request: AccessRequest) => Promise<Decision>
  readonly config: Config
  readonly engine: SecretEngine
  readonly clock: Clock
}

/** Judges by the validation layer alone and records nothing: asking what would happen is not an act. */
export function createJudge(parts: Omit<Judge, 'judge'> & { readonly validation: Layer }): Judge {
  const silent = (name: Layer['name']): Layer => ({ name, check: () => ({ kind: 'not-applicable' }) })
  const guard = createGuard(
    [
      silent('network'),
      silent('authentication'),
      silent('authorization'),
      parts.validation,
      silent('execution'),
      { name: 'monitoring', record: async () => {} },
    ],
    parts.clock,
  )
  return { ...parts, judge: async request => (await guard.decide(request)).settled }
}

/**
 * Judges one line `{id, command | tool+input, cwd?, home?, project?, agent?}` exactly as a hook would.
 * Throws `usage` for a line that is no act.
 */
export async function checkLine(
  line: string,
  number: number,
  parts: Judge,
  place: Place,
): Promise<CheckResult> {
  const { judge, config, engine, clock } = parts
  const act = parse(line)
  const id = idOf(act) ?? number
  const name = text(act, 'agent') ?? 'claude-code'
  const adapter = findAdapter(name)
  if (!adapter) throw usage(`\`agent\` must be one of ${agentNames.join(', ')}`)
  const cwd = folder(act, 'cwd') ?? place.cwd
  const surroundings: Surroundings = {
    cwd,
    home: folder(act, 'home') ?? place.home,
    project: folder(act, 'project') ?? folder(act, 'cwd') ?? place.project,
    clock,
    ids: prefix => `${prefix}_check`,
    readText: () => null,
  }
  const event = adapter.parse(Buffer.from(JSON.stringify(toEvent(name, act, cwd))))
  const started = clock.monotonic()
  const dispositions: Disposition[] = []
  for (const translated of adapter.translate(event, surroundings)) {
    const request: AccessRequest = { ...translated, point: 'check' }
    const decision = await judge(request)
    const { action, resource } = request
    const abilities = adapter.abilities(event)
    const command = resource.type === 'command' && { command: resource.command }
    dispositions.push(
      dispose(decision, { action, abilities, config, engine, ...command, sandboxed: text => text }),
    )
  }
  const us = Math.round((clock.monotonic() - started) * 1000)
  const disposition = strictest(dispositions)
  switch (disposition.kind) {
    case 'deny':
    case 'ask':
      return { id, decision: disposition.kind, reasons: disposition.reasons, us }
    case 'pass':
      return { id, decision: disposition.affirmed ? 'allow' : 'none', reasons: [], us }
    case 'rewrite':
      return { id, decision: 'none', reasons: [], us }
    case 'warn':
      throw new TypeError('only an enforcement point warns')
  }
}

function toEvent(agent: string, act: JsonObject, cwd: string): JsonObject {
  const event = callEventOf(agent, { ...callOf(act), cwd })
  if (event === null) throw usage(`\`${agent}\` has no event for this tool`)
  return event
}

function callOf({ command, tool, input }: JsonObject): { tool: string | null; input: unknown } {
  if (command !== undefined && tool === undefined) {
    if (typeof command !== 'string') throw usage('`command` must be text')
    return { tool: null, input: { command } }
  }
  if (typeof tool !== 'string') throw usage('a line needs `command`, or `tool` and `input`')
  return { tool, input: input ?? (command === undefined ? {} : { command }) }
}

function parse(line: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw usage('the line is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usage('the line is not a JSON object')
  }
  return value as JsonObject
}

function idOf(act: JsonObject): string | number | undefined {
  const id = act['id']
  if (id === undefined || typeof id === 'string' || typeof id === 'number') return id
  throw usage('`id` must be text or a number')
}

function folder(act: JsonObject, key: string): string | undefined {
  const path = text(act, key)
  if (path !== undefined && !isAbsolute(path)) throw usage(`\`${key}\` must be an absolute path`)
  return path
}

function text(act: JsonObject, key: string): string | undefined {
  const value = act[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw usage(`\`${key}\` must be text`)
  return value
}

function usage(message: string): PortcullisError {
  return new PortcullisError('usage', message, 'send one JSON object a line; see `portcullis check --help`')
}
