import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { PortcullisError, systemCode } from '../kernel/errors.ts'
import { type CompiledRule, createRuleCompiler } from '../rules/secrets/user-rules.ts'
import { createUserRules, type UserRules } from '../rules/secrets/user-rules-windows.ts'
import { type Imported, importGitleaks } from './gitleaks.ts'
import type { Violation } from './rules.ts'
import type { Config } from './schema.ts'
import { within } from './time-limit.ts'

const texts = (what: string) => z.array(z.string().min(1)).min(1).optional().describe(what)
const expression = (what: string) => z.string().min(1).describe(`${what}; syntax of Go and RE2`)

const allowlist = z.strictObject({
  condition: z
    .enum(['or', 'and'])
    .default('or')
    .describe('`or`: one criterion is enough; `and`: each that is given must hold'),
  regexes: texts('expressions for what is no secret'),
  regexTarget: z
    .enum(['secret', 'match', 'line'])
    .default('secret')
    .describe('what `regexes` are compared with'),
  stopwords: texts('words a secret does not hold, in either case'),
  paths: texts('expressions for paths of files in which the rule does not count'),
})

const rule = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,42}$/, 'must be a name of small letters, digits, `-` and `_`')
    .describe('name of the rule; findings carry `secret.user-<id>`'),
  description: z.string().min(1).optional().describe('for people'),
  regex: expression('what to look for'),
  keywords: texts('texts one of which stands near every match; without them they are told from `regex`'),
  entropy: z.number().min(0).max(8).default(0).describe('bits a character the secret must exceed'),
  secretGroup: z
    .int()
    .min(0)
    .max(99)
    .default(0)
    .describe('group of `regex` that is the secret; 0: the first that is not empty, or the whole match'),
  path: expression('only in files with such a path').optional(),
  grade: z.enum(['certain', 'likely', 'possible']).default('likely').describe('how sure a finding is'),
  allowlists: z.array(allowlist).default([]).describe('what the rule lets pass'),
})

/** The part `validation.secrets.userRules`. */
export const userRulesSchema = z.strictObject({
  rules: z.array(rule).max(1_000).default([]).describe('kinds of secrets of your own'),
  gitleaks: z
    .array(z.string().min(1))
    .max(20)
    .default([])
    .describe('configuration files of gitleaks whose rules count, too; relative to this file’s folder'),
})

type UserRuleSettings = Config['validation']['secrets']['userRules']

/** What is wrong with the rules written in the configuration itself. */
export function userRuleViolations({ validation }: Config): readonly Violation[] {
  const path = ['validation', 'secrets', 'userRules', 'rules']
  const seen = new Set<string>()
  const compile = createRuleCompiler()
  return validation.secrets.userRules.rules.flatMap((own, index) => {
    const at = [...path, index]
    try {
      if (seen.has(own.id)) throw taken(own.id)
      seen.add(own.id)
      compile(own)
      return []
    } catch (error) {
      if (!(error instanceof PortcullisError)) throw error
      return [{ code: 'config.invalid' as const, path: at, reads: [at], ...textOf(error) }]
    }
  })
}

export interface LoadedRules {
  readonly rules: readonly CompiledRule[]
  /** What of an imported file does not count, for people. */
  readonly notes: readonly string[]
}

/** Rules ready for an engine; undefined when there are none. */
export interface OpenedRules {
  readonly userRules: UserRules | undefined
  readonly notes: readonly string[]
}

/** The rules in force: those of the configuration and of the files it names, relative to `folder`. */
export function openUserRules(settings: UserRuleSettings, folder: string): OpenedRules {
  return opened(loadUserRules(settings, folder))
}

/** Rules of files named by hand, for one scan. */
export function openGitleaksRules(files: readonly string[]): OpenedRules {
  return opened(loadGitleaksRules(files))
}

function opened({ rules, notes }: LoadedRules): OpenedRules {
  return { userRules: rules.length === 0 ? undefined : createUserRules(rules, within), notes }
}

export function loadUserRules({ rules, gitleaks }: UserRuleSettings, folder: string): LoadedRules {
  const compile = createRuleCompiler()
  const imported = gitleaks.map(file => {
    const path = resolve(folder, file)
    refuseWritable(path)
    return importGitleaks(path, readRules, compile)
  })
  return joinRules(rules.map(compile), imported)
}

export function loadGitleaksRules(files: readonly string[]): LoadedRules {
  const compile = createRuleCompiler()
  return joinRules(
    [],
    files.map(file => importGitleaks(file, readRules, compile)),
  )
}

function joinRules(own: readonly CompiledRule[], imported: readonly Imported[]): LoadedRules {
  const rules = [...own, ...imported.flatMap(({ rules }) => rules)]
  const seen = new Set<string>()
  for (const { id } of rules) {
    if (seen.has(id)) throw taken(id)
    seen.add(id)
  }
  return { rules, notes: imported.flatMap(({ notes }) => notes) }
}

function readRules(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new PortcullisError(
      'config.unreadable',
      `the secret rules \`${path}\` cannot be read (${systemCode(error) ?? 'unknown'})`,
      'name a configuration file of gitleaks that you may read',
      error,
    )
  }
}

/** Whoever may write the file could take rules out of force. A missing one is told by reading it. */
function refuseWritable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found && found.mode & 0o022)
    throw new PortcullisError(
      'file.insecure',
      `\`${path}\` can be written by other users`,
      `run \`chmod go-w ${path}\``,
    )
}

function taken(id: string): PortcullisError {
  return new PortcullisError(
    'config.invalid',
    `two secret rules are called \`${id}\``,
    'give each its own name, or leave one away by `disabledRules`',
  )
}

function textOf({ message, remedy }: PortcullisError): { message: string; remedy: string } {
  return { message, remedy }
}
