import { type ErrorCode, PortcullisError } from '../kernel/errors.ts'

/** A file with more problems than this is some other file; a list of thousands helps nobody. */
export const MOST_PROBLEMS = 50

/** One thing wrong with a configuration file. Lines and columns begin at 1; messages never hold a secret. */
export interface ConfigProblem {
  readonly code: Extract<ErrorCode, 'config.invalid' | 'network.unsafe-bind'>
  /** The key, `network.rateLimit.burst`; empty when the file as a whole is meant. */
  readonly path: string
  readonly line: number
  readonly column: number
  readonly message: string
  readonly remedy: string
}

function describe(origin: string, { line, column, message }: ConfigProblem, hasPlaces: boolean): string {
  return !hasPlaces ? `${origin}: ${message}` : `${origin}:${line}:${column}: ${message}`
}

/** A refused configuration with everything that is wrong with it, in the order of the file. Places are left out where there is no file. */
export class ConfigRefusal extends PortcullisError {
  readonly problems: readonly ConfigProblem[]

  constructor(origin: string, problems: readonly [ConfigProblem, ...ConfigProblem[]], hasPlaces = true) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, MOST_PROBLEMS)
    const codes = new Set(sorted.map(problem => problem.code))
    super(
      codes.size === 1 ? problems[0].code : 'config.invalid',
      [
        ...sorted.map(problem => describe(origin, problem, hasPlaces)),
        ...(problems.length > sorted.length ? [`${origin}: and more`] : []),
      ].join('\n'),
      remedyOf(sorted, hasPlaces),
    )
    this.problems = sorted
  }
}

function remedyOf(problems: readonly ConfigProblem[], hasPlaces: boolean): string {
  if (problems.length === 1) return problems[0]!.remedy
  return problems.map(({ line, remedy }) => (hasPlaces ? `line ${line}: ${remedy}` : remedy)).join('\n  ')
}
