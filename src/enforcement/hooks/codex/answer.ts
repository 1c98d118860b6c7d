import type { Abilities, Disposition, HookAnswer, HookEvent, JsonObject } from '../adapter.ts'
import { isObject } from '../event.ts'
import { explain } from '../explain.ts'
import { mapLeaves } from '../text-leaves.ts'

/** What Codex lets a hook do about an event. `ask` is none of it: Codex runs the command. */
export function abilities(event: HookEvent): Abilities {
  return { ask: false, rewrite: event.name === 'PreToolUse' || event.name === 'PostToolUse' }
}

/**
 * A disposition as Codex hears it. A refusal is exit code 2: `continue: false` lets a call run, `decision: "deny"` is
 * not known, and JSON on stdout is lost when the login shell writes there first.
 */
export function answer(event: HookEvent, disposition: Disposition): HookAnswer {
  switch (disposition.kind) {
    case 'pass':
      return told(disposition.notices)
    case 'rewrite':
      return rewritten(event, disposition.rewrite)
    case 'warn':
      return told([explain('would be denied (hooks.mode is `warn`)', disposition)])
    case 'ask':
      return denied(event, explain('denied, because Codex cannot ask for your approval', disposition))
    case 'deny':
      return denied(event, explain('denied', disposition))
  }
}

/** The refusal when no decision could be reached. */
export function refuse(event: HookEvent | null, message: string, remedy: string): HookAnswer {
  const text = `portcullis denied this: ${message}. Remedy: ${remedy}.`
  return event === null ? refusal(text) : denied(event, text)
}

function told(notices: readonly string[]): HookAnswer {
  return say(notices.length > 0 ? { systemMessage: notices.join('\n') } : {})
}

/** Codex has no field for another output, but shows the model a block's reason in place of the output. */
function rewritten(event: HookEvent, rewrite: (text: string) => string): HookAnswer {
  if (event.name === 'PostToolUse') {
    const output = textOf(mapLeaves(event.input['tool_response'], rewrite))
    return refusal(`portcullis masked secrets in this output, the call itself has run:\n${output}`)
  }
  // Without `allow` Codex drops the new input and sends the old one; its own approvals still come after it.
  const updatedInput = mapLeaves(event.input['tool_input'], rewrite)
  return say({
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'allow', updatedInput },
  })
}

function textOf(output: unknown): string {
  if (typeof output === 'string') return output
  const content = isObject(output) ? output['content'] : undefined
  const texts = Array.isArray(content) ? content.map(part => (isObject(part) ? part['text'] : undefined)) : []
  const areAll = texts.length > 0 && texts.every(text => typeof text === 'string')
  return areAll ? texts.join('\n') : JSON.stringify(output)
}

function denied(event: HookEvent, text: string): HookAnswer {
  switch (event.name) {
    case 'Stop':
    case 'SubagentStop':
    case 'Interrupt':
    case 'SessionEnd':
      // To block these means to make the agent go on, which protects nothing and never ends.
      return told([text])
    case 'SessionStart':
    case 'SubagentStart':
      return say({ continue: false, stopReason: text, systemMessage: text })
    default:
      return refusal(text)
  }
}

function refusal(stderr: string): HookAnswer {
  return { body: '', exitCode: 2, stderr }
}

function say(body: JsonObject): HookAnswer {
  return { body: JSON.stringify(body), exitCode: 0 }
}
