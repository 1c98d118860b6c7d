import type { Abilities, Disposition, HookAnswer, HookEvent, JsonObject } from '../adapter.ts'
import { isObject } from '../event.ts'
import { explain } from '../explain.ts'
import { mapLeaves } from '../text-leaves.ts'

/**
 * What Gemini lets a hook do about an event. 0.61 honours `decision: "ask"`, but no document promises it and a
 * version that does not know the word runs the call.
 */
export function abilities(event: HookEvent): Abilities {
  return { ask: false, rewrite: event.name === 'BeforeTool' || event.name === 'AfterTool' }
}

/** A disposition in Gemini's JSON. */
export function answer(event: HookEvent, disposition: Disposition): HookAnswer {
  switch (disposition.kind) {
    case 'pass':
      return told(disposition.notices)
    case 'rewrite':
      return say(rewritten(event, disposition.rewrite))
    case 'warn':
      return told([explain('would be denied (hooks.mode is `warn`)', disposition)])
    case 'ask':
      return denied(
        event,
        explain('denied, because Gemini CLI cannot ask for your approval here', disposition),
      )
    case 'deny':
      return denied(event, explain('denied', disposition))
  }
}

/** The refusal when no decision could be reached. */
export function refuse(event: HookEvent | null, message: string, remedy: string): HookAnswer {
  const text = `portcullis denied this: ${message}. Remedy: ${remedy}.`
  return event === null ? say({ decision: 'deny', reason: text }) : denied(event, text)
}

function told(notices: readonly string[]): HookAnswer {
  return say(notices.length > 0 ? { systemMessage: notices.join('\n') } : {})
}

function rewritten(event: HookEvent, rewrite: (text: string) => string): JsonObject {
  if (event.name === 'BeforeTool') {
    const tool_input = mapLeaves(event.input['tool_input'], rewrite)
    return { hookSpecificOutput: { hookEventName: 'BeforeTool', tool_input } }
  }
  // There is no field for another output, but a refused one is replaced by the reason.
  const response = event.input['tool_response']
  const content = mapLeaves(isObject(response) ? response['llmContent'] : response, rewrite)
  const reason = `portcullis masked secrets in this output, the call itself has run:\n${textOf(content)}`
  return { decision: 'deny', reason }
}

/** The text of an output: text itself, or its parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  const parts = Array.isArray(content) ? content : [content]
  const texts = parts.map(part => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : part))
  return texts.map(text => (typeof text === 'string' ? text : JSON.stringify(text))).join('\n')
}

function denied(event: HookEvent, text: string): HookAnswer {
  switch (event.name) {
    case 'AfterAgent':
      // To refuse the model's last word makes it try again, which protects nothing and may never end.
      return told([text])
    case 'SessionStart':
    case 'SessionEnd':
    case 'Notification':
    case 'PreCompress':
      // Gemini ignores a refusal here; the person at least reads it.
      return told([text])
    default:
      return say({ decision: 'deny', reason: text })
  }
}

function say(body: JsonObject): HookAnswer {
  return { body: JSON.stringify(body), exitCode: 0 }
}
