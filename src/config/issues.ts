import type { z } from 'zod'
import type { ConfigDocument, Place } from './document.ts'
import { knownKeys } from './json-schema.ts'
import { type ConfigProblem, MOST_PROBLEMS } from './problem.ts'
import { keyText, nearest, pathText, valueText } from './wording.ts'

type Issue = z.core.$ZodIssue

/** The keys a map at a path may have. */
type KnownKeys = (path: readonly PropertyKey[]) => readonly string[]

/** Turns what a schema found into problems a person can act on: place, key, fact, remedy. `known` is the configuration's unless given. */
export function problemsOf(
  issues: readonly Issue[],
  document: ConfigDocument,
  known: KnownKeys = knownKeys,
): ConfigProblem[] {
  return issues.slice(0, MOST_PROBLEMS + 1).flatMap(issue => explain(issue, document, known))
}

function explain(issue: Issue, document: ConfigDocument, known: KnownKeys): ConfigProblem[] {
  const { path } = issue
  const at = { code: 'config.invalid', path: pathText(path), ...document.locate(path) } as const
  const subject = path.length === 0 ? 'the file' : `\`${pathText(path)}\``

  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MOST_PROBLEMS + 1).map(key => unknownKey(path, key, document, known))
    case 'invalid_type':
      return [{ ...at, ...wrongType(issue.path, subject, issue.expected, issue.input) }]
    case 'invalid_value': {
      const values = issue.values.map(value => `\`${String(value)}\``)
      return [{ ...at, ...mustBe(path, subject, oneOf(values), issue.input, suggest(issue)) }]
    }
    case 'too_big':
    case 'too_small':
      return [{ ...at, ...mustBe(path, subject, boundText(issue), issue.input) }]
    case 'invalid_union':
      return explainUnion(issue, document, known, {
        ...at,
        ...mustBe(path, subject, 'one of its forms', issue.input),
      })
    case 'invalid_format':
      return [{ ...at, ...mustBe(path, subject, formatText(issue), issue.input) }]
    default:
      return [{ ...at, ...mustBe(path, subject, issue.message.replace(/^must be /, ''), issue.input) }]
  }
}

function unknownKey(
  path: readonly PropertyKey[],
  key: string,
  document: ConfigDocument,
  knownAt: KnownKeys,
): ConfigProblem {
  const known = knownAt(path)
  const guess = nearest(key, known)
  const full = pathText([...path, key])
  const { line, column } = document.locateKey(path, key)
  if (known.includes(key)) return tooMany(path, key, full, { line, column }, known)
  const choice = known.map(name => `\`${name}\``).join(', ')
  return {
    code: 'config.invalid',
    path: full,
    line,
    column,
    message: `unknown key \`${full}\`${guess === undefined ? '' : `; did you mean \`${guess}\`?`}`,
    remedy:
      guess === undefined
        ? `remove \`${keyText(key)}\`; known here: ${choice}`
        : `write \`${guess}\` instead of \`${keyText(key)}\`, or remove it`,
  }
}

/** A key of one form beside the key of another. */
function tooMany(
  path: readonly PropertyKey[],
  key: string,
  full: string,
  place: Place,
  known: readonly string[],
): ConfigProblem {
  return {
    code: 'config.invalid',
    path: full,
    ...place,
    message: `\`${pathText(path)}\` has \`${key}\` beside another of its forms`,
    remedy: `keep one of ${known.map(name => `\`${name}\``).join(', ')}`,
  }
}

const typeNames: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a section with keys of its own',
  record: 'a section with keys of its own',
}

function wrongType(path: readonly PropertyKey[], subject: string, expected: string, input: unknown): Fact {
  if (input === undefined) return { message: `${subject} is missing`, remedy: `add ${subject}` }
  if (path.length === 0) {
    return {
      message: 'the file is not a map of keys and values',
      remedy: 'begin with keys such as `version: 1`',
    }
  }
  const fact = mustBe(path, subject, typeNames[expected] ?? expected, input)
  if (input === null) return { ...fact, remedy: `give ${subject} a value, or remove the key` }
  if (/^(int|number)$/.test(expected) && typeof input === 'string' && /^\d+(\.\d+)?$/.test(input)) {
    return { ...fact, remedy: 'write the number without quotes' }
  }
  return fact
}

interface Fact {
  readonly message: string
  readonly remedy: string
}

function mustBe(
  path: readonly PropertyKey[],
  subject: string,
  wanted: string,
  input: unknown,
  guess?: string,
): Fact {
  const question = guess === undefined ? '' : `; did you mean \`${guess}\`?`
  return {
    message: `${subject} is ${valueText(path, input)}; it must be ${wanted}${question}`,
    remedy: `write ${wanted} there, or remove the key to take the default`,
  }
}

function oneOf(values: readonly string[]): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}

function suggest(issue: z.core.$ZodIssueInvalidValue): string | undefined {
  if (typeof issue.input !== 'string') return undefined
  return nearest(
    issue.input,
    issue.values.filter(value => typeof value === 'string'),
  )
}

function boundText(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  if (issue.origin === 'string') return 'text that is not empty'
  const bound = issue.code === 'too_big' ? issue.maximum : issue.minimum
  if (issue.code === 'too_big') return `at most ${bound}`
  return issue.inclusive === false ? `more than ${bound}` : `at least ${bound}`
}

function formatText(issue: z.core.$ZodIssueInvalidStringFormat): string {
  if (issue.format === 'url') return 'a URL such as https://api.anthropic.com'
  return issue.message.startsWith('must be ')
    ? issue.message.slice('must be '.length)
    : `valid (${issue.format})`
}

/** Of the forms a value may have, explains the one that was nearly met; the others would only be noise. */
function explainUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  document: ConfigDocument,
  known: KnownKeys,
  fallback: ConfigProblem,
): ConfigProblem[] {
  const missing = (issues: readonly Issue[]) =>
    issues.some(inner => inner.code === 'invalid_type' && inner.input === undefined)
  const begun = issue.errors.find(issues => !missing(issues))
  if (begun && isSection(issue.input)) {
    return begun.flatMap(inner =>
      explain({ ...inner, path: [...issue.path, ...inner.path] } as Issue, document, known),
    )
  }
  const forms = known(issue.path).map(key => `\`{${key}: …}\``)
  const unknown = isSection(issue.input) ? unknownIn(issue, document, known) : []
  if (unknown.length > 0) return unknown
  const wanted = forms.length > 0 ? oneOf(forms) : 'one of its forms'
  const subject = `\`${pathText(issue.path)}\``
  return [{ ...fallback, ...mustBe(issue.path, subject, wanted, issue.input) }]
}

function unknownIn(
  issue: z.core.$ZodIssueInvalidUnion,
  document: ConfigDocument,
  known: KnownKeys,
): ConfigProblem[] {
  return Object.keys(issue.input as object)
    .filter(key => !known(issue.path).includes(key))
    .map(key => unknownKey(issue.path, key, document, known))
}

function isSection(input: unknown): boolean {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}
