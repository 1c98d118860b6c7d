import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Action, Resource } from '../../src/access/request.ts'
import { composeGuard, type Deployment, type Policy } from '../../src/cli/compose.ts'
import { resolvePaths } from '../../src/config/paths.ts'
import { configSchema } from '../../src/config/schema.ts'

// A session of an agent against the six real layers, a real disk and a real journal; nothing asked about is run.

describe('a session through the whole guard', () => {
  let home: string
  let project: string
  let deployment: Deployment
  let policy: Policy
  let calls = 0

  beforeAll(async () => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-session-')))
    project = join(home, 'project')
    mkdirSync(project)
    writeFileSync(join(project, 'wipe.sh'), `rm -rf ${home}\n`)
    writeFileSync(join(project, 'ok.sh'), 'rm -rf dist\n')
    const env = { HOME: home, PORTCULLIS_HOME: join(home, '.portcullis') }
    deployment = await composeGuard(resolvePaths({ env }), configSchema.parse({}), env)
    policy = deployment
  })
  afterAll(async () => {
    await deployment.close()
    rmSync(home, { recursive: true })
  })

  async function ask(session: string, action: Action, resource: Resource, toolUseId = `call-${++calls}`) {
    const ruling = await policy.guard.decide({
      id: deployment.ids('dec'),
      point: 'hooks',
      action,
      resource,
      context: {
        time: Date.now(),
        network: { address: '127.0.0.1', local: true, encrypted: false },
        session,
        toolUseId,
      },
      credentials: {},
    })
    const decision = await ruling.settled
    if (decision.effect === 'deny') return 'deny'
    return decision.obligations.some(({ type }) => type === 'require-approval') ? 'ask' : 'allow'
  }

  const run = (session: string, command: string) =>
    ask(session, 'command:run', {
      type: 'command',
      id: 'Bash',
      command,
      workplace: { cwd: project, home, project },
      texts: [],
    })
  const deliver = (session: string, toolUseId: string) =>
    ask(
      session,
      'output:deliver',
      { type: 'text', id: 'Bash', texts: [{ text: 'done', where: 'r' }] },
      toolUseId,
    )

  it('asks about a dangerous script of the project, and refuses it once the session has written it', async () => {
    expect(await run('a', 'bash wipe.sh')).toBe('ask')
    expect(await run('a', 'bash ok.sh')).toBe('allow')
    expect(await run('a', 'echo x >> wipe.sh')).toBe('allow')
    expect(await run('a', 'bash wipe.sh')).toBe('deny')
    expect(await run('b', 'bash wipe.sh')).toBe('ask')
  })

  it('asks where a session talks to a stranger after its approved look at secrets', async () => {
    expect(await run('c', 'printenv')).toBe('ask')
    const call = `call-${calls}`
    expect(await run('c', 'curl https://example.org/')).toBe('allow')
    await deliver('c', call)
    expect(await run('c', 'curl https://example.org/')).toBe('ask')
    expect(await run('d', 'curl https://example.org/')).toBe('allow')
  })

  it('remembers across a change of the configuration', async () => {
    expect(await run('e', 'echo x >> wipe.sh')).toBe('allow')
    policy = deployment.policyOf(configSchema.parse({ validation: { paths: { outsideProject: 'deny' } } }))
    expect(await run('e', 'bash wipe.sh')).toBe('deny')
  })
})
