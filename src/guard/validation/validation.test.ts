import { describe, expect, it } from 'vitest'
import type { Verdict } from '../../access/decision.ts'
import type { AccessRequest, Action, Resource, TextLeaf } from '../../access/request.ts'
import { configSchema } from '../../config/schema.ts'
import type { FileSystemView } from '../../rules/judgement.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import { createValidationLayer } from './validation.ts'

const engine = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'likely' })
const view: FileSystemView = { realPath: path => path, caseInsensitive: false }
/** Reads the one-program commands of these tests. */
const grammar = { programsOf: (text: string) => [text.split(' ')[0]!] }
const workplace = { cwd: '/home/ann/project', home: '/home/ann', project: '/home/ann/project' }

/** A token of the right shape, made up here; likely to the engine, not an example. */
const token = `glpat-${'xK3vQ9mB7wT2yR5pL8dZ'}`
const example = 'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'

function judge(action: Action, resource: Resource, validation: object = {}): Verdict {
  const layer = createValidationLayer(configSchema.parse({ validation }), {
    engine,
    view,
    own: ['/home/ann/.portcullis'],
    grammar,
  })
  const request: AccessRequest = {
    id: 'dec_1',
    point: 'hooks',
    action,
    resource,
    context: { time: 0, network: { address: '', local: true, encrypted: false } },
    credentials: {},
  }
  const verdict = layer.check({
    request,
    principal: null,
    permission: null,
    findings: [],
    obligations: [],
    affirmed: false,
  })
  if (verdict instanceof Promise) throw new Error('the layer answers at once')
  return verdict
}

const leaves = (...texts: string[]): TextLeaf[] => texts.map((text, i) => ({ text, where: `leaf[${i}]` }))
const command = (text: string): Resource => ({
  type: 'command',
  id: text,
  command: text,
  workplace,
  texts: leaves(text),
})
const file = (path: string, operation: 'read' | 'write' | 'search', content = ''): Resource => ({
  type: 'file',
  id: path,
  path,
  operation,
  tool: operation === 'write' ? 'Write' : 'Read',
  workplace,
  texts: leaves(content),
})
const url = (id: string): Resource => ({ type: 'url', id, tool: 'WebFetch', texts: leaves(id) })
const text = (...texts: string[]): Resource => ({ type: 'text', id: 'text', texts: leaves(...texts) })

/** What a test wants to see of a verdict. */
function short(verdict: Verdict) {
  if (verdict.kind === 'deny') return { kind: 'deny', codes: verdict.reasons.map(({ code }) => code) }
  if (verdict.kind !== 'pass') return { kind: verdict.kind }
  const obligations = verdict.obligations!.map(({ type }) => type)
  return { kind: 'pass', affirmed: verdict.affirmed, obligations }
}

describe('acts', () => {
  it.each<[string, Action, Resource, string]>([
    ['deleting home', 'command:run', command('rm -rf ~'), 'validation.dangerous-command'],
    [
      'reading a private key by a command',
      'command:run',
      command('cat ~/.ssh/id_rsa'),
      'validation.dangerous-command',
    ],
    [
      'switching the guard off',
      'command:run',
      command('rm ~/.claude/settings.json'),
      'validation.settings-protected',
    ],
    [
      'reading a private key',
      'file:read',
      file('/home/ann/.ssh/id_rsa', 'read'),
      'validation.protected-path',
    ],
    ['writing a profile', 'file:write', file('/home/ann/.bashrc', 'write'), 'validation.protected-path'],
    [
      'writing an agent’s settings',
      'file:write',
      file('/home/ann/.claude/settings.json', 'write'),
      'validation.settings-protected',
    ],
    [
      'reading what is Portcullis’ own',
      'file:read',
      file('/home/ann/.portcullis/x', 'read'),
      'validation.settings-protected',
    ],
    [
      'settings that switch the guard off',
      'config:change',
      { type: 'service', id: '/home/ann/.claude/settings.json: disableAllHooks', texts: [] },
      'validation.settings-protected',
    ],
    ['a metadata service', 'net:connect', url('http://169.254.169.254/latest'), 'validation.forbidden-host'],
    ['loopback', 'net:connect', url('http://127.1:8080/'), 'validation.forbidden-host'],
  ])('refuses %s', (_what, action, resource, code) => {
    const verdict = judge(action, resource)
    expect(short(verdict)).toMatchObject({ kind: 'deny', codes: [code] })
    if (verdict.kind !== 'deny') return
    expect(verdict.reasons[0].rule).toMatch(/^(?:command|path|url)\./)
    expect(verdict.findings!.some(({ rule }) => rule === verdict.reasons[0].rule)).toBe(true)
  })

  it.each<[string, Action, Resource, boolean]>([
    ['a plain look', 'command:run', command('ls -la'), true],
    ['a build', 'command:run', command('npm test'), false],
    ['reading in the project', 'file:read', file('/home/ann/project/a.ts', 'read'), true],
    ['writing in the project', 'file:write', file('/home/ann/project/a.ts', 'write', 'x = 1'), false],
    ['a public address', 'net:connect', url('https://example.org/'), false],
  ])('lets pass %s', (_what, action, resource, affirmed) => {
    expect(short(judge(action, resource))).toEqual({ kind: 'pass', affirmed, obligations: [] })
  })

  it('takes a read for a write when the action says so', () => {
    expect(short(judge('file:write', file('/home/ann/.bashrc', 'read')))).toMatchObject({ kind: 'deny' })
  })

  it('affirms no command when automatic allowing is off', () => {
    const verdict = judge('command:run', command('ls'), { commands: { autoAllow: false } })
    expect(short(verdict)).toMatchObject({ kind: 'pass', affirmed: false })
  })

  it('asks where the rules ask, with the rule in the reason', () => {
    const verdict = judge('file:write', file('/home/ann/other/x', 'write', 'x'))
    expect(verdict).toMatchObject({
      kind: 'pass',
      obligations: [
        {
          type: 'require-approval',
          reasons: [{ code: 'validation.path-needs-approval', rule: 'path.is-outside-project' }],
        },
      ],
    })
    const strict = judge('file:write', file('/home/ann/other/x', 'write', 'x'), {
      paths: { outsideProject: 'deny' },
    })
    expect(short(strict)).toMatchObject({ kind: 'deny', codes: ['validation.protected-path'] })
  })

  it('protects what the configuration names', () => {
    const resource = file('/home/ann/project/plans.md', 'read')
    expect(short(judge('file:read', resource))).toMatchObject({ kind: 'pass' })
    const verdict = judge('file:read', resource, { paths: { protect: ['/home/ann/project/plans.md'] } })
    expect(short(verdict)).toMatchObject({ kind: 'deny', codes: ['validation.protected-path'] })
  })
})

describe('secrets', () => {
  const modes = ['observe', 'mask', 'block'] as const
  const actions: Action[] = ['model:invoke', 'prompt:submit', 'output:deliver', 'tool:call', 'mcp:call']

  it.each(actions.flatMap(action => modes.map(mode => [action, mode] as const)))(
    'in %s with mode %s',
    (action, mode) => {
      const verdict = judge(action, text('fine', `my token ${token} here`), { secrets: { mode } })
      if (mode === 'block') {
        expect(short(verdict)).toEqual({ kind: 'deny', codes: ['validation.secret-found'] })
        return
      }
      const obligations = mode === 'mask' ? ['mask'] : []
      expect(short(verdict)).toEqual({ kind: 'pass', affirmed: false, obligations })
      if (verdict.kind !== 'pass') return
      expect(verdict.findings).toMatchObject([
        { span: { leaf: 1, start: 9, end: 9 + token.length }, severity: 'note' },
      ])
      if (mode === 'mask') expect(verdict.obligations).toMatchObject([{ findings: verdict.findings }])
    },
  )

  it.each(modes)('being written into a file with mode %s', mode => {
    const verdict = judge('file:write', file('/home/ann/project/a.ts', 'write', `key = "${token}"`), {
      secrets: { mode },
    })
    if (mode === 'observe') {
      expect(short(verdict)).toMatchObject({ kind: 'pass', obligations: [] })
      return
    }
    expect(verdict).toMatchObject({
      kind: 'deny',
      reasons: [{ code: 'validation.secret-found', remedy: expect.stringContaining('environment variable') }],
    })
    expect(JSON.stringify(verdict)).not.toContain(token)
  })

  it('lets an obvious example be written even when everything is looked at', () => {
    for (const mode of modes) {
      const secrets = { mode, minimumGrade: 'possible' }
      const verdict = judge('file:write', file('/home/ann/project/README.md', 'write', example), { secrets })
      expect(short(verdict)).toMatchObject({ kind: 'pass' })
    }
  })

  it('refuses a secret in an address', () => {
    const verdict = judge('net:connect', url(`https://example.org/?q=${token}`))
    expect(short(verdict)).toEqual({ kind: 'deny', codes: ['validation.secret-found'] })
  })

  it('only notes a secret in a command, which then is not affirmed', () => {
    const verdict = judge('command:run', command(`echo ${token}`), { secrets: { mode: 'block' } })
    expect(short(verdict)).toMatchObject({ kind: 'pass', affirmed: false, obligations: [] })
  })

  it('only notes what is below the configured grade', () => {
    const verdict = judge('prompt:submit', text(example), {
      secrets: { mode: 'block', minimumGrade: 'certain' },
    })
    expect(short(verdict)).toMatchObject({ kind: 'pass', obligations: [] })
  })

  describe('with a mode of its own', () => {
    const other = `ghp_${'w9Kq2mZ7xR4tB8nV1cJ6sL3hD5fG0yPaEuTi'}`
    const both = text(`first ${token}`, `then ${other}`)
    const treatments = (verdict: Verdict) =>
      'findings' in verdict ? verdict.findings?.map(({ rule, treatment }) => `${rule} ${treatment}`) : []

    it('a rule is observed while others are masked, and each finding says what was done', () => {
      const verdict = judge('model:invoke', both, { secrets: { rules: { 'secret.gitlab-pat': 'observe' } } })
      expect(treatments(verdict)).toEqual(['secret.gitlab-pat noted', 'secret.github-pat masked'])
      expect(verdict).toMatchObject({ obligations: [{ type: 'mask', findings: [{ span: { leaf: 1 } }] }] })
    })

    it('a rule blocks while others are masked, and the refusal names that rule alone', () => {
      const verdict = judge('output:deliver', both, { secrets: { rules: { 'secret.github-*': 'block' } } })
      expect(treatments(verdict)).toEqual(['secret.gitlab-pat masked', 'secret.github-pat refused'])
      expect(verdict).toMatchObject({ kind: 'deny', reasons: [{ rule: 'secret.github-pat' }] })
      if (verdict.kind === 'deny') expect(verdict.reasons).toHaveLength(1)
    })

    it('a rule is masked while all others are observed', () => {
      const rules = { 'secret.*': 'observe', 'secret.git*': 'mask', 'secret.github-pat': 'observe' }
      const verdict = judge('prompt:submit', both, { secrets: { mode: 'block', rules } })
      expect(treatments(verdict)).toEqual(['secret.gitlab-pat masked', 'secret.github-pat noted'])
    })

    it('what is observed may be written, what is not may not', () => {
      const secrets = { rules: { 'secret.gitlab-pat': 'observe' } }
      const write = (content: string) => file('/home/ann/project/a.ts', 'write', content)
      expect(short(judge('file:write', write(token), { secrets }))).toMatchObject({ kind: 'pass' })
      expect(short(judge('file:write', write(other), { secrets }))).toMatchObject({ kind: 'deny' })
    })
  })

  it('tells both refusals at once', () => {
    const verdict = judge('file:write', file('/home/ann/.bashrc', 'write', `export T=${token}`))
    expect(short(verdict)).toEqual({
      kind: 'deny',
      codes: ['validation.protected-path', 'validation.secret-found'],
    })
  })
})

describe('tools that carry text elsewhere', () => {
  const tool = (name: string, input: Readonly<Record<string, string>>): Resource => ({
    type: 'tool',
    id: name,
    tool: name,
    workplace,
    texts: Object.entries(input).map(([key, content]) => ({ where: `tool_input.${key}`, text: content })),
  })

  it.each([
    ['WebSearch', { query: `what is ${token}` }],
    ['Task', { description: 'deploy', prompt: `use ${token} to log in`, subagent_type: 'general' }],
    ['Agent', { prompt: `use ${token}` }],
    ['Skill', { args: token }],
  ])('the secret in a call of %s is masked, or the call refused', (name, input) => {
    expect(short(judge('tool:call', tool(name, input)))).toMatchObject({
      kind: 'pass',
      obligations: ['mask'],
    })
    const refused = judge('tool:call', tool(name, input), { secrets: { mode: 'block' } })
    expect(short(refused)).toEqual({ kind: 'deny', codes: ['validation.secret-found'] })
  })

  it('the secret in a fetch is refused wherever it stands', () => {
    const fetched = judge('net:connect', {
      type: 'url',
      id: 'https://example.org/',
      tool: 'WebFetch',
      texts: leaves('https://example.org/', `summarise with ${token}`),
    })
    expect(short(fetched)).toEqual({ kind: 'deny', codes: ['validation.secret-found'] })
  })

  it('the secret in a cell of a notebook is refused, and the notebook is judged by its path', () => {
    const cell = judge('file:write', file('/home/ann/project/a.ipynb', 'write', `key = "${token}"`))
    expect(short(cell)).toEqual({ kind: 'deny', codes: ['validation.secret-found'] })
    expect(short(judge('file:write', file('/home/ann/.bashrc', 'write', 'x')))).toMatchObject({
      kind: 'deny',
    })
  })

  it('a dev server may be looked at, the ports of the gate may not', () => {
    expect(short(judge('net:connect', url('http://localhost:5173/')))).toMatchObject({
      kind: 'pass',
      obligations: [],
    })
    for (const port of [8787, 8788])
      expect(short(judge('net:connect', url(`http://localhost:${port}/`)))).toMatchObject({ kind: 'deny' })
    expect(short(judge('net:connect', url('http://192.168.1.5/')))).toMatchObject({
      kind: 'pass',
      obligations: ['require-approval'],
    })
  })
})
