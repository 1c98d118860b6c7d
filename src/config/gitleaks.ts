import { dirname, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import { PortcullisError } from '../kernel/errors.ts'
import type { CompiledRule, RuleCompiler, UserAllowlist, UserRule } from '../rules/secrets/user-rules.ts'
import { linesOfToml } from './toml-lines.ts'

/** gitleaks itself follows two. */
const DEEPEST = 4
const LONGEST_ID = 43

const strings = z.array(z.string()).optional()
const condition = z
  .string()
  .transform(text => text.toLowerCase().replace('&&', 'and').replace('||', 'or'))
  .pipe(z.enum(['or', 'and']))
  .optional()

const allowlistSchema = z.strictObject({
  description: z.string().optional(),
  condition,
  commits: strings,
  paths: strings,
  regexTarget: z.enum(['', 'secret', 'match', 'line']).optional(),
  regexes: strings,
  stopwords: strings,
})

const globalAllowlist = allowlistSchema.extend({ targetRules: strings })

const ruleSchema = z.strictObject({
  id: z.string().min(1),
  description: z.string().optional(),
  path: z.string().optional(),
  regex: z.string().optional(),
  secretGroup: z.int().min(0).optional(),
  entropy: z.number().optional(),
  keywords: strings,
  tags: strings,
  allowlist: allowlistSchema.optional(),
  allowlists: z.array(allowlistSchema).optional(),
  skipReport: z.boolean().optional(),
  required: z.array(z.record(z.string(), z.unknown())).optional(),
})

const fileSchema = z.strictObject({
  title: z.string().optional(),
  description: z.string().optional(),
  minVersion: z.string().optional(),
  extend: z
    .strictObject({
      path: z.string().optional(),
      url: z.string().optional(),
      useDefault: z.boolean().optional(),
      disabledRules: strings,
    })
    .optional(),
  rules: z.array(ruleSchema).optional(),
  allowlist: globalAllowlist.optional(),
  allowlists: z.array(globalAllowlist).optional(),
})

type GitleaksRule = z.output<typeof ruleSchema>
type GitleaksAllowlist = z.output<typeof globalAllowlist>

export interface Imported {
  readonly rules: readonly CompiledRule[]
  /** What the file asks for and this program does not do, for people; each makes for more findings, never for fewer. */
  readonly notes: readonly string[]
}

interface Gathered {
  readonly rules: Map<string, GitleaksRule>
  readonly allowlists: GitleaksAllowlist[]
  readonly notes: string[]
}

/**
 * Reads a configuration of gitleaks with those it extends. Throws with file and line at a key it does not know, and with
 * the rule at an expression it cannot have.
 */
export function importGitleaks(
  path: string,
  read: (path: string) => string,
  compile: RuleCompiler,
): Imported {
  const gathered: Gathered = { rules: new Map(), allowlists: [], notes: [] }
  gather(path, read, gathered, [])
  const { notes } = gathered
  const note = (text: string) => notes.push(`${path}: ${text}`)
  const rules = [...gathered.rules.values()].flatMap(found => {
    const rule = toUserRule(found, gathered.allowlists, note)
    return rule ? [compiled(rule, path, compile)] : []
  })
  return { rules, notes }
}

function gather(
  path: string,
  read: (path: string) => string,
  into: Gathered,
  above: readonly string[],
): void {
  if (above.includes(path) || above.length > DEEPEST)
    throw new PortcullisError(
      'config.invalid',
      `\`${path}\` extends itself`,
      'take one `extend.path` out of the circle',
    )
  const { extend, rules = [], allowlist, allowlists = [] } = parseFile(read(path), path)
  if (extend?.url !== undefined)
    throw new PortcullisError(
      'config.invalid',
      `\`${path}\` extends \`${extend.url}\`, and nothing is fetched from the network`,
      'save that file and name it by `extend.path`',
    )
  if (extend?.path !== undefined) gather(resolve(dirname(path), extend.path), read, into, [...above, path])
  if (extend?.useDefault)
    into.notes.push(
      `${path}: gitleaks’ own rules are not carried along; the built-in kinds stand for them (to have both, extend a copy of its file by \`extend.path\`)`,
    )
  for (const id of extend?.disabledRules ?? [])
    if (!into.rules.delete(id))
      into.notes.push(`${path}: \`disabledRules\` names \`${id}\`, which is no rule of a file it extends`)
  for (const own of rules) into.rules.set(own.id, extended(into.rules.get(own.id), own))
  into.allowlists.push(...allowlists, ...(allowlist ? [allowlist] : []))
}

function parseFile(text: string, path: string): z.output<typeof fileSchema> {
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const message = error.message.split('\n')[0]!.replace('Invalid TOML document: ', '')
    throw new PortcullisError(
      'config.invalid',
      `${path}:${error.line}: not TOML: ${message}`,
      'mend the line',
    )
  }
  const parsed = fileSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const key = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path
  const line = linesOfToml(text)(key)
  const name = key.filter(step => typeof step === 'string').join('.')
  throw new PortcullisError(
    'config.invalid',
    issue.code === 'unrecognized_keys'
      ? `${path}:${line}: unknown key \`${name}\``
      : `${path}:${line}: \`${name}\` is not what gitleaks has there`,
    issue.code === 'unrecognized_keys'
      ? 'remove the key, or correct its name'
      : 'see the documentation of gitleaks',
  )
}

/** A rule of a file that extends another changes what it gives and adds to the lists. */
function extended(base: GitleaksRule | undefined, own: GitleaksRule): GitleaksRule {
  if (!base) return own
  return {
    ...base,
    ...own,
    keywords: [...(base.keywords ?? []), ...(own.keywords ?? [])],
    allowlists: [...allowlistsOf(base), ...allowlistsOf(own)],
    allowlist: undefined,
  }
}

function allowlistsOf({ allowlist, allowlists = [] }: GitleaksRule): z.output<typeof allowlistSchema>[] {
  return allowlist ? [...allowlists, allowlist] : allowlists
}

function toUserRule(
  found: GitleaksRule,
  global: readonly GitleaksAllowlist[],
  note: (text: string) => void,
): UserRule | undefined {
  const { id, regex, path, keywords, entropy, secretGroup, description, skipReport, required } = found
  if (regex === undefined) {
    note(
      path === undefined
        ? `the rule \`${id}\` has no \`regex\` and changes no rule of a file that is extended; it does not count`
        : `the rule \`${id}\` finds files by their name; it does not count (see \`validation.paths.protect\`)`,
    )
    return undefined
  }
  if (skipReport) {
    note(`the rule \`${id}\` is a part of others (\`skipReport\`); it does not count`)
    return undefined
  }
  if (required) note(`the rule \`${id}\` is reported without what it requires near it`)
  const lists = [
    ...allowlistsOf(found),
    ...global.filter(({ targetRules }) => !targetRules?.length || targetRules.includes(id)),
  ]
  if (lists.some(({ commits }) => commits?.length))
    note(`\`commits\` on an allowlist of \`${id}\` do not count`)
  return {
    id: slug(id),
    description,
    regex,
    keywords: keywords?.filter(keyword => keyword !== ''),
    entropy,
    secretGroup,
    path: path === '' ? undefined : path,
    allowlists: lists.flatMap(toAllowlist),
  }
}

/** A list whose every criterion must hold never does when one of them is a commit. */
function toAllowlist({ condition, commits, regexTarget, ...rest }: GitleaksAllowlist): UserAllowlist[] {
  if (condition === 'and' && commits?.length) return []
  const { regexes, stopwords, paths } = rest
  return [{ condition, regexTarget: regexTarget === '' ? undefined : regexTarget, regexes, stopwords, paths }]
}

function slug(id: string): string {
  return id
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, LONGEST_ID)
}

function compiled(rule: UserRule, path: string, compile: RuleCompiler): CompiledRule {
  try {
    return compile(rule)
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error
    throw new PortcullisError(error.code, `${path}: ${error.message}`, error.remedy, error)
  }
}
