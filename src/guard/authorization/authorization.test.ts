import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { Principal } from '../../access/principal.ts'
import type { AccessRequest, Action, Resource } from '../../access/request.ts'
import { configSchema } from '../../config/schema.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import type { Deliberation } from '../layer.ts'
import { createAuthorizationLayer } from './authorization.ts'
import { parsePattern, segmentsOf } from './pattern.ts'
import { describePermission, permissions, requiredPermission } from './permissions.ts'
import { compilePatterns } from './trie.ts'

const workplace = { cwd: '/p', home: '/h', project: '/p' }
const command: Resource = { type: 'command', id: 'ls', command: 'ls', workplace, texts: [] }
const tool = (name: string): Resource => ({ type: 'tool', id: name, tool: name, workplace, texts: [] })
const service = (owner?: string): Resource => ({
  type: 'service',
  id: 'records',
  texts: [],
  ...(owner !== undefined && { owner }),
})

function request(action: Action, resource: Resource): AccessRequest {
  const context = { time: 0, network: { address: '127.0.0.1', local: true, encrypted: false } }
  return { id: 'dec_1', point: 'hooks', action, resource, context, credentials: {} }
}

function ask(
  roles: readonly string[],
  action: Action,
  resource: Resource,
  authorization: object = {},
  principal: Principal | null = { kind: 'human', id: 'ann', roles },
) {
  const layer = createAuthorizationLayer(configSchema.parse({ authorization }))
  const deliberation: Deliberation = {
    request: request(action, resource),
    principal,
    permission: null,
    findings: [],
    obligations: [],
    affirmed: false,
  }
  const verdict = layer.check(deliberation)
  if (verdict instanceof Promise) throw new Error('the layer answers at once')
  if (verdict.kind === 'pass') return { kind: 'pass', permission: verdict.permission }
  if (verdict.kind !== 'deny') return { kind: verdict.kind }
  return { kind: 'deny', code: verdict.reasons[0].code, message: verdict.reasons[0].message }
}

describe('the permission a request needs', () => {
  const file = (operation: 'read' | 'write' | 'search'): Resource => ({
    type: 'file',
    id: '/p/a',
    path: '/p/a',
    operation,
    tool: 'Read',
    workplace,
    texts: [],
  })
  it.each<[Action, Resource, string]>([
    ['command:run', command, 'tools.bash.execute'],
    ['file:read', file('read'), 'tools.read.execute'],
    ['file:read', file('search'), 'tools.read.execute'],
    ['file:read', file('write'), 'tools.write.execute'],
    ['file:write', file('read'), 'tools.write.execute'],
    [
      'net:connect',
      { type: 'url', id: 'https://a.b', tool: 'WebFetch', texts: [] },
      'tools.webfetch.execute',
    ],
    ['tool:call', tool('TodoWrite'), 'tools.todowrite.execute'],
    ['tool:call', tool('Task'), 'agents.run'],
    ['tool:call', tool('Agent'), 'agents.run'],
    ['mcp:call', tool('mcp__github__create_issue'), 'tools.mcp__github__create_issue.execute'],
    ['mcp:call', tool('Read'), 'tools.mcp__read.execute'],
    ['mcp:call', tool('Agent'), 'tools.mcp__agent.execute'],
    ['tool:call', tool('a.b:*'), 'tools.a%2Eb%3A%2A.execute'],
    ['tool:call', tool(''), 'tools.%.execute'],
    ['model:invoke', service(), 'messages.create'],
    ['model:list', service(), 'messages.read'],
    ['output:deliver', service(), 'messages.read'],
    ['prompt:submit', service(), 'prompts.submit'],
    ['session:event', service(), 'sessions.observe'],
    ['config:change', service(), 'settings.change'],
    ['admin:keys:create', service(), 'admin.keys.create'],
    ['admin:read:decisions', service(), 'read:decisions'],
    ['admin:delete:sessions', service(), 'delete:sessions'],
  ])('of %s on %o is %s, and the catalogue describes it', (action, resource, expected) => {
    const permission = requiredPermission(request(action, resource))
    expect(permission).toBe(expected)
    expect(describePermission(permission)).toBeDefined()
  })

  property.prop([fc.string({ unit: 'binary' })])('keeps any tool name in one segment', name => {
    const permission = requiredPermission(request('tool:call', tool(name)))
    if (permission !== 'agents.run') expect(segmentsOf(permission)).toHaveLength(3)
  })

  it('describes no permission that does not exist', () => {
    for (const unknown of ['tools..execute', 'tools.bash', 'read', 'admin.', 'read:', 'nothing']) {
      expect(describePermission(unknown)).toBeUndefined()
    }
    expect(permissions.filter(({ requiresAudit }) => requiresAudit).length).toBeGreaterThan(5)
  })
})

describe('roles', () => {
  it.each<[string, Action, Resource, boolean]>([
    ['admin', 'admin:keys:create', service(), true],
    ['admin', 'command:run', command, true],
    ['developer', 'command:run', command, true],
    ['developer', 'mcp:call', tool('mcp__x__y'), true],
    ['developer', 'tool:call', tool('Task'), true],
    ['developer', 'model:invoke', service(), true],
    ['developer', 'admin:keys:create', service(), false],
    ['developer', 'admin:read:decisions', service(), false],
    ['viewer', 'command:run', command, false],
    ['viewer', 'model:invoke', service(), false],
    ['viewer', 'model:list', service(), true],
    ['reader', 'admin:read:decisions', service(), true],
    ['reader', 'admin:write:decisions', service('ann'), false],
    ['writer', 'admin:write:decisions', service('ann'), true],
    ['writer', 'admin:write:decisions', service('bob'), false],
    ['writer', 'admin:write:decisions', service(), false],
    ['writer', 'admin:delete:decisions', service('ann'), false],
  ])('%s asking for %s on %o is granted: %s', (role, action, resource, granted) => {
    const answer = ask([role], action, resource)
    expect(answer.kind).toBe(granted ? 'pass' : 'deny')
    if (!granted) expect(answer.code).toBe('authorization.not-granted')
  })

  it('counts as its owner the person an agent works for, and nobody else', () => {
    const agent = (onBehalfOf: string): Principal => ({
      kind: 'agent',
      id: 'claude',
      roles: ['writer'],
      onBehalfOf,
    })
    expect(ask([], 'admin:write:x', service('ann'), {}, agent('ann')).kind).toBe('pass')
    expect(ask([], 'admin:write:x', service('ann'), {}, agent('bob')).kind).toBe('deny')
  })

  it('gives a principal without roles the default role, and one with roles nothing more', () => {
    expect(ask([], 'command:run', command).kind).toBe('pass')
    expect(ask([], 'command:run', command, { defaultRole: 'viewer' }).kind).toBe('deny')
    expect(ask(['viewer'], 'command:run', command).kind).toBe('deny')
  })

  it('refuses when nobody is known to ask', () => {
    expect(ask([], 'command:run', command, {}, null)).toMatchObject({ code: 'authorization.not-granted' })
  })

  it('refuses an unknown role even beside one that grants', () => {
    expect(ask(['admin', 'ghost'], 'command:run', command)).toMatchObject({
      code: 'authorization.not-granted',
      message: 'the role `ghost` does not exist',
    })
    expect(ask(['toString'], 'command:run', command).kind).toBe('deny')
    expect(ask(['__proto__'], 'command:run', command).kind).toBe('deny')
  })

  it('lets a deny win over a more specific allow in another role, and names role and pattern', () => {
    const roles = { careful: { deny: ['tools.*.execute'] }, exact: { allow: ['tools.bash.execute'] } }
    for (const order of [
      ['careful', 'exact'],
      ['exact', 'careful'],
    ]) {
      expect(ask(order, 'command:run', command, { roles })).toEqual({
        kind: 'deny',
        code: 'authorization.denied',
        message: 'the role `careful` denies `tools.bash.execute` with `tools.*.execute`',
      })
    }
    expect(ask(['exact'], 'command:run', command, { roles }).kind).toBe('pass')
  })

  it('lets configuration replace a built-in role', () => {
    const roles = { developer: { allow: ['messages.create'] } }
    expect(ask(['developer'], 'command:run', command, { roles }).kind).toBe('deny')
    expect(ask(['developer'], 'model:invoke', service(), { roles }).kind).toBe('pass')
  })

  it.each([
    ['to*ls.x', 'has a wildcard inside a segment'],
    ['tools..execute', 'has an empty segment'],
    ['', 'has an empty segment'],
    ['tools.bash.', 'has an empty segment'],
    ['tool.bash.execute', 'begins with `tool`, which no permission does'],
    ['own', 'begins with `own`'],
    ['tools.b ash', 'has a character that no permission has'],
    [`tools${'.a'.repeat(16)}`, 'more than 16'],
  ])('refuses the pattern `%s` in the configuration', (pattern, problem) => {
    const build = () => ask([], 'command:run', command, { roles: { r: { deny: ['read:x', pattern] } } })
    expect(build).toThrow(PortcullisError)
    expect(build).toThrow(`the pattern \`${pattern}\` at \`authorization.roles.r.deny[1]\``)
    expect(build).toThrow(problem)
  })

  it('refuses a default role that does not exist', () => {
    expect(() => ask([], 'command:run', command, { defaultRole: 'ghost' })).toThrow(
      '`authorization.defaultRole` names the role `ghost`, which does not exist',
    )
  })
})

describe('patterns', () => {
  it.each<[string, string, boolean]>([
    ['*', 'tools', true],
    ['*', 'tools.bash.execute', true],
    ['tools.*', 'tools', false],
    ['tools.*', 'tools.bash', true],
    ['tools.*', 'tools.bash.execute', true],
    ['tools.*.execute', 'tools.execute', false],
    ['tools.*.execute', 'tools.bash.execute', true],
    ['tools.*.execute', 'tools.a.b.execute', false],
    ['*.bash.*', 'tools.bash.execute', true],
    ['tools.bash.execute', 'tools.Bash.execute', false],
    ['read:*', 'read:decisions', true],
    ['read:*', 'read.decisions', true],
    ['read:*', 'readx', false],
  ])('%s matches %s: %s', (pattern, permission, expected) => {
    expect(indexOf([pattern])(segmentsOf(permission)!, false) !== null).toBe(expected)
  })

  const segment = fc.constantFrom('tools', 'read', 'a', 'b', 'own', 'execute')
  const body = fc.array(fc.oneof({ weight: 3, arbitrary: segment }, fc.constant('*')), {
    minLength: 1,
    maxLength: 6,
  })
  const pattern = fc
    .tuple(fc.constantFrom('tools', 'read', '*'), body)
    .map(([first, rest]) => [first, ...rest].join('.'))
  const permission = fc.array(segment, { minLength: 1, maxLength: 7 })

  property.prop([fc.array(pattern, { maxLength: 12 }), permission, fc.boolean()], { numRuns: 3000 })(
    'are found by the trie exactly when one of them matches alone',
    (patterns, segments, owned) => {
      const expected = patterns.some(text => matches(text.split('.'), segments, owned))
      expect(indexOf(patterns)(segments, owned) !== null).toBe(expected)
    },
  )
})

function indexOf(patterns: readonly string[]) {
  return compilePatterns(
    patterns.map(text => {
      const parsed = parsePattern(text)
      if ('problem' in parsed) throw new Error(parsed.problem)
      return parsed
    }),
  )
}

/** The rules of docs/reference/authorization.md, read straight down. */
function matches(pattern: readonly string[], segments: readonly string[], owned: boolean): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return segments.length === 0
  if (segments.length === 0) return false
  if (rest.length === 0 && first === '*') return true
  if (rest.length === 0 && first === 'own') return owned
  return (first === '*' || first === segments[0]) && matches(rest, segments.slice(1), owned)
}
