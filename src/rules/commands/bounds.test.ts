import { describe, expect, it } from 'vitest'
import { judgeCommand } from './judge.ts'

const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }
const judge = (command: string) =>
  judgeCommand(command, workplace, { realPath: path => path, caseInsensitive: false })

/** Each would take from a tenth of a second to several if it were worked out to its end. */
const crowds: Readonly<Record<string, string>> = {
  'a variable of many words': `x='${'a '.repeat(22_000)}'; echo $x; rm $x`,
  'a variable of two words, many times in one word': `x='a b'; rm ${'$x'.repeat(40_000)}`,
  'outputs of one command': `cat ${'> a '.repeat(30_000)}`,
  'inputs of many commands': '<a <b; '.repeat(15_000),
  'stages of one pipeline': `true ${'| true '.repeat(15_000)}`,
  'old arithmetic': `echo ${'$[1] '.repeat(20_000)}`,
  'words that are variables': `echo ${'$1 '.repeat(40_000)}`,
}

describe('crowds', () => {
  it.each(Object.entries(crowds))('%s are asked about, and soon', (_, command) => {
    const before = process.cpuUsage()
    const { opinion, findings } = judge(command)
    const { user, system } = process.cpuUsage(before)
    expect(opinion).not.toBe('allow')
    expect(findings.map(({ rule }) => rule)).toContain('command.is-too-large')
    expect((user + system) / 1_000).toBeLessThan(500)
  })

  it.each([
    ['(( ', ' ))'],
    ['echo $(( ', ' ))'],
    ['for (( ', ';;)); do true; done'],
    ['while true; do (( ', ' )); done'],
    ['f() { (( ', ' )); }; f'],
  ])('a sum as deep as it is long is read: %s1+1…%s', (before, after) => {
    const sum = '1+'.repeat(20_000)
    expect(judge(`${before}${sum}1${after}`).opinion).not.toBe('allow')
    expect(judge(`${before}${sum}$(rm -rf ~)${after}`).opinion).toBe('deny')
  })

  it('functions of functions are asked about', () => {
    for (const depth of [1_500, 15_000]) expect(judge(`${'f() '.repeat(depth)}{ true; }`).opinion).toBe('ask')
  })

  it('does not hide the loss of everything', () => {
    const crowd = 'src/a '.repeat(10_000)
    expect(judge(`rm -rf ${crowd} / `).opinion).toBe('deny')
    expect(judge(`rm -rf ${crowd} ~`).opinion).toBe('deny')
    expect(judge(`x='${'a '.repeat(20_000)} /'; rm -rf $x`).opinion).toBe('deny')
  })

  it('leaves ordinary crowds alone', () => {
    const files = Array.from({ length: 1_200 }, (_, index) => `src/a${index}.ts`).join(' ')
    expect(judge(`wc -l ${files}`).findings).toEqual([])
    expect(judge('echo done >> build.log\n'.repeat(600)).findings).toEqual([])
  })
})
