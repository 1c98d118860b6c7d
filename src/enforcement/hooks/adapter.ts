import type { Reason, RestoredSecret } from '../../access/decision.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { Clock } from '../../kernel/clock.ts'

export type JsonObject = { readonly [key: string]: unknown }

/** What an event is about, in whatever word the agent has for it. `other` is only recorded. */
export type EventKind = 'call' | 'output' | 'prompt' | 'other'

/** One event of an agent, parsed as far as every event goes; `input` is the whole of it. */
export interface HookEvent {
  /** The agent's own word. */
  readonly name: string
  readonly kind: EventKind
  readonly session?: string
  readonly toolUseId?: string
  readonly tool?: string
  readonly input: JsonObject
}

/** What an event does not say by itself. */
export interface Surroundings {
  readonly home: string
  /** Where the agent was when the event does not say. */
  readonly cwd: string
  /** The folder the agent works for; the event's own `cwd` when unknown. */
  readonly project?: string
  readonly clock: Clock
  readonly ids: (prefix: string) => string
  /** The text of a small file, or null when there is none; other troubles throw. */
  readonly readText: (path: string) => string | null
}

/** What the point does about one event, once the obligations of the decision are weighed. */
export type Disposition =
  | { readonly kind: 'pass'; readonly affirmed: boolean; readonly notices: readonly string[] }
  /** `rewrite` where the act must not go on with its texts as they are. */
  | {
      readonly kind: 'ask'
      readonly id: string
      readonly reasons: readonly Reason[]
      readonly rewrite?: (text: string) => string
      readonly restores?: readonly RestoredSecret[]
    }
  /** The act goes on with every text put through `rewrite`: secrets masked, or `restores` put back. */
  | {
      readonly kind: 'rewrite'
      readonly rewrite: (text: string) => string
      readonly restores: readonly RestoredSecret[]
    }
  | { readonly kind: 'deny'; readonly id: string; readonly reasons: readonly Reason[] }
  /** The policy would deny, but `hooks.mode` only warns, or `because` of something else. */
  | {
      readonly kind: 'warn'
      readonly id: string
      readonly reasons: readonly Reason[]
      readonly because?: string
    }

/** What an event's answer can express; whatever it cannot becomes a deny. */
export interface Abilities {
  readonly ask: boolean
  /** Another input or output in place of the one reported. */
  readonly rewrite: boolean
  /** The reported command may be run by way of another program. */
  readonly wrap?: boolean
}

/** The answer as the agent reads it. Exit code 2 denies whatever the event was. */
export interface HookAnswer {
  readonly body: string
  readonly exitCode: 0 | 2
  readonly stderr?: string
}

/** Knows one agent's shapes; holds no policy. */
export interface AgentAdapter {
  readonly name: string
  /** Throws `hook.bad-event` for what is not an event. */
  parse(bytes: Uint8Array): HookEvent
  /**
   * Everything the event asks for: one call may touch several files. The strictest decision counts.
   * Throws `hook.bad-event` when a part that decides is missing or of the wrong type.
   */
  translate(event: HookEvent, surroundings: Surroundings): readonly [AccessRequest, ...AccessRequest[]]
  abilities(event: HookEvent): Abilities
  answer(event: HookEvent, disposition: Disposition): HookAnswer
  /** The refusal when no decision could be reached; `event` is null when it could not be read. */
  refuse(event: HookEvent | null, message: string, remedy: string): HookAnswer
}
