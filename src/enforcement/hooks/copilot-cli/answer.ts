import type { Abilities, Disposition, HookAnswer, HookEvent, JsonObject } from '../adapter.ts'
import { isObject } from '../event.ts'
import { explain } from '../explain.ts'
import { mapLeaves } from '../text-leaves.ts'
import { toolInput } from './translate.ts'

/** What Copilot CLI lets a hook do about an event. */
export function abilities(event: HookEvent): Abilities {
  const isCall = event.name === 'PreToolUse'
  return { ask: isCall, rewrite: isCall || (event.name === 'PostToolUse' && resultText(event) !== undefined) }
}

/**
 * A disposition in Copilot CLI's JSON, always with exit code 0: exit code 2 denies a tool call but loses the reason, and
 * lets a prompt and an output pass.
 */
export function answer(event: HookEvent, disposition: Disposition): HookAnswer {
  switch (disposition.kind) {
    case 'pass':
      return say(passed(event, disposition.affirmed))
    case 'warn':
      // The client shows what a hook prints to nobody.
      return say({})
    case 'ask':
      return say({
        ...permission('ask', explain('needs your approval', disposition)),
        ...(disposition.rewrite && modifiedArgs(event, disposition.rewrite)),
      })
    case 'rewrite':
      return say(rewritten(event, disposition.rewrite))
    case 'deny':
      return say(denied(event, explain('denied', disposition)))
  }
}

/** The refusal when no decision could be reached. */
export function refuse(event: HookEvent | null, message: string, remedy: string): HookAnswer {
  return say(denied(event, `portcullis denied this: ${message}. Remedy: ${remedy}.`))
}

function passed(event: HookEvent, affirmed: boolean): JsonObject {
  if (!affirmed || event.name !== 'PreToolUse') return {}
  return permission('allow', 'portcullis: known to only read')
}

function denied(event: HookEvent | null, text: string): JsonObject {
  switch (event?.name) {
    case 'PreToolUse':
      return permission('deny', text)
    case 'PostToolUse':
    case 'UserPromptSubmit':
      return { decision: 'block', reason: text }
    case 'Stop':
    case 'SubagentStop':
    case 'agentStop':
    case 'subagentStop':
      // To block these means to make the agent go on, which protects nothing and never ends.
      return {}
    default:
      // Whatever the event was, one of the words is heard.
      return { ...permission('deny', text), decision: 'block', reason: text, behavior: 'deny', message: text }
  }
}

function rewritten(event: HookEvent, rewrite: (text: string) => string): JsonObject {
  if (event.name === 'PreToolUse') return modifiedArgs(event, rewrite)
  const textResultForLlm = rewrite(resultText(event) ?? '')
  return { modifiedResult: { resultType: 'success', textResultForLlm } }
}

function modifiedArgs(event: HookEvent, rewrite: (text: string) => string): JsonObject {
  return { modifiedArgs: mapLeaves(toolInput(event.input), rewrite) }
}

/** The text the model would read, undefined for a result of another shape, which can only be withheld. */
function resultText({ input }: HookEvent): string | undefined {
  const result = input['tool_result'] ?? input['toolResult']
  if (!isObject(result)) return undefined
  const text = result['text_result_for_llm'] ?? result['textResultForLlm']
  return typeof text === 'string' ? text : undefined
}

function permission(
  permissionDecision: 'allow' | 'ask' | 'deny',
  permissionDecisionReason: string,
): JsonObject {
  return { permissionDecision, permissionDecisionReason }
}

function say(body: JsonObject): HookAnswer {
  return { body: JSON.stringify(body), exitCode: 0 }
}
