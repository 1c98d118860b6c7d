import type { Abilities, Disposition, HookAnswer, HookEvent, JsonObject } from '../adapter.ts'
import { explain } from '../explain.ts'
import { mapLeaves } from '../text-leaves.ts'

/** What our plugin can do: change what goes in and comes out of a tool. The client asks nobody on a plugin's behalf. */
export function abilities(event: HookEvent): Abilities {
  return { ask: false, rewrite: event.kind === 'call' || event.kind === 'output' }
}

/** A disposition for our plugin, which throws the reason of everything that is not `pass`. */
export function answer(event: HookEvent, disposition: Disposition): HookAnswer {
  switch (disposition.kind) {
    case 'pass':
      return say({ decision: 'pass' })
    case 'warn':
      return say({ decision: 'pass', notice: explain('would be denied (hooks.mode is `warn`)', disposition) })
    case 'rewrite':
      return say({ decision: 'pass', ...rewritten(event, disposition.rewrite) })
    // `abilities` rules it out; should it come, it refuses.
    case 'ask':
      return say({
        decision: 'deny',
        reason: explain('denied, as it needs an approval nobody can give here', disposition),
      })
    case 'deny':
      return say({ decision: 'deny', reason: explain('denied', disposition) })
  }
}

/** The refusal when no decision could be reached. */
export function refuse(_event: HookEvent | null, message: string, remedy: string): HookAnswer {
  return say({ decision: 'deny', reason: `portcullis denied this: ${message}. Remedy: ${remedy}.` })
}

function rewritten({ kind, input }: HookEvent, rewrite: (text: string) => string): JsonObject {
  if (kind === 'call') return { args: mapLeaves(input['args'], rewrite) }
  return { output: mapLeaves(input['output'], rewrite) }
}

function say(body: JsonObject): HookAnswer {
  return { body: JSON.stringify(body), exitCode: 0 }
}
