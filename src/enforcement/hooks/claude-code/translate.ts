import { isAbsolute, join, resolve } from 'node:path'
import type { AccessRequest, Action, Resource, TextLeaf, Workplace } from '../../../access/request.ts'
import type { HookEvent, JsonObject, Surroundings } from '../adapter.ts'
import { textLeaves } from '../text-leaves.ts'
import { badEvent, isObject, optionalText, requiredText } from './event.ts'
import { weakeningChange } from './settings-change.ts'

interface Act {
  readonly action: Action
  readonly resource: Resource
}

/** Puts one event into the guard's words. Unknown events are session events; unknown tools are tool calls. */
export function translate(event: HookEvent, surroundings: Surroundings): AccessRequest {
  const { action, resource } = actOf(event, surroundings)
  const { clock, ids } = surroundings
  return {
    id: ids('dec'),
    point: 'hooks',
    action,
    resource,
    context: {
      time: clock.now(),
      network: { address: '127.0.0.1', local: true, encrypted: false },
      client: 'claude-code',
      ...(event.session !== undefined && { session: event.session }),
      ...(event.toolUseId !== undefined && { toolUseId: event.toolUseId }),
    },
    credentials: {},
  }
}

function actOf(event: HookEvent, surroundings: Surroundings): Act {
  switch (event.name) {
    case 'PreToolUse':
      return toolAct(event, workplaceOf(event, surroundings))
    case 'PostToolUse':
      return outputAct(event)
    case 'UserPromptSubmit':
      return promptAct([{ text: requiredText(event.input, 'prompt'), where: 'prompt' }])
    case 'UserPromptExpansion':
      return promptAct(expansionTexts(event.input))
    case 'ConfigChange':
      return configAct(event, surroundings)
    default:
      return sessionAct(event)
  }
}

function toolAct(event: HookEvent, workplace: Workplace): Act {
  const tool = requiredText(event.input, 'tool_name')
  const input = event.input['tool_input']
  if (!isObject(input)) throw badEvent('`tool_input` of the hook event is not an object')
  if (tool.startsWith('mcp__')) return callAct('mcp:call', tool, input, workplace)
  const known = Object.hasOwn(toolActs, tool) ? toolActs[tool] : undefined
  return (known ?? unknownToolAct)(tool, input, workplace)
}

type ToolAct = (tool: string, input: JsonObject, workplace: Workplace) => Act

// What each built-in tool does. A new tool that is missing here is judged by the shape of its input.
const toolActs: Readonly<Record<string, ToolAct>> = {
  Bash: commandAct,
  Monitor: commandAct,
  PowerShell: commandAct,
  Read: (tool, input, workplace) => fileAct('read', tool, requiredText(input, 'file_path'), [], workplace),
  NotebookRead: (tool, input, workplace) =>
    fileAct('read', tool, requiredText(input, 'notebook_path'), [], workplace),
  Grep: (tool, input, workplace) => searchAct(tool, input, optionalText(input, 'glob'), workplace),
  Glob: (tool, input, workplace) => searchAct(tool, input, requiredText(input, 'pattern'), workplace),
  Write: writeAct('file_path'),
  Edit: writeAct('file_path'),
  MultiEdit: writeAct('file_path'),
  NotebookEdit: writeAct('notebook_path'),
  WebFetch: urlAct,
}

function unknownToolAct(tool: string, input: JsonObject, workplace: Workplace): Act {
  if (typeof input['command'] === 'string') return commandAct(tool, input, workplace)
  for (const key of ['file_path', 'notebook_path', 'filePath']) {
    const path = input[key]
    if (typeof path === 'string')
      return fileAct('read', tool, path, textLeaves(input, 'tool_input'), workplace)
  }
  if (typeof input['path'] === 'string') return searchAct(tool, input, undefined, workplace)
  if (typeof input['url'] === 'string') return urlAct(tool, input)
  return callAct('tool:call', tool, input, workplace)
}

function commandAct(tool: string, input: JsonObject, workplace: Workplace): Act {
  const command = requiredText(input, 'command')
  const texts = [{ text: command, where: 'tool_input.command' }]
  return { action: 'command:run', resource: { type: 'command', id: tool, command, workplace, texts } }
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

function searchAct(tool: string, input: JsonObject, pattern: string | undefined, workplace: Workplace): Act {
  const base = optionalText(input, 'path') ?? '.'
  // The pattern belongs to the path: a search for `.env*` reads `.env` wherever it starts.
  const path = pattern === undefined ? base : isRooted(pattern) ? pattern : join(base, pattern)
  return fileAct('search', tool, path, [], workplace)
}

function isRooted(path: string): boolean {
  return isAbsolute(path) || path === '~' || path.startsWith('~/')
}

function fileAct(
  operation: 'read' | 'write' | 'search',
  tool: string,
  path: string,
  texts: readonly TextLeaf[],
  workplace: Workplace,
): Act {
  const absolute = absolutePath(path, workplace)
  const action = operation === 'write' ? 'file:write' : 'file:read'
  return {
    action,
    resource: { type: 'file', id: absolute, path: absolute, operation, tool, workplace, texts },
  }
}

/** As the client does it: `~` is the home, the rest starts at the working folder. */
function absolutePath(path: string, { cwd, home }: Workplace): string {
  if (path === '~' || path.startsWith('~/')) return resolve(home, path.slice(2))
  return resolve(cwd, path)
}

function urlAct(tool: string, input: JsonObject): Act {
  const url = requiredText(input, 'url')
  const texts = textLeaves(input, 'tool_input')
  return { action: 'net:connect', resource: { type: 'url', id: url, tool, texts } }
}

function callAct(
  action: 'mcp:call' | 'tool:call',
  tool: string,
  input: JsonObject,
  workplace: Workplace,
): Act {
  const texts = textLeaves(input, 'tool_input')
  return { action, resource: { type: 'tool', id: tool, tool, workplace, texts } }
}

function outputAct(event: HookEvent): Act {
  const tool = requiredText(event.input, 'tool_name')
  const texts = textLeaves(event.input['tool_response'], 'tool_response')
  return { action: 'output:deliver', resource: { type: 'text', id: tool, texts } }
}

function promptAct(texts: readonly TextLeaf[]): Act {
  return { action: 'prompt:submit', resource: { type: 'text', id: 'prompt', texts } }
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
  if (weakening === null) return sessionAct(event)
  return { action: 'config:change', resource: { type: 'service', id: weakening, texts: [] } }
}

function sessionAct(event: HookEvent): Act {
  return {
    action: 'session:event',
    resource: { type: 'service', id: `claude-code/${event.name.slice(0, 80)}`, texts: [] },
  }
}

function workplaceOf(event: HookEvent, surroundings: Surroundings): Workplace {
  const told = optionalText(event.input, 'cwd')
  const cwd = told !== undefined && isAbsolute(told) ? told : surroundings.cwd
  return { cwd, home: surroundings.home, project: surroundings.project ?? cwd }
}
