import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { BARE_SHELL, shellTextsOf } from './embedded.ts'

describe('shell texts within other texts', () => {
  it.each([
    ['!rm -rf x', ['rm -rf x']],
    [':r !rm -rf x', ['rm -rf x']],
    ['shell rm -rf x', ['rm -rf x']],
    ['platform shell rm -rf x', ['rm -rf x']],
    ['system("rm -rf x")', ['rm -rf x']],
    ["shell('rm -rf x')", ['rm -rf x']],
    ['(run-program "/bin/rm" (list "-rf" "x"))', ['/bin/rm', '-rf', 'x']],
    ["esyscmd(`rm -rf x')", ['rm -rf x']],
    ['(%pipe%rm -rf x) (w) file', ['rm -rf x']],
    ['%(rm -rf x)', ['rm -rf x']],
    ['s" rm -rf x" system bye', ['rm -rf x']],
    ['.output |rm -rf x', ['rm -rf x']],
    ['execute=/bin/sh,-c,rm -rf x', ['/bin/sh', '-c', 'rm -rf x']],
  ])('finds what %s runs', (text, argv) => {
    expect(shellTextsOf(text)).toContainEqual(argv)
  })

  it.each(['the system is fine', 'select * from shells', 'a != b', 'run the tests'])(
    'finds nothing to run in %s',
    text => {
      expect(shellTextsOf(text).filter(([program]) => /^(?:rm|sh)\b/.test(program ?? ''))).toEqual([])
    },
  )

  it('knows a shell with nothing to run', () => {
    expect(BARE_SHELL.test('/bin/sh -i')).toBe(true)
    expect(BARE_SHELL.test('sh build.sh')).toBe(false)
  })

  test.prop([fc.string({ maxLength: 6_000 }), fc.constantFrom('system("', '!', '%(', '`a', 's" ', "exec('")])(
    'ends soon on any text',
    (text, part) => {
      const start = performance.now()
      shellTextsOf(text + part.repeat(700))
      shellTextsOf((part + text).slice(0, 4_096))
      expect(performance.now() - start).toBeLessThan(100)
    },
  )
})
