import { UNKNOWN } from '../../paths/pattern.ts'

/** What a make run would do before and in its recipes, as shell text; `null` target is the default one. */
export interface MakePlan {
  /** Run while the file is read, whatever the target. */
  readonly atReading: readonly string[]
  readonly recipes: readonly { readonly target: string; readonly lines: readonly string[] }[]
}

interface Rule {
  readonly prerequisites: string[]
  readonly recipe: string[]
}

interface Makefile {
  readonly variables: Map<string, string>
  readonly rules: Map<string, Rule>
  readonly immediate: string[]
  readonly isOneShell: boolean
  readonly first: string | undefined
}

const MOST_RECIPES = 60
const DEEPEST = 8
/** Followed for one text: variables of variables of variables may be many. */
const MOST_REFERENCES = 500
const DIRECTIVE = /^\s*(?:-?include|sinclude|ifeq|ifneq|ifdef|ifndef|else|endif|vpath|unexport)\b/
const ASSIGNMENT = /^\s*(?:(?:override|export|private)\s+)*([\w.-]+)\s*(\?=|\+=|:{0,3}=|!=)\s*(.*)$/s

/**
 * A simple reader: explicit rules, variables, `$(shell …)`. Both ways of a condition count; included files, pattern rules
 * and functions are not known, and neither is what they would give.
 */
export function planMake(
  text: string,
  targets: readonly string[],
  given: ReadonlyMap<string, string>,
  cwd: string,
): MakePlan {
  const file = readMakefile(text, given, cwd)
  const wanted = targets.length > 0 ? targets : [file.variables.get('.DEFAULT_GOAL') ?? file.first ?? '']
  const recipes: { target: string; lines: string[] }[] = []
  const seen = new Set<string>()
  const visit = (target: string): void => {
    const rule = file.rules.get(target)
    if (!rule || seen.has(target) || seen.size >= MOST_RECIPES) return
    seen.add(target)
    for (const prerequisite of rule.prerequisites) visit(prerequisite)
    const local = new Map(file.variables)
      .set('@', target)
      .set('<', rule.prerequisites[0] ?? '')
      .set('^', rule.prerequisites.join(' '))
    const lines = rule.recipe.map(line => expand(line, local, 0).replace(/^[\s@+-]+/, ''))
    recipes.push({ target, lines: file.isOneShell ? [lines.join('\n')] : lines })
  }
  for (const target of wanted) visit(target)
  return { atReading: file.immediate, recipes }
}

function readMakefile(text: string, given: ReadonlyMap<string, string>, cwd: string): Makefile {
  const variables = new Map<string, string>([
    ['MAKE', 'make'],
    ['RM', 'rm -f'],
    ['CC', 'cc'],
    ['CURDIR', cwd],
    ['PWD', cwd],
    ['HOME', '~'],
    ['SHELL', '/bin/sh'],
    ...given,
  ])
  const rules = new Map<string, Rule>()
  const immediate: string[] = []
  let open: Rule[] = []
  let first: string | undefined
  let isInDefine = false
  for (const line of text.replace(/\\\r?\n[ \t]*/g, ' ').split(/\r?\n/)) {
    if (/^\s*define\b/.test(line)) isInDefine = true
    if (isInDefine) {
      if (/^\s*endef\b/.test(line)) isInDefine = false
      continue
    }
    if (line.startsWith('\t') && open.length > 0) {
      for (const rule of open) rule.recipe.push(line.slice(1))
      continue
    }
    const plain = line.replace(/(^|\s)#.*$/, '')
    if (plain.trim() === '' || DIRECTIVE.test(plain)) continue
    const assignment = ASSIGNMENT.exec(plain)
    if (assignment) {
      assignVariable(assignment, variables, given, immediate)
      continue
    }
    const rule = /^([^:=\t][^:=]*)::?(?!=)([^;]*)(?:;(.*))?$/.exec(plain)
    if (!rule) {
      immediate.push(...shellCalls(plain, variables))
      continue
    }
    open = openRules(rule, variables, rules)
    const name = rule[1]!.trim().split(/\s+/)[0]!
    if (!name.startsWith('.') && !name.includes('%')) first ??= expand(name, variables, 0)
  }
  return { variables, rules, immediate, isOneShell: rules.has('.ONESHELL'), first }
}

function assignVariable(
  [, name = '', operator = '=', value = '']: RegExpExecArray,
  variables: Map<string, string>,
  given: ReadonlyMap<string, string>,
  immediate: string[],
): void {
  if (operator === '!=') immediate.push(expand(value, variables, 0))
  else if (operator.startsWith(':')) immediate.push(...shellCalls(value, variables))
  if (given.has(name) || (operator === '?=' && variables.has(name))) return
  if (operator === '!=') variables.set(name, UNKNOWN)
  else if (operator === '+=') variables.set(name, `${variables.get(name) ?? ''} ${value}`.trim())
  else variables.set(name, operator.startsWith(':') ? expand(value, variables, 0) : value)
}

function openRules(
  [, names = '', prerequisites = '', inline]: RegExpExecArray,
  variables: ReadonlyMap<string, string>,
  rules: Map<string, Rule>,
): Rule[] {
  const words = (part: string) =>
    expand(part, variables, 0)
      .split(/[\s|]+/)
      .filter(word => word !== '')
  return words(names).map(name => {
    const rule = rules.get(name) ?? { prerequisites: [], recipe: [] }
    rule.prerequisites.push(...words(prerequisites))
    if (inline?.trim()) rule.recipe.push(inline.trim())
    rules.set(name, rule)
    return rule
  })
}

/** The texts that `$(shell …)` would run. */
function shellCalls(text: string, variables: ReadonlyMap<string, string>, depth = 0): string[] {
  if (depth > DEEPEST || !text.includes('shell')) return []
  const calls: string[] = []
  for (const { name, body } of references(text)) {
    const code = /^shell\s+(.*)$/s.exec(body)?.[1]
    if (code !== undefined) calls.push(expand(code, variables, 0))
    else if (name === undefined) calls.push(...shellCalls(body, variables, depth + 1))
  }
  return calls
}

interface Reference {
  readonly start: number
  readonly end: number
  readonly body: string
  /** Set when the body is a plain variable name. */
  readonly name: string | undefined
}

/** The `$(…)`, `${…}` and `$x` of a text; `$$` is a dollar sign. */
function references(text: string): Reference[] {
  const found: Reference[] = []
  for (let at = 0; at < text.length && found.length < 200; at++) {
    if (text[at] !== '$') continue
    const next = text[at + 1]
    if (next === '(' || next === '{') {
      const end = closing(text, at + 1)
      const body = text.slice(at + 2, end)
      found.push({ start: at, end: end + 1, body, name: /^[\w.@<^*?-]+$/.test(body) ? body : undefined })
      at = end
    } else if (next !== undefined) {
      found.push({ start: at, end: at + 2, body: next, name: next })
      at++
    }
  }
  return found
}

function closing(text: string, from: number): number {
  const [opener, closer] = text[from] === '(' ? ['(', ')'] : ['{', '}']
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === opener) depth++
    else if (text[at] === closer && --depth === 0) return at
  }
  return text.length
}

/** Variables put in; what a function would give is unknown, what it runs stays in the text as a substitution. */
function expand(
  text: string,
  variables: ReadonlyMap<string, string>,
  depth: number,
  cost = { spent: 0 },
): string {
  if (!text.includes('$')) return text
  if (depth > DEEPEST) return UNKNOWN
  let out = ''
  let at = 0
  for (const { start, end, body, name } of references(text)) {
    if (++cost.spent > MOST_REFERENCES) return UNKNOWN
    out += text.slice(at, start)
    at = end
    const code = /^shell\s+(.*)$/s.exec(body)?.[1]
    if (name === '$') out += '$'
    else if (code !== undefined) out += `$(${expand(code, variables, depth + 1, cost)})`
    else if (name === undefined || !variables.has(name)) out += UNKNOWN
    else out += expand(variables.get(name)!, variables, depth + 1, cost)
    if (out.length > 16_384) return UNKNOWN
  }
  return out + text.slice(at)
}
