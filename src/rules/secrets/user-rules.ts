import type { Grade } from '../../access/finding.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { translateExpression } from './user-rules-syntax.ts'

/** A rule of the deployment's own, as written; regular expressions in the syntax of Go and RE2. */
export interface UserRule {
  readonly id: string
  readonly description?: string | undefined
  readonly regex: string
  /** One of them stands near every match; without any they are told from the expression. */
  readonly keywords?: readonly string[] | undefined
  /** Bits a character the secret must exceed. */
  readonly entropy?: number | undefined
  /** The group that is the secret; without it the first that is not empty, or the whole match. */
  readonly secretGroup?: number | undefined
  /** Counts only in files whose path matches; a text without a path is none of them. */
  readonly path?: string | undefined
  readonly grade?: Grade | undefined
  readonly allowlists?: readonly UserAllowlist[] | undefined
}

/** What a rule lets pass; `or`: one criterion is enough, `and`: each that is given must hold. */
export interface UserAllowlist {
  readonly condition?: 'or' | 'and' | undefined
  readonly regexes?: readonly string[] | undefined
  /** Compared with the secret, the whole match or the lines it stands in. */
  readonly regexTarget?: 'secret' | 'match' | 'line' | undefined
  readonly stopwords?: readonly string[] | undefined
  readonly paths?: readonly string[] | undefined
}

/** A rule ready to run. Its expressions may take long on hostile text: only under a time limit. */
export interface CompiledRule {
  readonly id: string
  /** `user-<id>`; the finding's rule is `secret.user-<id>`. */
  readonly kind: string
  readonly grade: Grade
  /** In lower case. */
  readonly keywords: readonly string[]
  /** The part of the first match at or after `from` that is secret, and the match itself. */
  find(text: string, from: number): Match | null
  /** Whether the rule counts in a file of this path; undefined for a text that is no file. */
  appliesTo(path: string | undefined): boolean
  /** Whether what was found counts: unlike words, and on no allowlist. */
  counts(text: string, match: Match, path: string | undefined): boolean
}

interface Match {
  readonly start: number
  readonly end: number
  readonly matchStart: number
  readonly matchEnd: number
}

const ID_SHAPE = /^[a-z0-9][a-z0-9_-]{0,42}$/
const KEYWORD_SHORTEST = 2

/** Makes a rule ready; throws a fault that names the rule, what is wrong with it and the remedy. */
export type RuleCompiler = (rule: UserRule) => CompiledRule

/** A compiler for rules of one source, which often share their allowlists: an expression is made ready once. */
export function createRuleCompiler(): RuleCompiler {
  const made = new Map<string, Expression>()
  const ready: Ready = text => {
    let expression = made.get(text)
    if (!expression) {
      expression = compile(text)
      made.set(text, expression)
    }
    return expression
  }
  return rule => {
    try {
      return compileRule(rule, ready)
    } catch (error) {
      if (error instanceof PortcullisError) throw faulty(rule.id, error.message, error.remedy)
      throw error
    }
  }
}

interface Expression {
  readonly expression: RegExp
  readonly groups: number
  readonly literals: readonly string[] | null
}

type Ready = (text: string) => Expression

function compileRule(rule: UserRule, ready: Ready): CompiledRule {
  if (!ID_SHAPE.test(rule.id))
    throw fault('its id is not of small letters, digits, `-` and `_`, 43 at most', 'rename it')
  const { expression, groups, literals } = ready(rule.regex)
  if ((rule.secretGroup ?? 0) > groups)
    throw faulty(
      rule.id,
      `\`secretGroup\` is ${rule.secretGroup}, the expression has ${groups}`,
      'count again',
    )
  const path = rule.path === undefined ? undefined : ready(rule.path).expression
  const allowlists = (rule.allowlists ?? []).map(allowlist => compileAllowlist(allowlist, ready))
  const entropy = rule.entropy ?? 0
  return {
    id: rule.id,
    kind: `user-${rule.id}`,
    grade: rule.grade ?? 'likely',
    keywords: keywordsOf(rule, literals),
    find: (text, from) => findIn(expression, rule.secretGroup ?? 0, text, from),
    appliesTo: file => path === undefined || (file !== undefined && matches(path, file)),
    counts: (text, match, file) =>
      (entropy === 0 || entropyOf(text.slice(match.start, match.end)) > entropy) &&
      !allowlists.some(isAllowed => isAllowed(text, match, file)),
  }
}

function keywordsOf({ keywords = [] }: UserRule, literals: readonly string[] | null): readonly string[] {
  const short = keywords.find(keyword => keyword.length < KEYWORD_SHORTEST)
  if (short !== undefined)
    throw fault(`its keyword \`${short}\` stands in nearly every text`, 'use two characters or more')
  const found = keywords.length > 0 ? keywords : literals
  if (found) return [...new Set(found.map(keyword => keyword.toLowerCase()))]
  throw fault(
    'it has no `keywords`, and its expression holds no text of three characters that every match must have',
    'add `keywords`: texts of which one stands near every match',
  )
}

function compile(text: string): Expression {
  const { source, groups, literals } = translateExpression(text)
  try {
    // `d` tells where a group stands, and is worked out only when asked
    return { expression: new RegExp(source, 'dgu'), groups, literals }
  } catch {
    throw fault('its expression is too large', 'make it smaller')
  }
}

function fault(message: string, remedy: string): PortcullisError {
  return new PortcullisError('config.invalid', message, remedy)
}

function faulty(id: string, message: string, remedy: string): PortcullisError {
  return fault(`the secret rule \`${id}\`: ${message}`, remedy)
}

function findIn(expression: RegExp, group: number, text: string, from: number): Match | null {
  expression.lastIndex = from
  const found = expression.exec(text)
  if (!found) return null
  const [matchStart, matchEnd] = found.indices![0]!
  const chosen =
    group > 0
      ? group
      : Math.max(
          0,
          found.findIndex((part, index) => index > 0 && part),
        )
  const span = found.indices![chosen]
  // a group that took no part: the whole match is the secret then
  const [start, end] = span && span[1] > span[0] ? span : [matchStart, matchEnd]
  return { start, end, matchStart, matchEnd }
}

function matches(expression: RegExp, text: string): boolean {
  expression.lastIndex = 0
  return expression.test(text)
}

type Allowed = (text: string, match: Match, path: string | undefined) => boolean

function compileAllowlist(allowlist: UserAllowlist, ready: Ready): Allowed {
  const { condition = 'or', regexTarget = 'secret', regexes = [], stopwords = [], paths = [] } = allowlist
  const expressions = regexes.map(regex => ready(regex).expression)
  const places = paths.map(path => ready(path).expression)
  const words = stopwords.map(word => word.toLowerCase())
  const criteria: Allowed[] = []
  if (expressions.length > 0)
    criteria.push((text, match) => {
      const target = targetOf(text, match, regexTarget)
      return expressions.some(expression => matches(expression, target))
    })
  if (words.length > 0)
    criteria.push((text, { start, end }) => {
      const secret = text.slice(start, end).toLowerCase()
      return words.some(word => secret.includes(word))
    })
  if (places.length > 0)
    criteria.push((_text, _match, path) => path !== undefined && places.some(place => matches(place, path)))
  if (criteria.length === 0) return () => false
  return condition === 'and'
    ? (...found) => criteria.every(holds => holds(...found))
    : (...found) => criteria.some(holds => holds(...found))
}

function targetOf(text: string, match: Match, target: 'secret' | 'match' | 'line'): string {
  if (target === 'secret') return text.slice(match.start, match.end)
  if (target === 'match') return text.slice(match.matchStart, match.matchEnd)
  const lineEnd = text.indexOf('\n', match.matchEnd)
  return text.slice(text.lastIndexOf('\n', match.matchStart - 1) + 1, lineEnd < 0 ? text.length : lineEnd)
}

/** Shannon's measure over the characters of one text, in bits a character. */
function entropyOf(text: string): number {
  const counts = new Map<number, number>()
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}
