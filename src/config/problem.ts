import { type ErrorCode, PortcullisError } from '../kernel/errors.ts'

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

function describe(fileName: string | undefined, { line, column, message }: ConfigProblem): string {
  return fileName === undefined ? message : `${fileName}:${line}:${column}: ${message}`
}

/** A refused configuration with everything that is wrong with it, in the order of the file; without a file name, places are left out. */
export class ConfigRefusal extends PortcullisError {
  readonly problems: readonly ConfigProblem[]

  constructor(fileName: string | undefined, problems: readonly [ConfigProblem, ...ConfigProblem[]]) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
    const codes = new Set(sorted.map(problem => problem.code))
    super(
      codes.size === 1 ? problems[0].code : 'config.invalid',
      sorted.map(problem => describe(fileName, problem)).join('\n'),
      remedyOf(fileName, sorted),
    )
    this.problems = sorted
  }
}

function remedyOf(fileName: string | undefined, problems: readonly ConfigProblem[]): string {
  if (problems.length === 1) return problems[0]!.remedy
  return problems
    .map(({ line, remedy }) => (fileName === undefined ? remedy : `line ${line}: ${remedy}`))
    .join('\n  ')
}
