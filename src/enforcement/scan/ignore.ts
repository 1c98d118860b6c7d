import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'

/** Patterns in the syntax of .gitignore, with the folder they speak about. */
interface Layer {
  readonly folder: string
  readonly patterns: Ignore
}

/** What is not to be scanned, by the files met on the way down to a folder. */
export interface IgnoreRules {
  /** `path` is absolute; a folder's ends without a slash. */
  isIgnored(path: string, isFolder: boolean): boolean
  /** With what the folder's own files say, when it has them. `entries` are the names in it, as far as they are known. */
  inFolder(folder: string, entries?: readonly string[]): IgnoreRules
}

export interface IgnoreOptions {
  /** Patterns of the command line, about `folder`. */
  readonly exclude: readonly string[]
  readonly folder: string
  readonly respectGitignore: boolean
}

export function createIgnoreRules({ exclude, folder, respectGitignore }: IgnoreOptions): IgnoreRules {
  const names = respectGitignore ? ['.gitignore', '.portcullisignore'] : ['.portcullisignore']
  const first = exclude.length > 0 ? [{ folder, patterns: parse(exclude) }] : []
  return rulesOf(first, names)
}

function rulesOf(layers: readonly Layer[], names: readonly string[]): IgnoreRules {
  return {
    isIgnored: (path, isFolder) => layers.length > 0 && isIgnored(layers, path, isFolder),
    inFolder(folder, entries) {
      const found = names.filter(name => entries?.includes(name) ?? existsSync(join(folder, name)))
      if (found.length === 0) return this
      const own = found.map(name => ({ folder, patterns: readPatterns(join(folder, name)) }))
      return rulesOf([...layers, ...own], names)
    },
  }
}

/** The deepest file that says anything about a path decides, as in git; the command line cannot be overruled. */
function isIgnored(layers: readonly Layer[], path: string, isFolder: boolean): boolean {
  const verdicts = layers.map(({ folder, patterns }) => {
    const inside = relative(folder, path).replaceAll(sep, '/')
    if (inside === '' || inside.startsWith('../') || inside === '..') return undefined
    return patterns.test(isFolder ? `${inside}/` : inside)
  })
  if (verdicts[0]?.ignored) return true
  return verdicts.findLast(verdict => verdict?.ignored || verdict?.unignored)?.ignored ?? false
}

/** The rules that hold in a folder below `from`, by the files of all folders on the way; those of `from` when it lies elsewhere. */
export function rulesOnTheWay(rules: IgnoreRules, from: string, to: string): IgnoreRules {
  const inside = relative(from, to)
  if (inside === '') return rules.inFolder(from)
  if (inside === '..' || inside.startsWith(`..${sep}`)) return rules.inFolder(from)
  return rulesOnTheWay(rules, from, dirname(to)).inFolder(to)
}

/** The patterns of a file. What cannot be read must not silently let everything in, or out. */
function readPatterns(path: string): Ignore {
  try {
    return parse(readFileSync(path, 'utf8').split(/\r?\n/))
  } catch (error) {
    throw new PortcullisError(
      'file.unreadable',
      `cannot read \`${path}\` (${systemCode(error) ?? 'unknown'})`,
      'make it a readable file of patterns, or take it away',
      error,
    )
  }
}

function parse(patterns: readonly string[]): Ignore {
  return ignore({ allowRelativePaths: true }).add(patterns)
}
