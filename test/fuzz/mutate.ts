import { createRandom, type Random } from './random.ts'

type Mutation = (text: string, random: Random, corpus: readonly string[]) => string

const OPERATORS = [
  ';',
  '&&',
  '||',
  '|',
  '|&',
  '&',
  '\n',
  ' \\\n',
  ';;',
  '>',
  '>>',
  '<',
  '2>&1',
  '>/dev/null',
  '<<<',
  '<<E',
]
const FRAGMENTS = [
  '$(',
  ')',
  '`',
  '"',
  "'",
  "$'",
  '$"',
  `\${`,
  '}',
  '{',
  '((',
  '))',
  '[[',
  ']]',
  '<(',
  '>(',
  '\\',
  '~',
  '*',
  '?',
  '[',
  ']',
  '!',
  '#',
  '=',
  `\${IFS}`,
  '$@',
  '$*',
  `\${x@P}`,
  `\${x:-y}`,
  `\${!x}`,
  '$((1+1))',
  '{a,b}',
  '{1..9}',
  'x=',
  'x[0]=',
  'f() {',
  'if ',
  'then ',
  'fi',
  'for x in ',
  'do ',
  'done',
  'case x in ',
  'x) ',
  'esac',
  'while ',
  'time ',
  'coproc ',
  'function f ',
  'eval ',
  'exec ',
  'env ',
  'sudo ',
  'xargs ',
  'bash -c ',
  'command ',
  '--',
  '-exec ',
  '\\x41',
  "\\'",
]
const CHARACTERS = [
  '\0',
  '\r',
  '\t',
  '\v',
  '\f',
  '\x07',
  '\x1b',
  '\x7f',
  '\u00a0',
  '\u200b',
  '\u202e',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\udfff',
  '\ue000',
  '\ue003',
  'é',
  '\u0301',
  '😀',
  '\u{e0041}',
  'ﬀ',
  'K',
]

function splice(text: string, at: number, remove: number, insert: string): string {
  return text.slice(0, at) + insert + text.slice(at + remove)
}

/** Somewhere in the text, mostly where one thing meets another: those places matter to a grammar. */
function place(text: string, random: Random): number {
  const at = random.below(text.length + 1)
  if (random.below(2) === 0) return at
  const edge = text.slice(at).search(/[^\w]/)
  return edge < 0 ? at : at + edge
}

function wordAt(text: string, at: number): [start: number, end: number] {
  let start = at
  let end = at
  while (start > 0 && !/\s/.test(text[start - 1]!)) start--
  while (end < text.length && !/\s/.test(text[end]!)) end++
  return [start, end]
}

function quoted(word: string, random: Random): string {
  switch (random.below(6)) {
    case 0:
      return `'${word}'`
    case 1:
      return `"${word}"`
    case 2:
      return `$'${word}'`
    case 3:
      return [...word].map(character => `\\${character}`).join('')
    case 4:
      return `${word.slice(0, 1)}''${word.slice(1)}`
    default:
      return word.replace(/['"\\]/g, '')
  }
}

const mutations: readonly Mutation[] = [
  // one character more, less, doubled or turned
  (text, random) => splice(text, random.below(text.length + 1), 1, ''),
  (text, random) => splice(text, place(text, random), 0, String.fromCharCode(32 + random.below(95))),
  (text, random) => splice(text, place(text, random), 1, String.fromCharCode(32 + random.below(95))),
  (text, random) => {
    const at = random.below(text.length + 1)
    return splice(text, at, 1, String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << random.below(8))))
  },
  (text, random) => splice(text, place(text, random), 0, random.pick(CHARACTERS)),
  // shell
  (text, random) => splice(text, place(text, random), 0, random.pick(FRAGMENTS)),
  (text, random) => splice(text, place(text, random), 0, ` ${random.pick(OPERATORS)} `),
  (text, random) => splice(text, place(text, random), random.below(4), random.pick(OPERATORS)),
  (text, random) => {
    const [start, end] = wordAt(text, random.below(text.length + 1))
    return splice(text, start, end - start, quoted(text.slice(start, end), random))
  },
  (text, random, corpus) => {
    const [start, end] = wordAt(text, random.below(text.length + 1))
    return splice(text, start, end - start, random.pick(random.pick(corpus).split(/\s+/)))
  },
  // a part of another command in place of a part of this one
  (text, random, corpus) => {
    const other = random.pick(corpus)
    const from = random.below(other.length + 1)
    const part = other.slice(from, from + random.below(40))
    return splice(text, place(text, random), random.below(20), part)
  },
  (text, random, corpus) => `${text} ${random.pick(OPERATORS)} ${random.pick(corpus)}`,
  (text, random, corpus) => `${random.pick(corpus)} ${random.pick(OPERATORS)} ${text}`,
  // one within another
  (text, random, corpus) => splice(text, place(text, random), 0, ` $(${random.pick(corpus)}) `),
  (text, random, corpus) => splice(text, place(text, random), 0, `<(${random.pick(corpus)})`),
  (text, random, corpus) => `${text} <<E\n${random.pick(corpus)}\nE\n`,
  (text, random) =>
    `${random.pick(['bash -c', 'sh -c', 'eval', 'env -S', 'xargs -I{}'])} ${quoted(text, random)}`,
  (text, random) => {
    const [open, close] = random.pick([
      ['(', ')'],
      ['{ ', '; }'],
      ['$(', ')'],
      ['`', '`'],
      ['if ', '; then ls; fi'],
      ['for x in a b; do ', '; done'],
      ['f() { ', '; }; f'],
      ['! ', ''],
      ['"$(', ')"'],
    ] as const)
    return open + text + close
  },
  // ends missing, parts again and again
  (text, random) => text.slice(0, random.below(text.length + 1)),
  (text, random) => text.slice(random.below(text.length + 1)),
  (text, random) => {
    const at = random.below(text.length + 1)
    const part = text.slice(at, at + 1 + random.below(8))
    const times = random.below(20) === 0 ? random.below(3_000) : random.below(30)
    return splice(text, at, 0, part.repeat(times))
  },
  (text, random) => {
    const times = random.below(20) === 0 ? random.below(2_000) : random.below(20)
    return splice(text, place(text, random), 0, random.pick([...FRAGMENTS, ...OPERATORS]).repeat(times))
  },
]

/** One command that nobody wrote. */
export function mutated(corpus: readonly string[], seed: number, iteration: number): string {
  const random = createRandom(seed, iteration)
  let text = random.pick(corpus)
  for (let left = 1 + random.below(4); left > 0; left--) text = random.pick(mutations)(text, random, corpus)
  return text
}
