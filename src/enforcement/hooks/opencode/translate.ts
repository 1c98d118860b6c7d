import { fileURLToPath } from 'node:url'
import type { AccessRequest, TextLeaf, Workplace } from '../../../access/request.ts'
import {
  type Act,
  type Acts,
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
import { editsAct, onlyText, workplaceIn, writeInputAct } from '../inputs.ts'
import { filesOf, type PatchedFile } from '../patch.ts'
import { textLeaves } from '../text-leaves.ts'

export const NAME = 'opencode'

/** Puts one event into the guard's words. Unknown events are session events; unknown tools go by the shape of their input. */
export function translate(
  event: HookEvent,
  surroundings: Surroundings,
): readonly [AccessRequest, ...AccessRequest[]] {
  const workplace = workplaceOf(optionalText(event.input, 'directory'), surroundings)
  return requestsFor(actsOf(event, workplace), event, surroundings, NAME)
}

function actsOf(event: HookEvent, workplace: Workplace): Acts {
  const { input } = event
  switch (event.name) {
    case 'tool.execute.before':
      return toolActs(requiredText(input, 'tool'), requiredObject(input, 'args'), workplace)
    case 'tool.execute.after':
      return [outputAct(requiredText(input, 'tool'), requiredObject(input, 'output'))]
    case 'chat.message':
      return messageActs(input, workplace)
    default:
      return [sessionAct(NAME, event)]
  }
}

/** A message and the files attached to it; what is in a file comes as a text part of its own. */
function messageActs(input: JsonObject, workplace: Workplace): Acts {
  const { parts } = input
  if (!Array.isArray(parts)) throw badEvent('`parts` of the hook event is not a list')
  const texts: TextLeaf[] = []
  const files: Act[] = []
  for (const [index, part] of parts.entries()) {
    if (!isObject(part)) throw badEvent('`parts` of the hook event holds something else than parts')
    const { url, ...rest } = part
    texts.push(...textLeaves(rest, `parts[${index}]`))
    const path = typeof url === 'string' ? pathOf(url) : null
    if (path !== null) files.push(fileAct('read', 'attachment', path, [], workplace))
  }
  return [promptAct(texts), ...files]
}

/** The file an address is for, null when it is for something else; read as the client does, whatever its case. */
function pathOf(url: string): string | null {
  if (!/^[\s\0-\x1f]*f\s*i\s*l\s*e\s*:/i.test(url)) return null
  try {
    return fileURLToPath(new URL(url).href.replace(/[?#].*$/, ''))
  } catch {
    throw badEvent('a file of the hook event has no readable address')
  }
}

type ToolActs = (tool: string, input: JsonObject, workplace: Workplace) => Acts

const patches: ToolActs = (tool, input, workplace) => {
  const [first, ...others] = filesOf(onlyText(input, ['patchText', 'patch']))
  const act = ({ path, texts }: PatchedFile) => fileAct('write', tool, path, texts, workplace)
  return [act(first), ...others.map(act)]
}

const writes: ToolActs = (tool, input, workplace) => [
  writeInputAct(tool, input, { path: ['filePath'], replaced: ['oldString'] }, workplace),
]

const searches =
  (fileName: string): ToolActs =>
  (tool, input, workplace) => [
    searchAct(tool, optionalText(input, 'path') ?? '.', optionalText(input, fileName), workplace),
  ]

const tools: Readonly<Record<string, ToolActs>> = {
  bash: (tool, input, workplace) => {
    const from = workplaceIn(workplace, optionalText(input, 'workdir'))
    return [commandAct(tool, requiredText(input, 'command'), from)]
  },
  read: (tool, input, workplace) => [fileAct('read', tool, requiredText(input, 'filePath'), [], workplace)],
  write: writes,
  edit: writes,
  multiedit: (tool, input, workplace) => [
    editsAct(tool, requiredText(input, 'filePath'), input['edits'], 'oldString', workplace),
  ],
  patch: patches,
  apply_patch: patches,
  grep: searches('include'),
  glob: searches('pattern'),
  list: searches('pattern'),
  webfetch: (tool, input) => [urlAct(tool, requiredText(input, 'url'), input)],
}

function toolActs(tool: string, input: JsonObject, workplace: Workplace): Acts {
  const known = Object.hasOwn(tools, tool) ? tools[tool] : undefined
  return known ? known(tool, input, workplace) : unknownToolActs(tool, input, workplace)
}
