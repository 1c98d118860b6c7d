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
import { badEvent, isObject, optionalText, requiredObject, requiredText } from '../event.ts'
import { onlyOptionalText, onlyText, pathList, workplaceIn } from '../inputs.ts'
import { textLeaves } from '../text-leaves.ts'

export const NAME = 'gemini-cli'

/** Puts one event into the guard's words; a tool that reads several files or addresses asks for each. */
export function translate(
  event: HookEvent,
  surroundings: Surroundings,
): readonly [AccessRequest, ...AccessRequest[]] {
  return requestsFor(actsOf(event, surroundings), event, surroundings, NAME)
}

function actsOf(event: HookEvent, surroundings: Surroundings): Acts {
  switch (event.name) {
    case 'BeforeTool':
      return toolActs(event, workplaceOf(optionalText(event.input, 'cwd'), surroundings))
    case 'AfterTool':
      return [outputAct(requiredText(event.input, 'tool_name'), event.input['tool_response'])]
    case 'BeforeAgent':
      return [promptAct([{ text: requiredText(event.input, 'prompt'), where: 'prompt' }])]
    default:
      return [sessionAct(NAME, event)]
  }
}

function toolActs(event: HookEvent, workplace: Workplace): Acts {
  const tool = requiredText(event.input, 'tool_name')
  const input = requiredObject(event.input, 'tool_input')
  // Before the names of built-in tools: a server may call its tool as it likes.
  if (isObject(event.input['mcp_context']) || tool.startsWith('mcp_')) {
    return [callAct('mcp:call', tool, input, workplace)]
  }
  const known = Object.hasOwn(knownTools, tool) ? knownTools[tool] : undefined
  return known ? known(tool, input, workplace) : unknownToolActs(tool, input, workplace)
}

type ToolActs = (tool: string, input: JsonObject, workplace: Workplace) => Acts

// Names and fields of 0.61 and the ones they had before.
const knownTools: Readonly<Record<string, ToolActs>> = {
  run_shell_command: shellActs,
  read_file: (tool, input, workplace) => [fileAct('read', tool, pathOf(input), [], workplace)],
  read_many_files: manyFilesActs,
  write_file: writeActs,
  replace: writeActs,
  glob: searchActs('pattern'),
  grep_search: searchActs('include_pattern', 'include'),
  search_file_content: searchActs('include_pattern', 'include'),
  list_directory: searchActs(),
  web_fetch: fetchActs,
  save_memory: (tool, input, workplace) => [
    fileAct('write', tool, '~/.gemini/GEMINI.md', textLeaves(input, 'tool_input'), workplace),
  ],
}

function shellActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const from = workplaceIn(workplace, folderOf(input))
  return [commandAct(tool, requiredText(input, 'command'), from)]
}

function writeActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const { file_path: _path, absolute_path: _absolute, old_string: _old, ...written } = input
  return [fileAct('write', tool, pathOf(input), textLeaves(written, 'tool_input'), workplace)]
}

/** A search below a folder for what one of `patternKeys` says. */
function searchActs(...patternKeys: readonly string[]): ToolActs {
  return (tool, input, workplace) => {
    const pattern = onlyOptionalText(input, patternKeys)
    return [searchAct(tool, folderOf(input) ?? '.', pattern, workplace)]
  }
}

function manyFilesActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const patterns = [...pathList(input, 'include'), ...pathList(input, 'paths')]
  const [first, ...rest] = patterns.map(pattern => searchAct(tool, '.', pattern, workplace))
  if (first === undefined) throw badEvent('the hook event has no `include`')
  return [first, ...rest]
}

/** Takes addresses from free text, as the tool does: whatever is not clearly an end belongs to the address. */
function fetchActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  // Which of the two is read is a setting of the client. What stands in `url` is one, however it is spelled.
  const url = optionalText(input, 'url')
  const text = url === undefined ? requiredText(input, 'prompt') : (optionalText(input, 'prompt') ?? '')
  const addresses = text.match(/[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>]+/gi) ?? []
  const written = addresses.flatMap(address => address.split(/(?=https?:\/\/)/i))
  const [first, ...rest] = url === undefined ? written : [url, ...written]
  if (first === undefined) return [callAct('tool:call', tool, input, workplace)]
  return [urlAct(tool, first, input), ...rest.map(address => urlAct(tool, address, input))]
}

function pathOf(input: JsonObject): string {
  return onlyText(input, ['file_path', 'absolute_path'])
}

function folderOf(input: JsonObject): string | undefined {
  const folder = onlyOptionalText(input, ['dir_path', 'path', 'directory'])
  return folder === '' ? undefined : folder
}
