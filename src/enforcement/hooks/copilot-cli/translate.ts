import type { AccessRequest, Workplace } from '../../../access/request.ts'
import {
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
import { badEvent, optionalText, requiredText } from '../event.ts'
import { objectOrJson, onlyText, pathList, writeInputAct } from '../inputs.ts'
import { filesOf, type PatchedFile } from '../patch.ts'
import { toolOf } from './event.ts'

export const NAME = 'copilot-cli'

/** Puts one event into the guard's words. Unknown events are session events; unknown tools go by the shape of their input. */
export function translate(
  event: HookEvent,
  surroundings: Surroundings,
): readonly [AccessRequest, ...AccessRequest[]] {
  const workplace = workplaceOf(optionalText(event.input, 'cwd'), surroundings)
  return requestsFor(actsOf(event, workplace), event, surroundings, NAME)
}

function actsOf(event: HookEvent, workplace: Workplace): Acts {
  const { input } = event
  switch (event.name) {
    case 'PreToolUse':
      return toolActs(requiredTool(input), toolInput(input), workplace)
    case 'PostToolUse':
      return [outputAct(requiredTool(input), input['tool_result'] ?? input['toolResult'])]
    case 'UserPromptSubmit':
      return [promptAct([{ text: requiredText(input, 'prompt'), where: 'prompt' }])]
    default:
      return [sessionAct(NAME, event)]
  }
}

function requiredTool(input: JsonObject): string {
  const tool = toolOf(input)
  if (tool === undefined) throw badEvent('the hook event has no `tool_name`')
  return tool
}

/** `toolArgs` is JSON text, `tool_input` an object. */
export function toolInput(input: JsonObject): JsonObject {
  return objectOrJson(input, 'tool_input' in input ? 'tool_input' : 'toolArgs')
}

function toolActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  if (tool.startsWith('mcp__')) return [callAct('mcp:call', tool, input, workplace)]
  const known = Object.hasOwn(tools, tool.toLowerCase()) ? tools[tool.toLowerCase()] : undefined
  return known ? known(tool, input, workplace) : unknownToolActs(tool, input, workplace)
}

type ToolActs = (tool: string, input: JsonObject, workplace: Workplace) => Acts

const runs: ToolActs = (tool, input, workplace) => [
  commandAct(tool, requiredText(input, 'command'), workplace),
]

const reads: ToolActs = (tool, input, workplace) => [
  fileAct('read', tool, requiredText(input, 'path'), [], workplace),
]

const writes: ToolActs = (tool, input, workplace) => [
  writeInputAct(tool, input, { path: ['path'], replaced: ['old_str'] }, workplace),
]

/** Each of the paths is searched. */
const searches =
  (fileName: string): ToolActs =>
  (tool, input, workplace) => {
    const [first = '.', ...others] = [...pathList(input, 'paths'), ...pathList(input, 'path')]
    const pattern = optionalText(input, fileName)
    const search = (base: string) => searchAct(tool, base, pattern, workplace)
    return [search(first), ...others.map(search)]
  }

// By lower case: `bash` is `Bash` in the payload that says its name. `read_bash` and the like ask for nothing new.
const tools: Readonly<Record<string, ToolActs>> = {
  bash: runs,
  powershell: runs,
  // What is typed into a shell that runs already.
  write_bash: types,
  write_powershell: types,
  read: reads,
  view: reads,
  write: writes,
  create: writes,
  edit: writes,
  // Its `command` is no shell command.
  str_replace_editor: (tool, input, workplace) =>
    requiredText(input, 'command') === 'view'
      ? reads(tool, input, workplace)
      : writes(tool, input, workplace),
  apply_patch: patchActs,
  grep: searches('glob'),
  glob: searches('pattern'),
  web_fetch: (tool, input) => [urlAct(tool, requiredText(input, 'url'), input)],
  webfetch: (tool, input) => [urlAct(tool, requiredText(input, 'url'), input)],
}

const movingKeys =
  /(?<!\$)\{(?:up|down|left|right|backspace|del|delete|tab|esc|escape|home|end|insert|space|page_?up|page_?down|f\d+|(?:ctrl|alt|shift|meta)[+-]\w+)\}/gi

/**
 * What is typed, with names of keys in it. Throws `hook.bad-event` where text is typed between keys that move about in
 * it or complete it: what the shell reads then cannot be known.
 */
function types(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const typed = requiredText(input, 'input').replace(/\{(?:enter|return)\}/gi, '\n')
  const text = typed.replace(movingKeys, '')
  if (text.trim() === '') return [callAct('tool:call', tool, input, workplace)]
  if (text !== typed && !/^[\w-]*\s*$/.test(text)) throw badEvent('text is typed between keys that change it')
  return [commandAct(tool, text, workplace)]
}

/** A patch of the format that Codex brought; one that names no file is refused. */
function patchActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const [first, ...others] = filesOf(onlyText(input, ['patch', 'input', 'diff']))
  const act = ({ path, texts }: PatchedFile) => fileAct('write', tool, path, texts, workplace)
  return [act(first), ...others.map(act)]
}
