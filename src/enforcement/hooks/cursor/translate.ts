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
  searchAct,
  sessionAct,
  unknownToolActs,
  urlAct,
  workplaceOf,
} from '../acts.ts'
import type { HookEvent, JsonObject, Surroundings } from '../adapter.ts'
import { badEvent, isObject, optionalText, requiredObject, requiredText } from '../event.ts'
import {
  firstFolder,
  objectOrJson,
  onlyOptionalText,
  onlyText,
  parsedJson,
  writeInputAct,
} from '../inputs.ts'

export const NAME = 'cursor'

/** Puts one event into the guard's words. Unknown events are session events; unknown tools go by the shape of their input. */
export function translate(
  event: HookEvent,
  surroundings: Surroundings,
): readonly [AccessRequest, ...AccessRequest[]] {
  return requestsFor(actsOf(event, workplaceFor(event.input, surroundings)), event, surroundings, NAME)
}

/** `cwd` is often empty; the first workspace root is where the client works then. */
function workplaceFor(input: JsonObject, surroundings: Surroundings): Workplace {
  const roots = input['workspace_roots']
  const toolInput = input['tool_input']
  const own = isObject(toolInput) ? toolInput['cwd'] : undefined
  return workplaceOf(
    firstFolder(own, input['cwd'], Array.isArray(roots) ? roots[0] : undefined),
    surroundings,
  )
}

function actsOf(event: HookEvent, workplace: Workplace): Acts {
  const { input } = event
  switch (event.name) {
    case 'preToolUse':
      return toolActs(requiredText(input, 'tool_name'), requiredObject(input, 'tool_input'), workplace)
    case 'beforeShellExecution':
      return [commandAct('Shell', requiredText(input, 'command'), workplace)]
    case 'beforeMCPExecution':
      return [
        callAct(
          'mcp:call',
          `MCP:${requiredText(input, 'tool_name')}`,
          objectOrJson(input, 'tool_input'),
          workplace,
        ),
      ]
    case 'beforeReadFile':
    case 'beforeTabFileRead':
      return readActs(input, workplace)
    case 'subagentStart':
      return [callAct('tool:call', 'Task', { task: requiredText(input, 'task') }, workplace)]
    case 'postToolUse':
      return [outputAct(requiredText(input, 'tool_name'), toolOutput(input))]
    case 'beforeSubmitPrompt': {
      const prompt = promptAct([{ text: requiredText(input, 'prompt'), where: 'prompt' }])
      return [prompt, ...attachmentActs(input, workplace)]
    }
    default:
      return [sessionAct(NAME, event)]
  }
}

/** The file, and its text on its way to the model, which the client hands over here and nowhere else. */
function readActs(input: JsonObject, workplace: Workplace): Acts {
  const read = fileAct('read', 'Read', requiredText(input, 'file_path'), [], workplace)
  const content = optionalText(input, 'content')
  const output = content === undefined ? [] : [outputAct('Read', content)]
  return [read, ...output, ...attachmentActs(input, workplace)]
}

/** Files a person attached with `@`: they pass no other event. */
function attachmentActs(input: JsonObject, workplace: Workplace): Act[] {
  const { attachments } = input
  if (attachments === undefined || attachments === null) return []
  if (!Array.isArray(attachments)) throw badEvent('`attachments` of the hook event is not a list')
  return attachments.map(attachment => {
    if (!isObject(attachment))
      throw badEvent('`attachments` of the hook event holds something else than files')
    return fileAct('read', 'attachment', onlyText(attachment, ['file_path', 'filePath']), [], workplace)
  })
}

/** JSON text for the tools of the client itself, whose leaves are what the model reads. */
export function toolOutput(input: JsonObject): unknown {
  const output = input['tool_output']
  return typeof output === 'string' ? (parsedJson(output) ?? output) : output
}

type ToolAct = (tool: string, input: JsonObject, workplace: Workplace) => Act

const PATHS = ['file_path', 'path', 'target_file', 'filePath']

const writes: ToolAct = (tool, input, workplace) =>
  writeInputAct(tool, input, { path: PATHS, replaced: ['old_string', 'old_str'] }, workplace)

const searches: ToolAct = (tool, input, workplace) =>
  searchAct(
    tool,
    onlyOptionalText(input, ['path', 'file_path', 'target_directory']) ?? '.',
    onlyOptionalText(input, ['glob', 'glob_pattern']),
    workplace,
  )

const tools: Readonly<Record<string, ToolAct>> = {
  Shell: (tool, input, workplace) => commandAct(tool, requiredText(input, 'command'), workplace),
  Read: (tool, input, workplace) => fileAct('read', tool, onlyText(input, PATHS), [], workplace),
  TabRead: (tool, input, workplace) => fileAct('read', tool, onlyText(input, PATHS), [], workplace),
  Write: writes,
  TabWrite: writes,
  Edit: writes,
  StrReplace: writes,
  Delete: writes,
  Grep: searches,
  Glob: searches,
  WebFetch: (tool, input) => urlAct(tool, requiredText(input, 'url'), input),
}

function toolActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  if (tool.startsWith('MCP:')) return [callAct('mcp:call', tool, input, workplace)]
  const known = Object.hasOwn(tools, tool) ? tools[tool] : undefined
  return known ? [known(tool, input, workplace)] : unknownToolActs(tool, input, workplace)
}
