import { describe, expect, it } from 'vitest'
import { type FileOrigin, type Judgement, type SessionView, unknownSession } from '../../rules/judgement.ts'
import { createKnownCommands, type JudgeCommand } from './known-commands.ts'

const workplace = { cwd: '/p', home: '/h', project: '/p' }

function setUp() {
  const texts = new Map<string, string>([['/p/x.sh', 'ls']])
  const links = new Map<string, string>()
  const origins = new Map<string, FileOrigin>()
  const view = {
    caseInsensitive: false,
    realPath: (path: string) => links.get(path) ?? path,
    readSmall: (path: string) => texts.get(path) ?? null,
  }
  const session: SessionView = { ...unknownSession, originOf: path => origins.get(path) }
  let count = 0
  const judge: JudgeCommand = (disk, known): Judgement => {
    count++
    const path = disk.realPath('/p/x.sh')
    const isOwn = known.originOf(path) !== undefined
    const text = disk.readSmall?.(path) ?? ''
    return { opinion: isOwn ? 'deny' : text === 'ls' ? 'none' : 'ask', findings: [], effects: [] }
  }
  const known = createKnownCommands(view)
  const opinion = (command = 'bash x.sh', as = session, place = workplace) =>
    known(command, place, as, judge).opinion
  return { texts, links, origins, opinion, session, count: () => count }
}

describe('a judgement is used again', () => {
  it('while nothing it was told has changed', () => {
    const { opinion, count } = setUp()
    expect([opinion(), opinion(), opinion()]).toEqual(['none', 'none', 'none'])
    expect(count()).toBe(1)
  })

  it('not for another command or place', () => {
    const { opinion, count, session } = setUp()
    opinion()
    opinion('bash x.sh y')
    opinion('bash x.sh', session, { ...workplace, cwd: '/p/sub' })
    expect(count()).toBe(3)
  })

  it('not when a file has other contents, or is gone', () => {
    const { opinion, texts } = setUp()
    expect(opinion()).toBe('none')
    texts.set('/p/x.sh', 'rm')
    expect(opinion()).toBe('ask')
    texts.delete('/p/x.sh')
    expect(opinion()).toBe('ask')
  })

  it('not when a path leads elsewhere', () => {
    const { opinion, links, texts } = setUp()
    expect(opinion()).toBe('none')
    texts.set('/p/y.sh', 'rm')
    links.set('/p/x.sh', '/p/y.sh')
    expect(opinion()).toBe('ask')
  })

  it('not when the session has written the file or read a secret since', () => {
    const { opinion, origins, session, count } = setUp()
    expect(opinion()).toBe('none')
    opinion('bash x.sh', { ...session, hasReadSecret: true })
    expect(count()).toBe(2)
    origins.set('/p/x.sh', { remote: false, secret: false })
    expect(opinion()).toBe('deny')
  })

  it('only where code was read from disk: the rest is as quick to judge', () => {
    const { opinion, texts, count } = setUp()
    texts.clear()
    opinion()
    opinion()
    expect(count()).toBe(2)
  })
})
