import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { FileSystemView } from '../../judgement.ts'
import { judgeCommand } from '../judge.ts'
import { cloudVerbs } from './cloud-verbs.ts'
import { clusterVerbs } from './cluster-verbs.ts'
import { databaseVerbs } from './database-verbs.ts'
import { publishingVerbs } from './publishing-verbs.ts'
import { toolOf, type VerbTable } from './verbs.ts'

const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }
const view: FileSystemView = { caseInsensitive: false, realPath: path => path }
const judge = (command: string) => judgeCommand(command, workplace, view)
const tables: readonly VerbTable[] = [...databaseVerbs, ...clusterVerbs, ...cloudVerbs, ...publishingVerbs]

/** A use that the phrase means: the first of each alternative, something for every run of words. */
function useOf(phrase: string): string {
  return phrase
    .split(' ')
    .map(word => (word === '*' ? 'thing' : word.split('|')[0]!.replaceAll('*', 'x')))
    .join(' ')
}

const uses = tables.flatMap(({ programs }) =>
  Object.entries(programs).flatMap(([names, phrases]) =>
    names.split(' ').flatMap(name => phrases.map(phrase => `${name} ${useOf(phrase)}`.trim())),
  ),
)

describe('tables of verbs', () => {
  it('stop every use that they name', () => {
    expect(uses.length).toBeGreaterThan(800)
    expect(uses.filter(use => !/^(?:ask|deny)$/.test(judge(use).opinion))).toEqual([])
  })

  it('reads the tool behind its launcher', () => {
    expect(toolOf(['npx', '--yes', 'prisma@5.1.0', 'migrate', 'reset'])).toEqual([
      'prisma',
      'migrate',
      'reset',
    ])
    expect(toolOf(['python3', '-W', 'ignore'])).toEqual(['ignore'])
    expect(toolOf(['python3', '-m', 'alembic', 'downgrade', 'base'])).toEqual([
      'alembic',
      'downgrade',
      'base',
    ])
    expect(toolOf(['php', 'artisan', 'db:wipe'])).toEqual(['artisan', 'db:wipe'])
    expect(toolOf(['npx'])).toEqual(['npx'])
    expect(toolOf(['kubectl', 'get', 'pods'])).toEqual(['kubectl', 'get', 'pods'])
  })

  it('lets the tests make their database anew, and nobody else', () => {
    expect(judge('RAILS_ENV=test bin/rails db:reset').opinion).toBe('none')
    expect(judge('RAILS_ENV=production bin/rails db:reset').opinion).toBe('ask')
    expect(judge('bin/rails db:reset').opinion).toBe('ask')
    expect(judge('NODE_ENV=test pg_restore --clean -d app x.dump').opinion).toBe('ask')
  })

  it('leaves a trial run alone', () => {
    expect(judge('twine upload --dry-run dist/x.whl').opinion).toBe('none')
    expect(judge('helmfile destroy --help').opinion).toBe('none')
  })

  test.prop([
    fc.constantFrom('oci', 'hcloud', 'gcloud', 'nomad', 'prisma'),
    fc.array(fc.stringMatching(/^[a-z-]{1,8}$/)),
  ])('finds words in order, whatever stands between', (program, words) => {
    const opinion = judge([program, ...words].join(' ')).opinion
    expect(['none', 'ask', 'deny']).toContain(opinion)
  })
})
