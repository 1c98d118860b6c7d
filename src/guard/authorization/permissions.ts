import type { AccessRequest } from '../../access/request.ts'

/** A permission as people see it: what it lets one do, how much can go wrong, whether each use must be on record. */
export interface Permission {
  /** A permission, or a family of them with `*` for the part that varies. */
  readonly id: string
  readonly description: string
  readonly risk: 'low' | 'medium' | 'high' | 'critical'
  readonly requiresAudit: boolean
}

/** Every permission the gate asks for. The first entry that matches describes a permission. */
export const permissions: readonly Permission[] = [
  { id: 'tools.bash.execute', description: 'run shell commands', risk: 'high', requiresAudit: true },
  { id: 'tools.write.execute', description: 'write and edit files', risk: 'medium', requiresAudit: true },
  { id: 'tools.read.execute', description: 'read and search files', risk: 'low', requiresAudit: false },
  { id: 'tools.webfetch.execute', description: 'fetch a web address', risk: 'medium', requiresAudit: true },
  { id: 'tools.*.execute', description: 'use another tool', risk: 'medium', requiresAudit: true },
  { id: 'messages.create', description: 'call a model', risk: 'medium', requiresAudit: true },
  { id: 'messages.read', description: 'list models and receive answers', risk: 'low', requiresAudit: false },
  { id: 'agents.run', description: 'start a subagent', risk: 'high', requiresAudit: true },
  { id: 'prompts.submit', description: 'give an agent a prompt', risk: 'low', requiresAudit: false },
  {
    id: 'sessions.observe',
    description: 'report events of an agent’s session',
    risk: 'low',
    requiresAudit: false,
  },
  {
    id: 'settings.change',
    description: 'let changed settings of an agent take effect',
    risk: 'high',
    requiresAudit: true,
  },
  { id: 'read:*', description: 'read records of the gate', risk: 'low', requiresAudit: false },
  { id: 'write:*', description: 'write records of the gate', risk: 'medium', requiresAudit: true },
  { id: 'delete:*', description: 'delete records of the gate', risk: 'high', requiresAudit: true },
  { id: 'admin.*', description: 'administer the gate', risk: 'critical', requiresAudit: true },
]

/** The catalogue entry of a permission, or undefined for one the gate never asks for. */
export function describePermission(permission: string): Permission | undefined {
  const exact = permissions.find(({ id }) => id === permission)
  if (exact) return exact
  return permissions.find(({ id }) => {
    const star = id.indexOf('*')
    if (star < 0) return false
    const tail = id.slice(star + 1)
    const middle = permission.slice(star, permission.length - tail.length)
    return permission.startsWith(id.slice(0, star)) && permission.endsWith(tail) && middle !== ''
  })
}

/**
 * The permission a request needs. It follows from what is done, not from what the tool calls itself:
 * a tool named `Read` that writes needs `tools.write.execute`.
 */
export function requiredPermission(
  { action, resource }: AccessRequest,
  mask: (name: string) => string = name => name,
): string {
  switch (action) {
    case 'model:invoke':
      return 'messages.create'
    case 'model:list':
    case 'output:deliver':
      return 'messages.read'
    case 'prompt:submit':
      return 'prompts.submit'
    case 'session:event':
      return 'sessions.observe'
    case 'config:change':
      return 'settings.change'
    case 'command:run':
      return 'tools.bash.execute'
    case 'file:read':
    case 'file:write': {
      const writes = action === 'file:write' || (resource.type === 'file' && resource.operation === 'write')
      return writes ? 'tools.write.execute' : 'tools.read.execute'
    }
    case 'net:connect':
      return 'tools.webfetch.execute'
    case 'tool:call':
      return toolPermission(resource.type === 'tool' ? mask(resource.tool) : resource.type)
    case 'mcp:call': {
      const tool = resource.type === 'tool' ? mask(resource.tool) : resource.type
      // Without the prefix a server could name its tool `Read` and be allowed what reading is.
      return toolPermission(tool.toLowerCase().startsWith('mcp__') ? tool : `mcp__${tool}`)
    }
    default:
      return adminPermission(action)
  }
}

/** Claude Code called its subagent tool `Task` before it called it `Agent`. */
const subagentTools: ReadonlySet<string> = new Set(['agent', 'task'])

function toolPermission(tool: string): string {
  const name = tool.toLowerCase()
  return subagentTools.has(name) ? 'agents.run' : `tools.${segment(name)}.execute`
}

/** One segment, whatever the name holds: a dot in a tool's name must not look like a separator. */
function segment(name: string): string {
  if (name === '') return '%'
  if (/^[a-z0-9_-]+$/.test(name)) return name
  return encodeURIComponent(name.toWellFormed()).replace(
    /[.!~*'()]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** `admin:read:decisions` asks for `read:decisions`, likewise `write` and `delete`; any other `admin:x` for `admin.x`. */
function adminPermission(action: `admin:${string}`): string {
  const rest = action.slice('admin:'.length)
  return /^(?:read|write|delete):./.test(rest) ? rest : `admin.${rest.replaceAll(':', '.')}`
}
