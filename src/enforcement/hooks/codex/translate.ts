import type { AccessRequest, Workplace } from '../../../access/request.ts'
import {
  type Act,
  type Acts,
  callAct,
  commandAct,
  fileAct,
  outputAct,
  promptAct,
  requestsFor,
  sessionAct,
  unknownToolActs,
  workplaceOf,
} from '../acts.ts'
import type { HookEvent, JsonObject, Surroundings } from '../adapter.ts'
import { badEvent, optionalText, requiredObject, requiredText } from '../event.ts'
import { workplaceIn } from '../inputs.ts'
import { filesOf, patchedFiles } from '../patch.ts'

export const NAME = 'codex'

/** Puts one event into the guard's words; a patch asks for each of its files. */
export function translate(
  event: HookEvent,
  surroundings: Surroundings,
): readonly [AccessRequest, ...AccessRequest[]] {
  return requestsFor(actsOf(event, surroundings), event, surroundings, NAME)
}

function actsOf(event: HookEvent, surroundings: Surroundings): Acts {
  switch (event.name) {
    case 'PreToolUse':
    case 'PermissionRequest':
      return toolActs(event, workplaceOf(optionalText(event.input, 'cwd'), surroundings))
    case 'PostToolUse':
      return [outputAct(requiredText(event.input, 'tool_name'), event.input['tool_response'])]
    case 'UserPromptSubmit':
      return [promptAct([{ text: requiredText(event.input, 'prompt'), where: 'prompt' }])]
    default:
      return [sessionAct(NAME, event)]
  }
}

function toolActs(event: HookEvent, workplace: Workplace): Acts {
  const tool = requiredText(event.input, 'tool_name')
  const input = requiredObject(event.input, 'tool_input')
  if (tool.startsWith('mcp__')) return [callAct('mcp:call', tool, input, workplace)]
  const known = Object.hasOwn(knownTools, tool) ? knownTools[tool] : undefined
  return known ? known(tool, input, workplace) : unknownToolActs(tool, input, workplace)
}

type ToolActs = (tool: string, input: JsonObject, workplace: Workplace) => Acts

// Names as hooks see them: every way to a shell is `Bash` in 0.169; the others are what the model calls them, or did.
const knownTools: Readonly<Record<string, ToolActs>> = {
  Bash: shellActs,
  shell: shellActs,
  local_shell: shellActs,
  shell_command: shellActs,
  exec_command: shellActs,
  apply_patch: patchActs,
  view_image: (tool, input, workplace) => [fileAct('read', tool, requiredText(input, 'path'), [], workplace)],
  read_mcp_resource: (tool, input, workplace) => [callAct('mcp:call', tool, input, workplace)],
}

function shellActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const command = commandText(input['command'] ?? input['cmd'])
  return [commandAct(tool, command, workplace), ...typedPatchActs(tool, command, workplace)]
}

/** `apply_patch <<EOF` is no program: Codex writes the files itself. */
function typedPatchActs(tool: string, command: string, workplace: Workplace): Act[] {
  const from = patchedFrom(command, workplace)
  return patchedFiles(command).map(({ path, texts }) => fileAct('write', tool, path, texts, from))
}

/** A `cd` before a patch says where its paths start. */
function patchedFrom(command: string, workplace: Workplace): Workplace {
  const before = command.slice(0, Math.max(0, command.indexOf('*** Begin Patch')))
  const [, double, single, bare] = /\bcd\s+(?:"([^"]+)"|'([^']+)'|([^\s"'&;|]+))/.exec(before) ?? []
  return workplaceIn(workplace, double ?? single ?? bare)
}

/** A command line, or the words of one. */
function commandText(command: unknown): string {
  if (typeof command === 'string') return command
  if (!Array.isArray(command) || command.length === 0 || !command.every(isText)) {
    throw badEvent('the hook event has no `command`')
  }
  return command.map(word => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function patchActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const patch = optionalText(input, 'command') ?? requiredText(input, 'input')
  const [first, ...rest] = filesOf(patch)
  const from = patchedFrom(patch, workplace)
  const write = ({ path, texts }: typeof first) => fileAct('write', tool, path, texts, from)
  return [write(first), ...rest.map(write)]
}
