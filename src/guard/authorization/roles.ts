import type { Config } from '../../config/schema.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { type Pattern, parsePattern } from './pattern.ts'
import { compilePatterns, type PatternIndex } from './trie.ts'

interface RoleDefinition {
  readonly description: string
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

/** The roles every deployment has; `authorization.roles` adds to them or replaces one by its name. */
export const builtInRoles: Readonly<Record<string, RoleDefinition>> = {
  admin: { description: 'everything', allow: ['*'], deny: [] },
  developer: {
    description: 'works with an agent: every tool, the model, subagents',
    allow: [
      'tools.*.execute',
      'messages.create',
      'messages.read',
      'agents.run',
      'prompts.submit',
      'sessions.observe',
      'settings.change',
    ],
    deny: [],
  },
  viewer: {
    description: 'looks: reads files and answers, starts nothing',
    allow: ['tools.read.execute', 'messages.read', 'sessions.observe'],
    deny: [],
  },
  reader: { description: 'reads every record', allow: ['read:*'], deny: [] },
  writer: {
    description: 'reads every record, writes its own',
    allow: ['read:*', 'write:own'],
    deny: [],
  },
}

/** One role ready to be asked. */
export interface Role {
  readonly name: string
  readonly allows: PatternIndex
  readonly denies: PatternIndex
}

/** Compiles the built-in and the configured roles; a bad pattern is refused by name, never skipped. */
export function compileRoles(config: Config['authorization']): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>()
  for (const [name, definition] of Object.entries({ ...builtInRoles, ...config.roles })) {
    const allows = compilePatterns(parseAll(name, 'allow', definition.allow))
    const denies = compilePatterns(parseAll(name, 'deny', definition.deny))
    roles.set(name, { name, allows, denies })
  }
  if (!roles.has(config.defaultRole)) {
    throw new PortcullisError(
      'config.invalid',
      `\`authorization.defaultRole\` names the role \`${config.defaultRole}\`, which does not exist`,
      `use one of ${[...roles.keys()].map(name => `\`${name}\``).join(', ')}, or add it to \`authorization.roles\``,
    )
  }
  return roles
}

function parseAll(role: string, list: 'allow' | 'deny', texts: readonly string[]): Pattern[] {
  return texts.map((text, i) => {
    const pattern = parsePattern(text)
    if (!('problem' in pattern)) return pattern
    throw new PortcullisError(
      'config.invalid',
      `the pattern \`${text}\` at \`authorization.roles.${role}.${list}[${i}]\` ${pattern.problem}`,
      'write segments separated by `.` or `:`, with `*` for a whole segment, such as `tools.*.execute`',
    )
  })
}
