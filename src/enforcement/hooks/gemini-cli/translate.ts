import { resolve } from 'node:path'
import type { AccessRequest, Workplace } from '../../../access/request.ts'
import {
  type Act,
  callAct,
  commandAct,
  fileAct,
  outputAct,
  promptAct,
  requestFor,
  searchAct,
  sessionAct,
  unknownToolAct,
  urlAct,
  workplaceOf,
} from '../acts.ts'
import type { HookEvent, JsonObject, Surroundings } from '../adapter.ts'
import { badEvent, isObject, optionalText, requiredObject, requiredText } from '../event.ts'
import { textLeaves } from '../text-leaves.ts'

export const NAME = 'gemini-cli'

/** Puts one event into the guard's words; a tool that reads several files or addresses asks for each. */
export function translate(
  event: HookEvent,
  surroundings: Surroundings,
): readonly [AccessRequest, ...AccessRequest[]] {
  const [first, ...rest] = actsOf(event, surroundings)
  const request = (act: Act) => requestFor(act, event, surroundings, NAME)
  return [request(first), ...rest.map(request)]
}

type Acts = readonly [Act, ...Act[]]

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
  return known ? known(tool, input, workplace) : [unknownToolAct(tool, input, workplace)]
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
  const folder = folderOf(input)
  const cwd = folder === undefined ? workplace.cwd : resolve(workplace.cwd, folder)
  return [commandAct(tool, requiredText(input, 'command'), { ...workplace, cwd })]
}

function writeActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const { file_path: _path, absolute_path: _absolute, old_string: _old, ...written } = input
  return [fileAct('write', tool, pathOf(input), textLeaves(written, 'tool_input'), workplace)]
}

/** A search below a folder for what the first of `patternKeys` says. */
function searchActs(...patternKeys: readonly string[]): ToolActs {
  return (tool, input, workplace) => {
    const [pattern] = patternKeys.flatMap(key => optionalText(input, key) ?? [])
    return [searchAct(tool, folderOf(input) ?? '.', pattern, workplace)]
  }
}

function manyFilesActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const patterns = input['include'] ?? input['paths']
  const list = typeof patterns === 'string' ? [patterns] : patterns
  if (!Array.isArray(list)) throw badEvent('`include` of the hook event is not a list')
  const [first, ...rest] = list.map(pattern => {
    if (typeof pattern !== 'string')
      throw badEvent('`include` of the hook event holds something else than text')
    return searchAct(tool, '.', pattern, workplace)
  })
  if (first === undefined) throw badEvent('the hook event has no `include`')
  return [first, ...rest]
}

/** Takes addresses from free text, as the tool does: whatever is not clearly an end belongs to the address. */
function fetchActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const url = optionalText(input, 'url')
  const text = url ?? requiredText(input, 'prompt')
  const addresses = text.match(/[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>]+/gi) ?? []
  const [first, ...rest] = addresses.flatMap(address => address.split(/(?=https?:\/\/)/i))
  if (first === undefined) return [callAct('tool:call', tool, input, workplace)]
  return [urlAct(tool, first, input), ...rest.map(address => urlAct(tool, address, input))]
}

function pathOf(input: JsonObject): string {
  return optionalText(input, 'file_path') ?? requiredText(input, 'absolute_path')
}

function folderOf(input: JsonObject): string | undefined {
  const folder =
    optionalText(input, 'dir_path') ?? optionalText(input, 'path') ?? optionalText(input, 'directory')
  return folder === '' ? undefined : folder
}
