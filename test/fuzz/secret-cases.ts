import { readdirSync, readFileSync } from 'node:fs'
import { tokenKinds } from '../../src/rules/secrets/kinds.ts'
import { makeToken, seeded } from '../secrets/make-token.ts'
import { createRandom, type Random } from './random.ts'

/** A text made up, and the tokens that were put into it where nothing hides them. */
export interface SecretCase {
  readonly text: string
  readonly planted: readonly Planted[]
  /** Lengths of the pieces it comes in. */
  readonly pieces: readonly string[]
}

interface Planted {
  readonly token: string
  /** How many of its characters everybody knows. */
  readonly literal: number
}

/** The texts of the case files: secrets, near misses and what is clean. */
export function readSecretCorpus(): string[] {
  const base = new URL('../cases/secrets/', import.meta.url)
  return readdirSync(base, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap(name => readFileSync(new URL(name, base), 'utf8').trim().split('\n'))
    .map(line => (JSON.parse(line) as { text: readonly string[] }).text.join(''))
}

/** Kinds whose token is found wherever it stands between blanks. */
const plainKinds = tokenKinds.filter(
  ({ near, random, grade, head }) => !near && !random && grade !== 'possible' && head === undefined,
)

const FILLERS = [
  'plain words and more of them. ',
  'const value = compute(input, 42)\n',
  '{"a":1,"b":[true,null]}\n',
  'x'.repeat(70),
  ' '.repeat(40),
  '\n\n',
  'ключ и слово ',
  '😀👩‍👩‍👧 ',
  '%20%41%zz%',
  '\\n\\t\\u0041\\ud83d\\ude00\\x41\\',
  'key_key=key:',
  'password',
  'Bearer ',
  'eyJ',
  '-----BEGIN ',
  'RSA PRIVATE KEY-----',
  '://a:b@',
  '<masked:github-pat:0a1b2c3d>',
  '<masked:',
  'ghp_',
  'sk-',
  'AKIA',
  'token = "',
  '"',
  "'",
  '`',
  '=',
  '\u0000',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\udc00',
  '\u001b[31m',
  '\r\n',
  '🔑=',
]

/** Some texts are that long, for the time they take. */
const LONG = 65_536

const ALPHABETS = [
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789abcdef',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  '\\"%=:;,.<>{}[]()|&$@!?#~^*-_ \n\t',
]

type Wrap = (text: string) => string

const WRAPS: readonly Wrap[] = [
  text => JSON.stringify({ text }),
  text => JSON.stringify(JSON.stringify([text])),
  text => Buffer.from(text).toString('base64'),
  text => Buffer.from(text).toString('base64url'),
  text => Buffer.from(text).toString('hex'),
  text => Buffer.from(text, 'utf16le').toString('base64'),
  text => encodeURIComponent(text.toWellFormed()),
  text => [...text].map(character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  text => [...text].join('\u200b'),
  text => text.replace(/^/gm, '+'),
]

/** The same text, tokens and pieces for the same seed and iteration. */
export function makeCase(corpus: readonly string[], seed: number, iteration: number): SecretCase {
  const random = createRandom(seed, iteration)
  const planted: Planted[] = []
  let text = ''
  for (let part = 1 + random.below(6); part > 0; part--) text += makePart(corpus, random, planted)
  if (random.below(40) === 0)
    text = text.repeat(Math.ceil((LONG * random.pick([1, 1, 1, 3])) / (text.length + 1)))
  // what is changed afterwards may break what was planted
  if (random.below(3) === 0) {
    text = mutated(text, random)
    planted.length = 0
  }
  if (random.below(12) === 0) {
    text = random.pick(WRAPS)(text.slice(0, 4_000))
    planted.length = 0
  }
  return { text, planted, pieces: cut(text, random) }
}

function makePart(corpus: readonly string[], random: Random, planted: Planted[]): string {
  switch (random.below(8)) {
    case 0:
    case 1: {
      const kind = random.pick(plainKinds)
      const literal = random.pick(kind.literals)
      const token = makeToken(kind, literal, seeded(`${kind.id}${random.below(1_000)}`))
      planted.push({ token, literal: literal.length })
      return ` ${token} `
    }
    case 2:
      return random.pick(corpus)
    case 3: {
      const inside = random.pick(WRAPS)(random.pick(corpus))
      return random.below(3) === 0 ? random.pick(WRAPS)(inside.slice(0, 2_000)) : inside
    }
    case 4:
      return random.pick(FILLERS).repeat(1 + random.below(20))
    case 5:
      return noise(random, 1 + random.below(400))
    case 6: {
      const text = random.pick(corpus)
      return text.slice(random.below(text.length + 1))
    }
    default:
      return Array.from({ length: 1 + random.below(12) }, () => random.pick(FILLERS)).join('')
  }
}

function noise(random: Random, length: number): string {
  const alphabet = random.pick(ALPHABETS)
  return Array.from({ length }, () => alphabet[random.below(alphabet.length)]).join('')
}

function mutated(text: string, random: Random): string {
  let changed = text
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(changed.length + 1)
    const insert = random.below(2) === 0 ? random.pick(FILLERS) : noise(random, random.below(6))
    changed = changed.slice(0, at) + insert + changed.slice(at + random.below(4))
  }
  return changed
}

function cut(text: string, random: Random): string[] {
  const sizes = [1, 2, 4, 16, 64, 400, text.length + 1]
  // the longer, the fewer pieces: a thousand looks at a thousand characters show no more than a hundred do
  const most = random.pick(sizes.filter(size => text.length <= size * 600))
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    const size = 1 + random.below(most)
    pieces.push(text.slice(at, at + size))
    at += size
  }
  return pieces
}
