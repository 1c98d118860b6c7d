import { expect, it } from 'vitest'
import { createCoverage } from './coverage.ts'

function setup(limit?: number) {
  let time = 0
  const clock = { now: () => time, monotonic: () => time }
  const coverage = createCoverage({ clock, graceMs: 100, ...(limit !== undefined && { limit }) })
  return { coverage, wait: (ms: number) => (time += ms) }
}

it('matches what a model asks for to what a hook sees, in either order', () => {
  const { coverage, wait } = setup()
  coverage.asked('s', 'one')
  coverage.seen('s', 'one')
  coverage.seen('s', 'two')
  coverage.asked('s', 'two')
  wait(1000)
  expect(coverage.report()).toEqual({ asked: 2, seen: 2, pending: 0, unasked: 0, missed: 0, gaps: [] })
})

it('counts a call once, however often the conversation repeats it', () => {
  const { coverage } = setup()
  for (let turn = 0; turn < 3; turn++) {
    coverage.asked('s', 'one')
    coverage.seen('s', 'one')
  }
  expect(coverage.report()).toMatchObject({ asked: 1, seen: 1 })
})

it('names a call as a gap only after the grace time, and takes it back when the hook comes late', () => {
  const { coverage, wait } = setup()
  coverage.asked('s', 'one')
  expect(coverage.report()).toMatchObject({ pending: 1, missed: 0 })
  wait(100)
  expect(coverage.report()).toMatchObject({
    pending: 0,
    missed: 1,
    gaps: [{ session: 's', toolUseId: 'one', askedAt: 0 }],
  })
  coverage.seen('s', 'one')
  expect(coverage.report()).toMatchObject({ seen: 1, missed: 0, gaps: [] })
})

it('does not take a call of one session for that of another', () => {
  const { coverage, wait } = setup()
  coverage.asked('s', 'one')
  coverage.seen('t', 'one')
  wait(100)
  expect(coverage.report()).toMatchObject({ seen: 0, unasked: 1, missed: 1 })
})

it('still counts as missed what a flood pushed out of memory', () => {
  const { coverage, wait } = setup(10)
  for (let i = 0; i < 1000; i++) coverage.asked('s', `call-${i}`)
  wait(100)
  const report = coverage.report()
  expect(report).toMatchObject({ asked: 1000, missed: 1000 })
  expect(report.gaps).toHaveLength(10)
  expect(coverage.toPrometheus()).toContain('portcullis_tool_calls_missed 1000\n')
})

it('hands out each gap once, as many as are wanted, and counts the others', () => {
  const { coverage, wait } = setup()
  for (let i = 0; i < 7; i++) coverage.asked('s', `call-${i}`)
  expect(coverage.takeGaps(3)).toEqual({ gaps: [], more: 0 })
  coverage.seen('s', 'call-0')
  wait(100)
  const { gaps, more } = coverage.takeGaps(3)
  expect(gaps.map(({ toolUseId }) => toolUseId)).toEqual(['call-1', 'call-2', 'call-3'])
  expect(more).toBe(3)
  expect(coverage.takeGaps(3)).toEqual({ gaps: [], more: 0 })
  coverage.asked('s', 'later')
  wait(100)
  expect(coverage.takeGaps(3).gaps).toHaveLength(1)
})

it('a gap that a flood pushed out after it was handed out is not counted again', () => {
  const { coverage, wait } = setup(10)
  coverage.asked('s', 'first')
  wait(100)
  expect(coverage.takeGaps(5).gaps).toHaveLength(1)
  for (let i = 0; i < 12; i++) coverage.asked('s', `call-${i}`)
  expect(coverage.takeGaps(5)).toEqual({ gaps: [], more: 2 })
})
