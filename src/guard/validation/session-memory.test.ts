import { describe, expect, it } from 'vitest'
import type { Aftermath, FileOrigin } from '../../rules/judgement.ts'
import { createSessionMemory, joinAftermaths } from './session-memory.ts'

const plain: FileOrigin = { remote: false, secret: false }
const remote: FileOrigin = { remote: true, secret: false }

function wrote(files: Readonly<Record<string, FileOrigin>>, more: Partial<Aftermath> = {}): Aftermath {
  return { written: new Map(Object.entries(files)), readSecret: false, readUntrusted: false, ...more }
}

describe('what is remembered of sessions', () => {
  it('knows a file by what the session last did to it', () => {
    const memory = createSessionMemory()
    memory.remember('a', wrote({ '/x': remote }))
    expect(memory.viewOf('a').originOf('/x')).toEqual(remote)
    memory.remember('a', wrote({ '/x': plain }))
    expect(memory.viewOf('a').originOf('/x')).toEqual(plain)
    expect(memory.viewOf('a').originOf('/y')).toBeUndefined()
    expect(memory.viewOf('b').originOf('/x')).toBeUndefined()
  })

  it('never forgets that a secret was read', () => {
    const memory = createSessionMemory()
    memory.remember('a', wrote({}, { readSecret: true }))
    memory.remember('a', wrote({}))
    expect(memory.viewOf('a')).toMatchObject({ hasReadSecret: true, hasReadUntrusted: false })
  })

  it('counts what was asked about only once its output came, and only once', () => {
    const memory = createSessionMemory()
    memory.expect('a', 'call-1', wrote({ '/x': plain }))
    expect(memory.viewOf('a').originOf('/x')).toBeUndefined()
    memory.confirm('a', 'call-2')
    memory.confirm('b', 'call-1')
    expect(memory.viewOf('a').originOf('/x')).toBeUndefined()
    memory.confirm('a', 'call-1')
    expect(memory.viewOf('a').originOf('/x')).toEqual(plain)
  })

  it('takes any file for its own making once more was written than is kept, and keeps what tells most', () => {
    const memory = createSessionMemory({ sessions: 2, files: 3, characters: 1_000, pending: 2 })
    memory.remember('a', wrote({ '/downloaded': remote }))
    for (let index = 0; index < 10; index++) memory.remember('a', wrote({ [`/${index}`]: plain }))
    const view = memory.viewOf('a')
    expect(view.originOf('/downloaded')).toEqual(remote)
    expect(view.originOf('/never-seen')).toEqual(plain)
  })

  it('stays within its bounds', () => {
    const memory = createSessionMemory({ sessions: 2, files: 1_000, characters: 20, pending: 1 })
    memory.remember('a', wrote({ [`/${'x'.repeat(50)}`]: remote }))
    expect(memory.viewOf('a').originOf(`/${'x'.repeat(50)}`)).toEqual(plain)
    memory.remember('b', wrote({ '/b': plain }))
    memory.remember('c', wrote({ '/c': plain }))
    expect(memory.viewOf('c').originOf('/c')).toEqual(plain)
    expect(memory.viewOf('d').originOf('/c')).toBeUndefined()
    memory.expect('c', 'one', wrote({ '/one': plain }))
    memory.expect('c', 'two', wrote({ '/two': plain }))
    memory.confirm('c', 'one')
    memory.confirm('c', 'two')
    expect(memory.viewOf('c').originOf('/two')).toEqual(plain)
  })

  it('keeps the worst of a session that a crowd of others drives out', () => {
    const memory = createSessionMemory({ sessions: 2, files: 10, characters: 100, pending: 2 })
    memory.remember('a', wrote({ '/x': remote }, { readSecret: true }))
    for (let index = 0; index < 30; index++) memory.remember(`other-${index}`, wrote({ '/y': plain }))
    expect(memory.viewOf('a')).toMatchObject({ hasReadSecret: true, hasReadUntrusted: false })
    expect(memory.viewOf('a').originOf('/x')).toEqual(plain)
    memory.remember('a', wrote({ '/z': remote }))
    expect(memory.viewOf('a')).toMatchObject({ hasReadSecret: true })
    expect(memory.viewOf('a').originOf('/z')).toEqual(remote)
  })

  it('counts what waits for too long as done', () => {
    const memory = createSessionMemory({ sessions: 2, files: 10, characters: 100, pending: 2 })
    memory.expect('a', 'agreed', wrote({ '/x': remote }))
    memory.expect('a', 'two', wrote({ '/y': plain }))
    memory.expect('a', 'three', wrote({ '/z': plain }))
    expect(memory.viewOf('a').originOf('/x')).toEqual(remote)
    expect(memory.viewOf('a').originOf('/z')).toBeUndefined()
  })

  it('waits for all that one call would do, if a client gives its id twice', () => {
    const memory = createSessionMemory()
    memory.expect('a', 'call', wrote({ '/x': remote }))
    memory.expect('a', 'call', wrote({ '/y': plain }))
    memory.confirm('a', 'call')
    expect(memory.viewOf('a').originOf('/x')).toEqual(remote)
    expect(memory.viewOf('a').originOf('/y')).toEqual(plain)
  })

  it('joins what several acts leave behind', () => {
    const joined = joinAftermaths([
      undefined,
      wrote({ '/x': plain }),
      wrote({ '/y': remote }, { readSecret: true }),
    ])
    expect([...joined.written.keys()]).toEqual(['/x', '/y'])
    expect(joined.readSecret).toBe(true)
    expect(joinAftermaths([])).toEqual(wrote({}))
  })
})
