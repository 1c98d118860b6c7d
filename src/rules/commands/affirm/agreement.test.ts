import { describe, expect, it, test } from 'vitest'
import type { FileSystemView } from '../../judgement.ts'
import { judgeCommand } from '../judge.ts'
import { type Agreement, compareGrammars, type SecondGrammar } from './agreement.ts'

const reads = (programs: readonly string[] | null): SecondGrammar => ({ programsOf: () => programs })

test.each<[Agreement, string, readonly string[] | null]>([
  ['agrees', 'ls | wc -l; ls', ['ls', 'ls', 'wc']],
  ['agrees', '"l"s "$(id)"', ['id', 'ls']],
  ['differs', 'ls; ls', ['ls']],
  ['adds-program', 'ls', ['ls', 'ls']],
  ['adds-program', 'cat a', ['rm']],
  ['unreadable', 'ls', null],
])('%s: `%s` read as %j', (outcome, command, second) => {
  expect(compareGrammars(command, reads(second))).toBe(outcome)
})

describe('a command that is known to only read', () => {
  const view: FileSystemView = { realPath: path => path, caseInsensitive: false }
  const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }
  const judge = (command: string, grammar?: SecondGrammar) =>
    judgeCommand(command, workplace, view, undefined, grammar)

  it('is affirmed when both grammars agree', () => {
    expect(judge('ls -la', reads(['ls']))).toMatchObject({ opinion: 'allow', findings: [] })
  })

  it('is not affirmed behind a program that writes its own report', () => {
    expect(judge('time ls', reads(['ls'])).opinion).toBe('allow')
    expect(judge("'time' -o a ls", reads(['time'])).opinion).toBe('none')
    expect(judge('command time --output=a ls', reads(['command'])).opinion).toBe('none')
  })

  it('is not affirmed without a second grammar, or by one that cannot read it or reads less', () => {
    expect(judge('ls -la').opinion).toBe('none')
    expect(judge('ls -la', reads(null)).opinion).toBe('none')
    expect(judge('ls; pwd', reads(['ls'])).opinion).toBe('none')
  })

  it('is asked about when the other grammar sees one program more', () => {
    const { opinion, findings } = judge('cat a', reads(['cat', 'rm']))
    expect(opinion).toBe('ask')
    expect(findings).toMatchObject([
      {
        rule: 'command.grammars-disagree',
        threat: 'CMD-INJ-001',
        message: 'the command is read by two grammars as different programs',
      },
    ])
  })

  it('is compared only where it would be affirmed, and each outcome is told', () => {
    const told: Agreement[] = []
    const grammar = { ...reads(['ls']), compared: (outcome: Agreement) => void told.push(outcome) }
    for (const command of ['rm -rf ~', 'npm test', 'ls', 'pwd']) judge(command, grammar)
    expect(told).toEqual(['agrees', 'adds-program'])
  })
})
