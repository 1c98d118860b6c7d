import { catalogue } from '../rules/policy/catalogue.ts'
import { isWideGlob, nameFits } from '../rules/policy/glob.ts'
import type { When } from '../rules/policy/policy.ts'
import type { Violation } from './rules.ts'
import type { Config } from './schema.ts'
import { keyText, nearest } from './wording.ts'

const RULES = ['validation', 'rules']
const EXCEPTIONS = ['validation', 'exceptions']
const TESTS = ['validation', 'tests']
const RESERVED = /^(?:command|path|url|secret|guard|portcullis)\./
const MOST_NAMED = 5

/** What the fields of own rules, exceptions and tests cannot tell one by one. */
export function policyViolations({ validation }: Config): readonly Violation[] {
  const { rules, exceptions, tests } = validation
  if (rules.length + exceptions.length + tests.length === 0) return []
  const builtIn = catalogue()
  const final = new Set(builtIn.filter(({ isFinal }) => isFinal).map(({ id }) => id))
  const known = [...builtIn.map(({ id }) => id), ...rules.map(({ id }) => id)]
  return [
    ...namesAreUnique(rules, RULES),
    ...namesAreUnique(exceptions, EXCEPTIONS),
    ...rules.flatMap((rule, index) => ruleProblems(rule, index)),
    ...exceptions.flatMap((exception, index) => exceptionProblems(exception, index, known, final)),
    ...tests.flatMap((test, index) => testProblems(test, index, known)),
  ]
}

/** Entries of a list that share a name. */
export function namesAreUnique(
  entries: readonly { readonly id: string }[],
  base: readonly PropertyKey[],
): Violation[] {
  const seen = new Set<string>()
  return entries.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    const first = entries.findIndex(entry => entry.id === id)
    return [
      invalid(
        [...base, index, 'id'],
        `the name \`${keyText(id)}\` is taken by entry ${first + 1}`,
        'give each its own name',
      ),
    ]
  })
}

type Rule = Config['validation']['rules'][number]
type Exception = Config['validation']['exceptions'][number]
type Test = Config['validation']['tests'][number]

function ruleProblems({ id, when }: Rule, index: number): Violation[] {
  const found: Violation[] = []
  if (RESERVED.test(id)) {
    const message = `\`${keyText(id)}\` begins like a built-in rule`
    found.push(invalid([...RULES, index, 'id'], message, 'begin it with a word of your own: `team.…`'))
  }
  if (Object.values(when).every(condition => condition === undefined)) {
    found.push(
      invalid(
        [...RULES, index, 'when'],
        `the rule \`${keyText(id)}\` has no condition, so that it would stop everything`,
        'name at least one: `command`, `path`, `host`, `effect`, `tool`, `action`, `agent` or `project`',
      ),
    )
  }
  return found
}

function exceptionProblems(
  { id, rule, when }: Exception,
  index: number,
  known: readonly string[],
  final: ReadonlySet<string>,
): Violation[] {
  const at = [...EXCEPTIONS, index, 'rule']
  const found: Violation[] = []
  const named = known.filter(name => nameFits(name, rule))
  if (named.length === 0) found.push(unknownRule(rule, at, known))
  else if (!/[^*.]/.test(rule)) {
    found.push(
      invalid(
        at,
        `the exception \`${keyText(id)}\` is for every rule`,
        'name the rule, or a group such as `command.deletes-*`',
      ),
    )
  } else if (named.every(name => final.has(name))) {
    found.push(
      invalid(
        at,
        `no exception lifts \`${keyText(rule)}\`: it guards the guard, the record or secrets that would leave`,
        'take the exception out, and do such a thing yourself in a terminal',
      ),
    )
  }
  if (isNarrow(when) && rule.includes('*') && !isNarrow({ ...when, project: undefined })) {
    found.push(
      invalid(
        [...EXCEPTIONS, index, 'when'],
        `the exception \`${keyText(id)}\` lifts a group of rules for all that is done in a project`,
        'name one rule, or say what it is for: a `command`, a `path`, a `host` or an MCP `tool`',
      ),
    )
  }
  if (!isNarrow(when)) {
    found.push(
      invalid(
        [...EXCEPTIONS, index, 'when'],
        `the exception \`${keyText(id)}\` holds everywhere`,
        'name a narrow place: a `command`, a `path` below a folder, a `host`, a `project` or an MCP `tool`',
      ),
    )
  }
  return found
}

/** Whether some condition keeps an exception to one place; each of its entries must. */
function isNarrow({ command, path, host, project, tool }: When): boolean {
  const every = (list: readonly string[] | undefined, isGood: (entry: string) => boolean) =>
    list?.every(isGood) === true
  return (
    every(command, words => /[^*?]/.test(words.split(' ')[0] ?? '')) ||
    every(path, glob => !isWideGlob(glob)) ||
    every(
      host,
      glob => /[^*?.]/.test(glob.split('.').slice(0, -1).join('.')) || /^[a-z0-9-]+$/i.test(glob),
    ) ||
    every(project, glob => !isWideGlob(glob)) ||
    every(tool, name => /^mcp__[^*]/.test(name))
  )
}

function testProblems(
  { command, tool, input, rule, expect }: Test,
  index: number,
  known: readonly string[],
): Violation[] {
  const found: Violation[] = []
  const at = [...TESTS, index]
  if ((command === undefined) === (tool === undefined)) {
    found.push(
      invalid(
        at,
        `test ${index + 1} needs a \`command\`, or a \`tool\` with its \`input\``,
        'give one of the two',
      ),
    )
  }
  if (input !== undefined && tool === undefined) {
    found.push(
      invalid([...at, 'input'], `test ${index + 1} has an \`input\` but no \`tool\``, 'name the tool'),
    )
  }
  if (rule !== undefined && !known.includes(rule)) found.push(unknownRule(rule, [...at, 'rule'], known))
  if (rule !== undefined && (expect === 'allow' || expect === 'none')) {
    const message = `test ${index + 1} names a rule, but expects no objection`
    found.push(invalid([...at, 'rule'], message, 'take `rule` out, or expect `ask` or `deny`'))
  }
  return found
}

function unknownRule(rule: string, path: readonly PropertyKey[], known: readonly string[]): Violation {
  const near = nearestRules(rule, known).map(name => `\`${keyText(name)}\``)
  return invalid(
    path,
    `there is no rule \`${keyText(rule)}\`${near.length > 0 ? `; near are ${near.join(', ')}` : ''}`,
    'see `portcullis policy list` for their names',
  )
}

/** The one that is spelled nearest, and those that share its longest word. */
function nearestRules(rule: string, known: readonly string[]): string[] {
  const closest = nearest(rule, known)
  const words = rule
    .split(/[.\-*]+/)
    .filter(word => word.length > 3)
    .toSorted((a, b) => b.length - a.length)
  const sharing = words.flatMap(word => known.filter(name => name.includes(word.replace(/s$/, ''))))
  return [...new Set([...(closest === undefined ? [] : [closest]), ...sharing])].slice(0, MOST_NAMED)
}

/** A violation at one place. */
export function invalid(path: readonly PropertyKey[], message: string, remedy: string): Violation {
  return { code: 'config.invalid', path, reads: [path, RULES], message, remedy }
}
