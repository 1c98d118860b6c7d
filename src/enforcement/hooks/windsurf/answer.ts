import type { Abilities, Disposition, HookAnswer, HookEvent } from '../adapter.ts'
import { explain } from '../explain.ts'

/** Windsurf reads an exit code and nothing else: a hook can neither ask nor change anything. */
export function abilities(): Abilities {
  return { ask: false, rewrite: false }
}

/** A disposition as Windsurf hears it: exit code 2 with the reason on stderr, or nothing. */
export function answer(_event: HookEvent, disposition: Disposition): HookAnswer {
  switch (disposition.kind) {
    case 'pass':
    case 'warn':
      return { body: '{}', exitCode: 0 }
    // `abilities` rules the other two out; should they come, they refuse.
    case 'ask':
      return block(explain('denied, as it needs an approval nobody can give here', disposition))
    case 'rewrite':
      return block('portcullis denied this: its texts would have to be changed, which the client cannot do')
    case 'deny':
      return block(explain('denied', disposition))
  }
}

/** The refusal when no decision could be reached. */
export function refuse(_event: HookEvent | null, message: string, remedy: string): HookAnswer {
  return block(`portcullis denied this: ${message}. Remedy: ${remedy}.`)
}

function block(text: string): HookAnswer {
  return { body: '', exitCode: 2, stderr: text }
}
