import { parse } from 'unbash'
import { expect, test } from 'vitest'
import { isPlain } from './plain.ts'

test.each([
  'ls -la',
  "grep -v '^$' a | sort -u && wc -l < a; (cd src; ls) || { pwd; }",
  'if [ -f a ]; then cat a; elif test -d b; then ls b; else true; fi',
  'ls *.ts src/{a,b} "a b" l\\s 2>/dev/null',
  'git status 2>&1 &>/dev/null',
  'echo "$HOME" $PWD $?',
  '! time ls &',
])('plain: %s', command => {
  expect(isPlain(parse(command))).toBe(true)
})

test.each([
  'A=1 ls',
  'A=1',
  'ls $x',
  `ls "\${HOME}"`,
  'ls $(pwd)',
  'ls `pwd`',
  'cat <(ls)',
  "ls $'a'",
  'ls $"a"',
  'echo $((1+1))',
  'ls > a',
  'ls 2> "/dev/null$x"',
  'ls >& a',
  'ls 3<> a',
  `ls {fd}> /dev/null`,
  'cat <<E\na\nE',
  'cat <<< a',
  'cat <2>&1',
  'for f in a; do ls; done',
  'while true; do ls; done',
  'f() { ls; }',
  'case a in a) ls;; esac',
  '[[ -f a ]]',
  '((1))',
  'coproc ls',
  'ls @(a|b)',
  '(ls $x)',
  'true && { ls > a; }',
])('not plain: %s', command => {
  expect(isPlain(parse(command))).toBe(false)
})
