import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { FileSystemView } from '../judgement.ts'
import { judgeCommand } from './judge.ts'

const view: FileSystemView = { realPath: path => path, caseInsensitive: false }
const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }
const judge = (command: string) => judgeCommand(command, workplace, view)

/** One of the ways to write a word that the shell reads as the same word. */
function spelled(word: string): fc.Arbitrary<string> {
  const perCharacter = [...word].map(character =>
    fc.constantFrom(
      character,
      `\\${character}`,
      `'${character}'`,
      `"${character}"`,
      `$'\\x${character.charCodeAt(0).toString(16)}'`,
      `${character}''`,
      `$(printf %s '${character}')`,
    ),
  )
  return fc.tuple(...perCharacter).map(parts => parts.join(''))
}

const home = fc.constantFrom(
  '~',
  '~/',
  '"$HOME"',
  '$HOME/',
  `\${HOME}`,
  `"\${HOME:?}"`,
  '/home/dev',
  '/home/./dev//',
  '/home/dev/app/..',
  '~/app/..',
)
const blank = fc.constantFrom(' ', '  ', '\t', `\${IFS}`, ' \\\n')
const wrapper = fc.constantFrom(
  '',
  'sudo ',
  'env A=b ',
  'nohup ',
  'command ',
  'timeout 5 ',
  'nice -n 3 ',
  'busybox ',
  'time ',
  'true; ',
  'false || ',
  '! ',
  'x=1 ',
)

describe('judgeCommand', () => {
  test.prop([fc.string({ unit: 'binary', maxLength: 200 })])('answers every text', text => {
    expect(['allow', 'none', 'ask', 'deny']).toContain(judge(text).opinion)
  })

  const pieces = fc.constantFrom(
    'rm',
    '-rf',
    '~',
    '$(',
    ')',
    '`',
    "'",
    '"',
    '{',
    '}',
    ';',
    '|',
    '&',
    '<<E',
    '\n',
    'E',
    '$x',
    'x=',
    '((',
    '))',
    '[[',
    ']]',
    'if',
    'then',
    'fi',
    'for',
    'do',
    'done',
    'in',
    '>',
    '<(',
    '\\',
    '*',
    'eval',
    'sh -c',
    `\${x@P}`,
    'f()',
    'xargs',
    'find',
    '-exec',
    'case',
    'esac',
    ' ',
  )
  it('answers loops over what is no name', () => {
    expect(judge('for * xargs done').opinion).toBe('ask')
    expect(judge('for [[ in a; do echo x; done').opinion).not.toBe('allow')
  })

  test.prop([fc.array(pieces, { maxLength: 40 })])('answers every heap of shell', heap => {
    expect(['allow', 'none', 'ask', 'deny']).toContain(judge(heap.join(' ')).opinion)
  })

  test.prop(
    [
      wrapper,
      spelled('rm'),
      blank,
      fc.constantFrom('-rf', '-fr', '-r -f', '--recursive', '-R', '"-rf"', '-r --', '-vrf'),
      blank,
      home,
    ],
    { numRuns: 500 },
  )('denies deleting the home folder however it is written', (before, rm, gap, flags, gap2, target) => {
    expect(judge(`${before}${rm}${gap}${flags}${gap2}${target}`).opinion).toBe('deny')
  })

  it('names program, target, rule and threat', () => {
    const [finding] = judge('rm -rf ~').findings
    expect(finding).toMatchObject({
      rule: 'command.deletes-protected-folder',
      threat: 'DATA-DES-001',
      severity: 'deny',
    })
    expect(finding?.message).toBe('`rm` would delete `/home/dev` (the home folder)')
  })

  it('keeps denying in what parsed when the rest does not', () => {
    const { opinion, findings } = judge("rm -rf ~; echo '")
    expect(opinion).toBe('deny')
    expect(findings.map(({ rule }) => rule)).toContain('command.is-unreadable')
  })

  it('asks about a command beyond the limit and still denies what it read', () => {
    expect(judge(`echo ${'a'.repeat(300_000)}`).opinion).toBe('ask')
    expect(judge(`rm -rf ~; echo ${'a'.repeat(300_000)}`).opinion).toBe('deny')
    expect(judge('true;'.repeat(3_000)).opinion).toBe('ask')
  })

  it.each([
    ['NUL', 'ls \0 a'],
    ['half a character', 'ls \ud800'],
    ['what stands for bytes that are no text', 'cat \ufffd'],
    ['nesting 300 deep', `${'$('.repeat(300)}id${')'.repeat(300)}`],
    ['five megabytes', `echo ${'a'.repeat(5_000_000)}`],
    ['a thousand expansions', 'echo $(id) '.repeat(1_000)],
  ])('asks about %s, and denies what stands before', (_what, command) => {
    expect(judge(command).opinion).toBe('ask')
    expect(judge(`rm -rf ~; ${command}`).opinion).toBe('deny')
  })

  it('is not stalled by deep nesting', () => {
    const started = performance.now()
    expect(judge(`${'$('.repeat(300)}id${')'.repeat(300)}`).opinion).toBe('ask')
    expect(judge(`${'x=$x$x;'.repeat(60)}`).opinion).not.toBe('allow')
    for (const part of [
      'coproc ',
      'for x in a; do ',
      'f() { ',
      'if ',
      '{a,',
      `\${!x}`,
      '"$(',
      '<(',
      '[[ ( ',
      'cat <<E\n',
      "bash -c '",
    ]) {
      expect(judge(`echo ${part.repeat(20_000)}`).opinion, part).not.toBe('allow')
      expect(judge(`rm -rf ~; ${part.repeat(20_000)}`).opinion, part).toBe('deny')
    }
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('shows effects on canonical targets', () => {
    expect(judge('cat ../app/./src/a.ts').effects).toEqual([
      { kind: 'read', target: '/home/dev/app/src/a.ts', program: 'cat' },
    ])
  })
})
