import { describe, expect, it, test } from 'vitest'
import { openBashGrammar } from '../../src/adapters/grammar/tree-sitter/bash-grammar.ts'
import { examine, readCorpus } from './examine.ts'
import { mutated } from './mutate.ts'
import { notPlainlyReading } from './plainly-reading.ts'

const corpus = readCorpus()
const grammar = await openBashGrammar()

it('finds nothing in a few thousand mutated commands', () => {
  const faults: string[] = []
  const opinions = new Set<string>()
  for (let iteration = 0; iteration < 4_000; iteration++) {
    const command = mutated(corpus, 7, iteration)
    const { opinion, fault } = examine(command, grammar)
    opinions.add(opinion)
    // How long a decision takes is measured by `make fuzz`; here other tests share the machine.
    if (fault !== null && !fault.startsWith('took')) faults.push(`--seed 7 --at ${iteration}: ${fault}`)
  }
  expect(faults).toEqual([])
  expect([...opinions].toSorted()).toEqual(['allow', 'ask', 'deny', 'none'])
})

it('makes the same command of the same seed and iteration, and others of others', () => {
  expect(mutated(corpus, 7, 42)).toBe(mutated(corpus, 7, 42))
  const commands = new Set(Array.from({ length: 500 }, (_, iteration) => mutated(corpus, 7, iteration)))
  expect(commands.size).toBeGreaterThan(490)
  expect(mutated(corpus, 8, 42)).not.toBe(mutated(corpus, 7, 42))
})

it('sees an allow that the second grammar does not share', () => {
  const careless = { programsOf: (text: string) => (text === 'ls' ? ['ls'] : null) }
  expect(examine('ls', careless)).toEqual({ opinion: 'allow', fault: null })
  let asked = 0
  const wavering = { programsOf: () => (asked++ === 0 ? ['ls'] : ['ls', 'rm']) }
  expect(examine('ls', wavering).fault).toBe('allowed, though the second grammar adds-program')
})

describe('the check by hand', () => {
  test.each([
    'ls -la src | head -3',
    "grep '$x' a 2>/dev/null; cat < b && wc -l 'a b' \"c\"",
    'if [ -f a ]; then cat a; fi',
    'echo "$HOME" $PWD $? a$ 2>&1',
    'time ls # $(rm)',
    'node --version && fd a',
  ])('finds nothing in %s', command => {
    expect(notPlainlyReading(command)).toBeNull()
  })

  test.each([
    ['ls; rm a', 'calls `rm`'],
    ['ls\nnpm test', 'calls `npm`'],
    ["'r'm a", 'calls `rm`'],
    ['ls $x', 'expands `$x`'],
    ['ls "a$(id)"', 'expands `$(id)"`'],
    ['ls `id`', 'expands '],
    ['cat <(id)', 'expands `<`'],
    ['ls > a', 'writes to `a`'],
    ['ls 2>>a', 'writes to `a`'],
    ['ls &> b', 'writes to `b`'],
    ['ls >& 3', 'writes to `3`'],
    ['A=1 ls', 'calls `A=1`'],
    ["ls 'a", 'a quote stays open'],
    ['ls >', 'a redirection without a target'],
    ['node --version; node a.js', 'more than its version'],
    ['bash', 'more than its version'],
  ])('%s: %s', (command, reason) => {
    expect(notPlainlyReading(command)).toContain(reason)
  })
})
