import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type Decision, reason, type Verdict } from '../access/decision.ts'
import type { AccessRequest } from '../access/request.ts'
import type { Clock } from '../kernel/clock.ts'
import { createGuard, type Layers, type Monitor } from './decide.ts'
import type { Layer } from './layer.ts'

const names = ['network', 'authentication', 'authorization', 'validation', 'execution'] as const

const request: AccessRequest = {
  id: 'dec_1',
  point: 'check',
  action: 'session:event',
  resource: { type: 'text', id: 'x', texts: [] },
  context: { time: 0, network: { address: '127.0.0.1', local: true, encrypted: false } },
  credentials: {},
}

/** Each reading is one millisecond later. */
function tickingClock(): Clock {
  let time = 0
  return { now: () => time, monotonic: () => time++ }
}

const refusal: Verdict = { kind: 'deny', reasons: [reason('authorization.denied', 'no')] }

type Behaviour = Verdict | (() => Verdict | Promise<Verdict>)

function guardOf(behaviours: readonly Behaviour[], record: Monitor['record'] = async () => {}) {
  const asked: string[] = []
  const recorded: Decision[] = []
  const judges = names.map((name, i): Layer => {
    const behaviour = behaviours[i] ?? { kind: 'pass' }
    return {
      name,
      check: () => {
        asked.push(name)
        return typeof behaviour === 'function' ? behaviour() : behaviour
      },
    }
  })
  const monitor: Monitor = {
    name: 'monitoring',
    async record(...told) {
      recorded.push(told[1])
      await record(...told)
    },
  }
  const guard = createGuard([...judges, monitor] as unknown as Layers, tickingClock())
  return { asked, recorded, decide: () => guard.decide(request), open: () => guard.open(request) }
}

describe('the guard', () => {
  it('asks the layers in their order and allows when none refuses', async () => {
    const { asked, decide } = guardOf([])
    const { decision, settled } = await decide()
    expect(asked).toEqual(names)
    expect(decision).toMatchObject({
      effect: 'allow',
      id: 'dec_1',
      assurance: 'no-objection',
      obligations: [],
    })
    expect(await settled).toMatchObject({ effect: 'allow' })
  })

  it.each(names.map((name, i) => [name, i] as const))('ends at a refusal of %s', async (name, i) => {
    const behaviours: Behaviour[] = Array.from({ length: i }, () => ({ kind: 'pass' }))
    const { asked, recorded, decide } = guardOf([...behaviours, refusal])
    const { decision, settled } = await decide()
    expect(asked).toEqual(names.slice(0, i + 1))
    expect(decision).toMatchObject({
      effect: 'deny',
      layer: name,
      reasons: [{ code: 'authorization.denied' }],
    })
    await settled
    expect(recorded).toEqual([decision])
  })

  it.each<[string, Behaviour]>([
    [
      'throws',
      () => {
        throw new TypeError('broken')
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('broken'))],
    ['cannot tell', { kind: 'indeterminate', fault: 'TypeError: broken' }],
  ])('refuses when a layer %s', async (_how, behaviour) => {
    const { asked, decide } = guardOf([{ kind: 'pass' }, behaviour])
    const { decision } = await decide()
    expect(asked).toEqual(['network', 'authentication'])
    expect(decision).toMatchObject({
      effect: 'deny',
      layer: 'authentication',
      reasons: [{ code: 'guard.fault', message: 'layer `authentication` failed: TypeError: broken' }],
    })
  })

  it('refuses when a layer throws what is not an error', async () => {
    const { decide } = guardOf([() => Promise.reject('text')])
    expect((await decide()).decision).toMatchObject({ effect: 'deny', reasons: [{ code: 'guard.fault' }] })
  })

  it('turns an allow that cannot be recorded into a denial, though it was an allow before', async () => {
    const { decide } = guardOf([], () => Promise.reject(new Error('disk full')))
    const { decision, settled } = await decide()
    expect(decision.effect).toBe('allow')
    expect(await settled).toMatchObject({
      effect: 'deny',
      layer: 'monitoring',
      reasons: [
        { code: 'monitoring.record-not-durable', message: 'the decision could not be recorded: disk full' },
      ],
    })
  })

  it('keeps a denial that cannot be recorded, with its own reasons', async () => {
    const { decide } = guardOf([refusal], () => Promise.reject(new Error('disk full')))
    const { decision, settled } = await decide()
    expect(await settled).toEqual(decision)
  })

  it('does not settle before the record is durable', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { decide } = guardOf([], () => promise)
    const { settled } = await decide()
    let done = false
    const waiting = settled.then(() => {
      done = true
    })
    await new Promise(setImmediate)
    expect(done).toBe(false)
    resolve()
    await waiting
    expect(done).toBe(true)
  })

  it('joins what the layers add and times each that ran', async () => {
    const principal = { kind: 'human', id: 'ann', roles: [] } as const
    const finding = { rule: 'r', threat: 'DOS-001', grade: 'likely', severity: 'note', message: 'm' } as const
    const { decide } = guardOf([
      { kind: 'pass', findings: [finding] },
      { kind: 'pass', principal },
      { kind: 'pass', permission: 'tools.bash.execute' },
      {
        kind: 'pass',
        findings: [finding],
        obligations: [{ type: 'mask', findings: [finding] }],
        affirmed: true,
      },
      { kind: 'pass', obligations: [{ type: 'notify', message: 'x' }] },
    ])
    const { settled } = await decide()
    expect(await settled).toEqual({
      effect: 'allow',
      id: 'dec_1',
      principal,
      permission: 'tools.bash.execute',
      findings: [finding, finding],
      obligations: [
        { type: 'mask', findings: [finding] },
        { type: 'notify', message: 'x' },
      ],
      assurance: 'affirmed',
      timings: {
        network: 1000,
        authentication: 1000,
        authorization: 1000,
        validation: 1000,
        execution: 1000,
        monitoring: 1000,
      },
    })
  })

  const verdict = fc.constantFrom<Verdict>(
    { kind: 'pass' },
    { kind: 'pass', affirmed: true },
    { kind: 'not-applicable' },
    { kind: 'indeterminate', fault: 'f' },
    refusal,
  )
  const refusing = fc.constantFrom<Behaviour>(refusal, { kind: 'indeterminate', fault: 'f' }, () =>
    Promise.reject(new Error('broken')),
  )

  property.prop([fc.array(verdict, { minLength: 5, maxLength: 5 }), fc.nat(4), refusing])(
    'never allows when any one layer is made to refuse',
    async (verdicts, at, behaviour) => {
      const before = (await guardOf(verdicts).decide()).decision
      const refuses = verdicts.some(({ kind }) => kind === 'deny' || kind === 'indeterminate')
      expect(before.effect).toBe(refuses ? 'deny' : 'allow')
      const after = await guardOf((verdicts as Behaviour[]).with(at, behaviour)).decide()
      expect(after.decision.effect).toBe('deny')
      expect((await after.settled).effect).toBe('deny')
    },
  )
})

describe('a hearing', () => {
  const resource = { type: 'text', id: 'read later', texts: [] } as const

  it('asks network and authentication first, the others with the resource, and writes one record', async () => {
    const principal = { kind: 'human', id: 'ada', roles: [] } as const
    const { asked, recorded, open } = guardOf([{ kind: 'pass' }, { kind: 'pass', principal }])
    const hearing = await open()
    expect(asked).toEqual(names.slice(0, 2))
    expect(recorded).toEqual([])
    if (hearing.kind !== 'open') throw new Error('refused')
    const { settled } = await hearing.decide(resource)
    expect(await settled).toMatchObject({ effect: 'allow', principal })
    expect(asked).toEqual(names)
    expect(recorded).toHaveLength(1)
    expect(Object.keys(recorded[0]!.timings)).toEqual(names)
  })

  it.each([0, 1])('that layer %i refuses ends at once, with a record', async layer => {
    const { asked, recorded, open } = guardOf(layer === 0 ? [refusal] : [{ kind: 'pass' }, refusal])
    const hearing = await open()
    if (hearing.kind !== 'refused') throw new Error('not refused')
    expect(await hearing.ruling.settled).toMatchObject({ effect: 'deny', layer: names[layer] })
    expect(asked).toEqual(names.slice(0, layer + 1))
    expect(recorded).toHaveLength(1)
  })

  it('that a fault ends is refused', async () => {
    const { open } = guardOf([
      () => {
        throw new Error('broken')
      },
    ])
    const hearing = await open()
    expect(hearing).toMatchObject({
      kind: 'refused',
      ruling: { decision: { reasons: [{ code: 'guard.fault' }] } },
    })
  })

  it.each([2, 3, 4])('that layer %i refuses later is a refusal', async layer => {
    const { open } = guardOf([...Array<Verdict>(layer).fill({ kind: 'pass' }), refusal])
    const hearing = await open()
    if (hearing.kind !== 'open') throw new Error('refused')
    expect((await hearing.decide(resource)).decision).toMatchObject({ effect: 'deny', layer: names[layer] })
  })
})
