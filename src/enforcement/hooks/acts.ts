import { isAbsolute, join, resolve } from 'node:path'
import type { AccessRequest, Action, Resource, TextLeaf, Workplace } from '../../access/request.ts'
import { placeholdersIn } from '../../rules/secrets/placeholders.ts'
import type { HookEvent, JsonObject, Surroundings } from './adapter.ts'
import { badEvent } from './event.ts'
import { patchedFiles } from './patch.ts'
import { textLeaves } from './text-leaves.ts'

/** One thing an event asks for, in the guard's words. */
export interface Act {
  readonly action: Action
  readonly resource: Resource
}

/** Everything one event asks for; the strictest decision counts. */
export type Acts = readonly [Act, ...Act[]]

/** The acts of an event as questions to the guard, one each. `client` is the agent's name. */
export function requestsFor(
  [first, ...others]: Acts,
  event: HookEvent,
  surroundings: Surroundings,
  client: string,
): readonly [AccessRequest, ...AccessRequest[]] {
  const placeholders = event.kind === 'call' ? placeholdersOf(event) : []
  const request = (act: Act) => ({
    ...requestFor(act, event, surroundings, client),
    ...(placeholders.length > 0 && { placeholders }),
  })
  return [request(first), ...others.map(request)]
}

function placeholdersOf({ input }: HookEvent): readonly string[] {
  return [...new Set(textLeaves(input, '').flatMap(({ text }) => placeholdersIn(text)))]
}

function requestFor(
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
  if (pattern === undefined) return fileAct('search', tool, base, [], workplace)
  if (/\{[^}]*\.\.(?:\/|[,}])/.test(pattern))
    throw badEvent('a search of the hook event goes up inside braces')
  const path = isRooted(pattern) ? pattern : join(absolutePath(base, workplace), listed(pattern))
  return fileAct('search', tool, path, [], workplace)
}

/** Some tools take several globs at once, with blanks or commas between them. */
function listed(pattern: string): string {
  const globs = pattern.split(/\s+/).flatMap(part => (part.includes('{') ? [part] : part.split(',')))
  return globs.length === 1 ? pattern : `{${[pattern, ...globs].join(',')}}`
}

function isRooted(path: string): boolean {
  return isAbsolute(path) || path === '~' || path.startsWith('~/')
}

/**
 * As the clients do it: `~` is the home, the rest starts at the working folder. Some know no `~`: to them `~/../a` is
 * a file of the working folder, to others one beside the home. Throws `hook.bad-event` for that.
 */
export function absolutePath(path: string, { cwd, home }: Workplace): string {
  if (path !== '~' && !path.startsWith('~/')) return resolve(cwd, path)
  if (path.split('/').includes('..')) throw badEvent('a path of the hook event goes up from `~`')
  return resolve(home, path.slice(2))
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

/**
 * A tool that no table knows, judged by the shape of its input. One that names a command or an address and
 * nothing else is that; of anything more every field may count, which the guard weighs. A patch touches its files.
 */
export function unknownToolActs(
  tool: string,
  input: JsonObject,
  workplace: Workplace,
): readonly [Act, ...Act[]] {
  const patched = textLeaves(input, 'tool_input').flatMap(({ text }) => patchedFiles(text))
  const files = patched.map(({ path, texts }) => fileAct('write', tool, path, texts, workplace))
  return [...plainActs(tool, input, workplace), ...files]
}

/** Says nothing about what is done, or is not done by the tool. */
const BESIDE = /^(?:description|reason|explanation|prompt|format|type|language|limit|offset|timeout)$/i
const PLACES = ['file_path', 'notebook_path', 'filePath', 'absolute_path', 'path']
const READS = /^ls$|read|view|list|search|grep|glob|find|show|open|get|lsp|stage|send/i

/** The one thing an input says; a call as well where it says several, or something else. */
function plainActs(tool: string, input: JsonObject, workplace: Workplace): readonly [Act, ...Act[]] {
  const call = callAct('tool:call', tool, input, workplace)
  const telling = Object.entries(input).filter(
    ([key, value]) =>
      (typeof value === 'string' || typeof value === 'object') && value !== null && !BESIDE.test(key),
  )
  const { command, url } = input
  if (telling.length === 1 && typeof command === 'string') return [commandAct(tool, command, workplace)]
  if (telling.length === 1 && typeof url === 'string') return [urlAct(tool, url, input)]
  const place = READS.test(tool) ? PLACES.find(key => typeof input[key] === 'string') : undefined
  if (place === undefined) return [call]
  const path = input[place] as string
  const act =
    place === 'path'
      ? searchAct(tool, path, undefined, workplace)
      : fileAct('read', tool, path, [], workplace)
  return [act, call]
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
