import { describe, expect, test } from 'vitest'
import { PortcullisError } from '../kernel/errors.ts'
import { createRuleCompiler, type UserRule } from '../rules/secrets/user-rules.ts'
import { importGitleaks } from './gitleaks.ts'

function read(files: Record<string, string>) {
  return (path: string): string => {
    const text = files[path]
    if (text === undefined)
      throw new PortcullisError('config.unreadable', `there is no ${path}`, 'name another')
    return text
  }
}

/** Gives the rules as they were handed to the compiler. */
function imported(text: string, others: Record<string, string> = {}) {
  const rules: UserRule[] = []
  const compile = createRuleCompiler()
  const { notes } = importGitleaks('/a/own.toml', read({ '/a/own.toml': text, ...others }), rule => {
    rules.push(rule)
    return compile(rule)
  })
  return { rules, notes }
}

function faultOf(text: string, others: Record<string, string> = {}): string {
  try {
    imported(text, others)
  } catch (error) {
    if (error instanceof PortcullisError) return `${error.code}: ${error.message} (${error.remedy})`
    throw error
  }
  return 'no fault'
}

/** Every feature a configuration of gitleaks 8 may use. */
const everything = `
title = "ours"
description = "rules of a team"
minVersion = "v8.25.0"

[extend]
path = "base.toml"
disabledRules = ["base-two"]

[[rules]]
id = "acme-token"
description = "token of Acme"
regex = '''(?i)\\bacme[_-](?P<body>[a-z0-9]{20})(?:[\\x60'"\\s;]|\\\\[nr]|$)'''
secretGroup = 1
entropy = 3.1
keywords = ["acme_", "acme-"]
tags = ["token", "acme"]
path = '''\\.(?:env|ya?ml)$'''

  [[rules.allowlists]]
  description = "examples"
  condition = "AND"
  paths = ['''^docs/''']
  regexes = ['''example''']
  regexTarget = "line"

  [[rules.allowlists]]
  stopwords = ["dummy"]
  commits = ["0123456789abcdef0123456789abcdef01234567"]

[[rules]]
id = "Old Style"
regex = '''old-[[:xdigit:]]{16}\\z'''
[rules.allowlist]
regexes = ['''old-0+''']

[[rules]]
id = "base-one"
keywords = ["one_more"]

[[rules]]
id = "key-files"
path = '''\\.p12$'''

[[rules]]
id = "part"
regex = '''part-of-others'''
skipReport = true

[[allowlists]]
targetRules = ["acme-token"]
paths = ['''\\.lock$''']

[allowlist]
description = "everywhere"
stopwords = ["0000"]
`

const base = `
[[rules]]
id = "base-one"
regex = '''one_[a-z]{8}'''
keywords = ["one_"]

[[rules]]
id = "base-two"
regex = '''two_[a-z]{8}'''
`

describe('a configuration of gitleaks', () => {
  const { rules, notes } = imported(everything, { '/a/base.toml': base })
  const rule = (id: string) => rules.find(found => found.id === id)

  test('gives its rules and those of the file it extends, without the disabled', () => {
    expect(rules.map(({ id }) => id)).toEqual(['base-one', 'acme-token', 'old-style'])
  })

  test('gives a rule with all that belongs to it', () => {
    expect(rule('acme-token')).toEqual({
      id: 'acme-token',
      description: 'token of Acme',
      regex: `(?i)\\bacme[_-](?P<body>[a-z0-9]{20})(?:[\\x60'"\\s;]|\\\\[nr]|$)`,
      secretGroup: 1,
      entropy: 3.1,
      keywords: ['acme_', 'acme-'],
      path: '\\.(?:env|ya?ml)$',
      allowlists: [
        { condition: 'and', paths: ['^docs/'], regexes: ['example'], regexTarget: 'line' },
        { stopwords: ['dummy'] },
        { paths: ['\\.lock$'] },
        { stopwords: ['0000'] },
      ],
    })
  })

  test('an old single allowlist counts, and one for certain rules counts for no other', () => {
    expect(rule('old-style')?.allowlists).toEqual([{ regexes: ['old-0+'] }, { stopwords: ['0000'] }])
  })

  test('a rule of the same name adds to the extended one', () => {
    expect(rule('base-one')).toMatchObject({ regex: 'one_[a-z]{8}', keywords: ['one_', 'one_more'] })
  })

  test('says what does not count', () => {
    expect(notes).toEqual([
      '/a/own.toml: `commits` on an allowlist of `acme-token` do not count',
      '/a/own.toml: the rule `key-files` finds files by their name; it does not count (see `validation.paths.protect`)',
      '/a/own.toml: the rule `part` is a part of others (`skipReport`); it does not count',
    ])
  })

  test('its own rules are not carried along, and that is said', () => {
    const { notes } = imported('[extend]\nuseDefault = true\ndisabledRules = ["aws"]')
    expect(notes[0]).toContain('gitleaks’ own rules are not carried along')
    expect(notes[1]).toContain('`disabledRules` names `aws`')
  })
})

describe('is refused', () => {
  const rule = "[[rules]]\nid = 'a'\nregex = 'acme'\n"

  test.each([
    [
      'a key nobody knows',
      `${rule}\n[[rules]]\nid = 'b'\nregex = 'acme'\nkeyword = ['a']`,
      '/a/own.toml:8: unknown key `rules.keyword`',
    ],
    [
      'one of an allowlist',
      `${rule}[[rules.allowlists]]\nregexes = ['x']\n[[rules.allowlists]]\nregexs = ['x']`,
      '/a/own.toml:7: unknown key `rules.allowlists.regexs`',
    ],
    ['one at the top', 'titel = "x"', '/a/own.toml:1: unknown key `titel`'],
    [
      'a value of another kind',
      `${rule}entropy = "high"`,
      '/a/own.toml:4: `rules.entropy` is not what gitleaks has there',
    ],
    ['what is not TOML', 'a = = 1', '/a/own.toml:1: not TOML'],
    [
      'what RE2 does not know',
      "[[rules]]\nid = 'ahead'\nregex = '(?=acme)'",
      'the secret rule `ahead`: the expression holds `(?=`',
    ],
    [
      'an allowlist’s expression',
      `${rule}[rules.allowlist]\nregexes = ['(a']`,
      'the secret rule `a`: the expression holds `(` that is never closed',
    ],
    [
      'what runs on every text',
      "[[rules]]\nid = 'every'\nregex = '[a-z]{30}'",
      'the secret rule `every`: it has no `keywords`',
    ],
    [
      'what lies on the network',
      '[extend]\nurl = "https://example.com/a.toml"',
      'nothing is fetched from the network',
    ],
    ['a circle', '[extend]\npath = "own.toml"', 'extends itself'],
    ['a file that is not there', '[extend]\npath = "other.toml"', 'there is no /a/other.toml'],
  ])('%s', (_name, text, fact) => {
    expect(faultOf(text)).toContain(fact)
  })

  test('a key inside a text of several lines is not taken for one', () => {
    const text = "title = '''\n[[rules]]\nnope = 1\n'''\nnope = 2"
    expect(faultOf(text)).toContain('/a/own.toml:5: unknown key `nope`')
  })
})
