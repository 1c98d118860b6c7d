import type { Abilities, Disposition, HookAnswer, HookEvent, JsonObject } from '../adapter.ts'
import { explain } from '../explain.ts'
import { mapLeaves, mapValues } from '../text-leaves.ts'

const WITHHELD = '[withheld by portcullis]'

/** What Claude Code lets a hook do about an event. */
export function abilities(event: HookEvent): Abilities {
  const isCall = event.name === 'PreToolUse'
  const wrap = isCall && event.tool === 'Bash'
  return { ask: isCall, rewrite: isCall || event.name === 'PostToolUse', ...(wrap && { wrap }) }
}

/** A disposition in Claude Code's JSON. `continue: false` is never used: the tool would still run. */
export function answer(event: HookEvent, disposition: Disposition): HookAnswer {
  switch (disposition.kind) {
    case 'pass':
      return say(passed(event, disposition.affirmed, disposition.notices))
    case 'ask':
      return say(asked(event, disposition))
    case 'rewrite':
      return say(rewritten(event, disposition.rewrite))
    case 'warn':
      return say({ systemMessage: explain('would be denied (hooks.mode is `warn`)', disposition) })
    case 'deny':
      return denied(event, explain('denied', disposition))
  }
}

/** The refusal when no decision could be reached. */
export function refuse(event: HookEvent | null, message: string, remedy: string): HookAnswer {
  const text = `portcullis denied this: ${message}. Remedy: ${remedy}.`
  if (event !== null) return denied(event, text)
  // Without an event nobody knows which shape would be heard; exit code 2 denies in all.
  return { body: JSON.stringify(permission('deny', text)), exitCode: 2, stderr: text }
}

function passed(event: HookEvent, affirmed: boolean, notices: readonly string[]): JsonObject {
  const notice = notices.length > 0 && { systemMessage: notices.join('\n') }
  if (!affirmed || event.name !== 'PreToolUse') return { ...notice }
  return { ...notice, ...permission('allow', 'portcullis: known to only read') }
}

function asked(event: HookEvent, disposition: Extract<Disposition, { kind: 'ask' }>): JsonObject {
  const { hookSpecificOutput } = permission('ask', explain('needs your approval', disposition))
  const { rewrite } = disposition
  return {
    hookSpecificOutput: rewrite
      ? { ...hookSpecificOutput, ...rewrittenInput(event, rewrite) }
      : hookSpecificOutput,
  }
}

/** A rewritten input is no permission: the agent's own rules still decide about the call. */
function rewritten(event: HookEvent, rewrite: (text: string) => string): JsonObject {
  if (event.name === 'PostToolUse') return replacedOutput(mapLeaves(event.input['tool_response'], rewrite))
  return { hookSpecificOutput: { hookEventName: 'PreToolUse', ...rewrittenInput(event, rewrite) } }
}

function rewrittenInput(event: HookEvent, rewrite: (text: string) => string): JsonObject {
  return { updatedInput: mapLeaves(event.input['tool_input'], rewrite) }
}

function denied(event: HookEvent, text: string): HookAnswer {
  switch (event.name) {
    case 'PreToolUse':
      return say(permission('deny', text))
    case 'PostToolUse':
      return say({ ...replacedOutput(withheld(event)), decision: 'block', reason: text })
    case 'UserPromptSubmit':
    case 'UserPromptExpansion':
      return say({
        decision: 'block',
        reason: text,
        hookSpecificOutput: { hookEventName: event.name, suppressOriginalPrompt: true },
      })
    case 'ConfigChange':
      return say({ decision: 'block', reason: text })
    case 'Stop':
    case 'SubagentStop':
    case 'TaskCompleted':
    case 'TeammateIdle':
      // To block these means to make the agent go on, which protects nothing and never ends.
      return say({ systemMessage: text })
    default:
      return { body: JSON.stringify({ decision: 'block', reason: text }), exitCode: 2, stderr: text }
  }
}

function permission(permissionDecision: 'allow' | 'ask' | 'deny', permissionDecisionReason: string) {
  return {
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason },
  }
}

/** The client drops an output of another shape than the tool's own and shows the original: only strings change. */
function replacedOutput(updatedToolOutput: unknown): JsonObject {
  return { hookSpecificOutput: { hookEventName: 'PostToolUse', updatedToolOutput } }
}

/** Single short words stay: they name the shape (`type: "text"`). */
function withheld(event: HookEvent): unknown {
  const output = event.input['tool_response']
  return mapValues(output, text => (/^[a-z_-]{0,24}$/i.test(text) ? text : WITHHELD))
}

function say(body: JsonObject): HookAnswer {
  return { body: JSON.stringify(body), exitCode: 0 }
}
