import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { openBashGrammar } from './bash-grammar.ts'

const grammar = await openBashGrammar()

describe('the programs a text calls', () => {
  test.each<[string, readonly string[]]>([
    ['ls -la', ['ls']],
    ['cd src && git log | head -3; pwd', ['cd', 'git', 'head', 'pwd']],
    ['"git" status', ['git']],
    ["l's' x", ['ls']],
    ['g\\it status', ['git']],
    ['A=1 env B=2', ['env']],
    ['A=1', []],
    ['# only words', []],
    ['time ls', ['ls']],
    ['[ -f a ] && wc -l a', ['[', 'wc']],
    ['[[ -f a ]]', []],
    ['if test -d a; then (ls a); else { pwd; }; fi', ['test', 'ls', 'pwd']],
    ['for f in a b; do cat "$f"; done', ['cat']],
    ['ls "$(whoami)" `id`', ['ls', 'whoami', 'id']],
    ['cat <(ls) < a > b 2>&1', ['cat', 'ls']],
    ['export A=1; unset A', ['export', 'unset']],
    ['cat <<E\nrm -rf x\nE\nls', ['cat', 'ls']],
    ['echo rm; # rm', ['echo']],
  ])('%s', (command, programs) => {
    expect(grammar.programsOf(command)).toEqual(programs)
  })

  test.each([
    ['an open quote', "ls 'a"],
    ['an open substitution', 'ls $(id'],
    ['a name from a variable', '$x -la'],
    ['a name from a substitution', '$(echo ls) -la'],
    ['a name with a variable inside', '"l$x" -la'],
    ['a name that is a pattern', '/bin/l? -la'],
    ['a name in ANSI-C quotes', "$'ls' -la"],
    ['a timed group', 'time { ls; }'],
    ['what is too long', `ls ${'a'.repeat(20_000)}`],
  ])('cannot be told for %s', (_title, command) => {
    expect(grammar.programsOf(command)).toBeNull()
  })
})

test('a text that was given up does not leak into the next', () => {
  expect(grammar.programsOf(`cat ${'<'.repeat(9_000)}`)).toBeNull()
  expect(grammar.programsOf('ls')).toEqual(['ls'])
})

property.prop([fc.string({ unit: 'binary', maxLength: 300 })])('no text makes it throw', text => {
  expect(grammar.programsOf(text) === null || Array.isArray(grammar.programsOf(text))).toBe(true)
})

test('a grammar that cannot be loaded is a fault with a remedy', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-grammar-'))
  try {
    writeFileSync(join(folder, 'broken.wasm'), 'no module')
    for (const file of ['missing.wasm', 'broken.wasm']) {
      await expect(openBashGrammar(join(folder, file))).rejects.toMatchObject({
        code: 'grammar.unavailable',
        message: expect.stringContaining('no command is affirmed'),
        remedy: expect.stringContaining('npm ci'),
      })
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
