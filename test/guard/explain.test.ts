import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Decision, reason } from '../../src/access/decision.ts'
import type { AccessRequest } from '../../src/access/request.ts'
import { openJournal } from '../../src/audit/journal.ts'
import { run } from '../../src/cli/main.ts'
import { reasonCodesPage } from '../../src/cli/reference.ts'
import { resolvePaths } from '../../src/config/paths.ts'
import { configSchema } from '../../src/config/schema.ts'
import { createMonitor } from '../../src/guard/monitoring/monitor.ts'
import { createLayerTimings } from '../../src/guard/monitoring/timings.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { createIdSource } from '../../src/kernel/ids.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { createSecretEngine } from '../../src/rules/secrets/engine.ts'
import { recordingTerminal } from './terminal.ts'

const engine = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'likely' })
const newId = createIdSource(systemClock, systemRandom)

describe('explain', () => {
  let home: string
  const denied = newId('dec')
  const allowed = newId('dec')
  const ofRemedy = newId('dec')

  function request(id: string, resourceId: string): AccessRequest {
    return {
      id,
      point: 'hooks',
      action: 'command:run',
      resource: {
        type: 'command',
        id: resourceId,
        command: resourceId,
        workplace: { cwd: '/p', home: '/h', project: '/p' },
        texts: [{ text: resourceId, where: 'tool_input.command' }],
      },
      context: {
        time: 0,
        network: { address: '127.0.0.1', local: true, encrypted: false },
        session: 'session-7',
      },
      credentials: {},
    }
  }

  function decision(id: string, more: Partial<Decision>): Decision {
    return {
      id,
      principal: { kind: 'human', id: 'ann', roles: [] },
      permission: 'tools.bash.execute',
      findings: [],
      timings: { network: 1, authentication: 2, authorization: 3, validation: 444 },
      ...more,
    } as Decision
  }

  beforeAll(async () => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-explain-')))
    const paths = resolvePaths({ env: { PORTCULLIS_HOME: join(home, '.portcullis') } })
    const audit = await openJournal({
      folder: paths.audit,
      trust: paths.trust,
      keys: paths.keys,
      // A segment for each few records, so that the search has to go back.
      settings: { ...configSchema.parse({}).audit, segmentMb: 0.002 },
      clock: systemClock,
      random: systemRandom,
    })
    const monitor = createMonitor({ audit, engine, clock: systemClock, timings: createLayerTimings() })
    const refusal = reason('validation.dangerous-command', '`rm` would delete `/h`', {
      rule: 'command.deletes-protected-folder',
      threat: 'DATA-DES-001',
    })
    await monitor.record(
      request(denied, 'rm -rf ~ \u001b[2J\u001b]0;owned\u0007'),
      decision(denied, { effect: 'deny', layer: 'validation', reasons: [refusal] }),
    )
    await monitor.record(
      request(ofRemedy, 'x'),
      decision(ofRemedy, {
        effect: 'deny',
        layer: 'validation',
        reasons: [{ ...refusal, remedy: 'ask Bob' }],
      }),
    )
    // A request may quote the id of another decision; that must not pass for its record.
    await monitor.record(
      request(allowed, `echo '"id":"${denied}" decision.allow'`),
      decision(allowed, { effect: 'allow', assurance: 'affirmed', obligations: [] }),
    )
    await audit.append({
      level: 'info',
      component: 'hooks',
      event: 'request.completed',
      user: 'ann',
      result: 'failure',
      metadata: { decision: denied },
      sourceAddress: '',
    })
    for (let i = 0; i < 20; i++) {
      const id = newId('dec')
      await monitor.record(request(id, `ls ${i}`), decision(id, { effect: 'allow', obligations: [] }))
    }
    await audit.close()
  })
  afterAll(() => rmSync(home, { recursive: true }))

  async function explain(...argv: string[]) {
    const terminal = recordingTerminal(home)
    const exitCode = await run(['explain', ...argv], terminal)
    return { exitCode, out: terminal.out(), err: terminal.err() }
  }

  it('tells who wanted what, each layer, why, the threat, the way out and where it is recorded', async () => {
    const { exitCode, out } = await explain(denied)
    expect(exitCode).toBe(0)
    for (const part of [
      `${denied}: refused by the validation layer`,
      'ann from 127.0.0.1',
      'session session-7',
      'command:run on command rm -rf ~',
      'tools.bash.execute: run shell commands, risk high',
      /validation +444 µs refused/,
      /network +1 µs did not refuse/,
      /execution +not asked any more/,
      '`rm` would delete `/h`',
      'command.deletes-protected-folder, DATA-DES-001',
      'to allow it: run it yourself in a terminal',
      'DATA-DES-001 Data destruction, risk 70 Critical',
      'helps: protected folders are never deleted',
      /record +0 in segment-0+\.jsonl/,
      'request.completed (failure), record 3',
      'portcullis audit verify',
    ]) {
      expect(out).toMatch(part)
    }
  })

  it('shows control characters instead of sending them to the terminal', async () => {
    const { out } = await explain(denied)
    expect(out).not.toMatch(/[\u001b\u0007]/)
    expect(out).toContain('\\u{1b}[2J')
  })

  it('is not fooled by a request that quotes another id', async () => {
    const { out } = await explain(allowed)
    expect(out).toContain(`${allowed}: allowed: known to be harmless`)
    expect((await explain(denied)).out).toContain('refused')
  })

  it('prefers the remedy of the rule over that of the table', async () => {
    expect((await explain(ofRemedy)).out).toContain('to allow it: ask Bob')
  })

  it('answers programs in JSON', async () => {
    const { exitCode, out } = await explain(denied, '--json')
    expect(exitCode).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      id: denied,
      result: 'deny',
      threats: [{ id: 'DATA-DES-001', risk: { score: 70, level: 'Critical' } }],
      permission: { id: 'tools.bash.execute', risk: 'high' },
      remedies: [{ code: 'validation.dangerous-command' }],
      place: { seq: 0 },
      later: [{ seq: 2 }, { seq: 3, event: 'request.completed' }],
    })
  })

  it.each<[string, string[], number, string]>([
    ['no id', [], 2, 'no decision id is given'],
    ['something else', ['../../etc'], 2, 'that is not a decision id'],
    ['an unknown id', [`dec_${'0'.repeat(26)}`], 3, 'holds no decision'],
  ])('says what is wrong with %s', async (_what, argv, code, message) => {
    const { exitCode, err, out } = await explain(...argv)
    expect({ exitCode, out }).toEqual({ exitCode: code, out: '' })
    expect(err).toContain(message)
  })

  it('prints the reference of reason codes, and the page in the docs agrees', async () => {
    const page = readFileSync(new URL('../../docs/reference/reason-codes.md', import.meta.url), 'utf8')
    expect(page, 'write it anew: portcullis explain --codes > docs/reference/reason-codes.md').toBe(
      reasonCodesPage(),
    )
    expect((await explain('--codes')).out).toBe(page)
  })
})
