import type { Abilities, Disposition, HookAnswer, HookEvent, JsonObject } from '../adapter.ts'
import { isObject } from '../event.ts'
import { explain } from '../explain.ts'
import { mapLeaves, mapValues } from '../text-leaves.ts'
import { toolOutput } from './translate.ts'

const WITHHELD = '[withheld by portcullis]'

/** Cursor reads `ask` from any of the first two; for `preToolUse` it takes the word and lets the tool run. */
const asking: ReadonlySet<string> = new Set(['beforeShellExecution', 'beforeMCPExecution'])

/** What Cursor lets a hook do about an event. */
export function abilities(event: HookEvent): Abilities {
  const canReplace = event.name === 'preToolUse' || (event.name === 'postToolUse' && isMcp(event))
  return { ask: asking.has(event.name), rewrite: canReplace }
}

/** A disposition in Cursor's flat JSON. With `failClosed` an answer without a decision counts as a failure: each one decides. */
export function answer(event: HookEvent, disposition: Disposition): HookAnswer {
  switch (disposition.kind) {
    case 'pass':
      return say(passed(event))
    case 'warn':
      return say({
        ...passed(event),
        user_message: explain('would be denied (hooks.mode is `warn`)', disposition),
      })
    case 'ask':
      return say({ permission: 'ask', ...messages(explain('needs your approval', disposition)) })
    case 'rewrite':
      return say(rewritten(event, disposition.rewrite))
    case 'deny':
      return say(denied(event, explain('denied', disposition)))
  }
}

/** The refusal when no decision could be reached. */
export function refuse(event: HookEvent | null, message: string, remedy: string): HookAnswer {
  const text = `portcullis denied this: ${message}. Remedy: ${remedy}.`
  if (event !== null) return say(denied(event, text))
  // Without an event nobody knows which of the two switches is read.
  return say({ permission: 'deny', continue: false, ...messages(text) })
}

function passed(event: HookEvent): JsonObject {
  switch (event.kind) {
    case 'call':
      return { permission: 'allow' }
    case 'prompt':
      return { continue: true }
    default:
      return {}
  }
}

function denied(event: HookEvent, text: string): JsonObject {
  switch (event.kind) {
    case 'call':
      return { permission: 'deny', ...messages(text) }
    case 'prompt':
      return { continue: false, user_message: text }
    case 'output':
      // Only the output of an MCP tool can be kept from the model; any other has reached it already.
      return {
        additional_context: text,
        ...(isMcp(event) && replacedOutput(mapValues(toolOutput(event.input), () => WITHHELD))),
      }
    default:
      return { permission: 'deny', continue: false, ...messages(text) }
  }
}

function rewritten(event: HookEvent, rewrite: (text: string) => string): JsonObject {
  if (event.name === 'postToolUse') return replacedOutput(mapLeaves(toolOutput(event.input), rewrite))
  return { permission: 'allow', updated_input: mapLeaves(event.input['tool_input'], rewrite) }
}

/** The client takes an object only. */
function replacedOutput(output: unknown): JsonObject {
  const wrapped = isObject(output) ? output : { content: [{ type: 'text', text: JSON.stringify(output) }] }
  return { updated_mcp_tool_output: wrapped }
}

function isMcp(event: HookEvent): boolean {
  return event.tool?.startsWith('MCP:') === true
}

/** Documented as one for the person and one for the agent; captures show the agent reading the first. */
function messages(text: string): JsonObject {
  return { user_message: text, agent_message: text }
}

function say(body: JsonObject): HookAnswer {
  return { body: JSON.stringify(body), exitCode: 0 }
}
