import { describe, expect, test } from 'vitest'
import { PortcullisError } from '../../kernel/errors.ts'
import { createSecretEngine } from './engine.ts'
import { createRuleCompiler, type UserRule } from './user-rules.ts'
import { translateExpression } from './user-rules-syntax.ts'
import { createUserRules, type Within } from './user-rules-windows.ts'

/** Expressions of these tests end by themselves; the limit has tests of its own beside its driver. */
const untimed: Within = (_milliseconds, work) => {
  work()
  return true
}

function engineWith(rules: readonly UserRule[], within = untimed) {
  return createSecretEngine({
    placeholder: kind => `<masked:${kind}:0a1b2c3d>`,
    minimumGrade: 'likely',
    userRules: createUserRules(rules.map(createRuleCompiler()), within),
  })
}

function matchesOf(expression: string, text: string): string[] {
  const { source } = translateExpression(expression)
  return [...text.matchAll(new RegExp(source, 'gu'))].map(([found]) => found)
}

function faultOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof PortcullisError) return `${error.code}: ${error.message} (${error.remedy})`
    throw error
  }
  return 'no fault'
}

describe('the syntax of Go and RE2', () => {
  test.each([
    ['(?i)acme', 'ACME acMe', ['ACME', 'acMe']],
    ['a(?i)b', 'aB AB', ['aB']],
    ['(?i:a)b', 'Ab AB', ['Ab']],
    ['(?i)a(?-i)b', 'Ab AB', ['Ab']],
    ['(?i:x|(?-i:Y))z', 'Xz Yz yz', ['Xz', 'Yz']],
    ['x(?:(?i)a|b)c', 'xAc xBc xbC', ['xAc', 'xBc']],
    ['(?P<key>a+)(?<more>b)', 'aab', ['aab']],
    ['\\Aab', 'abab', ['ab']],
    ['ab\\z', 'abab', ['ab']],
    ['^b', 'a\nb', []],
    ['(?m)^b$', 'a\nb\nc', ['b']],
    ['a.b', 'a\nb a\rb', ['a\rb']],
    ['(?s)a.b', 'a\nb', ['a\nb']],
    ['[[:alpha:]]+', 'ab1', ['ab']],
    ['[[:^digit:]]+', 'ab1', ['ab']],
    ['[^]a]', ']ab', ['b']],
    ['[]a]+', ']ab', [']a']],
    ['[\\W]', 'a-', ['-']],
    ['[a-c\\d-]+', 'b-2x', ['b-2']],
    ['\\x41\\x{42}\\103', 'ABC', ['ABC']],
    ['\\Qa.b\\E', 'a.b axb', ['a.b']],
    ['a{2}', 'aaa', ['aa']],
    ['a{,2}', 'a{,2}', ['a{,2}']],
    ['a+?', 'aa', ['a', 'a']],
    ['(?U)a+', 'aa', ['a', 'a']],
    ['(?U)a+?', 'aa', ['aa']],
    ['\\pL+', 'é1', ['é']],
    ['\\p{Greek}', 'aλ', ['λ']],
    ['[^\\p{Greek}]', 'aλ', ['a']],
    ['\\s', '\v\f', ['\f']],
    ['(?i)[k-m]', 'K', ['K']],
    ['(?i)é', 'É', ['É']],
    ['/', '/', ['/']],
    ['}]', '}]', ['}]']],
    ['(?:\\b)*a', 'a', ['a']],
  ])('%s in %j', (expression, text, found) => {
    expect(matchesOf(expression, text)).toEqual(found)
  })

  test.each([
    ['(?=a)', 'holds `(?=`'],
    ['(?<!a)b', 'holds `(?<!`'],
    ['(?>a)', 'holds `(?>`'],
    ['(a)\\1', 'holds `\\1`'],
    ['\\Z', 'holds `\\Z`'],
    ['a**', 'a repeat of a repeat'],
    ['a{1001}', 'more repeats than RE2 allows'],
    ['(a', '`(` that is never closed'],
    ['a)', '`)` that closes nothing'],
    ['[a', '`[` that is never closed'],
    ['[z-a]', 'runs backwards'],
    ['[[:word1:]]', 'an unknown class'],
    ['\\p{Klingon}', 'an unknown class'],
    ['*a', '`*` that repeats nothing'],
    ['a\\', 'a `\\` at its end'],
    ['\\x{110000}', 'no character'],
    ['(?x)a', 'a group of an unknown kind'],
  ])('%s is refused', (expression, fact) => {
    expect(faultOf(() => translateExpression(expression))).toContain(fact)
  })

  test.each([
    ['acme_[a-z]{8}', ['acme_']],
    ['(?i)\\b(?:acme|globex)_key', ['acme', 'globex']],
    ['[a-z]{3}(?:acme|globex)[0-9]', ['acme', 'globex']],
    ['(?:acme)?[0-9]+', null],
    ['ab[0-9]', null],
    ['(?:acmes){2,3}', ['acmes']],
    ['acme|[0-9]', null],
  ])('every match of %s holds one of %j', (expression, literals) => {
    expect(translateExpression(expression).literals).toEqual(literals)
  })
})

describe('a rule', () => {
  const acme: UserRule = { id: 'acme', regex: 'acme_([a-z0-9]{16})\\b', keywords: ['acme_'] }
  const body = 'k3j9x2m4q8w7e1r5'

  test('finds its secret and nothing near it', () => {
    const found = engineWith([acme]).scan(`acme_${body} acme_short`)
    expect(found).toMatchObject([{ rule: 'secret.user-acme', grade: 'likely', start: 5, end: 21 }])
  })

  test.each([
    ['keyword in capitals', { ...acme, regex: '(?i)acme_([a-z0-9]{16})' }, `ACME_${body}`, 1],
    ['too little entropy', { ...acme, entropy: 3.5 }, 'acme_aaaaaaaabbbbbbbb', 0],
    ['enough entropy', { ...acme, entropy: 3.5 }, `acme_${body}`, 1],
    ['a word that stops it', { ...acme, allowlists: [{ stopwords: ['X2M4'] }] }, `acme_${body}`, 0],
    ['another word', { ...acme, allowlists: [{ stopwords: ['zzz'] }] }, `acme_${body}`, 1],
    ['an allowed secret', { ...acme, allowlists: [{ regexes: ['^k3'] }] }, `acme_${body}`, 0],
    ['not the match', { ...acme, allowlists: [{ regexes: ['^acme'] }] }, `acme_${body}`, 1],
    [
      'an allowed match',
      { ...acme, allowlists: [{ regexes: ['^acme'], regexTarget: 'match' }] },
      `acme_${body}`,
      0,
    ],
    [
      'an allowed line',
      { ...acme, allowlists: [{ regexes: ['^test: '], regexTarget: 'line' }] },
      `a\ntest: acme_${body}`,
      0,
    ],
    [
      'both criteria',
      { ...acme, allowlists: [{ condition: 'and', regexes: ['^k3'], stopwords: ['zzz'] }] },
      `acme_${body}`,
      1,
    ],
    ['a file of another kind', { ...acme, path: '\\.php$' }, `acme_${body}`, 0],
    ['no keywords', { id: 'acme', regex: acme.regex }, `acme_${body}`, 1],
  ] as [string, UserRule, string, number][])('%s', (_name, rule, text, count) => {
    expect(engineWith([rule]).scan(text)).toHaveLength(count)
  })

  test('a path counts in files only, and allows only there', () => {
    const php = engineWith([{ ...acme, path: '\\.php$' }])
    expect(php.scan(`acme_${body}`, 'src/a.php')).toHaveLength(1)
    expect(php.scan(`acme_${body}`, 'src/a.js')).toHaveLength(0)
    const spared = engineWith([{ ...acme, allowlists: [{ paths: ['^docs/'] }] }])
    expect(spared.scan(`acme_${body}`, 'docs/a.md')).toHaveLength(0)
    expect(spared.scan(`acme_${body}`)).toHaveLength(1)
  })

  test('a group by its number, else the first that took part', () => {
    const regex = '(a+):(?:(\\d{4})|([x-z]{4}))-key'
    const spans = (rule: Partial<UserRule>) =>
      engineWith([{ id: 'g', regex, ...rule }]).scan('aa:xyzx-key')[0]
    expect(spans({})).toMatchObject({ start: 0, end: 2 })
    expect(spans({ secretGroup: 3 })).toMatchObject({ start: 3, end: 7 })
    expect(spans({ secretGroup: 2 })).toMatchObject({ start: 0, end: 11 })
  })

  test('is seen in JSON, base64 and percent encoding, and by the prefilter', () => {
    const engine = engineWith([acme])
    const secret = `acme_${body}`
    for (const text of [
      JSON.stringify({ a: `\n${secret}` }),
      JSON.stringify(JSON.stringify({ a: `\n${secret}` })),
      Buffer.from(`xx ${secret} yy`).toString('base64'),
      Buffer.from(`xx ${secret} yy`).toString('hex'),
      `a%0A${secret}%0A`,
    ])
      expect(engine.scan(text).map(({ rule }) => rule)).toContain('secret.user-acme')
    expect(engine.mayHoldSecret(Buffer.from('nothing acme_ here'))).toBe(true)
    expect(engine.mayHoldSecret(Buffer.from('nothing acm here'))).toBe(false)
  })

  test('letters beyond ASCII may be keywords', () => {
    const engine = engineWith([{ id: 'p', regex: 'пароль: (\\S+)', keywords: ['Пароль'] }])
    expect(engine.scan('пароль: hunter2')).toHaveLength(1)
    expect(engine.scan('порол: hunter2')).toHaveLength(0)
    expect(engine.mayHoldSecret(Buffer.from('пароль: hunter2'))).toBe(true)
  })

  test('masking twice changes nothing', () => {
    const engine = engineWith([{ ...acme, regex: 'acme_\\S{16,}' }])
    const once = engine.mask(`acme_${body}${body}`).text
    expect(once).toBe('<masked:user-acme:0a1b2c3d>')
    expect(engine.mask(`acme_${once}`).text).toContain(once)
  })

  test.each([
    [{ id: 'Acme', regex: 'acme' }, 'small letters'],
    [{ id: 'a', regex: '[a-z]{20}' }, 'add `keywords`'],
    [{ id: 'a', regex: 'acme', keywords: ['a'] }, 'two characters or more'],
    [{ id: 'a', regex: 'acme', secretGroup: 1 }, 'the expression has 0'],
    [{ id: 'a', regex: 'acme(?=x)' }, 'the secret rule `a`: the expression holds `(?=`'],
    [{ id: 'a', regex: 'acme', path: '(' }, 'never closed'],
    [{ id: 'a', regex: 'acme', allowlists: [{ regexes: ['\\1'] }] }, 'the secret rule `a`'],
  ] as [UserRule, string][])('%j is refused', (rule, fact) => {
    expect(faultOf(() => createRuleCompiler()(rule))).toContain(fact)
  })
})

describe('windows', () => {
  const rule: UserRule = { id: 'acme', regex: 'acme=([a-z0-9]+)', keywords: ['acme='] }
  const engine = engineWith([rule])

  function streamed(text: string, size: number, from = engine): { joined: string; mostHeld: number } {
    const masker = from.stream()
    let joined = ''
    let mostHeld = 0
    let given = 0
    for (let at = 0; at < text.length; at += size) {
      const piece = text.slice(at, at + size)
      given += piece.length
      joined += masker.push(piece)
      mostHeld = Math.max(mostHeld, given - joined.length)
    }
    return { joined: joined + masker.end(), mostHeld }
  }

  const filler = 'plain words, and more of them. '
  const far = filler.repeat(400)
  const texts: Record<string, string> = {
    'one secret': `${far}acme=k3j9x2m4 ${far}`,
    'many in a window': `${far}${`acme=k3j9x2m4 ${filler}`.repeat(300)}`,
    'across windows': `${filler.repeat(48)}acme=${'k3j9'.repeat(2000)} ${far}`,
    'keyword without a secret': `acme=, ${far}acme= `,
    'at the end': `${far}acme=k3j9x2m4`,
    'keywords in a row': 'acme='.repeat(3000),
    'keywords in a run': `acme=a1${'acme=b2'.repeat(3000)}`,
    'line ends in JSON': JSON.stringify({ a: `${far}\nacme=k3j9x2m4\n${far}` }),
  }

  test.each(Object.keys(texts))('a stream gives what masking the whole gives: %s', name => {
    const text = texts[name]!
    const whole = engine.mask(text).text
    for (const size of [1, 7, 64, 1_000, 5_000]) expect(streamed(text, size).joined === whole).toBe(true)
  })

  test('a stream holds back a window and no more', () => {
    const { mostHeld } = streamed(`acme=k3j9x2m4 ${far}`, 16)
    expect(mostHeld).toBeGreaterThan(1_000)
    expect(mostHeld).toBeLessThan(4_200)
    expect(streamed(texts['keywords in a row']!, 16).mostHeld).toBeLessThan(8_400)
  })

  test('a secret longer than a window is masked as far as its run of characters goes, within a bound', () => {
    const masked = engine.mask(`acme=${'k3j9'.repeat(900)} end`).text
    expect(masked).toBe('acme=<masked:user-acme:0a1b2c3d> end')
  })

  test('the window’s edge is no edge of a word or of the text', () => {
    const anchored = engineWith([{ id: 'a', regex: '^x+acme|\\bx+acme', keywords: ['acme'] }])
    expect(anchored.scan(`${'x'.repeat(3_000)}acme`)).toHaveLength(0)
    expect(anchored.scan(`${'x'.repeat(30)}acme`)).toHaveLength(1)
  })
})

describe('a rule that cannot be run to its end', () => {
  const stuck = {
    ...createRuleCompiler()({ id: 'stuck', regex: 'acme', keywords: ['acme'] }),
    find: () => {
      throw new RangeError('the stack is full')
    },
  }
  const engine = createSecretEngine({
    placeholder: kind => `<masked:${kind}:0a1b2c3d>`,
    minimumGrade: 'certain',
    userRules: createUserRules([stuck], untimed),
  })

  test('makes its window count as a secret, so that nobody reads it as clean', () => {
    expect(engine.scan('see acme here')).toMatchObject([
      { rule: 'secret.unscanned', grade: 'certain', start: 4, end: 13 },
    ])
    expect(engine.mask('see acme here').text).toBe('see <masked:unscanned:0a1b2c3d>')
    expect(engine.scan('see nothing here')).toEqual([])
  })

  test('is masked in a stream, too', () => {
    const masker = engine.stream()
    expect([...'see acme here'].map(piece => masker.push(piece)).join('') + masker.end()).toBe(
      'see <masked:unscanned:0a1b2c3d>',
    )
  })
})
