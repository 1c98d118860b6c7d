import { isAbsolute, join, resolve } from 'node:path'
import type { AccessRequest, Action, Resource, TextLeaf, Workplace } from '../../access/request.ts'
import type { HookEvent, JsonObject, Surroundings } from './adapter.ts'
import { textLeaves } from './text-leaves.ts'

/** One thing an event asks for, in the guard's words. */
export interface Act {
  readonly action: Action
  readonly resource: Resource
}

/** An act as the question to the guard. `client` is the agent's name. */
export function requestFor(
  { action, resource }: Act,
  event: HookEvent,
  { clock, ids }: Surroundings,
  client: string,
): AccessRequest {
  return {
    id: ids('dec'),
    point: 'hooks',
    action,
    resource,
    context: {
      time: clock.now(),
      network: { address: '127.0.0.1', local: true, encrypted: false },
      client,
      ...(event.session !== undefined && { session: event.session }),
      ...(event.toolUseId !== undefined && { toolUseId: event.toolUseId }),
    },
    credentials: {},
  }
}

/** Where an act happens: the folder the event tells, or the hook's own. */
export function workplaceOf(told: string | undefined, surroundings: Surroundings): Workplace {
  const cwd = told !== undefined && isAbsolute(told) ? told : surroundings.cwd
  return { cwd, home: surroundings.home, project: surroundings.project ?? cwd }
}

/** A shell command. */
export function commandAct(tool: string, command: string, workplace: Workplace): Act {
  const texts = [{ text: command, where: 'tool_input.command' }]
  return { action: 'command:run', resource: { type: 'command', id: tool, command, workplace, texts } }
}

/** A file that is read, written (with the texts that land in it) or searched. */
export function fileAct(
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

/** A search below `base`. The pattern belongs to the path: a search for `.env*` reads `.env` wherever it starts. */
export function searchAct(
  tool: string,
  base: string,
  pattern: string | undefined,
  workplace: Workplace,
): Act {
  const path = pattern === undefined ? base : isRooted(pattern) ? pattern : join(base, pattern)
  return fileAct('search', tool, path, [], workplace)
}

function isRooted(path: string): boolean {
  return isAbsolute(path) || path === '~' || path.startsWith('~/')
}

/** As the clients do it: `~` is the home, the rest starts at the working folder. */
function absolutePath(path: string, { cwd, home }: Workplace): string {
  if (path === '~' || path.startsWith('~/')) return resolve(home, path.slice(2))
  return resolve(cwd, path)
}

/** An address that is fetched; the whole input is text that leaves. */
export function urlAct(tool: string, url: string, input: JsonObject): Act {
  const texts = textLeaves(input, 'tool_input')
  return { action: 'net:connect', resource: { type: 'url', id: url, tool, texts } }
}

/** A call of a tool that is nothing of the above. */
export function callAct(
  action: 'mcp:call' | 'tool:call',
  tool: string,
  input: JsonObject,
  workplace: Workplace,
): Act {
  const texts = textLeaves(input, 'tool_input')
  return { action, resource: { type: 'tool', id: tool, tool, workplace, texts } }
}

/** A tool that no table knows, judged by the shape of its input. */
export function unknownToolAct(tool: string, input: JsonObject, workplace: Workplace): Act {
  if (typeof input['command'] === 'string') return commandAct(tool, input['command'], workplace)
  for (const key of ['file_path', 'notebook_path', 'filePath', 'absolute_path']) {
    const path = input[key]
    if (typeof path === 'string')
      return fileAct('read', tool, path, textLeaves(input, 'tool_input'), workplace)
  }
  if (typeof input['path'] === 'string') return searchAct(tool, input['path'], undefined, workplace)
  if (typeof input['url'] === 'string') return urlAct(tool, input['url'], input)
  return callAct('tool:call', tool, input, workplace)
}

/** What a tool gave back, on its way to the model. */
export function outputAct(tool: string, output: unknown): Act {
  const texts = textLeaves(output, 'tool_response')
  return { action: 'output:deliver', resource: { type: 'text', id: tool, texts } }
}

/** What a person typed, on its way to the model. */
export function promptAct(texts: readonly TextLeaf[]): Act {
  return { action: 'prompt:submit', resource: { type: 'text', id: 'prompt', texts } }
}

/** An event that asks for nothing and is only recorded. */
export function sessionAct(client: string, event: HookEvent): Act {
  return {
    action: 'session:event',
    resource: { type: 'service', id: `${client}/${event.name.slice(0, 80)}`, texts: [] },
  }
}
