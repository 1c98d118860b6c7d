import type { AccessRequest, TextLeaf, Workplace } from '../../../access/request.ts'
import {
  type Act,
  type Acts,
  callAct,
  commandAct,
  fileAct,
  outputAct,
  promptAct,
  requestsFor,
  searchAct,
  sessionAct,
  unknownToolActs,
  urlAct,
  workplaceOf,
} from '../acts.ts'
import type { HookEvent, JsonObject, Surroundings } from '../adapter.ts'
import { badEvent, isObject, optionalText, requiredObject, requiredText } from '../event.ts'
import { textLeaves } from '../text-leaves.ts'
import { weakeningChange } from './settings-change.ts'

export const NAME = 'claude-code'

/** Puts one event into the guard's words. Unknown events are session events; unknown tools are tool calls. */
export function translate(
  event: HookEvent,
  surroundings: Surroundings,
): readonly [AccessRequest, ...AccessRequest[]] {
  return requestsFor(actsOf(event, surroundings), event, surroundings, NAME)
}

function actsOf(event: HookEvent, surroundings: Surroundings): Acts {
  switch (event.name) {
    case 'PreToolUse':
      return toolActsOf(event, workplaceOf(optionalText(event.input, 'cwd'), surroundings))
    case 'PostToolUse':
      return [outputAct(requiredText(event.input, 'tool_name'), event.input['tool_response'])]
    case 'UserPromptSubmit':
      return [promptAct([{ text: requiredText(event.input, 'prompt'), where: 'prompt' }])]
    case 'UserPromptExpansion':
      return [promptAct(expansionTexts(event.input))]
    case 'ConfigChange':
      return [configAct(event, surroundings)]
    default:
      return [sessionAct(NAME, event)]
  }
}

function toolActsOf(event: HookEvent, workplace: Workplace): Acts {
  const tool = requiredText(event.input, 'tool_name')
  const input = requiredObject(event.input, 'tool_input')
  if (tool.startsWith('mcp__')) return [callAct('mcp:call', tool, input, workplace)]
  const known = Object.hasOwn(toolActs, tool) ? toolActs[tool] : undefined
  return known ? [known(tool, input, workplace)] : unknownToolActs(tool, input, workplace)
}

type ToolAct = (tool: string, input: JsonObject, workplace: Workplace) => Act

// What each built-in tool does. A new tool that is missing here is judged by the shape of its input.
const toolActs: Readonly<Record<string, ToolAct>> = {
  Bash: shellAct,
  Monitor: monitorAct,
  PowerShell: shellAct,
  Read: (tool, input, workplace) => fileAct('read', tool, requiredText(input, 'file_path'), [], workplace),
  NotebookRead: (tool, input, workplace) =>
    fileAct('read', tool, requiredText(input, 'notebook_path'), [], workplace),
  Grep: (tool, input, workplace) =>
    searchAct(tool, optionalText(input, 'path') ?? '.', optionalText(input, 'glob'), workplace),
  Glob: (tool, input, workplace) =>
    searchAct(tool, optionalText(input, 'path') ?? '.', requiredText(input, 'pattern'), workplace),
  Write: writeAct('file_path'),
  Edit: writeAct('file_path'),
  MultiEdit: writeAct('file_path'),
  NotebookEdit: writeAct('notebook_path'),
  Workflow: workflowAct,
  // Names files in what it tells a person, and touches none.
  ReportFindings: (tool, input, workplace) =>
    callAct('tool:call', tool, { text: JSON.stringify(input) }, workplace),
  WebFetch: (tool, input) => urlAct(tool, requiredText(input, 'url'), input),
}

function shellAct(tool: string, input: JsonObject, workplace: Workplace): Act {
  return commandAct(tool, requiredText(input, 'command'), workplace)
}

/** Watches a command or a socket. */
function monitorAct(tool: string, input: JsonObject, workplace: Workplace): Act {
  const { ws } = input
  if (input['command'] !== undefined || !isObject(ws)) return shellAct(tool, input, workplace)
  // A socket goes where the page beside it would.
  return urlAct(tool, requiredText(ws, 'url').replace(/^ws/i, 'http'), input)
}

/** Its script is JavaScript, and no shell. */
function workflowAct(tool: string, input: JsonObject, workplace: Workplace): Act {
  const { script, ...rest } = input
  const code = script === undefined ? {} : { code: script, language: 'javascript' }
  return callAct('tool:call', tool, { ...rest, ...code }, workplace)
}

function writeAct(pathKey: string): ToolAct {
  return (tool, input, workplace) => {
    const path = requiredText(input, pathKey)
    const { [pathKey]: _path, old_string: _old, ...written } = input
    return fileAct('write', tool, path, writtenTexts(written), workplace)
  }
}

/** The text that would land on disk: all of the input but the path and what is replaced. */
function writtenTexts(written: JsonObject): TextLeaf[] {
  const leaves: TextLeaf[] = []
  for (const [key, value] of Object.entries(written)) {
    if (key === 'edits' && Array.isArray(value)) {
      for (const [index, edit] of value.entries()) {
        if (!isObject(edit)) throw badEvent('`edits` of the hook event holds something else than edits')
        const { old_string: _old, ...rest } = edit
        leaves.push(...textLeaves(rest, `tool_input.edits[${index}]`))
      }
    } else {
      leaves.push(...textLeaves(value, `tool_input.${key}`))
    }
  }
  return leaves
}

const envelope = new Set([
  'session_id',
  'transcript_path',
  'cwd',
  'hook_event_name',
  'prompt_id',
  'permission_mode',
  'effort',
  'agent_id',
  'agent_type',
])

/** The fields of an expansion differ by version: all but the envelope is text for the model. */
function expansionTexts(input: JsonObject): TextLeaf[] {
  const own = Object.entries(input).filter(([key]) => !envelope.has(key))
  return own.flatMap(([key, value]) => textLeaves(value, key))
}

/** A change that would switch the guard off is for the guard to judge; any other one is only told. */
function configAct(event: HookEvent, surroundings: Surroundings): Act {
  const weakening = weakeningChange(event, surroundings)
  if (weakening === null) return sessionAct(NAME, event)
  return { action: 'config:change', resource: { type: 'service', id: weakening, texts: [] } }
}
