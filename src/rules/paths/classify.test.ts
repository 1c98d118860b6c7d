import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { FileSystemView } from '../judgement.ts'
import { createPathMap } from './classify.ts'
import { judgePath } from './judge.ts'
import { hostKind, judgeUrl } from './judge-url.ts'
import { intersects, patternOfGlob } from './pattern.ts'
import { defaultPolicyOptions } from './policy-options.ts'
import { isWithin, normalise } from './posix.ts'

const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }
const plain: FileSystemView = { realPath: path => path, caseInsensitive: false }
const folding: FileSystemView = { realPath: path => path, caseInsensitive: true }

describe('paths', () => {
  it('compares whole names, not prefixes', () => {
    expect(isWithin('/tmp-evil/x', '/tmp')).toBe(false)
    expect(isWithin('/tmp/x', '/tmp')).toBe(true)
  })

  test.prop([fc.array(fc.constantFrom('a', '..', '.', '', 'b.c'), { maxLength: 12 })])(
    'normalises once and for all',
    parts => {
      const path = normalise(`/${parts.join('/')}`)
      expect(normalise(path)).toBe(path)
      expect(path.split('/')).not.toContain('..')
    },
  )

  it('finds what two patterns share', () => {
    expect(intersects(patternOfGlob('/a/*.ts'), '/a/b.ts')).toBe(true)
    expect(intersects(patternOfGlob('/a/*'), '/a/b/c')).toBe(false)
    expect(intersects(patternOfGlob('/a/**'), '/a/b/c')).toBe(true)
    expect(intersects(patternOfGlob('/a*'), patternOfGlob('/*b'))).toBe(true)
    expect(intersects(patternOfGlob('/a?'), patternOfGlob('/b*'))).toBe(false)
  })

  it('folds case where the disk does', () => {
    const project = createPathMap(workplace, folding, defaultPolicyOptions)
    expect(project.classify('/HOME/dev/APP/x')).toBe('project')
    expect(createPathMap(workplace, plain, defaultPolicyOptions).classify('/HOME/dev/APP/x')).toBe('outside')
  })

  it('protects files that do not exist and follows links', () => {
    const linked: FileSystemView = {
      ...plain,
      realPath: path => path.replace('/home/dev/app/l', '/home/dev/.ssh'),
    }
    const read = (path: string) =>
      judgePath({ path, operation: 'read', tool: 'Read' }, workplace, linked, defaultPolicyOptions)
    expect(read('l/id_rsa')).toMatchObject({
      opinion: 'deny',
      findings: [{ rule: 'path.is-credential', threat: 'CRED-ACC-001' }],
    })
    expect(read('k/a.ts').opinion).toBe('allow')
  })

  it('obeys what the deployment says about the outside', () => {
    const write = (outsideProject: 'allow' | 'ask' | 'deny') =>
      judgePath({ path: '/data/x', operation: 'write', tool: 'Write' }, workplace, plain, {
        ...defaultPolicyOptions,
        outsideProject,
      }).opinion
    expect([write('allow'), write('ask'), write('deny')]).toEqual(['none', 'ask', 'deny'])
  })

  test.prop([fc.string({ unit: 'binary', maxLength: 80 })])('answers every path and URL', text => {
    expect(['allow', 'none', 'ask', 'deny']).toContain(
      judgePath({ path: text, operation: 'write', tool: 'Write' }, workplace, plain, defaultPolicyOptions)
        .opinion,
    )
    expect(['none', 'ask', 'deny']).toContain(judgeUrl(text).opinion)
  })

  test.prop([fc.nat(0xffffff)])('knows loopback in every notation', tail => {
    const address = 0x7f000000 + tail
    for (const host of [String(address), `0x${address.toString(16)}`, `0${address.toString(8)}`]) {
      expect(hostKind(host)).toBe('local')
      expect(judgeUrl(`http://${host}/`).opinion).toBe('deny')
    }
  })
})
